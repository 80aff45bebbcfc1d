"""A minimal Bot API for measuring bots, with people who write to them.

It checks and stores nothing, so that figures are about the bot: the strict ``bot.local_telegram``
takes longer per message than some of the measured bots. It runs in the measuring process; each bot
runs in its own.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

TOKEN = "123456:benchmark"
_BOT = {"id": 123456, "is_bot": True, "first_name": "Bot", "username": "benchmark_bot"}
_FIRST_CHAT = 1_000
_LONGEST_WAIT = 60.0
"""Seconds that a person waits for an answer before the run is given up."""

Message = dict[str, Any]


@dataclass
class Webhook:
    """Where updates are pushed, and over how many connections."""

    url: str
    secret: str
    connections: int


class FakeTelegram:
    """A Bot API server on a free port of this machine. ``async with`` starts and stops it."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.calls: dict[str, int] = {}
        self.first_poll = asyncio.Event()
        """Set by the first ``getUpdates``, or by ``setWebhook``."""
        self._updates: list[Message] = []
        self._waiting: asyncio.Future[None] | None = None
        self._numbers = count(1)
        self._server: asyncio.Server | None = None
        self._pushed: asyncio.Queue[Message] = asyncio.Queue()
        self._pushers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.forget_bot()
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def forget_bot(self) -> None:
        """Prepare for another bot: pending updates are discarded."""
        for task in self._pushers:
            task.cancel()
        self._pushers.clear()
        self._updates.clear()
        self._pushed = asyncio.Queue()
        self.calls.clear()
        self.first_poll.clear()

    def person(self, number: int) -> "Person":
        """The person of that number, who writes from a private chat."""
        chat_id = _FIRST_CHAT + number
        if chat_id not in self.people:
            self.people[chat_id] = Person(self, chat_id)
        return self.people[chat_id]

    def deliver(self, update: Message) -> None:
        """Deliver an update in the way that the bot has requested."""
        update["update_id"] = next(self._numbers)
        if self._pushers:
            self._pushed.put_nowait(update)
            return
        self._updates.append(update)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def answer(self, method: str, parameters: dict[str, str]) -> Any:
        """The result of a call."""
        self.calls[method] = self.calls.get(method, 0) + 1
        match method:
            case "getUpdates":
                return await self._get_updates(parameters)
            case "getMe":
                return _BOT
            case "setWebhook":
                self._set_webhook(parameters)
            case "getWebhookInfo":
                return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
            case "sendMessage" | "editMessageText" | "sendPhoto" | "sendDocument":
                return self._show(parameters)
            case _:
                pass
        return True

    async def _get_updates(self, parameters: dict[str, str]) -> list[Message]:
        self.first_poll.set()
        offset = int(parameters.get("offset", 0))
        self._updates = [each for each in self._updates if each["update_id"] >= offset]
        if not self._updates and (timeout := float(parameters.get("timeout", 0))):
            self._waiting = asyncio.get_running_loop().create_future()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._waiting, timeout)
        return self._updates[: int(parameters.get("limit", 100))]

    def _set_webhook(self, parameters: dict[str, str]) -> None:
        if not parameters.get("url"):
            return
        webhook = Webhook(
            parameters["url"],
            parameters.get("secret_token", ""),
            int(parameters.get("max_connections", 40)),
        )
        self._pushers = [
            asyncio.create_task(self._push(webhook)) for _ in range(webhook.connections)
        ]
        self.first_poll.set()

    async def _push(self, webhook: Webhook) -> None:
        """One connection of Telegram's: an update at a time, again until it is taken."""
        parts = urlsplit(webhook.url)
        update: Message | None = None
        while True:
            try:
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
                while True:
                    update = update or await self._pushed.get()
                    body = json.dumps(update).encode()
                    head = (
                        f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                        f"X-Telegram-Bot-Api-Secret-Token: {webhook.secret}\r\n"
                        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                    )
                    writer.write(head.encode() + body)
                    answer = await reader.readuntil(b"\r\n\r\n")
                    length = _header(answer, b"content-length")
                    await reader.readexactly(int(length or 0))
                    if answer.split(b" ", 2)[1] == b"200":
                        update = None
                    else:
                        await asyncio.sleep(0.1)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)

    def _show(self, parameters: dict[str, str]) -> Message:
        chat_id = int(parameters["chat_id"])
        message: Message = {
            "message_id": int(parameters.get("message_id", 0)) or next(self._numbers),
            "date": int(time.time()),
            "chat": {"id": chat_id, "type": "private", "first_name": "P"},
            "from": _BOT,
            "text": parameters.get("text", ""),
        }
        if "reply_markup" in parameters:
            markup = json.loads(parameters["reply_markup"])
            if "inline_keyboard" in markup:
                message["reply_markup"] = markup
        if (person := self.people.get(chat_id)) is not None:
            person.sees(message)
        return message


class _Connection(asyncio.Protocol):
    """One connection of a bot's HTTP client: requests one after the other, kept open."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self._telegram = telegram
        self._received = b""
        self._transport: Any = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, separator, rest = self._received.partition(b"\r\n\r\n")
            if not separator:
                return
            if (_header(head, b"transfer-encoding") or b"").lower() == b"chunked":
                body, whole, after = _chunks(rest)
                if not whole:
                    return
            else:
                length = int(_header(head, b"content-length") or 0)
                if len(rest) < length:
                    return
                body, after = rest[:length], rest[length:]
            self._received = after
            task = asyncio.ensure_future(self._answer(head, body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, head: bytes, body: bytes) -> None:
        method = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        kind = _header(head, b"content-type") or b""
        result = await self._telegram.answer(method, _parameters(kind, body))
        if self._transport.is_closing():  # the bot has gone meanwhile
            return
        content = json.dumps({"ok": True, "result": result}).encode()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(content)).encode()
            + b"\r\n\r\n"
            + content
        )


def _header(head: bytes, name: bytes) -> bytes | None:
    start = head.lower().find(b"\r\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def _chunks(rest: bytes) -> tuple[bytes, bool, bytes]:
    body = b""
    while True:
        size, separator, rest = rest.partition(b"\r\n")
        if not separator or len(rest) < int(size, 16) + 2:
            return b"", False, b""
        length = int(size, 16)
        body += rest[:length]
        rest = rest[length + 2 :]
        if not length:
            return body, True, rest


def _parameters(kind: bytes, body: bytes) -> dict[str, str]:
    if kind.startswith(b"application/x-www-form-urlencoded"):
        fields = parse_qs(body.decode(), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}
    if kind.startswith(b"application/json"):
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in json.loads(body).items()
        }
    if kind.startswith(b"multipart/form-data"):
        return dict(_form_fields(kind, body))
    return {}


def _form_fields(kind: bytes, body: bytes) -> Iterator[tuple[str, str]]:
    """The fields of a form that are no files."""
    boundary = b"--" + kind.partition(b"boundary=")[2].strip(b'"')
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if b"filename" not in head:
            name = head.partition(b'name="')[2].partition(b'"')[0].decode()
            yield name, content.removesuffix(b"\r\n").decode()


@dataclass(frozen=True)
class Step:
    """What a person does, and by which button they know that it was answered.

    ``does`` is written, or tapped where ``taps``; without ``awaits`` any message is the answer.
    """

    does: str
    awaits: str | None
    taps: bool = False


SUBMIT_AND_CANCEL = (
    Step("/autolettura", awaits="Annulla"),
    Step("45.000", awaits="Salva"),
    Step("Salva", awaits="Cancella", taps=True),
    Step("Cancella", awaits="Sì", taps=True),
    Step("Sì", awaits=None, taps=True),
)
"""A reading submitted, confirmed, and taken back: five updates."""

ECHO = tuple(Step(f"word {number}", awaits=None) for number in range(5))


@dataclass
class Person:
    """One person, who waits for each answer before doing the next thing."""

    telegram: FakeTelegram
    chat_id: int
    waits: list[float] = field(default_factory=list)
    """Seconds from each thing done to what the bot showed for it."""
    _message: Message | None = None
    _awaited: str | None = None
    _shown: asyncio.Future[None] | None = None

    async def does(self, step: Step) -> None:
        """One thing, until it is answered.

        Raises:
            TimeoutError: nothing came in a minute.
        """
        self._shown = asyncio.get_running_loop().create_future()
        self._awaited = step.awaits
        begun = time.perf_counter()
        self.telegram.deliver(self._tap(step.does) if step.taps else self._words(step.does))
        async with asyncio.timeout(_LONGEST_WAIT):
            await self._shown
        self.waits.append(time.perf_counter() - begun)

    async def converses(self, steps: Sequence[Step], times: int) -> None:
        """All of the steps, so many times."""
        for _ in range(times):
            for step in steps:
                await self.does(step)

    def sees(self, message: Message) -> None:
        """Takes what the bot sent or edited."""
        is_it = self._awaited is None or _data_of(message, self._awaited) is not None
        if self._shown is not None and not self._shown.done() and is_it:
            self._message = message
            self._shown.set_result(None)

    def _tap(self, label: str) -> Message:
        assert self._message is not None
        query = {
            "id": str(time.perf_counter_ns()),
            "from": self._user,
            "chat_instance": str(self.chat_id),
            "message": self._message,
            "data": _data_of(self._message, label),
        }
        return {"callback_query": query}

    def _words(self, text: str) -> Message:
        message: Message = {
            "message_id": next(self.telegram._numbers),  # noqa: SLF001
            "date": int(time.time()),
            "chat": {"id": self.chat_id, "type": "private", "first_name": "P"},
            "from": self._user,
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        return {"message": message}

    @property
    def _user(self) -> Message:
        return {"id": self.chat_id, "is_bot": False, "first_name": "P", "language_code": "it"}


def _data_of(message: Message, label: str) -> str | None:
    """The data of the button that is labelled so, or begins so."""
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        for each in row:
            if label in each["text"]:
                return str(each.get("callback_data"))
    return None
