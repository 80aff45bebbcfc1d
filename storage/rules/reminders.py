"""When customers are reminded of reading: on which occasions of a window, at what hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum, unique
from zoneinfo import ZoneInfo

from storage.rules.preferences import DAYS_BEFORE_CLOSE
from storage.rules.quiet_hours import QuietHours
from storage.rules.windows import Window, local_day, local_instant

REMINDER_HOUR = time(9)
"""The local hour of reminders that belong to a day and not to an instant."""

ENOUGH_TIME = timedelta(hours=2)
"""What a reminder of the last day leaves at the least."""

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
    """Every occasion to remind of *window*, for whatever customers prefer.

    The instants are before quiet hours are thought of: the opening itself, and nine in the morning
    of the other days. A window may be joined to one before it, so that a day before its own start
    is an occasion too; whether it is one is seen when it comes.
    """
    yield Occasion(ReminderKind.OPENS, 0, window.start)
    last = local_day(window.end - _INSTANT, zone)
    for days in DAYS_BEFORE_CLOSE:
        day = last - timedelta(days=days)
        yield Occasion(ReminderKind.CLOSING, days, local_instant(day, REMINDER_HOUR, zone))
    yield Occasion(ReminderKind.LAST_DAY, 0, _on_the_last_day(window.end, zone))


def _on_the_last_day(end: datetime, zone: ZoneInfo) -> datetime:
    """Nine in the morning, or where too little is left after it, the evening before."""
    last = local_day(end - _INSTANT, zone)
    morning = local_instant(last, REMINDER_HOUR, zone)
    if end - morning >= ENOUGH_TIME:
        return morning
    return local_instant(last - timedelta(days=1), _EVENING, zone)


def tomorrow(now: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """When *Ricordamelo domani* comes back: tomorrow morning, or after that morning's quiet."""
    day = local_day(now, zone) + timedelta(days=1)
    return quiet.next_allowed(local_instant(day, REMINDER_HOUR, zone), zone)
