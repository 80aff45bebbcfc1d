"""The connections to Telegram, over aiohttp: half the CPU per call of the default client."""

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
"""Seconds; a longer silence is none that Telegram asks for."""
_UNAUTHORIZED = 401
_FIRST_ERROR = 400
_JSON = {"Content-Type": "application/json"}
_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


class NotConnected(NetworkError):  # noqa: N818
    """There was no connection: nothing can have arrived."""


class LineCut(NetworkError):  # noqa: N818
    """The connection broke before there was an answer: nobody knows what arrived."""


class NotAnAnswer(LineCut):
    """What came back is not what Telegram sends: nobody knows what was done."""


class TokenRefused(InvalidToken):
    """Telegram itself said 401 in its own words. A 404, or another's 401, does not say so."""


def may_have_arrived(error: NetworkError) -> bool:
    """Whether Telegram may have done what was asked, for all that the error tells."""
    return isinstance(error, TimedOut | LineCut)


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's ``BaseRequest`` on a pool of kept connections.

    They go through the proxy that the environment names, unless *api_url* is on this machine.

    Args:
        api_url: where the calls go.
        connections: how many may be under way at once.
    """

    def __init__(self, api_url: str, *, connections: int = 64) -> None:
        self._connections = connections
        self._heeds_proxy = urlsplit(api_url).hostname not in _THIS_MACHINE
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds that a call waits for its answer, unless it says otherwise."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Opens the pool."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                trust_env=self._heeds_proxy,
            )

    async def shutdown(self) -> None:
        """Closes the pool."""
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
        """One call; gives the HTTP status and the body.

        Raises:
            TimedOut: no answer in time.
            NotConnected: there was no connection.
            LineCut: it was cut before the answer.
            NotAnAnswer: an error came back, and not in Telegram's words.
            TokenRefused: Telegram does not know the token, and says so in its own words.
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
        # The words of an error hold the address, and with it the token.
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
        """What Telegram answered, without what the library would stumble over.

        Raises:
            NotAnAnswer: it is no JSON object. Asked for a result that is not there, what is
                returned raises this as well.
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
    """Whether a parameter of an error is one that the library can make use of."""
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return name != "retry_after" or 0 < value <= LONGEST_RETRY_AFTER


def _check_error(status: int, body: bytes) -> None:
    """Looks whether an error is one that Telegram itself tells of.

    Raises:
        NotAnAnswer: it is somebody else's, on the way there.
        TokenRefused: Telegram does not know the token.
    """
    answer = AiohttpRequest.parse_json_payload(body)
    if answer.get("ok") is not False:
        raise NotAnAnswer(f"a {status} that is not Telegram's")
    if status == _UNAUTHORIZED and answer.get("error_code") == _UNAUTHORIZED:
        raise TokenRefused("Unauthorized")


class _Upload(aiohttp.payload.Payload):
    """A kept file on its way to Telegram: one piece of it is in memory at a time."""

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
    """What goes along with a call; as JSON where it can be, which is the quickest to write."""
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
