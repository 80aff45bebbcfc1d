from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.windows import (
    Closed,
    Hour,
    Open,
    Saving,
    Window,
    days_left,
    local_day,
    local_instant,
    may_save,
    read_hour,
    state_at,
    unite,
    windows_of,
)

ROME = ZoneInfo("Europe/Rome")
SPRING = date(2026, 3, 29)  # 02:00 becomes 03:00
AUTUMN = date(2026, 10, 25)  # 03:00 becomes 02:00
MINUTE = timedelta(minutes=1)

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 200).map(lambda hours: START + timedelta(hours=hours))
WINDOWS = st.lists(
    st.tuples(MOMENTS, MOMENTS).filter(lambda pair: pair[0] < pair[1]).map(lambda p: Window(*p)),
    max_size=8,
)


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def rome(day: date, hour: int, minute: int = 0) -> datetime:
    return local_instant(day, time(hour, minute), ROME)


# Local hours


def test_local_hours_become_instants() -> None:
    assert rome(date(2026, 1, 10), 8) == utc(10, 7, month=1)
    assert rome(date(2026, 7, 10), 8) == utc(10, 6, month=7)


def test_an_hour_that_the_clock_change_repeats_means_its_first_occurrence() -> None:
    assert rome(AUTUMN, 2, 30) == utc(25, 0, 30, month=10)
    assert rome(AUTUMN, 3) == utc(25, 2, month=10)


def test_an_hour_that_the_clock_change_skips_means_the_next_instant_that_exists() -> None:
    for minute in (0, 1, 30, 59):
        assert rome(SPRING, 2, minute) == utc(29, 1)
    assert rome(SPRING, 3) == utc(29, 1)
    assert rome(SPRING, 1, 59) == utc(29, 0, 59)


def test_the_rule_holds_where_the_change_is_half_an_hour() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    skipped = local_instant(date(2026, 10, 4), time(2, 15), lord_howe)
    assert skipped.astimezone(lord_howe).time() == time(2, 30)


@given(
    st.dates(date(1990, 1, 1), date(2036, 12, 31)),
    st.times().map(lambda t: t.replace(microsecond=0)),
)
def test_an_instant_shows_its_local_hour_again_or_the_end_of_a_gap(day: date, hour: time) -> None:
    instant = local_instant(day, hour, ROME)
    shown = instant.astimezone(ROME)
    wanted = datetime.combine(day, hour)
    if shown.replace(tzinfo=None) == wanted:
        earlier = (instant - timedelta(hours=1)).astimezone(ROME).replace(tzinfo=None)
        assert earlier != wanted  # never the second occurrence
    else:
        assert shown.replace(tzinfo=None) > wanted
        just_before = (instant - timedelta(microseconds=1)).astimezone(ROME)
        assert just_before.replace(tzinfo=None) < wanted


@given(st.dates(date(1990, 1, 1), date(2036, 12, 31)), st.lists(st.times(), min_size=2))
def test_later_local_hours_are_never_earlier_instants(day: date, hours: list[time]) -> None:
    instants = [local_instant(day, hour, ROME) for hour in sorted(hours)]
    assert instants == sorted(instants)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("08:00", Hour(time(8))),
        ("8", Hour(time(8))),
        (" 22.30 ", Hour(time(22, 30))),
        ("23:59:59", Hour(time(23, 59, 59))),
        ("00:00", Hour(time(0))),
        ("24:00", Hour(time(0), next_day=True)),
        ("24", Hour(time(0), next_day=True)),
    ],
)
def test_hours_as_files_write_them(text: str, hour: Hour) -> None:
    assert read_hour(text) == hour


@pytest.mark.parametrize("text", ["", "24:01", "25:00", "8:60", "8:0", "otto", "-1:00", "٠٨:٠٠"])
def test_other_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an hour"):
        read_hour(text)


def test_twenty_four_is_midnight_of_the_next_day() -> None:
    assert read_hour("24:00").on(SPRING, ROME) == rome(date(2026, 3, 30), 0)
    assert read_hour("24:00").on(SPRING, ROME) - rome(SPRING, 0) == timedelta(hours=23)
    assert read_hour("24:00").on(AUTUMN, ROME) - rome(AUTUMN, 0) == timedelta(hours=25)


def test_the_local_day_turns_at_local_midnight() -> None:
    assert local_day(utc(10, 22, 59), ROME) == date(2026, 3, 10)
    assert local_day(utc(10, 23, 0), ROME) == date(2026, 3, 11)
    assert local_day(utc(10, 22, 0, month=7), ROME) == date(2026, 7, 11)


# Windows


def test_a_window_is_open_at_its_start_and_closed_at_its_end() -> None:
    window = Window(utc(10, 7), utc(12, 21))
    assert window.contains(utc(10, 7))
    assert window.contains(utc(12, 21) - timedelta(microseconds=1))
    assert not window.contains(utc(12, 21))
    assert not window.contains(utc(10, 7) - timedelta(microseconds=1))


def test_a_window_must_be_one() -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        Window(utc(10, 7), utc(10, 7))
    with pytest.raises(ValueError, match="time zone"):
        Window(utc(1, 0).replace(tzinfo=None), utc(10, 7))


def test_instants_of_any_zone_are_kept_in_utc() -> None:
    window = Window(datetime(2026, 3, 10, 8, tzinfo=ROME), datetime(2026, 3, 12, tzinfo=ROME))
    assert window == Window(utc(10, 7), utc(11, 23))
    assert window.start.tzinfo is UTC


def test_overlapping_and_touching_windows_unite() -> None:
    first, second = Window(utc(1, 0), utc(5, 0)), Window(utc(4, 0), utc(8, 0))
    third, apart = Window(utc(8, 0), utc(9, 0)), Window(utc(20, 0), utc(21, 0))
    assert unite([apart, second, third, first]) == (Window(utc(1, 0), utc(9, 0)), apart)
    inner = Window(utc(2, 0), utc(3, 0))
    assert unite([first, inner]) == (first,)
    assert unite([]) == ()


@given(WINDOWS, MOMENTS)
def test_united_windows_hold_the_same_instants(windows: list[Window], moment: datetime) -> None:
    united = unite(windows)
    assert any(w.contains(moment) for w in windows) == any(w.contains(moment) for w in united)
    assert all(a.end < b.start for a, b in pairwise(united))
    assert unite(united) == united
    assert unite(reversed(windows)) == united


@given(WINDOWS, MOMENTS)
def test_the_state_tells_the_window_or_the_next(windows: list[Window], moment: datetime) -> None:
    match state_at(windows, moment):
        case Open(window):
            assert window.contains(moment)
            assert not any(w.contains(window.end) for w in windows)
        case Closed(following):
            assert not any(w.contains(moment) for w in windows)
            starts = [w.start for w in windows if w.start > moment]
            assert (following.start if following else None) == min(starts, default=None)


def test_a_point_with_windows_of_its_own_ignores_the_companys() -> None:
    own, company = [Window(utc(1, 0), utc(2, 0))], [Window(utc(1, 0), utc(9, 0))]
    assert windows_of(own, company) == tuple(own)
    assert windows_of([], company) == tuple(company)
    assert state_at(windows_of(own, company), utc(5, 0)) == Closed(None)


def test_days_left_are_counted_in_local_days() -> None:
    window = Window(rome(date(2026, 3, 26), 8), rome(date(2026, 3, 31), 22))
    assert days_left(window, rome(date(2026, 3, 28), 0, 5), ROME) == 3
    assert days_left(window, rome(date(2026, 3, 28), 23, 55), ROME) == 3
    assert days_left(window, rome(date(2026, 3, 31), 21), ROME) == 0
    assert days_left(window, rome(date(2026, 4, 1), 0), ROME) == -1
    until_midnight = Window(window.start, read_hour("24:00").on(date(2026, 3, 31), ROME))
    assert days_left(until_midnight, rome(date(2026, 3, 31), 9), ROME) == 0


# What «Salva» may do with a summary shown before

SUMMARY_WINDOWS = [Window(rome(date(2026, 3, 10), 8), rome(date(2026, 3, 12), 22))]


def saving(shown: datetime, now: datetime, windows: list[Window] | None = None) -> Saving:
    return may_save(SUMMARY_WINDOWS if windows is None else windows, shown, now, ROME)


def test_a_summary_of_today_is_saved_as_shown() -> None:
    assert saving(rome(date(2026, 3, 11), 9), rome(date(2026, 3, 11), 9, 20)) is Saving.AS_SHOWN


def test_a_summary_of_yesterday_is_shown_again() -> None:
    shown = rome(date(2026, 3, 10), 23, 59)
    assert saving(shown, shown + MINUTE) is Saving.SHOW_AGAIN


def test_a_summary_shown_before_the_close_may_be_saved_for_ten_minutes() -> None:
    close = rome(date(2026, 3, 12), 22)
    assert saving(close - MINUTE, close) is Saving.AS_SHOWN
    assert saving(close - MINUTE, close + 9 * MINUTE) is Saving.AS_SHOWN
    assert saving(close - MINUTE, close + 10 * MINUTE) is Saving.CLOSED
    assert saving(close + MINUTE, close + 2 * MINUTE) is Saving.CLOSED


def test_a_window_that_ends_at_midnight_still_takes_the_day_that_was_shown() -> None:
    midnight = read_hour("24:00").on(date(2026, 3, 12), ROME)
    windows = [Window(rome(date(2026, 3, 10), 8), midnight)]
    assert saving(midnight - MINUTE, midnight + MINUTE, windows) is Saving.AS_SHOWN


def test_without_windows_nothing_is_saved() -> None:
    assert saving(utc(10, 9), utc(10, 9), []) is Saving.CLOSED
