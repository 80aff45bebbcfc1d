"""The periods that a customer may ask for, and why others are refused."""

import enum
from dataclasses import dataclass
from datetime import date, timedelta

from storage.models import SupplyPoint

MOST_DAYS = 3 * 366
"""The longest period in days: longer ones make useless pictures and slow files."""

WEEK = 7


class Span(enum.Enum):
    """The periods with a button."""

    WEEK = "w"
    MONTH = "m"
    YEAR = "y"


class RangeProblem(enum.Enum):
    """Why a range of days cannot be shown."""

    END_BEFORE_START = "end_before_start"
    FUTURE = "future"
    BEFORE_SUPPLY = "before_supply"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def year(self) -> int | None:
        """The year that it covers, completely or up to today; else None."""
        start = (self.first.month, self.first.day) == (1, 1)
        return self.first.year if start and self.last.year == self.first.year else None


def period_of(span: Span, today: date) -> Period:
    """The days of a button: seven days up to yesterday, the month before, this year.

    The year also ends yesterday, as today has no measures yet; on the first of January it is that
    day alone.
    """
    match span:
        case Span.WEEK:
            return Period(today - timedelta(days=WEEK), today - timedelta(days=1))
        case Span.MONTH:
            last = today.replace(day=1) - timedelta(days=1)
            return Period(last.replace(day=1), last)
        case Span.YEAR:
            first = today.replace(month=1, day=1)
            return Period(first, max(first, today - timedelta(days=1)))


def check(point: SupplyPoint, first: date, last: date, today: date) -> Period | RangeProblem:
    """The part of a range that can have measures: from the start of the supply until today.

    Args:
        point: whose measures.
        first: the first day that was asked for.
        last: the last one.
        today: the local day.
    """
    if last < first:
        return RangeProblem.END_BEFORE_START
    if first > today:
        return RangeProblem.FUTURE
    if last < point.first_day:
        return RangeProblem.BEFORE_SUPPLY
    period = Period(max(first, point.first_day), min(last, today))
    if len(period.days) > MOST_DAYS:
        return RangeProblem.TOO_LONG
    return period
