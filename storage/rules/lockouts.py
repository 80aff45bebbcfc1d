"""Limits on attempts to link, against guessing and against locking others out.

Attempts are counted per chat (for all customers) and per customer (from all chats):

- five wrong attempts of a chat within an hour, pairs and mailed codes alike, lock that chat;
- after twenty wrong pairs a day with one customer code, answers no longer say whether a pair is
  right; a right pair still gets its mail, so strangers cannot lock the customer out;
- after ten wrong mailed codes a day for one customer, each chat may type one wrong code a day;
- a chat gets three mailed codes an hour and a customer nine a day; beyond nine, only chats that
  had none that day get one, up to twenty a day.

A lock lasts 15 minutes, and each further one twice as long, up to 24 hours. All of it is computed
from the instants of earlier attempts, so a restart resets nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SHORTEST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=24)

HISTORY = timedelta(days=14)
"""How much history is needed: longer than the longest series of locks that still doubles."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` within ``period``."""

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
    """The next attempt may be made."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A pair may be tried, but until ``until`` the answer does not say whether it is right."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """No attempt before ``until``, an aware instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """Instants of the attempts within ``HISTORY``: of one chat, and of all chats for one customer.

    ``wrong_of_chat`` are wrong pairs, wrong codes, and pairs that were refused or answered without
    a result. ``own_wrong_codes`` and ``own_mailed`` are those of this chat for this customer; the
    other fields include them.
    """

    wrong_of_chat: Sequence[datetime] = ()
    wrong_pairs: Sequence[datetime] = ()
    wrong_codes: Sequence[datetime] = ()
    own_wrong_codes: Sequence[datetime] = ()
    mailed_to_chat: Sequence[datetime] = ()
    mailed: Sequence[datetime] = ()
    own_mailed: Sequence[datetime] = ()

    def with_wrong_pair(self, now: datetime) -> "Past":
        """The same history with a wrong pair of this chat added at *now*."""
        return replace(
            self,
            wrong_of_chat=(*self.wrong_of_chat, now),
            wrong_pairs=(*self.wrong_pairs, now),
        )

    def with_wrong_code(self, now: datetime) -> "Past":
        """The same history with a wrong mailed code of this chat added at *now*."""
        return replace(
            self,
            wrong_of_chat=(*self.wrong_of_chat, now),
            wrong_codes=(*self.wrong_codes, now),
            own_wrong_codes=(*self.own_wrong_codes, now),
        )


def of_chat(past: Past, now: datetime) -> Allowed | Locked:
    """Whether a chat may try anything now. A right pair does not reset the count of wrong ones.

    Otherwise knowing one pair would give unlimited attempts at others.
    """
    return locked(past.wrong_of_chat, WRONG_OF_CHAT, now)


def pairing(past: Past, now: datetime) -> Allowed | Unsaid | Locked:
    """Whether a chat may try a pair of codes now, and whether it is told the result."""
    verdict = of_chat(past, now)
    if isinstance(verdict, Locked):
        return verdict
    by_anybody = locked(past.wrong_pairs, WRONG_PAIRS_OF_CUSTOMER, now)
    return Unsaid(by_anybody.until) if isinstance(by_anybody, Locked) else Allowed()


def typing(past: Past, now: datetime) -> Allowed | Locked:
    """Whether a chat may type a mailed code now.

    Where other chats have typed too many wrong codes for this customer, a chat without a wrong one
    in the last day still may: the customer copies the code from the mail.
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
    """Whether another code may be mailed to a customer now, at a chat's request.

    Where other chats have requested too many for this customer, a chat that requested none in the
    last day still gets one, up to the customer's daily maximum.
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
    """Until when attempts for a customer are limited, by all chats together; None: not limited.

    While limited, the answers to ``pairs`` do not say whether they are right, ``codes`` are
    accepted only from chats without a wrong one, and ``mails`` go only to chats that had none.
    """

    pairs: datetime | None
    codes: datetime | None
    mails: datetime | None


def of_customer(past: Past, now: datetime) -> LocksOfCustomer:
    """The limits for a customer now, for all chats."""

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
    """At most ``limit.count`` in a sliding period; the oldest one expires first."""
    recent = _within(instants, limit, now)
    return Locked(recent[-limit.count] + limit.period) if len(recent) >= limit.count else Allowed()


def _within(instants: Iterable[datetime], limit: Limit, now: datetime) -> list[datetime]:
    """The instants in the period that ends now, sorted; later ones are left out."""
    return sorted(each for each in instants if now - limit.period < each <= now)


def locked(failures: Iterable[datetime], limit: Limit, now: datetime) -> Allowed | Locked:
    """Whether failures at these instants lock now, and until when.

    A failure that reaches the limit locks. If the limit is still reached by the first failure after
    the lock, it locks again for twice as long; 24 hours without a failure after a lock reset that.
    Instants within a lock are ignored: those attempts were refused, not checked. Instants after
    *now* are ignored too: they come from a clock that was ahead and was set back, and would lock
    until that time is reached.
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
