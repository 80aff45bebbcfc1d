"""The bands F1, F2, F3 in which electricity is billed, and the quarter hours of a local day.

F1: Monday to Friday, 8-19. F2: Monday to Friday 7-8 and 19-23, Saturday 7-23. F3: Monday to
Saturday 23-7, and all of Sundays and national holidays.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from enum import Enum, unique
from functools import lru_cache
from zoneinfo import ZoneInfo

from storage.rules.windows import local_instant

QUARTER = timedelta(minutes=15)

_SATURDAY, _SUNDAY = 5, 6
_WORKING = range(8, 19)
_WAKING = range(7, 23)
# A national holiday from 2026, yet none of the eleven in the regulator's definition of the bands.
_NOT_FOR_BANDS = (10, 4)


@unique
class Band(Enum):
    """A billing band; the values are the names that customers know."""

    F1 = "F1"
    F2 = "F2"
    F3 = "F3"


def band_of(local: datetime, holidays: Collection[date] | None = None) -> Band:
    """The band of a moment on the local clock, such as the start of a quarter hour.

    ``local`` is in local time already (aware or naive: only its clock is read). ``holidays``, where
    given, stands in the place of the national holidays of Italy.
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
    """The days of a year that count as Sundays for the bands, Easter Monday among them.

    The Sundays that are holidays too are in it; 4 October is not.
    """
    import holidays  # noqa: PLC0415 - loaded by the first band that is asked for

    italian = holidays.country_holidays("IT", years=year)
    return frozenset(day for day in italian if (day.month, day.day) != _NOT_FOR_BANDS)


def quarter_instants(day: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The UTC starts of the quarter hours of a local day: 96, or 92 and 100 at clock changes."""
    start = local_instant(day, time(0), zone)
    end = local_instant(day + timedelta(days=1), time(0), zone)
    return tuple(start + n * QUARTER for n in range((end - start) // QUARTER))
