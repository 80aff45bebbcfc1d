"""The staff's group, as a member of the staff sees it."""

from collections import deque
from typing import Any

from bot.local_telegram import Event, Group, Person
from tests.support.chat import Counter

Message = dict[str, Any]


class StaffRoom:
    """The staff's group, with one of its members.

    Args:
        counter: the service under test.
        group: the group.
        person: the member who writes.
    """

    def __init__(self, counter: Counter, group: Group, person: Person) -> None:
        self.counter = counter
        self.group = group
        self.person = person
        self.transcript: list[str] = []
        self._unread: deque[Message] = deque()
        counter.telegram.subscribe(self._on_event)

    # -- what the person does --

    async def writes(
        self, text: str, *, topic: int | None = None, reply_to: Message | None = None
    ) -> Message:
        """Write into a topic, as a reply, or neither."""
        self.transcript.append(f"→ {text}")
        answered = reply_to["message_id"] if reply_to is not None else None
        message = self.person.send_text(self.group, text, reply_to=answered, thread_id=topic)
        await self.passes()
        return message

    async def sends_photo(self, photo: bytes, caption: str = "", *, topic: int) -> None:
        self.person.send_photo(self.group, photo, caption, thread_id=topic)
        await self.passes()

    async def sends_file(self, data: bytes, name: str, caption: str = "", *, topic: int) -> None:
        self.person.send_document(self.group, data, name, caption, thread_id=topic)
        await self.passes()

    async def passes(self) -> None:
        """Wait until the bot has handled everything, and sent all notices."""
        await self.counter.settle()
        await self.counter.service.outbox.run()

    # -- what the person sees --

    def sees(self, *words: str, topic: int | None = None) -> Message:
        """Check that the next unread message has these words, and is in that topic.

        Args:
            words: parts of the text.
            topic: its topic; None does not check.
        """
        if not self._unread:
            self._fail(f"no message; expected {words!r}")
        message = self._unread.popleft()
        text = _text(message)
        for piece in words:
            if piece not in text:
                self._fail(f"{piece!r} is not in:\n{text}")
        if topic is not None and message.get("message_thread_id") != topic:
            self._fail(f"in topic {message.get('message_thread_id')} instead of {topic}:\n{text}")
        return message

    def sees_nothing_more(self) -> None:
        if self._unread:
            self._fail(f"nobody looked at this:\n{_text(self._unread[0])}")

    def topics(self) -> dict[int, str]:
        """The topics, by their ids."""
        return {number: topic.name for number, topic in self.group.chat.topics.items()}

    def is_closed(self, topic: int) -> bool:
        return self.group.chat.topics[topic].closed

    # -- internal --

    def _on_event(self, event: Event) -> None:
        message = event.message
        if event.chat_id != self.group.id or not event.from_bot or message is None:
            return
        if event.kind == "message" and {"text", "caption", "photo", "document"} & message.keys():
            self.transcript.append(f"← {_text(message)}")
            self._unread.append(message)

    def _fail(self, why: str) -> None:
        said = "\n".join(self.transcript)
        raise AssertionError(f"{why}\n\n--- the staff's group ---\n{said}")


def _text(message: Message) -> str:
    return str(message.get("text") or message.get("caption") or "")
