"""A calendar of buttons: a month to pick a day from, and the ways to other months."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from telegram import Update

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_tap
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Rows, button
from conversations.texts import Words

_MONTHS = 12
_NO_DAY = "·"


@dataclass(frozen=True, slots=True)
class CalendarBlank(Tap, code="kx"):
    """A field of a calendar that means nothing: a name, or a day that cannot be picked."""


def handlers() -> list[Handler]:
    """What answers taps that mean nothing, so that their spinner ends."""
    return [on_tap(CalendarBlank, nothing)]


async def nothing(_update: Update, _context: Context) -> None:
    """Every tap is answered; this one with no words."""


def calendar_rows(
    words: Words,
    month: date,
    *,
    first: date,
    last: date,
    pick: Callable[[date], Tap],
    turn: Callable[[date], Tap],
) -> Rows:
    """The rows of one month: its name between the ways on, the weekdays, the weeks from Monday.

    Args:
        words: the customer's language.
        month: a day of the month to show; one out of range becomes the nearest.
        first: the first day that can be picked.
        last: the last one.
        pick: the tap that picks a day.
        turn: the tap that turns to another month, given a day of it.
    """
    month = min(max(month, first), last).replace(day=1)
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    names = tuple(_blank(words.weekday(day)[:2]) for day in weeks[0])
    days = tuple(
        tuple(
            button(str(day.day), pick(day))
            if day.month == month.month and first <= day <= last
            else _blank(_NO_DAY)
            for day in week
        )
        for week in weeks
    )
    return (_head(words, month, first=first, last=last, turn=turn), names, *days)


def _head(
    words: Words, month: date, *, first: date, last: date, turn: Callable[[date], Tap]
) -> tuple[Button, ...]:
    """« a year back, ‹ a month back, the name, a month on ›, a year on »."""

    def way(sign: str, months: int) -> list[Button]:
        there = _moved(month, months)
        if there is None:
            return []
        if months < 0:
            return [button(sign, turn(there))] if there >= first.replace(day=1) else []
        return [button(sign, turn(there))] if there <= last else []

    name = _blank(f"{words.month(month.month)} {month.year}")
    return (*way("«", -_MONTHS), *way("‹", -1), name, *way("›", 1), *way("»", _MONTHS))


def _moved(month: date, months: int) -> date | None:
    """The month so many months on; None past the ends of what a date can be."""
    years, place = divmod(month.month - 1 + months, _MONTHS)
    year = month.year + years
    return date(year, place + 1, 1) if date.min.year <= year <= date.max.year else None


def _blank(label: str) -> Button:
    return button(label, CalendarBlank())
