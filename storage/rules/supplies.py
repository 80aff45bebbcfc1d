"""Whose a point's days are, as the company says it, row by row of ``punti.csv``.

Each day of a point is one customer's at the most. What a customer's day was is never given on by a
later ``decorrenza`` alone, and what somebody got by mistake goes back whole (*Supplies that change
hands* in the product's settled details; the cases are in ``docs/files.md``).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

TAKEN_BACK_WITHIN = timedelta(days=60)
"""How long after a point went to another customer its coming back can be a mistake mended."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Days of a point that are a customer's: from ``start`` until the day before ``end``.

    Who has the point now has them without an end. One that ends as it starts has no days: they
    lost the point before their first one. ``lost_on`` is the day of the import that gave the point
    to somebody else, ``row`` the number under which the holding is kept, if it is.
    """

    customer_id: int
    start: date
    end: date | None = None
    lost_on: date | None = None
    row: int | None = None

    @property
    def is_empty(self) -> bool:
        return self.end == self.start

    def holds_month(self, first: date, after: date) -> bool:
        """Whether all of a month lies in it: from its *first* day until *after* it."""
        return self.start <= first and (self.end is None or after <= self.end)


History = tuple[Holding, ...]
"""The holdings of a point, in the order of who had it: no two overlap, only the last is open."""


def told(history: History, customer_id: int, *, since: date, today: date) -> History:
    """Whose the days are after the company has said something new of a point.

    Args:
        history: whose they were; empty for a point that is new.
        customer_id: who has the point.
        since: their ``decorrenza``.
        today: the local day of the import.
    """
    if not history:
        return (Holding(customer_id, since),)
    if history[-1].customer_id == customer_id:
        return _restated(history[:-1], history[-1], since)
    places = [n for n, each in enumerate(history) if each.customer_id == customer_id]
    if places and _was_by_mistake(history[places[-1]], since, today):
        before, had = history[: places[-1]], _open(history[places[-1]])
        return _restated(before, had, since) if since < had.start else (*before, had)
    return _handed_on(history, Holding(customer_id, since), today)


def _was_by_mistake(had: Holding, since: date, today: date) -> bool:
    """Whether the point is back with whom it was taken from by mistake.

    So it is where it comes back soon, with a ``decorrenza`` that lies before the others' days: with
    a supply that began, and went on.
    """
    if had.end is None or had.lost_on is None or today - had.lost_on > TAKEN_BACK_WITHIN:
        return False
    return since < had.end or (had.is_empty and since == had.start)


def _restated(before: History, last: Holding, since: date) -> History:
    """Another ``decorrenza`` for who has the point: never one that reaches into others' days.

    Days of former customers that were still to come when they lost the point are nobody's yet.
    """
    kept = list(before)
    for place in reversed(range(len(kept))):
        former = kept[place]
        if former.end is None or former.is_empty:
            continue
        start = max(since, min(former.end, former.lost_on or former.end))
        kept[place] = replace(former, end=max(former.start, min(former.end, start)))
        if start > former.start:
            return (*kept, replace(last, start=start))
    return (*kept, replace(last, start=since))


def _handed_on(history: History, new: Holding, today: date) -> History:
    """The point goes to somebody else.

    From ``decorrenza`` on; where that repeats the former customer's it says nothing about the new
    one, who then has the days from that of the import on.
    """
    kept, start = list(history), new.start
    for place in reversed(range(len(kept))):
        former = kept[place]
        if former.is_empty:
            continue
        if former.start > today and new.start <= former.start:
            kept[place] = _cut(former, former.start, today)  # it was still to begin
            continue
        start = new.start if new.start > former.start else max(new.start, today)
        kept[place] = _cut(former, start, today)
        break
    with_days = [place for place, each in enumerate(kept) if not each.is_empty]
    if with_days:
        last = kept[with_days[-1]]
        if (last.customer_id, last.end) == (new.customer_id, start):  # theirs without a day between
            return (*kept[: with_days[-1]], _open(last))
    return (*kept, replace(new, start=start))


def _cut(holding: Holding, end: date, today: date) -> Holding:
    end = end if holding.end is None else min(end, holding.end)
    return replace(holding, end=end, lost_on=holding.lost_on or today)


def _open(holding: Holding) -> Holding:
    return replace(holding, end=None, lost_on=None)
