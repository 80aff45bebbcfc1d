"""The server that Telegram brings updates to, open to whoever finds its address.

Whoever does not know the secret costs next to nothing: its body is not read, its connection is
closed, nothing is logged, and it never keeps Telegram out.
"""

import errno
import hmac
import json
import re
from asyncio import sleep
from contextlib import suppress
from socket import socket
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from telegram.error import InvalidToken, NetworkError, RetryAfter
from telegram.ext import ExtBot
from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler, stream_request_body

from bot.backoff import growing_pause
from bot.counter.arrivals import ALLOWED_UPDATES, Arrivals, read
from bot.counter.pace import seconds_asked
from storage.engine import reason_of

log = structlog.get_logger()

LARGEST_BODY = 1_000_000
"""Bytes of an update."""
LARGEST_HEADERS = 16_384
"""Bytes of a request before its body."""
HEADER_SECONDS = 30.0
"""Until the headers of a request are there, and for which a connection may stay idle."""
BODY_SECONDS = 20.0
MOST_CONNECTIONS = 100
"""Open at once; Telegram opens 40 (``max_connections``)."""
_BIND_PATIENCE_SECONDS = 20
_LEFT_AS_IT_IS = "/%:@!$&'()*+,;=~-._"
_FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Webhook:
    """Lets Telegram bring updates: 200 only once they are in the inbox."""

    def __init__(self, bot: ExtBot[Any], arrivals: Arrivals, *, url: str, secret: str) -> None:
        self._bot = bot
        self._arrivals = arrivals
        self._url = url
        self._secret = secret
        self._server: _Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listens, then tells Telegram where."""
        # The server takes a pattern; what stands after a question mark is no part of the path, and
        # what an address may not hold as it is comes in another spelling.
        path = urlsplit(self._url).path or "/"
        pattern = f"{re.escape(path)}|{re.escape(quote(path, safe=_LEFT_AS_IT_IS))}"
        gate = _Gate()
        given = {"bot": self._bot, "arrivals": self._arrivals, "secret": self._secret, "gate": gate}
        self._server = _Server(
            # A line for each request of a stranger would fill the disk.
            WebApplication(
                [(pattern, _Receive, given), (".*", _Refuse)],
                log_function=lambda _handler: None,
            ),
            max_header_size=LARGEST_HEADERS,
            max_body_size=LARGEST_BODY,
            idle_connection_timeout=HEADER_SECONDS,
            body_timeout=BODY_SECONDS,
        )
        self._server.gate = gate
        self._server.add_sockets(await bound(host, port, setting="WEBHOOK_LISTEN"))
        tries = 0
        while True:
            try:
                await self._bot.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
                )
            except InvalidToken:
                raise
            except (NetworkError, RetryAfter) as error:
                tries += 1
                pause = max(growing_pause(tries), seconds_asked(error))
                log.warning("webhook_not_set", reason=type(error).__name__, seconds=pause)
                await sleep(pause)
            else:
                return

    async def stop(self) -> None:
        """Listens no longer; Telegram keeps what it could not bring."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()


async def bound(host: str, port: int, *, setting: str) -> list[socket]:
    """Listens at the address of a *setting*, which errors name.

    Whoever stood by may have to wait until the one before has let go of the address.

    Raises:
        OSError: the address is another program's, or none of this machine's.
    """
    tries, waited = 0, 0.0
    while True:
        try:
            return bind_sockets(port, host)
        except OSError as error:
            tries += 1
            pause = growing_pause(tries)
            waited += pause
            if error.errno != errno.EADDRINUSE or waited > _BIND_PATIENCE_SECONDS:
                raise OSError(error.errno, error.strerror, f"{setting} {host}:{port}") from None
            log.warning("address_taken", setting=setting, host=host, port=port, seconds=pause)
            await sleep(pause)


class _Gate:
    """Which connections are open: the oldest of a stranger goes when there are too many."""

    def __init__(self) -> None:
        self._strangers: dict[IOStream, None] = {}
        self._known: set[IOStream] = set()

    def admit(self, stream: IOStream) -> bool:
        """Whether there is room for one more connection, which may have been made."""
        self._strangers = {each: None for each in self._strangers if not each.closed()}
        self._known = {each for each in self._known if not each.closed()}
        if len(self._strangers) + len(self._known) >= MOST_CONNECTIONS:
            if not self._strangers:
                return False
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.close()
        self._strangers[stream] = None
        return True

    def know(self, stream: IOStream) -> None:
        """Keeps that the secret came over a connection."""
        self._strangers.pop(stream, None)
        self._known.add(stream)


class _Server(HTTPServer):
    """An HTTP server with a gate before it."""

    gate: _Gate

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self.gate.admit(stream):
            super().handle_stream(stream, address)
        else:
            stream.close()


@stream_request_body
class _Refuse(RequestHandler):
    """Any other path: nobody has anything to look for there."""

    async def prepare(self) -> None:
        # Taken out of the server's hands, so that it does not go on to read the body.
        stream = self.detach()
        with suppress(StreamClosedError):
            await stream.write(_FORBIDDEN)
        stream.close()

    def data_received(self, chunk: bytes) -> None:
        """Nothing comes: the connection is closed by then."""


@stream_request_body
class _Receive(_Refuse):
    """One update as Telegram posts it."""

    def initialize(self, bot: ExtBot[Any], arrivals: Arrivals, secret: str, gate: _Gate) -> None:
        self._bot = bot
        self._arrivals = arrivals
        self._secret = secret
        self._gate = gate
        self._body = bytearray()

    async def prepare(self) -> None:
        given = self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        knows = hmac.compare_digest(given.encode(), self._secret.encode())
        if not knows or self.request.method != "POST":
            await super().prepare()
            return
        connection = self.request.connection
        if isinstance(connection, HTTP1Connection):
            self._gate.know(connection.stream)

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk

    async def post(self) -> None:
        try:
            arrived = read(json.loads(self._body), self._bot)
        except (ValueError, RecursionError):
            arrived = None
        if arrived is None:
            self.set_status(400)
            return
        try:
            # One that cannot be read is taken as well: refused, it would come again for a day.
            await self._arrivals.take([arrived])
        except Exception as error:  # noqa: BLE001  # not stored, so Telegram must bring it again
            log.warning("inbox_not_written", reason=reason_of(error))
            self.set_status(503)
