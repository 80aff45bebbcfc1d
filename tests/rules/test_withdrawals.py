"""What a year adds up to, and against the year before."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from storage.rules.withdrawals import summarise

years = st.dictionaries(st.integers(1, 12), st.integers(0, 10**9))


def test_a_whole_year_against_a_whole_year() -> None:
    summary = summarise(
        {month: Decimal(month) for month in range(1, 13)}, dict.fromkeys(range(1, 13), 13)
    )
    assert summary.total == 78
    assert (summary.highest, summary.lowest) == (12, 1)
    assert summary.against is not None
    assert summary.against.now == 78
    assert summary.against.before == 156
    assert summary.against.percent == -50


def test_only_months_that_both_years_know_are_compared() -> None:
    summary = summarise({1: 100, 2: 120, 3: 500}, {2: 100, 1: 100, 12: 900})
    assert summary.against is not None
    assert summary.against.months == (1, 2)
    assert summary.against.now == 220
    assert summary.against.before == 200
    assert summary.against.percent == 10


def test_with_no_month_in_common_there_is_nothing_to_compare() -> None:
    assert summarise({1: 100}, {2: 100}).against is None
    assert summarise({1: 100}, {}).against is None


def test_against_nothing_used_there_is_no_percentage() -> None:
    against = summarise({1: 100}, {1: 0}).against
    assert against is not None
    assert against.percent is None


def test_a_zero_is_a_month_and_a_missing_one_is_none() -> None:
    summary = summarise({1: 0, 3: 5}, {})
    assert summary.months == (1, 3)
    assert summary.lowest == 1


def test_an_empty_year() -> None:
    summary = summarise({}, {1: 5})
    assert not summary.months
    assert summary.total == 0
    assert summary.highest is summary.lowest is None


def test_of_months_alike_the_earlier_is_named() -> None:
    summary = summarise({4: 7, 2: 7, 9: 7}, {})
    assert (summary.highest, summary.lowest) == (2, 2)


@given(years, years)
def test_the_total_is_that_of_the_known_months(now: dict[int, int], before: dict[int, int]) -> None:
    summary = summarise(now, before)
    assert summary.total == sum(now.values())
    if now:
        assert now[summary.highest or 0] == max(now.values())
        assert now[summary.lowest or 0] == min(now.values())
    if summary.against is not None:
        assert set(summary.against.months) == set(now) & set(before)
        assert summary.against.before == sum(before[month] for month in summary.against.months)
