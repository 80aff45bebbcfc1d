"""Messages sent unasked: registers the function that makes messages of each type of notice.

The types of notices are in ``storage.notices``. Letters are sent by e-mail instead of to a chat.
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
    """What a notice's function gets: the recipient, and what the program provides.

    ``queued_at`` is when the message was queued; for several messages, the oldest.
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
    """Do not send it now, but try again at this instant."""

    until: datetime


Made = list[Effect] | Later
"""The messages to send; empty if the notice is no longer true."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A type of notice that is sent at once and separately.

    ``lasting`` ones are tried until they arrive, however long Telegram is unavailable.
    """

    kind: str
    make: Callable[[Telling, Any], Awaitable[Made]]
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """Types of notices that are combined where several are due to the same chat.

    They respect the chat's quiet hours, and are not sent during a conversation. Combined notices
    are counted as the first of ``kinds`` among them.
    """

    kinds: tuple[str, ...]
    make: Callable[[Telling, Sequence[Any]], Awaitable[Made]]


Maker = Alone | Family


def on_notice(
    kind: type[N], make: Callable[[Telling, N], Awaitable[Made]], *, lasting: bool = False
) -> Alone:
    """Register *make* for a type of notice that is sent at once and separately.

    Args:
        kind: the type of the notice.
        make: returns the messages.
        lasting: whether it is tried until it arrives, because people wrote it.
    """
    return Alone(kind.kind, make, lasting)


def on_notices(
    kinds: Sequence[type[Notice]], make: Callable[[Telling, Sequence[Any]], Awaitable[Made]]
) -> Family:
    """Register *make* for all notices of these types that are due to a chat, oldest first."""
    return Family(tuple(each.kind for each in kinds), make)


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail that is not an answer in a chat."""

    to: str
    subject: str
    text: str


LetterMaker = Callable[[Services, Words, Any], Letter | None]
"""Makes a letter from its notice; None if it is not needed any more."""
