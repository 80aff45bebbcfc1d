"""Quarter-hour measures: which quarter of the local clock each value belongs to, and totals.

A day's values are in order of time: 96, or 92 on the day the clock goes forward, or 100 on the day
it goes back. Distributors may write 96 on that last day too: then each value of the repeated hour
is the energy of both its passages (*Electricity* in the facts of the field).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from storage.rules.bands import Band, band_of, national_holidays, quarter_instants
from storage.rules.windows import local_instant

USUAL_QUARTERS = 96
HOURS = 24
_QUARTERS_IN_HOUR = 4
_SATURDAY = 5

Values = Sequence[int | None]
"""The quarters of a day, in Wh; None where one was not measured."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """One value of a day: when it began, on the local clock and as an instant.

    ``passages`` is 2 where it holds both passages of an hour that occurred twice.
    """

    starts_at: datetime
    local: datetime
    passages: int


@dataclass(frozen=True, slots=True)
class Peak:
    """The quarter hour of greatest power, in W: four times its energy in Wh."""

    power_w: int
    local: datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of some days, in Wh.

    ``missing`` counts the quarters without a value on days that have other values; ``empty_days``
    are days without any value.
    """

    by_band: Mapping[Band, int]
    by_day: Mapping[date, int]
    peak: Peak | None
    missing: int
    empty_days: int

    @property
    def total(self) -> int:
        return sum(self.by_band.values())


def quarters_in(day: date, zone: ZoneInfo) -> int:
    """How many quarter hours a local day has: 96, or 92 and 100 at the clock changes."""
    if _is_plain(day, zone):
        return USUAL_QUARTERS
    return len(quarter_instants(day, zone))


def quarters_of(day: date, count: int, zone: ZoneInfo) -> tuple[Quarter, ...]:
    """The quarter that each of a day's *count* values belongs to, in order.

    Raises:
        ValueError: the day cannot have that many.
    """
    instants = quarter_instants(day, zone)
    locals_ = [instant.astimezone(zone) for instant in instants]
    if count == len(instants):
        return tuple(
            Quarter(instant, local, 1) for instant, local in zip(instants, locals_, strict=True)
        )
    if count != USUAL_QUARTERS or len(instants) < USUAL_QUARTERS:
        raise ValueError(f"a day of {len(instants)} quarters cannot have {count} values")
    again = {local.replace(tzinfo=None, fold=0) for local in locals_ if local.fold}
    return tuple(
        Quarter(instant, local, 2 if local.replace(tzinfo=None) in again else 1)
        for instant, local in zip(instants, locals_, strict=True)
        if not local.fold
    )


def bands_of(
    day: date, count: int, zone: ZoneInfo, holidays: Collection[date] | None = None
) -> tuple[Band, ...]:
    """The billing band of each of a day's *count* values.

    Args:
        day: the local day.
        count: how many values it has (see ``quarters_of``).
        zone: the local time zone.
        holidays: replaces the national holidays of Italy.
    """
    festive = day in (national_holidays(day.year) if holidays is None else holidays)
    if count == USUAL_QUARTERS and _is_plain(day, zone):
        return _plain_bands(day.weekday(), festive=festive)
    return tuple(
        band_of(quarter.local, [day] if festive else [])
        for quarter in quarters_of(day, count, zone)
    )


def add_up(
    days: Mapping[date, Values],
    first: date,
    last: date,
    zone: ZoneInfo,
    holidays: Collection[date] | None = None,
) -> Totals:
    """The totals of the days from *first* to *last*, both included.

    Args:
        days: the measured values; days outside the range are ignored.
        first: the first day.
        last: the last day.
        zone: the local time zone.
        holidays: replaces the national holidays of Italy.
    """
    by_band = dict.fromkeys(Band, 0)
    by_day: dict[date, int] = {}
    missing = 0
    peak: Peak | None = None
    for day in _each(first, last):
        values = days.get(day, ())
        if all(value is None for value in values):
            continue  # counted as an empty day: its quarters do not count as missing too
        missing += sum(value is None for value in values)
        by_day[day] = 0
        for value, band in zip(values, bands_of(day, len(values), zone, holidays), strict=True):
            by_band[band] += value or 0
            by_day[day] += value or 0
        peak = _higher(peak, day, values, zone)
    return Totals(
        by_band=by_band,
        by_day=by_day,
        peak=peak,
        missing=missing,
        empty_days=(last - first).days + 1 - len(by_day),
    )


def skipped_hours(day: date, zone: ZoneInfo) -> list[int]:
    """The hours that are missing from a local day on which the clock goes forward."""
    if _is_plain(day, zone):
        return []
    there = {instant.astimezone(zone).hour for instant in quarter_instants(day, zone)}
    return [hour for hour in range(HOURS) if hour not in there]


def hourly_power(day: date, values: Values, zone: ZoneInfo) -> list[int | None]:
    """The mean power of each of the 24 hours of the local clock, in W.

    None for an hour without values, or skipped by the clock change; the repeated hour is the mean
    of both its passages.
    """
    energy = [0] * HOURS
    quarters = [0] * HOURS
    for value, (hour, passages) in zip(values, _hours(day, len(values), zone), strict=True):
        if value is not None:
            energy[hour] += value
            quarters[hour] += passages
    return [
        round(wh * _QUARTERS_IN_HOUR / count) if count else None
        for wh, count in zip(energy, quarters, strict=True)
    ]


def mean_power(days: Iterable[Sequence[int | None]]) -> list[int | None]:
    """The mean per hour over several results of ``hourly_power``, in W."""
    columns = zip(*days, strict=True)
    means: list[int | None] = []
    for column in columns:
        known = [power for power in column if power is not None]
        means.append(round(sum(known) / len(known)) if known else None)
    return means or [None] * HOURS


def is_restful(day: date, holidays: Collection[date] | None = None) -> bool:
    """Whether a day is a Saturday, a Sunday or a national holiday."""
    festive = national_holidays(day.year) if holidays is None else holidays
    return day.weekday() >= _SATURDAY or day in festive


def _higher(peak: Peak | None, day: date, values: Values, zone: ZoneInfo) -> Peak | None:
    """The higher of *peak* and the day's greatest power."""
    known = [value for value in values if value is not None]
    # Most days are far below the peak: their quarters are not looked up.
    if peak is not None and max(known) * _QUARTERS_IN_HOUR <= peak.power_w:
        return peak
    for quarter, value in zip(quarters_of(day, len(values), zone), values, strict=True):
        # A sum of two passages is not the energy of one quarter hour, so it gives no power.
        if value is None or quarter.passages > 1:
            continue
        if peak is None or value * _QUARTERS_IN_HOUR > peak.power_w:
            peak = Peak(value * _QUARTERS_IN_HOUR, quarter.local)
    return peak


def _hours(day: date, count: int, zone: ZoneInfo) -> Sequence[tuple[int, int]]:
    """The local hour of each of a day's values, and how many passages of that hour it covers."""
    if count == USUAL_QUARTERS and _is_plain(day, zone):
        return _PLAIN_HOURS
    return [(quarter.local.hour, quarter.passages) for quarter in quarters_of(day, count, zone)]


_PLAIN_HOURS = tuple((number // _QUARTERS_IN_HOUR, 1) for number in range(USUAL_QUARTERS))


@lru_cache(maxsize=4_096)
def _is_plain(day: date, zone: ZoneInfo) -> bool:
    """Whether a local day has 24 hours."""
    start = local_instant(day, time(0), zone)
    return local_instant(day + timedelta(days=1), time(0), zone) - start == timedelta(days=1)


@lru_cache(maxsize=32)
def _plain_bands(weekday: int, *, festive: bool) -> tuple[Band, ...]:
    """The bands of a day of 24 hours; cached, since there are only fourteen kinds."""
    monday = date(2001, 1, 1)
    day = monday + timedelta(days=weekday)
    holidays = [day] if festive else []
    return tuple(band_of(datetime.combine(day, time(hour)), holidays) for hour, _ in _PLAIN_HOURS)


def _each(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
