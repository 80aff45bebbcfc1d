"""The steps of the preferences: guard, decide, show."""

import re
from datetime import time

from conversations.account.preferences import screens
from conversations.account.preferences.screens import (
    REMINDERS,
    SetDays,
    SetPreference,
    SetQuietHours,
)
from conversations.account.preferences.states import State
from conversations.kit.context import Context
from conversations.kit.flow import END
from conversations.kit.guards import linked
from storage.rules.preferences import DAYS_BEFORE_CLOSE, Preferences
from storage.rules.quiet_hours import QuietHours

_HOURS_OF_DAY = range(24)
_AS_SPOKEN = re.compile(
    r"(?:dalle|dalla|from)?\s*([0-9:.]+)\s*(?:-|–|—|alle|alla|al|to|a|e)\s*([0-9:.]+)\s*"
)


@linked
async def show(context: Context) -> None:
    """Show the current preferences."""
    context.show(
        screens.overview(
            context.words,
            await _preferences(context),
            context.services.quiet_hours,
            context.chat.last_session_at,
        )
    )


@linked
async def show_reminders(context: Context) -> None:
    """*Promemoria*."""
    context.show(screens.reminders(context.words, await _preferences(context)))


@linked
async def show_notices(context: Context) -> None:
    """*Avvisi*."""
    context.show(screens.notices(context.words, await _preferences(context)))


@linked
async def show_quiet_hours(context: Context) -> None:
    """*Ore di silenzio*."""
    _show_quiet_hours(context, await _preferences(context))


@linked
async def switch(context: Context, tap: SetPreference) -> None:
    """Switch something on or off."""
    preferences = await context.unit.preferences.change(context.chat.id, **{tap.what.value: tap.on})
    screen = screens.reminders if tap.what in REMINDERS else screens.notices
    context.show(screen(context.words, preferences))


@linked
async def set_days(context: Context, tap: SetDays) -> None:
    """Set how long before the end of a window the reminder is sent."""
    days = tap.days
    preferences = await _preferences(context)
    if days in DAYS_BEFORE_CLOSE:  # else forged
        preferences = await context.unit.preferences.change(context.chat.id, days_before_close=days)
    context.show(screens.reminders(context.words, preferences))


@linked
async def set_quiet_hours(context: Context, tap: SetQuietHours) -> None:
    """Set some usual hours, none, or the company's."""
    quiet: QuietHours | None = None
    if tap.start is not None and tap.end is not None:
        if tap.start not in _HOURS_OF_DAY or tap.end not in _HOURS_OF_DAY:  # forged
            _show_quiet_hours(context, await _preferences(context))
            return
        quiet = QuietHours(time(tap.start), time(tap.end))
    preferences = await context.unit.preferences.change(context.chat.id, quiet=quiet)
    _show_quiet_hours(context, preferences)


@linked
async def ask_quiet_hours(context: Context) -> State:
    """*Altre ore*."""
    context.show(screens.ask_quiet_hours(context.words, context.screen_token))
    return State.QUIET_HOURS


@linked
async def take_quiet_hours(context: Context) -> State | int:
    """Take two hours."""
    quiet = read_quiet_hours(context.typed)
    if quiet is None:
        context.say(screens.not_hours(context.words, context.screen_token))
        return State.QUIET_HOURS
    await context.unit.preferences.change(context.chat.id, quiet=quiet)
    context.say(screens.quiet_hours_set(context.words, quiet))
    return END


def read_quiet_hours(text: str) -> QuietHours | None:
    """Hours as typed: ``21-8``, ``22.30 – 7``, ``dalle 21 alle 8``; None for anything else."""
    found = _AS_SPOKEN.fullmatch(text.strip().lower())
    if found is None:
        return None
    try:
        return QuietHours.parse("-".join(part.replace(".", ":") for part in found.groups()))
    except ValueError:
        return None


def _show_quiet_hours(context: Context, preferences: Preferences) -> None:
    context.show(screens.quiet_hours(context.words, preferences, context.services.quiet_hours))


async def _preferences(context: Context) -> Preferences:
    return await context.unit.preferences.of(context.chat.id)
