from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.acquisition import next_due, parse_interval

INSTANTS = st.datetimes(timezones=st.just(UTC)).filter(lambda now: 1 < now.year < 9999)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("5s", 5), ("1h", 3600), (" 30 M ", 1800), ("24h", 86_400), ("1s", 1)],
)
def test_intervals_as_settings_write_them(text: str, seconds: int) -> None:
    assert parse_interval(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "m", "1d", "1.5h", "-5m", "1h30m", "٥m", "half"])
def test_anything_else_is_told_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="30m, 5s or 1h"):
        parse_interval(text)


def test_zero_and_more_than_a_day_are_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        parse_interval("0m")
    with pytest.raises(ValueError, match="at most 24h"):
        parse_interval("25h")


def test_half_hours_stand_on_the_clock() -> None:
    half_hour = parse_interval("30m")
    assert next_due(datetime(2026, 3, 2, 9, 12, 5, tzinfo=UTC), half_hour) == datetime(
        2026, 3, 2, 9, 30, tzinfo=UTC
    )
    due = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert next_due(due, half_hour) == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_the_zone_of_now_does_not_matter() -> None:
    rome = timezone(timedelta(hours=1))
    now = datetime(2026, 3, 2, 10, 12, tzinfo=rome)
    due = next_due(now, timedelta(minutes=30))
    assert due == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert due.utcoffset() == timedelta(0)


@given(INSTANTS, st.integers(1, 86_400).map(lambda s: timedelta(seconds=s)))
def test_the_next_is_the_first_multiple_after_now(now: datetime, interval: timedelta) -> None:
    due = next_due(now, interval)
    assert now < due <= now + interval
    assert (due - datetime(1970, 1, 1, tzinfo=UTC)) % interval == timedelta(0)


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next_due(datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None), timedelta(minutes=30))
    with pytest.raises(ValueError, match="above zero"):
        next_due(datetime(2026, 3, 2, tzinfo=UTC), timedelta(0))
