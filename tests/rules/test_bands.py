from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.bands import QUARTER, Band, band_of, national_holidays, quarter_instants

ROME = ZoneInfo("Europe/Rome")
MONDAY = date(2026, 3, 9)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ROME)


def bands(day: date) -> str:
    """The bands of the 24 hours of a day, as digits."""
    return "".join(band_of(at(day, hour)).value[1] for hour in range(24))


WORKDAY = "3333333" + "2" + "11111111111" + "2222" + "3"
SATURDAY = "3333333" + "2222222222222222" + "3"
FESTIVE = "3" * 24


@pytest.mark.parametrize("days", range(5))
def test_workdays_have_three_bands(days: int) -> None:
    assert bands(MONDAY + timedelta(days=days)) == WORKDAY


def test_saturdays_have_two_and_sundays_one() -> None:
    assert bands(date(2026, 3, 14)) == SATURDAY
    assert bands(date(2026, 3, 15)) == FESTIVE


def test_bands_change_at_the_hour() -> None:
    assert band_of(at(MONDAY, 7, 59)) is Band.F2
    assert band_of(at(MONDAY, 8)) is Band.F1
    assert band_of(at(MONDAY, 18, 59)) is Band.F1
    assert band_of(at(MONDAY, 22, 59)) is Band.F2
    assert band_of(at(MONDAY, 23)) is Band.F3


@pytest.mark.parametrize(
    ("month", "day"),
    [(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)],
)
def test_national_holidays_are_as_sundays_every_year(month: int, day: int) -> None:
    for year in range(2014, 2031):
        assert bands(date(year, month, day)) == FESTIVE


@pytest.mark.parametrize(
    "easter_monday", [date(2024, 4, 1), date(2025, 4, 21), date(2026, 4, 6), date(2027, 3, 29)]
)
def test_easter_monday_is_one(easter_monday: date) -> None:
    assert bands(easter_monday) == FESTIVE
    assert bands(easter_monday + timedelta(days=1)) == WORKDAY


def test_days_outside_the_definition_of_the_bands_are_workdays() -> None:
    assert bands(date(2027, 10, 4)) == WORKDAY  # San Francesco, a Monday
    assert bands(date(2025, 11, 4)) == WORKDAY
    assert bands(date(2011, 3, 17)) == WORKDAY  # 150 years of Italy, a Thursday


@pytest.mark.parametrize("year", range(1990, 2101))
def test_every_year_has_the_eleven_and_no_more(year: int) -> None:
    # In 2011, say, Easter Monday was 25 April as well.
    same_day = easter(year) + timedelta(days=1) == date(year, 4, 25)
    assert len(national_holidays(year)) == 11 - same_day


def test_a_list_of_ones_own_replaces_the_national_one() -> None:
    patron = date(2026, 6, 24)
    assert band_of(at(patron, 10)) is Band.F1
    assert band_of(at(patron, 10), holidays=[patron]) is Band.F3
    assert band_of(at(date(2026, 1, 1), 10), holidays=[]) is Band.F1


def test_days_have_as_many_quarters_as_the_clock_gives_them() -> None:
    assert len(quarter_instants(MONDAY, ROME)) == 96
    assert len(quarter_instants(date(2026, 3, 29), ROME)) == 92
    assert len(quarter_instants(date(2026, 10, 25), ROME)) == 100


def test_the_repeated_hour_stands_after_the_first_and_the_skipped_one_nowhere() -> None:
    hours = Counter(q.astimezone(ROME).hour for q in quarter_instants(date(2026, 10, 25), ROME))
    assert hours[2] == 8
    hours = Counter(q.astimezone(ROME).hour for q in quarter_instants(date(2026, 3, 29), ROME))
    assert hours[2] == 0
    assert set(hours.values()) == {4}


@given(st.dates(date(2000, 1, 1), date(2035, 12, 31)))
def test_the_quarters_of_a_day_are_its_own_and_without_gaps(day: date) -> None:
    quarters = quarter_instants(day, ROME)
    assert quarters[0].astimezone(ROME) == at(day, 0)
    assert {q.astimezone(ROME).date() for q in quarters} == {day}
    assert list(quarters) == [quarters[0] + n * QUARTER for n in range(len(quarters))]
    assert quarters[-1] + QUARTER == quarter_instants(day + timedelta(days=1), ROME)[0]
    assert all(q.tzinfo is UTC for q in quarters)
