"""How often linking may be tried, so that nobody can guess their way in, nor lock anybody else out.

What counts is what one chat did, for whatever customer, and what all chats together did for one
customer:

- five wrong ones an hour of a chat, pairs and mailed codes alike, lock that chat;
- twenty wrong pairs a day with one customer code have the rest of them answered without a word on
  whether they were right: a right one gets its mail, so that strangers lock nobody out;
- ten wrong mailed codes a day of one customer leave each chat a single wrong one a day;
- three mailed codes an hour of a chat, nine a day of one customer: past these only chats get one
  that had none that day, and twenty a day are the most.

Locks last 15 minutes, and each further one twice as long, up to 24 hours. Everything follows from
the instants of what was tried: nothing else is kept, so that a restart forgives nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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


WRONG_OF_CHAT = Limit(5, timedelta(hours=1))
WRONG_PAIRS_OF_CUSTOMER = Limit(20, timedelta(days=1))
WRONG_CODES_OF_CUSTOMER = Limit(10, timedelta(days=1))
MAILED_TO_CHAT = Limit(3, timedelta(hours=1))
MAILED_FOR_CUSTOMER = Limit(9, timedelta(days=1))
MOST_MAILED_FOR_CUSTOMER = Limit(20, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Allowed:
    """The next try may be made."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A pair may be tried; whether it is right, only the mail tells. So until ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """No try before ``until``, an aware instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What was tried over ``HISTORY``, as instants: by a chat, and for a customer by anybody.

    ``wrong_of_chat`` are wrong pairs, wrong codes, and pairs that were refused or left unsaid.
    ``own_wrong_codes`` and ``own_mailed`` are of this chat for this customer, and are among the
    others as well.
    """

    wrong_of_chat: Sequence[datetime] = ()
    wrong_pairs: Sequence[datetime] = ()
    wrong_codes: Sequence[datetime] = ()
    own_wrong_codes: Sequence[datetime] = ()
    mailed_to_chat: Sequence[datetime] = ()
    mailed: Sequence[datetime] = ()
    own_mailed: Sequence[datetime] = ()

    def with_wrong_pair(self, now: datetime) -> "Past":
        """The same, with a wrong pair of this chat's at this instant."""
        return replace(
            self,
            wrong_of_chat=(*self.wrong_of_chat, now),
            wrong_pairs=(*self.wrong_pairs, now),
        )

    def with_wrong_code(self, now: datetime) -> "Past":
        """The same, with a wrong mailed code of this chat's at this instant."""
        return replace(
            self,
            wrong_of_chat=(*self.wrong_of_chat, now),
            wrong_codes=(*self.wrong_codes, now),
            own_wrong_codes=(*self.own_wrong_codes, now),
        )


def of_chat(past: Past, now: datetime) -> Allowed | Locked:
    """Whether a chat may try anything now. A right one in between forgives no wrong ones.

    Who knows one pair must not get tries at others for it.
    """
    return locked(past.wrong_of_chat, WRONG_OF_CHAT, now)


def pairing(past: Past, now: datetime) -> Allowed | Unsaid | Locked:
    """Whether a chat may try a pair of codes now, and whether it is told how that went."""
    verdict = of_chat(past, now)
    if isinstance(verdict, Locked):
        return verdict
    by_anybody = locked(past.wrong_pairs, WRONG_PAIRS_OF_CUSTOMER, now)
    return Unsaid(by_anybody.until) if isinstance(by_anybody, Locked) else Allowed()


def typing(past: Past, now: datetime) -> Allowed | Locked:
    """Whether a chat may type a mailed code now.

    Where others have typed too many wrong ones for this customer, who has not been wrong in the
    last day still may: the customer reads theirs off the mail.
    """
    verdict = of_chat(past, now)
    if isinstance(verdict, Locked):
        return verdict
    by_anybody = locked(past.wrong_codes, WRONG_CODES_OF_CUSTOMER, now)
    if isinstance(by_anybody, Locked) and _within(
        past.own_wrong_codes, WRONG_CODES_OF_CUSTOMER, now
    ):
        return by_anybody
    return Allowed()


def mailing(past: Past, now: datetime) -> Allowed | Locked:
    """Whether one more code may be mailed now, at a chat's wish, to a customer.

    Where others have asked for too many for this customer, a chat that was mailed none in the last
    day still gets one, while there is room for it.
    """
    ends = [
        verdict.until
        for verdict in (
            _sliding(past.mailed_to_chat, MAILED_TO_CHAT, now),
            _sliding(past.mailed, MOST_MAILED_FOR_CUSTOMER, now),
            locked(past.mailed, MAILED_FOR_CUSTOMER, now)
            if _within(past.own_mailed, MAILED_FOR_CUSTOMER, now)
            else Allowed(),
        )
        if isinstance(verdict, Locked)
    ]
    return Locked(max(ends)) if ends else Allowed()


@dataclass(frozen=True, slots=True)
class LocksOfCustomer:
    """Until when what all chats tried together for a customer is limited; None: it is not.

    ``pairs`` are answered without a word on whether they are right, ``codes`` are taken from who
    was not wrong, and ``mails`` go to who had none.
    """

    pairs: datetime | None
    codes: datetime | None
    mails: datetime | None


def of_customer(past: Past, now: datetime) -> LocksOfCustomer:
    """What is limited for a customer now, whichever chat asks."""

    def until(*verdicts: Allowed | Locked) -> datetime | None:
        return max((each.until for each in verdicts if isinstance(each, Locked)), default=None)

    return LocksOfCustomer(
        pairs=until(locked(past.wrong_pairs, WRONG_PAIRS_OF_CUSTOMER, now)),
        codes=until(locked(past.wrong_codes, WRONG_CODES_OF_CUSTOMER, now)),
        mails=until(
            locked(past.mailed, MAILED_FOR_CUSTOMER, now),
            _sliding(past.mailed, MOST_MAILED_FOR_CUSTOMER, now),
        ),
    )


def _sliding(instants: Iterable[datetime], limit: Limit, now: datetime) -> Allowed | Locked:
    """So many within a period that slides: the oldest of them makes room when it is over."""
    recent = _within(instants, limit, now)
    return Locked(recent[-limit.count] + limit.period) if len(recent) >= limit.count else Allowed()


def _within(instants: Iterable[datetime], limit: Limit, now: datetime) -> list[datetime]:
    """Those of the period that ends now, in order; what lies ahead does not count."""
    return sorted(each for each in instants if now - limit.period < each <= now)


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
