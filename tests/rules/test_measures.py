"""Sums of quarter hours: bands, clock changes, what is missing, against a slow, plain count."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.rules.bands import Band, band_of, quarter_instants
from storage.rules.measures import (
    Totals,
    add_up,
    bands_of,
    hourly_power,
    is_restful,
    mean_power,
    quarters_in,
    quarters_of,
)

ROME = ZoneInfo("Europe/Rome")
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)
TUESDAY, SATURDAY, SUNDAY = date(2025, 1, 7), date(2025, 1, 11), date(2025, 1, 12)

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
energy = st.one_of(st.none(), st.integers(0, 5_000))


def of_one(day: date, values: Sequence[int | None]) -> Totals:
    return add_up({day: values}, day, day, ROME)


@pytest.mark.parametrize(("day", "count"), [(TUESDAY, 96), (SPRING, 92), (AUTUMN, 100)])
def test_how_many_quarters_a_day_has(day: date, count: int) -> None:
    assert quarters_in(day, ROME) == count
    assert len(quarters_of(day, count, ROME)) == len(bands_of(day, count, ROME)) == count


def test_an_autumn_day_may_come_in_96_values_and_no_other_day_in_another_number() -> None:
    assert len(quarters_of(AUTUMN, 96, ROME)) == 96
    for day, count in ((SPRING, 96), (TUESDAY, 100), (AUTUMN, 92)):
        with pytest.raises(ValueError, match="quarters"):
            quarters_of(day, count, ROME)


def test_in_96_values_the_repeated_hour_holds_both_its_passages() -> None:
    quarters = quarters_of(AUTUMN, 96, ROME)
    twice = [each.local.strftime("%H:%M") for each in quarters if each.passages == 2]
    assert twice == ["02:00", "02:15", "02:30", "02:45"]
    assert sum(each.passages for each in quarters) == 100


@pytest.mark.parametrize(
    ("day", "f1", "f2", "f3"),
    [
        (TUESDAY, 44, 20, 32),
        (SATURDAY, 0, 64, 32),
        (SUNDAY, 0, 0, 96),
        (date(2025, 1, 6), 0, 0, 96),  # Epiphany, a Monday
        (date(2025, 4, 21), 0, 0, 96),  # Easter Monday
        (date(2025, 12, 25), 0, 0, 96),
    ],
)
def test_a_day_of_one_wh_a_quarter(day: date, f1: int, f2: int, f3: int) -> None:
    totals = of_one(day, [1] * 96)
    assert totals.by_band == {Band.F1: f1, Band.F2: f2, Band.F3: f3}
    assert (totals.total, totals.missing, totals.empty_days) == (96, 0, 0)


def test_holidays_can_be_others() -> None:
    totals = add_up({TUESDAY: [1] * 96}, TUESDAY, TUESDAY, ROME, holidays=[TUESDAY])
    assert totals.by_band[Band.F3] == 96


def test_what_is_missing_is_counted_and_not_added() -> None:
    first, last = TUESDAY, TUESDAY + timedelta(days=3)
    measured: dict[date, list[int | None]] = {
        first: [None] * 10 + [5] * 86,
        first + timedelta(days=1): [None] * 96,
        last: [1] * 96,
    }
    totals = add_up(measured, first, last, ROME)
    assert totals.by_day == {first: 430, last: 96}
    assert totals.missing == 10
    assert totals.empty_days == 2


def test_days_outside_the_period_do_not_count() -> None:
    measured = {TUESDAY + timedelta(days=n): [1] * 96 for n in range(5)}
    day = TUESDAY + timedelta(days=2)
    assert add_up(measured, day, day, ROME).total == 96


def test_the_peak_is_the_power_of_the_highest_quarter() -> None:
    values: list[int | None] = [100] * 96
    values[82] = 750
    totals = of_one(TUESDAY, values)
    assert totals.peak is not None
    assert totals.peak.power_w == 3_000
    assert totals.peak.local == datetime(2025, 1, 7, 20, 30, tzinfo=ROME)


def test_two_passages_in_one_value_are_no_peak() -> None:
    values = [100] * 8 + [190] * 4 + [100] * 84
    peak = of_one(AUTUMN, values).peak
    assert peak is not None
    assert peak.power_w == 400


def test_the_power_of_the_hours_across_clock_changes() -> None:
    assert hourly_power(TUESDAY, [100] * 96, ROME) == [400] * 24
    assert hourly_power(SPRING, [100] * 92, ROME) == [400, 400, None, *[400] * 21]
    assert hourly_power(AUTUMN, [100] * 100, ROME) == [400] * 24
    in_96 = [100] * 8 + [200] * 4 + [100] * 84
    assert hourly_power(AUTUMN, in_96, ROME) == [400] * 24


def test_an_hour_half_measured_is_the_mean_of_its_half() -> None:
    values: list[int | None] = [None, None, 100, 300, *[None] * 92]
    assert hourly_power(TUESDAY, values, ROME) == [800, *[None] * 23]


def test_the_mean_of_several_days_passes_over_what_is_missing() -> None:
    rows: list[list[int | None]] = [[100] * 24, [None] * 12 + [300] * 12, [None] * 24]
    assert mean_power(rows) == [100] * 12 + [200] * 12
    assert mean_power([]) == [None] * 24


@pytest.mark.parametrize(
    ("day", "restful"),
    [(TUESDAY, False), (SATURDAY, True), (SUNDAY, True), (date(2025, 6, 2), True)],
)
def test_days_of_rest(day: date, restful: bool) -> None:
    assert is_restful(day) is restful


@settings(max_examples=150)
@given(days, st.data())
def test_sums_are_those_of_a_plain_count(day: date, data: st.DataObject) -> None:
    instants = quarter_instants(day, ROME)
    values = data.draw(st.lists(energy, min_size=len(instants), max_size=len(instants)))
    plain = dict.fromkeys(Band, 0)
    for instant, value in zip(instants, values, strict=True):
        plain[band_of(instant.astimezone(ROME))] += value or 0
    totals = of_one(day, values)
    assert totals.by_band == plain
    known = [value for value in values if value is not None]
    assert (totals.peak is None) == (not known)
    if totals.peak is not None:
        assert totals.peak.power_w == 4 * max(known)


@settings(max_examples=100)
@given(st.lists(energy, min_size=100, max_size=100))
def test_a_hundred_values_and_their_sums_in_96_come_to_the_same(values: list[int | None]) -> None:
    whole = [value or 0 for value in values]
    both = [a + b for a, b in zip(whole[8:12], whole[12:16], strict=True)]
    merged = [*whole[:8], *both, *whole[16:]]
    assert of_one(AUTUMN, whole).by_band == of_one(AUTUMN, merged).by_band
    assert hourly_power(AUTUMN, whole, ROME) == hourly_power(AUTUMN, merged, ROME)
