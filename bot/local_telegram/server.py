"""The Bot API over HTTP, on loopback."""

import asyncio
import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

from tornado.httputil import HTTPFile, HTTPServerRequest, parse_body_arguments
from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler, stream_request_body

from bot.local_telegram.arguments import Arguments, decoded, not_utf8
from bot.local_telegram.calls import Call
from bot.local_telegram.errors import ApiError, bad_request
from bot.local_telegram.faults import DOING_NOTHING, Fault
from bot.local_telegram.files import Upload
from bot.local_telegram.limits import Limits
from bot.local_telegram.methods import METHODS
from bot.local_telegram.methods.receiving import is_loopback
from bot.local_telegram.polling import Poller
from bot.local_telegram.world import World

Json = dict[str, Any]

# The other arguments and the multipart boundaries are on top of the file itself.
_BESIDE_FILES: Final = 256 * 1024
_READ_TIMES: Final = 8
_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{3,100}")
_WORDS: Final = {
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def longest_read(limits: Limits) -> int:
    """Return the longest body that is read to its end, in bytes.

    A body above the limit is read and discarded, so that the client reads the error; an even longer
    one makes the server close the connection.
    """
    return _READ_TIMES * (limits.largest_upload + _BESIDE_FILES)


def encoded(body: Any) -> bytes:
    """Return `body` as encoded JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def allowed(host: str, origin: str | None) -> bool:
    """Whether a request to `host` may be served, sent by a page of `origin` (None: no page).

    Otherwise a page elsewhere whose host name points to 127.0.0.1 could read and write here (DNS
    rebinding), and any page could post.
    """
    try:
        name = urlsplit(f"//{host}").hostname
        if name is None or not is_loopback(name):
            return False
        return origin is None or urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


class Base(RequestHandler):
    """The base of all handlers: JSON, and Telegram's error messages."""

    world: World
    _task: asyncio.Task[Any] | None = None  # what is awaited before answering

    def prepare(self) -> None:
        if not allowed(self.request.host, self.request.headers.get("Origin")):
            # The rest of such a request is not read, so the connection cannot be reused.
            self.set_header("Connection", "close")
            self.refuse_stranger()

    def refuse_stranger(self) -> None:
        self.answer_error(ApiError(403, "Forbidden: only from this machine"))

    def set_default_headers(self) -> None:
        self.set_header("Server", "local-telegram")

    def answer_error(self, error: ApiError) -> None:
        """Write `error` in the Bot API's form."""
        self.set_status(error.code)
        if error.parameters and "retry_after" in error.parameters:
            self.set_header("Retry-After", str(error.parameters["retry_after"]))
        self.answer(error.body)

    def answer(self, body: Json) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(encoded(body))

    async def suffer(self, fault: Fault) -> None:
        """Answer as `fault` says: with an error, a closed connection, or never."""
        if fault.kind == "status":
            self.answer_error(_failure(fault))
        elif fault.kind == "odd":
            self.set_status(fault.status, "Odd")
            self.set_header("Content-Type", "application/json")
            self.finish(fault.body)
        elif fault.kind.startswith("cut"):
            self.detach().close()
        else:
            self._task = asyncio.ensure_future(asyncio.Event().wait())
            try:
                await self._task
            except asyncio.CancelledError:
                return

    def on_connection_close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def write_error(self, status_code: int, **_: Any) -> None:
        self.answer_error(ApiError(status_code, _WORDS.get(status_code, "Error")))


class NotFound(Base):
    """Any other path."""

    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            self.answer_error(ApiError(404, "Not Found"))


@stream_request_body
class BodyLimited(Base):
    """Collects a body up to a limit; a longer one is discarded and answered with 413."""

    def initialize(self, *, limits: Limits) -> None:
        self._limits = limits
        self._longest = limits.largest_upload + _BESIDE_FILES
        self._chunks: list[bytes] = []
        self._length = 0

    def prepare(self) -> None:
        super().prepare()
        connection: Any = self.request.connection
        connection.set_max_body_size(longest_read(self._limits))

    def data_received(self, chunk: bytes) -> None:
        self._length += len(chunk)
        if self._length > self._longest:
            self._chunks.clear()
        else:
            self._chunks.append(chunk)

    def parsed(self) -> tuple[Json, dict[str, Upload]]:
        """Return the arguments and files of the request; raises the 413 if it is too long."""
        if self._length > self._longest:
            raise ApiError(413, _WORDS[413])
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        raw, uploads = parsed(self.request, body)
        if any(len(upload.data) > self._limits.largest_upload for upload in uploads.values()):
            raise ApiError(413, _WORDS[413])
        return raw, uploads


class MethodHandler(BodyLimited):
    """``/bot<token>/<method>``."""

    def initialize(self, world: World, poller: Poller) -> None:  # type: ignore[override]
        super().initialize(limits=world.limits)
        self.world = world
        self._poller = poller

    async def get(self, token: str, name: str) -> None:
        await self._serve(token, name)

    async def post(self, token: str, name: str) -> None:
        await self._serve(token, name)

    async def _serve(self, token: str, name: str) -> None:
        world, method_name = self.world, name.lower()
        at = world.monotonic()
        fault = world.faults.strike(method_name)
        if fault is not None and fault.kind in DOING_NOTHING:
            world.calls.add(
                Call(method_name, None, at, fault.status if fault.kind in {"status", "odd"} else 0)
            )
            await self.suffer(fault)
            return
        chat_id: int | None = None
        try:
            check_token(world, token)
            arguments = self._arguments(method_name)
            given = arguments["chat_id"]
            chat_id = given if isinstance(given, int) else None
            if method_name == "getupdates":
                self._task = asyncio.ensure_future(self._poller.poll(arguments))
                result: Any = await self._task
            else:
                result = METHODS[method_name].handler(world, arguments)
        except ApiError as error:
            world.calls.add(Call(method_name, chat_id, at, error.code, error.description))
            if fault is None:
                self.answer_error(error)
                return
        except asyncio.CancelledError:
            return  # the client has disconnected
        else:
            world.calls.add(Call(method_name, chat_id, at, 200 if fault is None else 0))
        if fault is not None:
            await self.suffer(fault)
            return
        self.answer({"ok": True, "result": result})

    def _arguments(self, method_name: str) -> Arguments:
        method = METHODS.get(method_name)
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        raw, uploads = self.parsed()
        return Arguments(raw, uploads, method.parameters)


class FileHandler(Base):
    """``/file/bot<token>/<path>``."""

    def initialize(self, world: World) -> None:
        self.world = world

    async def get(self, token: str, path: str) -> None:
        fault = self.world.faults.strike("file")
        try:
            check_token(self.world, token)
        except ApiError as error:
            self.answer_error(error)
            return
        if fault is not None:
            await self.suffer(fault)
            return
        stored = self.world.files.at(path)
        if stored is None:
            self.answer_error(ApiError(404, "Not Found"))
            return
        self.set_header("Content-Type", "application/octet-stream")
        try:
            await self.finish(stored.data)
        except StreamClosedError:
            return


def check_token(world: World, token: str) -> None:
    """Raise the 401 for a token that is malformed or not the bot's."""
    if not _TOKEN.fullmatch(token):
        raise ApiError(401, "Unauthorized: invalid token specified")
    if token != world.token:
        raise ApiError(401, "Unauthorized")
    if world.logged_out:
        raise bad_request("logged out")


def parsed(request: HTTPServerRequest, body: bytes) -> tuple[Json, dict[str, Upload]]:
    """Return the arguments and files of a request, from its query and a body in any encoding."""
    raw: Json = {name: values[-1] for name, values in request.query_arguments.items()}
    uploads: dict[str, Upload] = {}
    content_type = request.headers.get("Content-Type", "")
    if body and content_type.startswith("application/json"):
        try:
            value = decoded(body)
        except ValueError:
            raise bad_request("can't parse request body as JSON") from None
        if not isinstance(value, dict):
            raise bad_request("request body must be a JSON object")
        raw |= value
    elif body:
        arguments: dict[str, list[bytes]] = {}
        files: dict[str, list[HTTPFile]] = {}
        try:
            parse_body_arguments(content_type, body, arguments, files, request.headers)
        except Exception as error:  # the parser's own exception is not public
            raise bad_request("can't parse request body") from error
        raw |= {name: values[-1] for name, values in arguments.items()}
        for name, parts in files.items():
            part = parts[-1]
            uploads[name] = Upload(part["body"], part["filename"], part["content_type"])
    try:
        return {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in raw.items()
        }, uploads
    except UnicodeDecodeError:
        raise not_utf8() from None


def _failure(fault: Fault) -> ApiError:
    too_many = 429
    if fault.status == too_many:
        return ApiError(
            too_many,
            f"Too Many Requests: retry after {fault.retry_after}",
            {"retry_after": fault.retry_after},
        )
    return ApiError(fault.status, _WORDS.get(fault.status, "Internal Server Error"))
