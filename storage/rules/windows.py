"""When self-readings are accepted: entry windows, local days, and hours at clock changes.

Windows are half-open, ``[start, end)``, and stored as UTC instants; overlapping ones are merged.
``local_instant`` alone turns local hours into instants: an hour that the clock change repeats means
its first occurrence, one that it skips means the next instant that exists.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, unique
from zoneinfo import ZoneInfo

GRACE = timedelta(minutes=10)
"""How long after a window's end a summary shown before it may still be saved."""

_INSTANT = timedelta(microseconds=1)
_HOUR = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2})(?:[:.]([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """An entry window, ``[start, end)``: two aware instants, stored in UTC.

    Raises ``ValueError`` for a naive instant, or an end that is not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _utc(self.start))
        object.__setattr__(self, "end", _utc(self.end))
        if self.end <= self.start:
            raise ValueError("a window must end after it starts")

    def contains(self, instant: datetime) -> bool:
        """Whether the window is open at this aware instant: at its start, not at its end."""
        return self.start <= _utc(instant) < self.end


@dataclass(frozen=True, slots=True)
class Open:
    """Readings are accepted now, until ``window`` ends."""

    window: Window


@dataclass(frozen=True, slots=True)
class Closed:
    """Readings are not accepted now; ``next`` is the next window to open, if one is known."""

    next: Window | None


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a local day as files write it; ``24:00`` is midnight of the following day."""

    time: time
    next_day: bool = False

    def on(self, day: date, zone: ZoneInfo) -> datetime:
        """The UTC instant of this hour on a local day."""
        return local_instant(day + timedelta(days=self.next_day), self.time, zone)


@unique
class Saving(Enum):
    """Whether *Salva* may save a summary that was shown earlier."""

    AS_SHOWN = "as_shown"
    SHOW_AGAIN = "show_again"  # the day has changed: show the customer the new date first
    CLOSED = "closed"


def read_hour(text: str) -> Hour:
    """An hour from a file: ``8``, ``08:00``, ``22.30``, ``08:00:00``, or ``24:00``.

    Raises ``ValueError`` for anything else.
    """
    match = _HOUR.fullmatch(text.strip())
    if not match:
        raise ValueError("an hour is written HH:MM")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if (hours, minutes, seconds) == (24, 0, 0):
        return Hour(time(0), next_day=True)
    try:
        return Hour(time(hours, minutes, seconds))
    except ValueError as error:
        raise ValueError("an hour lies between 00:00 and 24:00") from error


def local_instant(day: date, time: time, zone: ZoneInfo) -> datetime:
    """The UTC instant at which clocks in ``zone`` show ``time`` on ``day``.

    An hour that occurs twice means its first occurrence; one that is skipped means the instant of
    the clock change, the first that exists after it.
    """
    first = datetime.combine(day, time.replace(tzinfo=None, fold=0), tzinfo=zone)
    instant = first.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == first.replace(tzinfo=None):
        return instant
    return _clock_change(first.replace(fold=1).astimezone(UTC), instant, zone)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the new time, somewhere after ``before`` and not after ``after``."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _INSTANT:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def local_day(now: datetime, zone: ZoneInfo) -> date:
    """The calendar day in ``zone`` at an aware instant: the date that a reading gets."""
    return _utc(now).astimezone(zone).date()


def windows_of(own: Iterable[Window], company: Iterable[Window]) -> tuple[Window, ...]:
    """The windows that hold for a point, united: its own if it has any, else the company's."""
    return unite(own) or unite(company)


def unite(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same instants in as few windows as possible, in order, apart from each other.

    Windows that only touch unite too: nobody should hear that one closes while readings go on.
    """
    united: list[Window] = []
    for window in sorted(windows):
        if united and window.start <= united[-1].end:
            last = united.pop()
            united.append(Window(last.start, max(last.end, window.end)))
        else:
            united.append(window)
    return tuple(united)


def state_at(windows: Iterable[Window], now: datetime) -> Open | Closed:
    """Whether readings are taken at ``now``, and until when, or when again."""
    now = _utc(now)
    for window in unite(windows):
        if window.contains(now):
            return Open(window)
        if window.start > now:
            return Closed(next=window)
    return Closed(next=None)


def days_left(window: Window, now: datetime, zone: ZoneInfo) -> int:
    """Local days from today to the last on which the window is open: 0 is its last day.

    Negative once that day is over. A window that ends at midnight has the day before for its last.
    """
    return (local_day(window.end - _INSTANT, zone) - local_day(now, zone)).days


def may_save(
    windows: Sequence[Window], shown_at: datetime, now: datetime, zone: ZoneInfo
) -> Saving:
    """Whether a summary shown at ``shown_at`` may be saved at ``now``, with the day it showed.

    While the window is open the day must still be the same. A summary shown before the window
    closed may be saved, with its own day, for ten minutes after it.
    """
    if isinstance(state_at(windows, now), Open):
        same_day = local_day(shown_at, zone) == local_day(now, zone)
        return Saving.AS_SHOWN if same_day else Saving.SHOW_AGAIN
    then = state_at(windows, shown_at)
    if isinstance(then, Open) and then.window.end <= _utc(now) < then.window.end + GRACE:
        return Saving.AS_SHOWN
    return Saving.CLOSED


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
