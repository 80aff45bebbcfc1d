"""A calendar of buttons: picks a day of a month, and goes to other months."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_tap
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Rows, button
from conversations.texts import Words

_MONTHS = 12
_NO_DAY = "·"


@dataclass(frozen=True, slots=True)
class CalendarBlank(Tap, code="kx"):
    """A button of a calendar without effect: a name, or a day that cannot be picked."""


def handlers() -> list[Handler]:
    """The handler of buttons without effect, which stops their spinner."""
    return [on_tap(CalendarBlank, nothing)]


async def nothing(_context: Context) -> None:
    """Answer a tap without a text."""


def calendar_rows(
    words: Words,
    month: date,
    *,
    first: date,
    last: date,
    pick: Callable[[date], Tap],
    to_month: Callable[[date], Tap],
) -> Rows:
    """The rows of one month: its name between the arrows, the weekdays, the weeks from Monday.

    Args:
        words: the customer's language.
        month: a day of the month to show; one out of range becomes the nearest.
        first: the first day that can be picked.
        last: the last one.
        pick: the tap that picks a day.
        to_month: the tap that shows another month, given a day of it.
    """
    month = min(max(month, first), last).replace(day=1)
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    names = tuple(_blank(words.weekday(day)[:2]) for day in weeks[0])
    # A week without days to pick is left out, unless it is the only one.
    weeks = [
        week
        for week in weeks
        if any(day.month == month.month and first <= day <= last for day in week)
    ]
    days = tuple(
        tuple(
            button(str(day.day), pick(day))
            if day.month == month.month and first <= day <= last
            else _blank(_NO_DAY)
            for day in week
        )
        for week in weeks
    )
    return (
        (
            _way("‹", _moved(month, -1), first, last, to_month),
            _blank(f"{words.month(month.month)} {month.year}"),
            _way("›", _moved(month, 1), first, last, to_month),
        ),
        names,
        *days,
        *_years(month, first=first, last=last, to_month=to_month),
    )


def _years(month: date, *, first: date, last: date, to_month: Callable[[date], Tap]) -> Rows:
    """A row with the years before and after: on a phone they do not fit beside the name."""
    back, on = _moved(month, -_MONTHS), _moved(month, _MONTHS)
    row: list[Button] = []
    if back is not None and _holds(back, first, last):
        row.append(button(f"« {back.year}", to_month(back)))
    if on is not None and _holds(on, first, last):
        row.append(button(f"{on.year} »", to_month(on)))
    return (tuple(row),) if row else ()


def _way(
    sign: str, there: date | None, first: date, last: date, to_month: Callable[[date], Tap]
) -> Button:
    """The button to a month; a blank one if there is none, so that the others stay in place."""
    if there is None or not _holds(there, first, last):
        return _blank(_NO_DAY)
    return button(sign, to_month(there))


def _holds(month: date, first: date, last: date) -> bool:
    return first.replace(day=1) <= month <= last


def _moved(month: date, months: int) -> date | None:
    """The month so many months later; None beyond the range of dates."""
    years, place = divmod(month.month - 1 + months, _MONTHS)
    year = month.year + years
    return date(year, place + 1, 1) if date.min.year <= year <= date.max.year else None


def _blank(label: str) -> Button:
    return button(label, CalendarBlank())
