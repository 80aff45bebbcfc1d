"""How often linking may be tried, so that nobody can guess their way in.

Five wrong pairs an hour from one chat, twenty a day against one customer code, three mailed codes
an hour. Who reaches a limit of wrong pairs is locked for 15 minutes, and each further lock lasts
twice as long, up to 24 hours. Everything follows from the instants of what was tried: nothing else
is kept, so that a restart forgives nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

SHORTEST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=24)

HISTORY = timedelta(days=14)
"""How far back the instants must reach: past the longest chain of locks that still grows."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many within so long."""

    count: int
    period: timedelta


WRONG_PAIRS_OF_CHAT = Limit(5, timedelta(hours=1))
WRONG_PAIRS_OF_CODE = Limit(20, timedelta(days=1))
MAILED_CODES = Limit(3, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Allowed:
    """The next try may be made."""


@dataclass(frozen=True, slots=True)
class Locked:
    """No try before ``until``, an aware instant."""

    until: datetime


def pairing(
    wrong_of_chat: Iterable[datetime], wrong_of_code: Iterable[datetime], now: datetime
) -> Allowed | Locked:
    """Whether a chat may try a pair of codes now.

    Takes the instants of wrong pairs sent by the chat and of wrong pairs that named the customer
    code, from any chat; both over ``HISTORY``. A right pair in between forgives none: who knows one
    pair must not get tries at others for it. Where both lock, the later end counts.
    """
    ends = [
        verdict.until
        for verdict in (
            locked(wrong_of_chat, WRONG_PAIRS_OF_CHAT, now),
            locked(wrong_of_code, WRONG_PAIRS_OF_CODE, now),
        )
        if isinstance(verdict, Locked)
    ]
    return Locked(max(ends)) if ends else Allowed()


def mailing(mailed: Iterable[datetime], now: datetime) -> Allowed | Locked:
    """Whether one more code may be mailed now, from the instants of those that were.

    The limit slides: the oldest of the last three makes room an hour after it was sent. Instants
    ahead of *now* do not count, as in ``locked``.
    """
    recent = sorted(each for each in mailed if now - MAILED_CODES.period < each <= now)
    if len(recent) < MAILED_CODES.count:
        return Allowed()
    return Locked(recent[-MAILED_CODES.count] + MAILED_CODES.period)


def locked(failures: Iterable[datetime], limit: Limit, now: datetime) -> Allowed | Locked:
    """Whether failures at these instants lock now, and until when.

    A failure that fills the limit locks. Once the lock is over, one that finds the limit still
    full locks again, for twice as long; 24 hours without a failure after a lock's end forgive.
    Instants within a lock are passed over: what was tried then was refused, not judged. So are
    those ahead of *now*, which a clock left behind that stepped back since: counted, they would
    lock until it has caught up, and after a year ahead that is a year.
    """
    counted: list[datetime] = []
    until: datetime | None = None
    lock = SHORTEST_LOCK
    for failure in sorted(each for each in failures if each <= now):
        if until is not None:
            if failure < until:
                continue
            if failure - until >= LONGEST_LOCK:
                lock = SHORTEST_LOCK
        counted = [*(c for c in counted if c > failure - limit.period), failure]
        if len(counted) >= limit.count:
            until = failure + lock
            lock = min(lock * 2, LONGEST_LOCK)
    return Locked(until) if until is not None and now < until else Allowed()
