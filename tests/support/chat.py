"""The chat driver: tests read like a chat, and run the production service over HTTP.

A test fails if a message is unread or a tap is unanswered at the end, and then the whole chat is
printed.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.application import Service
from bot.local_telegram import Event, LocalTelegram, Person, Tap
from conversations.kit.taps import Tap as ButtonType
from tests.support.clock import MovableClock

Message = dict[str, Any]


@dataclass
class Counter:
    """The service under test, and the local Telegram that it serves."""

    telegram: LocalTelegram
    service: Service
    chats: list["ChatDriver"] = field(default_factory=list)

    def visitor(self, name: str = "Anna", language: str = "it") -> "ChatDriver":
        """Open a chat between a new person and the bot."""
        person = self.telegram.add_person(name, language_code=language)
        chat = ChatDriver(self, person)
        self.chats.append(chat)
        return chat

    async def settle(self) -> None:
        """Wait until the bot has handled and answered everything."""
        await self.telegram.until_confirmed()
        await self.service.settled()

    def check_nothing_left(self) -> None:
        """Fail if any message or tap was not checked by the test."""
        for chat in self.chats:
            chat.sees_nothing_more()


class ChatDriver:
    """One person's private chat with the bot."""

    def __init__(self, counter: Counter, person: Person) -> None:
        self.counter = counter
        self.person = person
        self.id = person.id
        self.transcript: list[str] = []
        self.last: Message = {}
        self._unread: deque[tuple[str, Message]] = deque()
        self._taps: list[Tap] = []
        counter.telegram.subscribe(self._on_event)

    # -- what the person does --

    async def sends(self, text: str) -> None:
        """Write a message, and wait for the bot's answer."""
        self._note("→", text)
        self.person.send_text(self.person.private_chat, text)
        await self.counter.settle()

    async def edits(self, text: str, message_id: int | None = None) -> None:
        """Edit their last message."""
        self._note("→ (edit)", text)
        own = [m for m in self.messages() if not m["from"]["is_bot"]]
        target = message_id if message_id is not None else own[-1]["message_id"]
        self.person.edit_text(self.person.private_chat, target, text)
        await self.counter.settle()

    async def sends_sticker(self) -> None:
        self._note("→", "(a sticker)")
        self.person.send_sticker(self.person.private_chat)
        await self.counter.settle()

    async def sends_photo(self, photo: bytes, caption: str = "") -> None:
        self._note("→", f"(a photo) {caption}")
        self.person.send_photo(self.person.private_chat, photo, caption)
        await self.counter.settle()

    async def sends_album(self, photos: Iterable[bytes], caption: str = "") -> None:
        self._note("→", f"(an album) {caption}")
        self.person.send_album(self.person.private_chat, photos, caption)
        await self.counter.settle()

    async def sends_file(self, data: bytes, name: str, caption: str = "") -> None:
        self._note("→", f"(a file) {caption}")
        self.person.send_document(self.person.private_chat, data, name, caption)
        await self.counter.settle()

    async def sends_voice(self) -> None:
        self._note("→", "(a voice message)")
        self.person.send_voice(self.person.private_chat)
        await self.counter.settle()

    async def taps(self, label: str, message: Message | None = None) -> Tap:
        """Tap a button by its label, on the newest message that has it or on a given one."""
        return await self._answered(self.presses(label, message))

    async def taps_twice(self, label: str) -> tuple[Tap, Tap]:
        """Tap a button twice, the second time before the first is answered."""
        first, second = self.presses(label), self.presses(label)
        return await self._answered(first), await self._answered(second)

    async def taps_data(self, data: str | ButtonType, message_id: int, label: str = "") -> Tap:
        """Tap with any callback data, even forged."""
        return await self._answered(self._press(data, message_id, label))

    def presses(self, label: str, message: Message | None = None) -> Tap:
        """Tap a button without waiting; the result is there after ``settle``."""
        found = message or self._newest_with(label)
        data = next(
            b["callback_data"]
            for row in found["reply_markup"]["inline_keyboard"]
            for b in row
            if b["text"] == label
        )
        return self._press(data, found["message_id"], label)

    def _press(self, data: str | ButtonType, message_id: int, label: str) -> Tap:
        if isinstance(data, ButtonType):
            data = data.encode()
        self._note("→ [tap]", label or data)
        tap = self.person.tap(self.person.private_chat, message_id, data)
        self._taps.append(tap)
        return tap

    async def _answered(self, tap: Tap) -> Tap:
        await self.counter.settle()
        if tap.text:
            self._note("  toast:", tap.text)
        return tap

    def waits(self, seconds: float) -> None:
        """Let time pass, where an immediate tap would be ignored."""
        clock = self.counter.service.clock
        if not isinstance(clock, MovableClock):
            raise TypeError("this test does not move the clock")
        self._note("  ", f"({seconds} s later)")
        clock.move(seconds=seconds)

    # -- what the person sees --

    def sees(self, *words: str, buttons: list[str] | None = None, edited: bool = False) -> Message:
        """Check that the next unread message, or edit, has these words and these buttons.

        Args:
            words: parts of the text, without HTML.
            buttons: all labels under it, in order; None does not check.
            edited: whether it is an edit of an earlier message.
        """
        if not self._unread:
            self._fail(f"no message; expected {words!r}")
        kind, message = self._unread.popleft()
        self.last = message
        text = message.get("text") or message.get("caption") or ""
        for piece in words:
            if piece not in text:
                self._fail(f"{piece!r} is not in:\n{text}")
        if edited != (kind == "edited"):
            self._fail(f"expected {'an edit' if edited else 'a new message'}:\n{text}")
        if buttons is not None and labels(message) != buttons:
            self._fail(f"buttons {labels(message)} instead of {buttons} under:\n{text}")
        return message

    def sees_nothing_more(self) -> None:
        """Check that nothing is unread, and no tap is unanswered."""
        if self._unread:
            kind, message = self._unread[0]
            self._fail(f"nobody looked at this ({kind}):\n{message.get('text')}")
        for tap in self._taps:
            if not tap.answered:
                self._fail("a tap was not answered")

    def skip(self) -> None:
        """Ignore everything unread."""
        self._unread.clear()

    def messages(self) -> list[Message]:
        """The current messages of the chat."""
        return self.counter.telegram.messages(self.person.private_chat)

    def text_of(self, message_id: int) -> str:
        """The current text of a message."""
        found = next(m for m in self.messages() if m["message_id"] == message_id)
        return str(found.get("text") or found.get("caption") or "")

    # -- internal --

    def _newest_with(self, label: str) -> Message:
        for message in reversed(self.messages()):
            if label in labels(message):
                return message
        self._fail(f"there is no button {label!r}")
        raise AssertionError

    def _on_event(self, event: Event) -> None:
        if event.chat_id != self.id or not event.from_bot or event.message is None:
            return
        if event.kind in {"message", "edited"}:
            mark = "←" if event.kind == "message" else "← (edit)"
            text = event.message.get("text") or event.message.get("caption") or "(no text)"
            self._note(mark, text, labels(event.message))
            self._unread.append((str(event.kind), event.message))

    def _note(self, mark: str, text: str, buttons: list[str] | None = None) -> None:
        line = f"{mark} {text}"
        if buttons:
            line += "\n    " + " ".join(f"[{label}]" for label in buttons)
        self.transcript.append(line)

    def _fail(self, why: str) -> None:
        said = "\n".join(self.transcript)
        raise AssertionError(f"{why}\n\n--- {self.person.first_name}'s chat ---\n{said}")


def labels(message: Message) -> list[str]:
    """The labels of the buttons under a message."""
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [b["text"] for row in keyboard for b in row]
