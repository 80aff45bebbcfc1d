"""The occasions of a window, worked out on the local clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage.rules.preferences import DAYS_BEFORE_CLOSE
from storage.rules.quiet_hours import QuietHours
from storage.rules.reminders import ReminderKind, occasions, tomorrow
from storage.rules.windows import Window

ROME = ZoneInfo("Europe/Rome")


def rome(*parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=ROME)


def test_every_occasion_of_a_window() -> None:
    found = list(occasions(Window(rome(2026, 3, 20), rome(2026, 4, 1)), ROME))
    assert found[0].kind is ReminderKind.OPENS
    assert found[0].due_at == rome(2026, 3, 20)
    closing = {each.days: each.due_at for each in found if each.kind is ReminderKind.CLOSING}
    assert closing == {days: rome(2026, 3, 31 - days, 9) for days in DAYS_BEFORE_CLOSE}
    assert found[-1].kind is ReminderKind.LAST_DAY
    assert found[-1].due_at == rome(2026, 3, 31, 9)


def test_nine_in_the_morning_is_nine_on_either_side_of_a_clock_change() -> None:
    found = list(occasions(Window(rome(2026, 3, 20), rome(2026, 4, 1)), ROME))
    due = {each.days: each.due_at for each in found if each.kind is ReminderKind.CLOSING}
    assert due[3] == datetime(2026, 3, 28, 8, tzinfo=UTC)  # still winter
    assert due[2] == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (rome(2026, 4, 1), rome(2026, 3, 31, 9)),
        (rome(2026, 3, 31, 11), rome(2026, 3, 31, 9)),
        (rome(2026, 3, 31, 10, 59), rome(2026, 3, 30, 18)),
        (rome(2026, 3, 31, 0, 1), rome(2026, 3, 30, 18)),
    ],
)
def test_the_last_day_leaves_time_to_go_to_the_meter(end: datetime, last: datetime) -> None:
    *_, found = occasions(Window(rome(2026, 3, 20), end), ROME)
    assert found.due_at == last
    assert end - found.due_at >= timedelta(hours=2)


@pytest.mark.parametrize(
    ("now", "quiet", "again"),
    [
        (rome(2026, 3, 20, 8), "21-8", rome(2026, 3, 21, 9)),
        (rome(2026, 3, 20, 23, 59), "21-8", rome(2026, 3, 21, 9)),
        (rome(2026, 3, 21, 0, 1), "21-8", rome(2026, 3, 22, 9)),
        (rome(2026, 3, 20, 8), "22-11", rome(2026, 3, 21, 11)),
        (rome(2026, 3, 28, 8), "0-0", rome(2026, 3, 29, 9)),
    ],
)
def test_tomorrow_is_the_next_morning(now: datetime, quiet: str, again: datetime) -> None:
    assert tomorrow(now, QuietHours.parse(quiet), ROME) == again
