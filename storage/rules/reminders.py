"""When customers are reminded to send a reading: on which days of a window, at what hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum, unique
from zoneinfo import ZoneInfo

from storage.rules.preferences import DAYS_BEFORE_CLOSE
from storage.rules.quiet_hours import QuietHours
from storage.rules.windows import Window, local_day, local_instant

REMINDER_HOUR = time(9)
"""The local hour of reminders that belong to a day rather than to an instant."""

ENOUGH_TIME = timedelta(hours=2)
"""The least time that must be left after a reminder on the last day."""

_EVENING = time(18)
_INSTANT = timedelta(microseconds=1)


@unique
class ReminderKind(Enum):
    """What a reminder says: readings are open, some days are left, today is the last."""

    OPENS = "opens"
    CLOSING = "closing"
    LAST_DAY = "last_day"


@dataclass(frozen=True, slots=True)
class Occasion:
    """One occasion of a window: what kind, how many days are left (for ``CLOSING``), and when."""

    kind: ReminderKind
    days: int
    due_at: datetime


def occasions(window: Window, zone: ZoneInfo) -> Iterator[Occasion]:
    """Every occasion to remind of *window*, whatever customers prefer.

    Instants do not consider quiet hours: they are the opening itself, and nine in the morning of
    the other days. A window may join one before it, so occasions may be before its own start;
    whether such an occasion still applies is decided when it is due.
    """
    yield Occasion(ReminderKind.OPENS, 0, window.start)
    last = local_day(window.end - _INSTANT, zone)
    for days in DAYS_BEFORE_CLOSE:
        day = last - timedelta(days=days)
        yield Occasion(ReminderKind.CLOSING, days, local_instant(day, REMINDER_HOUR, zone))
    yield Occasion(ReminderKind.LAST_DAY, 0, _on_the_last_day(window.end, zone))


def _on_the_last_day(end: datetime, zone: ZoneInfo) -> datetime:
    """Nine in the morning, or the evening before where too little time is left after that."""
    last = local_day(end - _INSTANT, zone)
    morning = local_instant(last, REMINDER_HOUR, zone)
    if end - morning >= ENOUGH_TIME:
        return morning
    return local_instant(last - timedelta(days=1), _EVENING, zone)


def tomorrow(now: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """When *Ricordamelo domani* reminds again: tomorrow at nine, or after quiet hours."""
    day = local_day(now, zone) + timedelta(days=1)
    return quiet.next_allowed(local_instant(day, REMINDER_HOUR, zone), zone)
