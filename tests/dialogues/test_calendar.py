"""The calendar of buttons, and days in buttons, at the ends of what a date can be."""

from datetime import date

import pytest

from conversations.billing.measures.screens import GoToMonth, PickDay
from conversations.kit.date_picker import calendar_rows
from conversations.kit.taps import decode
from conversations.texts import Words
from tests.support.clock import ROME


@pytest.mark.parametrize(
    "day", [date.min, date(2, 3, 5), date(999, 12, 31), date(2026, 2, 15), date.max]
)
def test_every_day_comes_back_from_its_button(day: date) -> None:
    data = PickDay("abc", day).encode()
    assert len(data.split(":")[-1]) == len("YYYYMMDD")
    assert decode(data) == PickDay("abc", day)


@pytest.mark.parametrize("month", [date.min, date(1, 12, 1), date(2, 1, 1), date(2026, 2, 1)])
def test_a_calendar_has_no_way_past_the_first_year(month: date) -> None:
    rows = calendar_rows(
        Words("it", ROME),
        month,
        first=date.min,
        last=date(2026, 2, 15),
        pick=lambda day: PickDay("abc", day),
        to_month=lambda other: GoToMonth("abc", other),
    )
    years = [each.label for row in rows for each in row if "«" in each.label]
    assert bool(years) is (month >= date(2, 1, 1))
    assert ("‹" in [each.label for each in rows[0]]) is (month > date.min)
