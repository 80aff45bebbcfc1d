"""The bands F1, F2, F3 in which electricity is billed, and the quarter hours of a local day.

F1: Monday to Friday, 8-19. F2: Monday to Friday 7-8 and 19-23, Saturday 7-23. F3: Monday to
Saturday 23-7, and all of Sundays and national holidays.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from enum import Enum, unique
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from storage.rules.windows import local_instant

QUARTER = timedelta(minutes=15)

_SATURDAY, _SUNDAY = 5, 6
_WORKING = range(8, 19)
_WAKING = range(7, 23)
_FIXED_HOLIDAYS = (
    (1, 1),
    (1, 6),
    (4, 25),
    (5, 1),
    (6, 2),
    (8, 15),
    (11, 1),
    (12, 8),
    (12, 25),
    (12, 26),
)
"""Month and day of ten of the eleven holidays; the eleventh is Easter Monday."""


@unique
class Band(Enum):
    """A billing band; the values are the names that customers know."""

    F1 = "F1"
    F2 = "F2"
    F3 = "F3"


def band_of(local: datetime, holidays: Collection[date] | None = None) -> Band:
    """The band of a moment on the local clock, such as the start of a quarter hour.

    ``local`` is in local time already (aware or naive: only the clock time is read). ``holidays``
    replaces the national holidays of Italy.
    """
    day, hour = local.date(), local.hour
    festive = day in (national_holidays(day.year) if holidays is None else holidays)
    if festive or day.weekday() == _SUNDAY or hour not in _WAKING:
        return Band.F3
    if day.weekday() == _SATURDAY or hour not in _WORKING:
        return Band.F2
    return Band.F1


@lru_cache(maxsize=64)
def national_holidays(year: int) -> frozenset[date]:
    """The eleven days of a year that count as Sundays for the bands.

    The regulator's list is closed (TIV, definition of the bands F1, F2, F3): days that a law makes
    a holiday otherwise, such as 17 March 2011 or 4 October from 2026 on, were billed as weekdays.
    """
    fixed = {date(year, month, day) for month, day in _FIXED_HOLIDAYS}
    return frozenset(fixed | {easter(year) + timedelta(days=1)})


def quarter_instants(day: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The UTC starts of the quarter hours of a local day: 96, or 92 and 100 at clock changes."""
    start = local_instant(day, time(0), zone)
    end = local_instant(day + timedelta(days=1), time(0), zone)
    return tuple(start + n * QUARTER for n in range((end - start) // QUARTER))
