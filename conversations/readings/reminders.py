"""Reminders to read: made when their turn comes, answered with a number, put off to tomorrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from markupsafe import Markup

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_tap
from conversations.kit.formats import shorten
from conversations.kit.guards import linked
from conversations.kit.points import point_title
from conversations.kit.services import Services
from conversations.kit.taps import Tap
from conversations.kit.unasked import Family, Later
from conversations.kit.views import Effect, Rows, Say, View, button
from conversations.readings.submit.screens import ReadingPoints, ReadPoint
from conversations.readings.submit.situation import ToRead, to_read
from conversations.texts import Words
from storage.models import OutboxMessage, ReminderRound
from storage.repositories.reminders import ASKED, KINDS, TOMORROW
from storage.rules.preferences import Preferences
from storage.rules.reminders import ENOUGH_TIME, ReminderKind, tomorrow
from storage.rules.windows import Closed, days_left, state_at
from storage.unit import Unit

_POINTS_NAMED = 10
_NEWLY_OPEN = timedelta(days=1)
_KIND_OF = {kind: each for each, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class RemindTomorrow(Tap, code="rt"):
    """*Ricordamelo domani*."""


def handlers() -> list[Handler]:
    """The one tap that a reminder has of its own; reading is the conversation's."""
    return [on_tap(RemindTomorrow, remind_tomorrow)]


@linked
async def remind_tomorrow(context: Context) -> None:
    """*Ricordamelo domani*: once more, tomorrow in the morning, if it still makes sense then."""
    words, services, chat_id = context.words, context.services, context.chat.id
    missing = await to_read(context.unit, services, chat_id, context.now)
    if not missing:
        context.toast(words.plain("Non manca nessuna lettura."), alert=True)
        return
    preferences = await context.unit.preferences.of(chat_id)
    at = tomorrow(context.now, preferences.quiet_hours(services.quiet_hours), services.zone)
    last = max(each.window.end for each in missing)
    if last - at < ENOUGH_TIME:
        text = words.plain(
            "Domani sarebbe tardi: si può leggere {until}.", until=until(words, last)
        )
        context.toast(text, alert=True)
        return
    await context.unit.outbox.queue(
        f"reminder:{TOMORROW}:{at:%Y%m%d}:{chat_id}",
        TOMORROW,
        chat_id,
        now=context.now,
        not_before=at,
        not_after=last,
    )
    context.toast(words.plain("Va bene, a domani."))
    text = words(
        "🔔 Va bene, ne riparliamo <b>{moment}</b>. Se la lettura arriva prima, non dico niente.",
        moment=words.moment(at),
    )
    context.show(View(text, _read_row(words, missing)))


# -- made for the outbox --


async def remind(
    unit: Unit, services: Services, words: Words, messages: Sequence[OutboxMessage]
) -> list[Effect] | Later:
    """One message for all that a chat is to be reminded of, if there is anything left to read."""
    chat_id, now = messages[0].chat_id, services.clock.now()
    missing = await to_read(unit, services, chat_id, now)
    rounds = await unit.reminders.rounds([m.about_id for m in messages if m.about_id is not None])
    preferences = await unit.preferences.of(chat_id)
    last = await unit.reminders.last_sent(chat_id)
    spoken = last.sent_at if last is not None else None
    if spoken is not None and services.today(spoken) != services.today(now):
        spoken = None
    kinds = [
        message.kind
        for message in messages
        if _is_due(message, rounds, missing, preferences, said_today=spoken)
    ]
    if not kinds:
        return await _opens_later(unit, messages, now) or []
    kind = min(kinds, key=FAMILY.kinds.index)
    quiet = preferences.quiet_hours(services.quiet_hours)
    last_end = max(each.window.end for each in missing)
    put_off = last_end - tomorrow(now, quiet, services.zone) >= ENOUGH_TIME
    return [Say(reminder_view(words, kind, missing, now=now, put_off=put_off))]


FAMILY = Family(
    (
        KINDS[ReminderKind.LAST_DAY],
        KINDS[ReminderKind.CLOSING],
        TOMORROW,
        ASKED,
        KINDS[ReminderKind.OPENS],
    ),
    remind,
)
"""The kinds of reminders, the most pressing first."""


def _is_due(
    message: OutboxMessage,
    rounds: dict[int, ReminderRound],
    missing: Sequence[ToRead],
    preferences: Preferences,
    *,
    said_today: datetime | None,
) -> bool:
    """Whether a message still has its reason.

    Args:
        message: in the outbox.
        rounds: the occasions that messages are of.
        missing: what the chat can read now and has not in its window.
        preferences: the chat's.
        said_today: when it was last reminded, if that was today: a reminder names all that is to
            be read, so that nobody needs a second one on the same day.
    """
    if message.kind == TOMORROW:
        return bool(missing)
    if message.kind == ASKED:
        point_id = message.content["supply_point_id"] if message.content else None
        return any(each.point.id == point_id for each in missing)
    occasion = rounds.get(message.about_id or 0)
    kind = _KIND_OF[message.kind]
    if occasion is None or not _is_wanted(preferences, kind):
        return False
    concerned = [
        each.window
        for each in missing
        if (
            each.window.start == occasion.starts_at
            if kind is ReminderKind.OPENS
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


async def _opens_later(
    unit: Unit, messages: Sequence[OutboxMessage], now: datetime
) -> Later | None:
    """*Avvisami*, where the window was moved meanwhile: when it opens now."""
    for message in messages:
        if message.kind != ASKED or not message.content:
            continue
        point = await unit.supply_points.one_of_chat(
            message.chat_id, int(message.content["supply_point_id"]), to_write=True
        )
        if point is None:
            continue
        state = state_at(await unit.supply_points.windows_of(point), now)
        if isinstance(state, Closed) and state.next is not None:
            return Later(state.next.start)
    return None


# -- what is shown --


def reminder_view(
    words: Words, kind: str, missing: Sequence[ToRead], *, now: datetime, put_off: bool
) -> View:
    """What is to be read and until when, and how to answer.

    Args:
        words: the customer's language.
        kind: what it is said for, one of the kinds in the outbox.
        missing: at least one; the first is what a bare number will be taken for.
        now: the present instant.
        put_off: whether tomorrow would still be in time.
    """
    rows = _read_row(words, missing)
    if len(missing) > 1:
        rows = (*rows, (button(words.plain("Cambia punto"), ReadingPoints(0)),))
    if put_off:
        rows = (*rows, (button(words.plain("🔔 Ricordamelo domani"), RemindTomorrow()),))
    parts = [_head(words, kind, missing, now), Markup()]
    parts += _one(words, missing[0]) if len(missing) == 1 else _several(words, missing)
    parts += [Markup(), words("<i>Quando ricordarlo si sceglie in /preferenze</i>")]
    return View(Markup("\n").join(parts), rows)


def until(words: Words, end: datetime) -> str:
    """Until when, in words: a window that ends at midnight has the day before for its last."""
    local = end.astimezone(words.zone)
    if local.time() == time(0):
        return words.plain("fino a tutto il {day}", day=words.day(local.date() - timedelta(days=1)))
    return words.plain("fino al {moment}", moment=words.moment(end))


def _head(words: Words, kind: str, missing: Sequence[ToRead], now: datetime) -> Markup:
    left = min(days_left(each.window, now, words.zone) for each in missing)
    if left == 0:
        return words("⏰ <b>Ultimo giorno</b> per inviare la lettura")
    if kind == KINDS[ReminderKind.LAST_DAY]:
        return words("⏰ <b>Ultime ore</b> per inviare la lettura")
    if kind == KINDS[ReminderKind.CLOSING]:
        return words.plural(
            "⏳ Resta <b>{n} giorno</b> per inviare la lettura",
            "⏳ Restano <b>{n} giorni</b> per inviare la lettura",
            left,
        )
    if kind == TOMORROW:
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


def _read_row(words: Words, missing: Sequence[ToRead]) -> Rows:
    return ((button(words.plain("📟 Autolettura"), ReadPoint(missing[0].point.id)),),)
