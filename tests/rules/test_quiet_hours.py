from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.rules.quiet_hours import QuietHours
from storage.rules.windows import local_instant

ROME = ZoneInfo("Europe/Rome")
NIGHT = QuietHours(time(21), time(8))
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)

MINUTES = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))
QUIET = st.builds(QuietHours, MINUTES, MINUTES)
AROUND_A_CLOCK_CHANGE = st.sampled_from([SPRING, AUTUMN]).flatmap(
    lambda day: st.integers(-36 * 60, 60 * 60).map(
        lambda minutes: local_instant(day, time(0), ROME) + timedelta(minutes=minutes)
    )
)


def rome(day: date, hour: int, minute: int = 0) -> datetime:
    return local_instant(day, time(hour, minute), ROME)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("21-8", NIGHT),
        (" 21 - 08:00 ", NIGHT),
        ("21–8", NIGHT),
        ("22:30-7", QuietHours(time(22, 30), time(7))),
        ("13-15", QuietHours(time(13), time(15))),
        ("21-24", QuietHours(time(21), time(0))),
        ("0-0", QuietHours(time(0), time(0))),
    ],
)
def test_quiet_hours_as_people_write_them(text: str, hours: QuietHours) -> None:
    assert QuietHours.parse(text) == hours


@pytest.mark.parametrize("text", ["", "21", "21-", "-8", "21-25", "24-8", "21-8-9", "notte"])
def test_anything_else_is_told_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="21-8"):
        QuietHours.parse(text)


def test_a_whole_day_cannot_be_quiet() -> None:
    with pytest.raises(ValueError, match="whole day"):
        QuietHours.parse("0-24")


def test_the_night_crosses_midnight() -> None:
    assert NIGHT.contains(time(21))
    assert NIGHT.contains(time(0))
    assert NIGHT.contains(time(7, 59))
    assert not NIGHT.contains(time(8))
    assert not NIGHT.contains(time(20, 59))


def test_hours_within_a_day_and_none() -> None:
    siesta = QuietHours.parse("13-15")
    assert siesta.contains(time(13))
    assert not siesta.contains(time(15))
    assert not siesta.contains(time(0))
    assert not any(QuietHours.parse("0-0").contains(time(hour)) for hour in range(24))


def test_in_the_evening_it_waits_for_the_morning() -> None:
    day = date(2026, 3, 10)
    morning = rome(date(2026, 3, 11), 8)
    assert NIGHT.next_allowed(rome(day, 22), ROME) == morning
    assert NIGHT.next_allowed(rome(date(2026, 3, 11), 3), ROME) == morning
    assert NIGHT.next_allowed(rome(day, 12), ROME) == rome(day, 12)
    assert NIGHT.next_allowed(morning, ROME) == morning


def test_nights_of_the_clock_change_end_at_eight_on_the_clock() -> None:
    evening = rome(date(2026, 3, 28), 22)
    assert NIGHT.next_allowed(evening, ROME) - evening == timedelta(hours=9)
    evening = rome(date(2026, 10, 24), 22)
    assert NIGHT.next_allowed(evening, ROME) - evening == timedelta(hours=11)


def test_an_end_that_is_skipped_is_the_clock_change() -> None:
    until_half_past_two = QuietHours.parse("21-2:30")
    assert until_half_past_two.next_allowed(rome(SPRING, 1), ROME) == rome(SPRING, 3)


def test_an_end_that_is_repeated_is_the_next_of_the_two() -> None:
    until_half_past_two = QuietHours.parse("21-2:30")
    first = rome(AUTUMN, 2, 30)
    second = first + timedelta(hours=1)
    assert until_half_past_two.next_allowed(rome(AUTUMN, 1), ROME) == first
    assert until_half_past_two.next_allowed(second - timedelta(minutes=10), ROME) == second


def test_a_moment_allowed_each_day_that_a_clock_change_skips_comes_the_day_after() -> None:
    but_half_an_hour = QuietHours.parse("3-2:30")
    allowed = but_half_an_hour.next_allowed(rome(date(2026, 3, 28), 3), ROME)
    assert allowed == rome(date(2026, 3, 30), 2, 30)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        NIGHT.next_allowed(rome(SPRING, 1).replace(tzinfo=None), ROME)


@given(QUIET, AROUND_A_CLOCK_CHANGE)
@example(QuietHours(time(3), time(2, 30)), rome(SPRING, 3))
def test_what_is_allowed_is_never_quiet_nor_past(quiet: QuietHours, now: datetime) -> None:
    allowed = quiet.next_allowed(now, ROME)
    assert allowed.tzinfo is UTC
    assert not quiet.contains(allowed.astimezone(ROME).time())
    assert allowed >= now
    if not quiet.contains(now.astimezone(ROME).time()):
        assert allowed == now
    assert quiet.next_allowed(allowed, ROME) == allowed


@given(QUIET, AROUND_A_CLOCK_CHANGE)
def test_nobody_waits_longer_than_the_hours_say(quiet: QuietHours, now: datetime) -> None:
    """A minute that is quiet ends with these hours: at most a day, the clock change and a gap."""
    minutes_allowed = sum(not quiet.contains(time(m // 60, m % 60)) for m in range(24 * 60))
    waited = quiet.next_allowed(now, ROME) - now
    limit = timedelta(hours=49 if minutes_allowed <= 60 else 25)
    assert waited <= limit
