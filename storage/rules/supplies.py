"""Which customer held a supply point on which days, as ``punti.csv`` says row by row.

Each day of a point belongs to at most one customer. A later ``decorrenza`` alone never passes a
customer's days on to another; a point that was assigned by mistake goes back whole (*Supplies that
change hands* in the product's settled details; the cases are in ``docs/files.md``).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

TAKEN_BACK_WITHIN = timedelta(days=60)
"""A point that comes back within this time may have been assigned to another by mistake."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The days on which a customer held a point: from ``start`` until the day before ``end``.

    The current holder's days have no end. A holding that ends on its start has no days: the
    customer lost the point before the first one. ``lost_on`` is the day of the import that gave
    the point to somebody else, ``row`` the id of the stored row, if there is one.
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
        """Whether it covers a whole month: from its *first* day to the day before *after*."""
        return self.start <= first and (self.end is None or after <= self.end)


History = tuple[Holding, ...]
"""The holdings of a point in order of time: none overlap, and only the last has no end."""


def told(history: History, customer_id: int, *, since: date, today: date) -> History:
    """The holdings of a point after the company's file has given its holder again.

    Args:
        history: the holdings so far; empty for a new point.
        customer_id: the holder that the file names.
        since: the holder's ``decorrenza``.
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
    """Whether the point returns to the customer from whom it was taken by mistake.

    That is so where it returns soon, with a ``decorrenza`` before the days of the customer in
    between: the supply had begun before and continues.
    """
    if had.end is None or had.lost_on is None or today - had.lost_on > TAKEN_BACK_WITHIN:
        return False
    return since < had.end or (had.is_empty and since == had.start)


def _restated(before: History, last: Holding, since: date) -> History:
    """Change the ``decorrenza`` of the current holder, but never into days of earlier ones.

    Future days that former customers lost together with the point belong to nobody yet.
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
    """Give the point to another customer.

    Their days begin on their ``decorrenza``. Where that equals the former holder's it says nothing
    new, and their days begin on the day of the import.
    """
    kept, start = list(history), new.start
    for place in reversed(range(len(kept))):
        former = kept[place]
        if former.is_empty:
            continue
        if former.start > today and new.start <= former.start:
            kept[place] = _cut(former, former.start, today)  # it had not begun yet
            continue
        start = new.start if new.start > former.start else max(new.start, today)
        kept[place] = _cut(former, start, today)
        break
    with_days = [place for place, each in enumerate(kept) if not each.is_empty]
    if with_days:
        last = kept[with_days[-1]]
        if (last.customer_id, last.end) == (new.customer_id, start):  # no day in between
            return (*kept[: with_days[-1]], _open(last))
    return (*kept, replace(new, start=start))


def _cut(holding: Holding, end: date, today: date) -> Holding:
    end = end if holding.end is None else min(end, holding.end)
    return replace(holding, end=end, lost_on=holding.lost_on or today)


def _open(holding: Holding) -> Holding:
    return replace(holding, end=None, lost_on=None)
