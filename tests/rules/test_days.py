"""Days as people type them, and what is none."""

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.days import DayProblem, read_day, read_days

TODAY = date(2026, 3, 10)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "typed",
    [
        "15/2/2026",
        "15/02/2026",
        "  15/2/2026  ",
        "15-2-26",
        "15.02.2026",
        "15 2 2026",
        "2026-02-15",
        "2026/2/15",
        "15 febbraio 2026",
        "15 Febbraio",
        "15 feb 26",
        "15 feb. '26",
        "15 febbraio del 2026",
        "domenica 15 febbraio 2026",
        "dom 15/2",
        "il 15/2/2026",
        "15/2",
        "15 February 2026",
        "Sunday 15 Feb 2026",
    ],
)
def test_the_same_day_in_many_forms(typed: str) -> None:
    assert read_day(typed, TODAY) == date(2026, 2, 15)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1° marzo", date(2026, 3, 1)),
        ("oggi", TODAY),
        ("ieri", date(2026, 3, 9)),
        ("mar 3 marzo", date(2026, 3, 3)),
        ("11/3", date(2025, 3, 11)),  # this year's has not come yet
        ("29/2", date(2024, 2, 29)),
        ("29/2/2024", date(2024, 2, 29)),
        ("31/12/2030", date(2030, 12, 31)),
    ],
)
def test_what_else_names_a_day(typed: str, day: date) -> None:
    assert read_day(typed, TODAY) == day


@pytest.mark.parametrize(
    "typed", ["30/2/2026", "31/6", "29/2/2025", "1/13/2026", "0/1/2026", "32 gennaio", "1/1/0000"]
)
def test_days_that_the_calendar_does_not_have(typed: str) -> None:
    assert read_day(typed, TODAY) is DayProblem.NO_SUCH_DAY


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "45000",
        "marzo 2026",
        "2026",
        "15",
        "15/2/2026/1",
        "15-2/2026",
        "quando vuoi",
        "15 brumaio 2026",
        "٠١/٠٣/٢٠٢٦",
        "1e5",
        "15/2/20260",
        "1/1/2026" + " " * 9 + "x" * 90,
    ],
)
def test_what_is_no_day(typed: str) -> None:
    assert read_day(typed, TODAY) is DayProblem.NOT_A_DAY


@pytest.mark.parametrize(
    "typed",
    [
        "dal 1/3/2026 al 9/3/2026",
        "1/3/2026 - 9/3/2026",
        "1/3/26-9/3/26",
        "1/3/2026, 9/3/2026",
        "1/3/2026\n9/3/2026",
        "2026-03-01 2026-03-09",
        "2026-03-01 – 2026-03-09",
        "1 marzo a 9 marzo",
        "from 1 march to 9 march 2026",
    ],
)
def test_two_days_in_one_message(typed: str) -> None:
    assert read_days(typed, TODAY) == (date(2026, 3, 1), date(2026, 3, 9))


@pytest.mark.parametrize(
    "typed",
    [
        "dal 1 al 15 febbraio 2026",
        "Dal 1 al 15 febbraio",
        "dal 1° al 15 febbraio 2026",
        "1-15 febbraio 2026",
        "1 - 15 feb 26",
        "1–15 febbraio",
        "from 1 to 15 February 2026",
        "1-15/2/2026",
        "1 febbraio 2026 15 febbraio 2026",
        "1 febbraio 15 febbraio",
        "1 Feb 2026 15 Feb 2026",
        "dal 1 febbraio 2026 al 15 febbraio 2026",
    ],
)
def test_two_days_of_one_month(typed: str) -> None:
    assert read_days(typed, TODAY) == (date(2026, 2, 1), date(2026, 2, 15))


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("marzo 2025", date(2025, 3, 1), date(2025, 3, 31)),
        ("March 2025", date(2025, 3, 1), date(2025, 3, 31)),
        ("feb 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("febbraio '25", date(2025, 2, 1), date(2025, 2, 28)),
        ("tutto dicembre", date(2025, 12, 1), date(2025, 12, 31)),
        ("marzo", date(2026, 3, 1), date(2026, 3, 31)),
        ("aprile", date(2025, 4, 1), date(2025, 4, 30)),
        ("mese di gennaio 2026", date(2026, 1, 1), date(2026, 1, 31)),
    ],
)
def test_a_month_is_its_first_and_its_last_day(typed: str, first: date, last: date) -> None:
    assert read_days(typed, TODAY) == (first, last)


@pytest.mark.parametrize(
    "typed", ["dal 1 al 30 febbraio 2026", "31-15 febbraio 2026", "brumaio 2025", "15 febbraio"]
)
def test_what_only_looks_like_a_range(typed: str) -> None:
    assert read_days(typed, TODAY) is None


@pytest.mark.parametrize("typed", ["1/3/2026", "15-2-26", "15-2", "1/3 30/2", "a - b", "x" * 999])
def test_what_is_not_two_days(typed: str) -> None:
    assert read_days(typed, TODAY) is None


@given(days, st.sampled_from(["d/M/yyyy", "dd-MM-yy", "d.M.yy", "yyyy-MM-dd", "d MMMM yyyy"]))
def test_every_day_comes_back_from_every_form(day: date, pattern: str) -> None:
    for locale in ("it_IT", "en_GB"):
        assert read_day(str(format_date(day, pattern, locale=locale)), TODAY) == day


@given(st.text(max_size=80))
def test_no_text_is_too_much(typed: str) -> None:
    assert isinstance(read_day(typed, TODAY), date | DayProblem)
    read_days(typed, TODAY)
