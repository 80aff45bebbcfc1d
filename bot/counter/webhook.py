"""The server to which Telegram sends updates; anybody can reach it.

A request without the secret costs almost nothing: its body is not read, its connection is closed,
and nothing is logged. It cannot keep Telegram from connecting.
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
"""The longest body of an update, in bytes."""
LARGEST_HEADERS = 16_384
"""The longest headers of a request, in bytes."""
HEADER_SECONDS = 30.0
"""How long a connection may be idle, or take to send its headers, in seconds."""
BODY_SECONDS = 20.0
MOST_CONNECTIONS = 100
"""The most open connections; Telegram opens 40 (``max_connections``)."""
_BIND_WITHIN_SECONDS = 20
_LEFT_AS_IT_IS = "/%:@!$&'()*+,;=~-._"
_FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Webhook:
    """Receives updates from Telegram; answers 200 only once they are stored."""

    def __init__(self, bot: ExtBot[Any], arrivals: Arrivals, *, url: str, secret: str) -> None:
        self._bot = bot
        self._arrivals = arrivals
        self._url = url
        self._secret = secret
        self._server: _Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen, then tell Telegram the address."""
        # The server's routes are patterns; the query is not part of the path, and special
        # characters arrive percent-encoded.
        path = urlsplit(self._url).path or "/"
        pattern = f"{re.escape(path)}|{re.escape(quote(path, safe=_LEFT_AS_IT_IS))}"
        gate = _Gate()
        given = {"bot": self._bot, "arrivals": self._arrivals, "secret": self._secret, "gate": gate}
        self._server = _Server(
            # Logging each request of a stranger could fill the disk.
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
        """Stop listening; Telegram keeps the updates that it could not deliver."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()


async def bound(host: str, port: int, *, setting: str) -> list[socket]:
    """Sockets that listen at the address in *setting*, whose name is in errors.

    A process that stood by may have to wait until the one before has closed its own.

    Raises:
        OSError: another program uses the address, or it does not belong to this machine.
    """
    tries, waited = 0, 0.0
    while True:
        try:
            return bind_sockets(port, host)
        except OSError as error:
            tries += 1
            pause = growing_pause(tries)
            waited += pause
            if error.errno != errno.EADDRINUSE or waited > _BIND_WITHIN_SECONDS:
                raise OSError(error.errno, error.strerror, f"{setting} {host}:{port}") from None
            log.warning("address_taken", setting=setting, host=host, port=port, seconds=pause)
            await sleep(pause)


class _Gate:
    """The open connections; if there are too many, the oldest without the secret is closed."""

    def __init__(self) -> None:
        self._strangers: dict[IOStream, None] = {}
        self._known: set[IOStream] = set()

    def admit(self, stream: IOStream) -> bool:
        """Whether one more connection may be opened, after closing another if needed."""
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
        """Record that a connection has sent the secret."""
        self._strangers.pop(stream, None)
        self._known.add(stream)


class _Server(HTTPServer):
    """An HTTP server that limits its connections."""

    gate: _Gate

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self.gate.admit(stream):
            super().handle_stream(stream, address)
        else:
            stream.close()


@stream_request_body
class _Refuse(RequestHandler):
    """The handler of any other path, which closes the connection."""

    async def prepare(self) -> None:
        # Detached from the server, so that it does not continue to read the body.
        stream = self.detach()
        with suppress(StreamClosedError):
            await stream.write(_FORBIDDEN)
        stream.close()

    def data_received(self, chunk: bytes) -> None:
        """Ignore data: the connection is closed."""


@stream_request_body
class _Receive(_Refuse):
    """The handler of one update."""

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
            # An unreadable update is accepted too: otherwise Telegram would repeat it for a day.
            await self._arrivals.take([arrived])
        except Exception as error:  # noqa: BLE001  # not stored, so Telegram must bring it again
            log.warning("inbox_not_written", reason=reason_of(error))
            self.set_status(503)
