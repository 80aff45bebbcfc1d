"""Calendar files (``.ics``, RFC 5545): entry windows and due dates, for a telephone's calendar.

Windows are in UTC, which calendars show in local time; due dates are whole days. An entry keeps its
UID as long as its subject stays the same, so that opening a file again updates entries instead of
duplicating them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from conversations.kit.views import Written
from storage.rules.windows import Window

if TYPE_CHECKING:
    from icalendar import Event

_MORNING, _EVENING = time(9), time(20)
"""The local hours between which an alarm may ring."""

_DAY_BEFORE_AT_NINE = timedelta(hours=-15)  # from the midnight at which a whole day begins


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: half-open instants, or for a whole day ``start`` alone.

    Args:
        uid: its permanent identifier.
        summary: its title.
        description: what to do.
        start: an aware instant, or a day.
        end: the instant at which it ends; None for a whole day.
        alarms: when the telephone reminds of it, relative to ``start``.
    """

    uid: str
    summary: str
    description: str
    start: date | datetime
    end: datetime | None
    alarms: tuple[timedelta, ...]


def window_entry(
    window: Window, *, uid: str, summary: str, description: str, zone: ZoneInfo
) -> Entry:
    """An entry window, with alarms at its opening and on its last day, never at night."""
    opens = _by_day(window.start, zone)
    last_day = (window.end - timedelta(microseconds=1)).astimezone(zone).date()
    closes = datetime.combine(last_day, _MORNING, zone).astimezone(UTC)
    alarms = sorted({at for at in (opens, closes) if window.start <= at < window.end})
    return Entry(
        uid=uid,
        summary=summary,
        description=description,
        start=window.start,
        end=window.end,
        alarms=tuple(at - window.start for at in alarms) or (timedelta(),),
    )


def due_entry(day: date, *, uid: str, summary: str, description: str) -> Entry:
    """A due date, with an alarm in the morning of the day before."""
    return Entry(uid, summary, description, day, None, (_DAY_BEFORE_AT_NINE,))


def calendar_file(entries: Sequence[Entry], *, now: datetime) -> Written:
    """The entries as a file; *now* is the instant at which it is made."""
    from icalendar import Calendar  # noqa: PLC0415 - loaded by the first file that is asked for

    calendar = Calendar.new(
        prodid="-//Sportello//Sportello//IT",
        method="PUBLISH",
        subcomponents=[_event(entry, now) for entry in entries],
    )
    # The library gives the whole file a UID that changes each time, which would make the same
    # entries look like those of another calendar.
    calendar.pop("UID", None)
    return Written(calendar.to_ical().decode())


def _event(entry: Entry, now: datetime) -> "Event":
    from icalendar import Alarm, Event  # noqa: PLC0415
    from icalendar.enums import TRANSP  # noqa: PLC0415

    return Event.new(
        uid=entry.uid,
        stamp=now,
        summary=entry.summary,
        description=entry.description,
        start=_instant(entry.start),
        end=entry.end and entry.end.astimezone(UTC),
        # The window does not make the customer busy.
        transparency=TRANSP.TRANSPARENT,
        subcomponents=[
            Alarm.new_display(description=entry.summary, trigger=each) for each in entry.alarms
        ],
    )


def _instant(start: date | datetime) -> date | datetime:
    return start.astimezone(UTC) if isinstance(start, datetime) else start


def _by_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """*instant*, or the next morning if it is at night."""
    local = instant.astimezone(zone)
    if _MORNING <= local.time() < _EVENING:
        return instant
    day = local.date() + timedelta(days=local.time() >= _EVENING)
    return datetime.combine(day, _MORNING, zone).astimezone(UTC)
