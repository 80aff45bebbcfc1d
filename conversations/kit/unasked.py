"""What is said unasked: one message of the outbox by itself, or several of a chat in one.

A letter goes by e-mail, to nobody's chat.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.kit.services import Services
from conversations.kit.views import Effect
from conversations.texts import Words
from storage.models import OutboxMessage
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: it is to be looked at again at this instant."""

    until: datetime


Notice = Callable[[Unit, Services, Words, OutboxMessage], Awaitable[list[Effect] | Later]]
"""Makes one message, when its turn comes; of what is no longer true, nothing."""

Notices = Callable[
    [Unit, Services, Words, Sequence[OutboxMessage]], Awaitable[list[Effect] | Later]
]
"""The same for several messages of one chat that came at once, the oldest first."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail that nobody waits for in a chat."""

    to: str
    subject: str
    text: str


LetterMaker = Callable[[Services, Words, OutboxMessage], Letter | None]
"""Makes one letter, when its turn comes; of what nobody needs to be told any more, nothing."""


@dataclass(frozen=True, slots=True)
class Family:
    """Kinds of messages that go together where several are due to the same chat.

    They are said in the chat's own hours, and not into a conversation that is under way there.
    ``kinds`` has the one first that the others are counted with.
    """

    kinds: tuple[str, ...]
    make: Notices
