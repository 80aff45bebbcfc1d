"""Calendar files (``.ics``, RFC 5545): entry windows and due dates, for a telephone's calendar.

Windows stand in UTC, which every calendar shows in its own hour; due dates are whole days. Each
entry keeps its UID as long as what it tells of stays the same, so that a file opened again changes
entries instead of doubling them.
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
"""Between these, local time, a telephone may ring."""

_DAY_BEFORE_AT_NINE = timedelta(hours=-15)  # seen from the midnight that a whole day begins with


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: half-open instants, or for a whole day ``start`` alone.

    Args:
        uid: what it is known by, the same for ever.
        summary: its title.
        description: what is to be done.
        start: an aware instant, or a day.
        end: the instant at which it is over; None for a whole day.
        alarms: when the telephone reminds of it, from ``start``.
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
    """An entry window; it reminds when it opens and on its last day, never in the night."""
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
    """A due date; it reminds in the morning of the day before."""
    return Entry(uid, summary, description, day, None, (_DAY_BEFORE_AT_NINE,))


def calendar_file(entries: Sequence[Entry], *, now: datetime) -> Written:
    """The entries as a file; *now* is the instant at which it is made."""
    from icalendar import Calendar  # noqa: PLC0415 - loaded by the first file that is asked for

    calendar = Calendar.new(
        prodid="-//Sportello//Sportello//IT",
        method="PUBLISH",
        subcomponents=[_event(entry, now) for entry in entries],
    )
    # The library gives the whole file a UID that changes each time: none is needed, and one that
    # changes would make the same entries look like those of another calendar.
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
        # Nobody is busy for ten days because a reading is due.
        transparency=TRANSP.TRANSPARENT,
        subcomponents=[
            Alarm.new_display(description=entry.summary, trigger=each) for each in entry.alarms
        ],
    )


def _instant(start: date | datetime) -> date | datetime:
    return start.astimezone(UTC) if isinstance(start, datetime) else start


def _by_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """*instant*, or where it lies in the night, the morning after."""
    local = instant.astimezone(zone)
    if _MORNING <= local.time() < _EVENING:
        return instant
    day = local.date() + timedelta(days=local.time() >= _EVENING)
    return datetime.combine(day, _MORNING, zone).astimezone(UTC)
