"""The consumption of each supply point, day by day: the source of all sample figures.

Readings, monthly withdrawals and invoices are sums over the same days, so that they agree.
Everything is computed from the point's code and the date: the same day gives the same sample.
"""

import math
import random
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.demo.sample.cast import Point
from storage.models import ReadingSource
from storage.rules.bands import Band, band_of, quarter_instants

MONTHS = 24
"""How many months of history the sample has."""

_BETWEEN = 30  # days from one reading to the next
_USUAL = ReadingSource.SELF
_SOURCES = {5: ReadingSource.MEASURED, 3: ReadingSource.ESTIMATED}
ZONE = ZoneInfo("Europe/Rome")
_QUARTERS = 96
_BENT_HOUR = range(8, 12)  # quarters from 02:00 to 03:00, where both clock changes are
_CENT = Decimal("0.01")
_WATT_HOUR = Decimal("0.001")
# The shares of the bands in a household's and a shop's electricity, where it is not measured.
_SHARES = {Band.F1: Decimal("0.36"), Band.F2: Decimal("0.27"), Band.F3: Decimal("0.37")}


@dataclass(frozen=True, slots=True)
class PastReading:
    """One reading in whole m³, as the company's system knows it."""

    day: date
    meter: int
    corrector: int | None
    source: ReadingSource


@dataclass(frozen=True, slots=True)
class Month:
    """The consumption of a month: gas in Smc, electricity in kWh by band and the peak in kW."""

    year: int
    month: int
    smc: Decimal | None = None
    bands: tuple[Decimal, Decimal, Decimal] | None = None
    power_kw: Decimal | None = None

    @property
    def total(self) -> Decimal:
        return self.smc if self.smc is not None else sum(self.bands or (), Decimal(0))


def months_before(today: date, how_many: int = MONTHS) -> list[tuple[int, int]]:
    """The whole months before *today*'s, oldest first, as (year, month)."""
    first = today.year * 12 + today.month - 1 - how_many
    return [(number // 12, number % 12 + 1) for number in range(first, first + how_many)]


def used_on(point: Point, day: date) -> float:
    """The consumption of one day, in m³ on the meter, or in kWh."""
    return _used_in(point, day.year, day.month) / monthrange(day.year, day.month)[1]


def corrected_on(point: Point, day: date) -> float:
    """The corrector's count of one day, in Smc: the pressure differs a little by month."""
    ratio = point.corrector_ratio * _wobble(point, f"{day.year}{day.month}ratio", 0.02)
    return used_on(point, day) * ratio


def counters_on(point: Point, day: date, today: date) -> tuple[int, int | None]:
    """The values of meter and corrector on *day*, as (m³, Smc or None).

    Computed from the point's last readings, which are thirty days before *today*.
    """
    last = last_reading_day(today)
    spans = list(_spans(min(day, last), max(day, last)))
    sign = 1 if day > last else -1
    meter = point.last_meter + sign * sum(used_on(point, first) * n for first, n in spans)
    if not point.has_corrector:
        return round(meter), None
    corrected = sum(corrected_on(point, first) * n for first, n in spans)
    return round(meter), round(point.last_corrector + sign * corrected)


def _spans(start: date, end: date) -> Iterator[tuple[date, int]]:
    """The days of ``[start, end)`` by month, as a first day and a count: each month is uniform."""
    while start < end:
        days = min(monthrange(start.year, start.month)[1] - start.day + 1, (end - start).days)
        yield start, days
        start += timedelta(days=days)


def last_reading_day(today: date) -> date:
    """The day of every point's newest reading."""
    return today - timedelta(days=_BETWEEN)


def readings(point: Point, today: date) -> list[PastReading]:
    """One reading every thirty days for two years, oldest first; the newest is a month old.

    Most are the customer's own, some were measured by the distributor, and a few were estimated.
    """
    last = last_reading_day(today)
    found = []
    for number in reversed(range(MONTHS)):
        day = last - timedelta(days=_BETWEEN * number)
        meter, corrector = counters_on(point, day, today)
        found.append(PastReading(day, meter, corrector, _SOURCES.get(number % 6, _USUAL)))
    return found


def months(point: Point, today: date) -> list[Month]:
    """The whole months of the last two years, oldest first."""
    return [_month(point, year, month) for year, month in months_before(today)]


def quarters(point: Point, day: date) -> list[int | None]:
    """The 96 quarter hours of a day by the wall clock, in Wh.

    The load is a household's: low at night, with peaks in the morning, at noon and in the evening.
    The hour that the clock skips in spring has no values, the one that it repeats in autumn the sum
    of both.
    """
    chance = random.Random(f"{point.code}{day}")  # noqa: S311
    shape = _weekend_shape() if day.weekday() > 4 else _workday_shape()  # noqa: PLR2004
    scale = 1_000 * used_on(point, day) / sum(shape)
    energies: list[int | None] = [round(each * scale * chance.uniform(0.6, 1.4)) for each in shape]
    length = len(quarter_instants(day, ZONE))
    if length != _QUARTERS:
        for number in _BENT_HOUR:
            energy = energies[number] or 0
            energies[number] = None if length < _QUARTERS else energy * 2
    return energies


def clock_of(quarter: int) -> time:
    """The time at which a quarter of the day begins."""
    return time(quarter // 4, quarter % 4 * 15)


def _month(point: Point, year: int, month: int) -> Month:
    days = [date(year, month, 1 + n) for n in range(monthrange(year, month)[1])]
    if point.is_gas:
        if point.has_corrector:
            smc = Decimal(sum(corrected_on(point, day) for day in days))
        else:
            smc = Decimal(sum(used_on(point, day) for day in days)) * point.coefficient
        return Month(year, month, smc=smc.quantize(_CENT))
    if point.measured:
        sums = dict.fromkeys(Band, 0)
        highest = 0
        for day in days:
            bands_of_day = [band_of(datetime.combine(day, time(hour))) for hour in range(24)]
            for number, energy in enumerate(quarters(point, day)):
                sums[bands_of_day[number // 4]] += energy or 0
                highest = max(highest, energy or 0)
        f1, f2, f3 = (_kilo(sums[band]) for band in Band)
        return Month(year, month, bands=(f1, f2, f3), power_kw=_kilo(highest * 4))
    used = Decimal(sum(used_on(point, day) for day in days))
    power = (point.power_kw or Decimal(3)) * Decimal(_wobble(point, f"{year}{month}power", 0.15))
    return Month(
        year,
        month,
        bands=(
            (used * _SHARES[Band.F1]).quantize(_CENT),
            (used * _SHARES[Band.F2]).quantize(_CENT),
            (used * _SHARES[Band.F3]).quantize(_CENT),
        ),
        power_kw=(power * Decimal("0.8")).quantize(_WATT_HOUR),
    )


@lru_cache(maxsize=4_096)
def _used_in(point: Point, year: int, month: int) -> float:
    season = 1 + point.swing * math.cos(2 * math.pi * (month - 1) / 12)
    return point.monthly * season * _wobble(point, f"{year}{month}", 0.08)


def _kilo(units: int) -> Decimal:
    return Decimal(units).scaleb(-3)


def _wobble(point: Point, what: str, share: float) -> float:
    # A separate generator for each figure, so that adding one changes no others.
    chance = random.Random(f"{point.code}{what}")  # noqa: S311
    return chance.uniform(1 - share, 1 + share)


@lru_cache(maxsize=1)
def _workday_shape() -> tuple[float, ...]:
    return tuple(_load(hours, home=False) for hours in _hours())


@lru_cache(maxsize=1)
def _weekend_shape() -> tuple[float, ...]:
    return tuple(_load(hours, home=True) for hours in _hours())


def _hours() -> Iterator[float]:
    return (quarter / 4 for quarter in range(_QUARTERS))


def _load(hours: float, *, home: bool) -> float:
    def bump(at: float, width: float, height: float) -> float:
        return height * math.exp(-(((hours - at) / width) ** 2))

    noon = bump(13, 1.6, 0.9 if home else 0.3)
    return 0.25 + bump(7.5, 0.8, 0.6) + noon + bump(20.2, 1.7, 1.5)
