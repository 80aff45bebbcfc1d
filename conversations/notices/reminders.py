"""Reminders to send a reading; not sent where the reading is in already."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from conversations.kit.formats import shorten
from conversations.kit.points import point_title
from conversations.kit.unasked import Later, Maker, Telling, on_notices
from conversations.kit.views import Effect, Say, View, button
from conversations.readings.reminders import RemindTomorrow, read_row, until
from conversations.readings.submit.screens import ReadingPoints
from conversations.readings.submit.situation import ToRead, to_read
from conversations.texts import Words
from storage.models import ReminderRound
from storage.notices import (
    Notice,
    RemindedTomorrow,
    WindowCloses,
    WindowLastDay,
    WindowOpens,
    WindowOpensAsAsked,
)
from storage.rules.preferences import Preferences
from storage.rules.reminders import ENOUGH_TIME, ReminderKind, tomorrow
from storage.rules.windows import Closed, days_left, state_at

Round = WindowOpens | WindowCloses | WindowLastDay

_POINTS_NAMED = 10
_NEWLY_OPEN = timedelta(days=1)
PRESSING: tuple[type[Notice], ...] = (
    WindowLastDay,
    WindowCloses,
    RemindedTomorrow,
    WindowOpensAsAsked,
    WindowOpens,
)
"""The kinds of reminders, the most urgent first."""


def makers() -> list[Maker]:
    """The notices of reminders."""
    return [on_notices(PRESSING, remind)]


async def remind(telling: Telling, notices: Sequence[Notice]) -> list[Effect] | Later:
    """One message for all reminders of a chat, if anything is still to be read."""
    unit, services, chat_id, now = telling.unit, telling.services, telling.chat_id, telling.now
    missing = await to_read(unit, services, chat_id, now)
    rounds = await unit.reminders.rounds(
        [each.round_id for each in notices if isinstance(each, Round)]
    )
    preferences = await unit.preferences.of(chat_id)
    last = await unit.reminders.last_sent(chat_id)
    spoken = last.sent_at if last is not None else None
    if spoken is not None and services.today(spoken) != services.today(now):
        spoken = None
    due = [
        type(notice)
        for notice in notices
        if _is_due(notice, rounds, missing, preferences, said_today=spoken)
    ]
    if not due:
        return await _opens_later(telling, notices) or []
    kind = min(due, key=PRESSING.index)
    quiet = preferences.quiet_hours(services.quiet_hours)
    last_end = max(each.window.end for each in missing)
    put_off = last_end - tomorrow(now, quiet, services.zone) >= ENOUGH_TIME
    return [Say(reminder_view(telling.words, kind, missing, now=now, put_off=put_off))]


def _is_due(
    notice: Notice,
    rounds: dict[int, ReminderRound],
    missing: Sequence[ToRead],
    preferences: Preferences,
    *,
    said_today: datetime | None,
) -> bool:
    """Whether a reminder still applies.

    Args:
        notice: the reminder.
        rounds: the rounds of the reminders.
        missing: the points that the chat may read now and has not read in their windows.
        preferences: the chat's.
        said_today: when it was last reminded today, or None: each reminder names everything to
            read, so that one a day is enough.
    """
    if isinstance(notice, RemindedTomorrow):
        return bool(missing)
    if isinstance(notice, WindowOpensAsAsked):
        return any(each.point.id == notice.supply_point_id for each in missing)
    occasion = rounds.get(notice.round_id) if isinstance(notice, Round) else None
    if occasion is None or not _is_wanted(preferences, occasion.kind):
        return False
    opens = occasion.kind is ReminderKind.OPENS
    concerned = [
        each.window
        for each in missing
        if (
            each.window.start == occasion.starts_at
            if opens
            else each.window.end == occasion.ends_at
        )
    ]
    if said_today is not None:
        concerned = [window for window in concerned if window.start > said_today]
    return bool(concerned)


def _is_wanted(preferences: Preferences, kind: ReminderKind) -> bool:
    match kind:
        case ReminderKind.OPENS:
            return preferences.remind_when_open
        case ReminderKind.CLOSING:
            return preferences.remind_before_close
        case ReminderKind.LAST_DAY:
            return preferences.remind_last_day


async def _opens_later(telling: Telling, notices: Sequence[Notice]) -> Later | None:
    """*Avvisami* for a window that has been moved: try again when it opens."""
    points = telling.unit.supply_points
    for notice in notices:
        if not isinstance(notice, WindowOpensAsAsked):
            continue
        point = await points.one_of_chat(telling.chat_id, notice.supply_point_id, to_write=True)
        if point is None:
            continue
        state = state_at(await points.windows_of(point), telling.now)
        if isinstance(state, Closed) and state.next is not None:
            return Later(state.next.start)
    return None


def reminder_view(
    words: Words, kind: type[Notice], missing: Sequence[ToRead], *, now: datetime, put_off: bool
) -> View:
    """What to read and until when, and how to answer.

    Args:
        words: the customer's language.
        kind: the kind of reminder.
        missing: at least one point; a bare number will be taken for the first.
        now: the current instant.
        put_off: whether there is still time tomorrow.
    """
    rows = read_row(words, missing)
    if len(missing) > 1:
        rows = (*rows, (button(words.plain("Cambia punto"), ReadingPoints(0)),))
    if put_off:
        rows = (*rows, (button(words.plain("🔔 Ricordamelo domani"), RemindTomorrow()),))
    parts = [_head(words, kind, missing, now), Markup()]
    parts += _one(words, missing[0]) if len(missing) == 1 else _several(words, missing)
    parts += [Markup(), words("<i>Quando ricordarlo si sceglie in /preferenze</i>")]
    return View(Markup("\n").join(parts), rows)


def _head(words: Words, kind: type[Notice], missing: Sequence[ToRead], now: datetime) -> Markup:
    left = min(days_left(each.window, now, words.zone) for each in missing)
    if left == 0:
        return words("⏰ <b>Ultimo giorno</b> per inviare la lettura")
    if kind is WindowLastDay:
        return words("⏰ <b>Ultime ore</b> per inviare la lettura")
    if kind is WindowCloses:
        return words.plural(
            "⏳ Resta <b>{n} giorno</b> per inviare la lettura",
            "⏳ Restano <b>{n} giorni</b> per inviare la lettura",
            left,
        )
    if kind is RemindedTomorrow:
        return words("🔔 Come d'accordo: <b>manca ancora la lettura</b>")
    if now - max(each.window.start for each in missing) < _NEWLY_OPEN:
        return words("🔔 Da adesso si può inviare la <b>lettura</b>")
    return words("🔔 Si può inviare la <b>lettura</b>")


def _one(words: Words, each: ToRead) -> list[Markup]:
    return [
        point_title(words, each.point),
        Markup(),
        words("C'è tempo <b>{until}</b>.", until=until(words, each.window.end)),
        words("Basta rispondere con il <b>numero</b> che segna il contatore."),
    ]


def _several(words: Words, missing: Sequence[ToRead]) -> list[Markup]:
    lines = [
        words(
            "• {address} · {code}: {until}",
            address=shorten(each.point.address, 60),
            code=each.point.code[-4:],
            until=until(words, each.window.end),
        )
        for each in missing[:_POINTS_NAMED]
    ]
    if (more := len(missing) - _POINTS_NAMED) > 0:
        lines.append(words.plural("…e un altro punto", "…e altri {n} punti", more))
    return [
        *lines,
        Markup(),
        words(
            "Si comincia da <b>{address}</b>: basta rispondere con il numero del suo contatore, "
            "poi si passa al prossimo.",
            address=shorten(missing[0].point.address, 60),
        ),
    ]
