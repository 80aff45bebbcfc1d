"""The HTTP connections to Telegram, over aiohttp: half the CPU per call of the default client."""

import json
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from telegram.error import InvalidToken, NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from storage.files import OpenFile

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
UPLOAD_SECONDS = 120.0
LONGEST_RETRY_AFTER = 24 * 3_600
"""Seconds; Telegram requests no longer pause."""
_UNAUTHORIZED = 401
_FIRST_ERROR = 400
_JSON = {"Content-Type": "application/json"}
_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


class NotConnected(NetworkError):  # noqa: N818
    """There was no connection: the request cannot have arrived."""


class LineCut(NetworkError):  # noqa: N818
    """The connection broke before there was an answer: the request may have arrived."""


class NotAnAnswer(LineCut):
    """The response is not in Telegram's form: it is not known what was done."""


class TokenRefused(InvalidToken):
    """Telegram itself answered 401; a 404, or a 401 from another server, is not this."""


def may_have_arrived(error: NetworkError) -> bool:
    """Whether Telegram may have received the request, in spite of the error."""
    return isinstance(error, TimedOut | LineCut)


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's ``BaseRequest`` with a pool of persistent connections.

    They use the proxy in the environment, unless *api_url* is on this machine.

    Args:
        api_url: the API's URL.
        connections: the most calls at a time.
    """

    def __init__(self, api_url: str, *, connections: int = 64) -> None:
        self._connections = connections
        self._heeds_proxy = urlsplit(api_url).hostname not in _THIS_MACHINE
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """The default time limit of a call, in seconds."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                trust_env=self._heeds_proxy,
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    async def do_request(  # noqa: PLR0917
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call; return the HTTP status and the body.

        Raises:
            TimedOut: no answer in time.
            NotConnected: there was no connection.
            LineCut: the connection broke before the answer.
            NotAnAnswer: an error response that is not in Telegram's form.
            TokenRefused: Telegram itself does not know the token.
        """
        if self._session is None:
            raise RuntimeError("this request was not initialized")
        has_files = request_data is not None and request_data.contains_files
        read = _seconds(read_timeout, READ_SECONDS)
        if has_files:
            read = max(read or 0.0, _seconds(write_timeout, UPLOAD_SECONDS) or 0.0)
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=_seconds(pool_timeout, CONNECT_SECONDS),
            sock_connect=_seconds(connect_timeout, CONNECT_SECONDS),
            sock_read=read,
        )
        try:
            async with self._session.request(
                method, url, timeout=timeout, **_content(request_data)
            ) as response:
                status, body = response.status, await response.read()
        # The error's message contains the URL, and with it the token.
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotConnected(f"aiohttp: {type(error).__name__}") from None
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as error:
            raise LineCut(f"aiohttp: {type(error).__name__}") from None
        if status >= _FIRST_ERROR:
            _check_error(status, body)
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Telegram's answer, without values on which the library would fail.

        Raises:
            NotAnAnswer: it is not a JSON object; reading a missing result from the returned value
                raises this as well.
        """
        try:
            answer = json.loads(payload.decode(errors="replace"))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise NotAnAnswer("no JSON object")
        found = _Answer(answer)
        if found.get("result", found) is None:
            del found["result"]
        if not isinstance(found.get("description"), str):
            found.pop("description", None)
        given = found.pop("parameters", None)
        if isinstance(given, dict):
            known = {name: each for name, each in given.items() if _is_sound(name, each)}
            found["parameters"] = known
        return found


class _Answer(dict[str, Any]):
    def __missing__(self, key: str) -> Any:
        raise NotAnAnswer(f"no {key}")


def _is_sound(name: str, value: Any) -> bool:
    """Whether the library can use a parameter of an error."""
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return name != "retry_after" or 0 < value <= LONGEST_RETRY_AFTER


def _check_error(status: int, body: bytes) -> None:
    """Check that an error response comes from Telegram itself.

    Raises:
        NotAnAnswer: it comes from something in between.
        TokenRefused: Telegram does not know the token.
    """
    answer = AiohttpRequest.parse_json_payload(body)
    if answer.get("ok") is not False:
        raise NotAnAnswer(f"a {status} that is not Telegram's")
    if status == _UNAUTHORIZED and answer.get("error_code") == _UNAUTHORIZED:
        raise TokenRefused("Unauthorized")


class _Upload(aiohttp.payload.Payload):
    """A stored file being uploaded: one piece of it is in memory at a time."""

    _value: OpenFile

    @property
    def size(self) -> int:
        return self._value.size

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002
        raise TypeError("a file is no text")

    async def write(self, writer: AbstractStreamWriter) -> None:
        while piece := await self._value.next_piece():
            await writer.write(piece)


def _content(request_data: RequestData | None) -> dict[str, Any]:
    """The body of a call; as JSON where possible, which is the fastest to write."""
    if request_data is None:
        return {}
    if not request_data.contains_files:
        text = json.dumps(request_data.json_parameters, ensure_ascii=False)
        return {"data": text.encode(), "headers": _JSON}
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, mime_type) in (request_data.multipart_data or {}).items():
        kept: Any = content
        if isinstance(kept, OpenFile):
            kept = _Upload(kept, content_type=mime_type)
        form.add_field(name, kept, filename=file_name, content_type=mime_type)
    return {"data": form}


def _seconds(given: object, usual: float) -> float | None:
    return usual if given is BaseRequest.DEFAULT_NONE else cast("float | None", given)
