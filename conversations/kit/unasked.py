"""What is said unasked: how a notice becomes what a chat is told, by itself or with others.

A notice is a type of ``storage.notices``; here each gets its maker, as each button gets its step.
A letter goes by e-mail, to nobody's chat.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from conversations.kit.services import Services
from conversations.kit.views import Effect
from conversations.texts import Words
from storage.notices import Notice
from storage.unit import ReadUnit

N = TypeVar("N", bound=Notice)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a notice is made with: whom it is for, and what the program has at hand.

    ``queued_at`` is when the message came into the outbox; of several, the oldest.
    """

    unit: ReadUnit
    services: Services
    words: Words
    chat_id: int
    queued_at: datetime

    @property
    def now(self) -> datetime:
        return self.services.clock.now()


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: it is to be looked at again at this instant."""

    until: datetime


Made = list[Effect] | Later
"""What a chat is told; of what is no longer true, nothing."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A notice that goes at once and by itself.

    ``lasting`` ones are tried until they arrive, however long Telegram is away.
    """

    kind: str
    make: Callable[[Telling, Any], Awaitable[Made]]
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """Notices that go together where several are due to the same chat.

    They are said in the chat's own hours, and not into a conversation that is under way there.
    ``kinds`` has the one first that the others are counted with.
    """

    kinds: tuple[str, ...]
    make: Callable[[Telling, Sequence[Any]], Awaitable[Made]]


Maker = Alone | Family


def on_notice(
    kind: type[N], make: Callable[[Telling, N], Awaitable[Made]], *, lasting: bool = False
) -> Alone:
    """Has *make* say every notice of a kind, at once and by itself.

    Args:
        kind: the type of the notice.
        make: what a chat is told.
        lasting: whether it is tried until it arrives, because people wrote it.
    """
    return Alone(kind.kind, make, lasting)


def on_notices(
    kinds: Sequence[type[Notice]], make: Callable[[Telling, Sequence[Any]], Awaitable[Made]]
) -> Family:
    """Has *make* say all notices of these kinds that are due to a chat, the oldest first."""
    return Family(tuple(each.kind for each in kinds), make)


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail that nobody waits for in a chat."""

    to: str
    subject: str
    text: str


LetterMaker = Callable[[Services, Words, Any], Letter | None]
"""Makes one letter of its notice; of what nobody needs to be told any more, nothing."""
