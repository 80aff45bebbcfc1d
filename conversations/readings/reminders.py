"""*Ricordamelo domani*, the button of reminders to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_tap
from conversations.kit.guards import linked
from conversations.kit.taps import Tap
from conversations.kit.views import Rows, View, button
from conversations.readings.submit.screens import ReadPoint
from conversations.readings.submit.situation import ToRead, to_read
from conversations.texts import Words
from storage.notices import RemindedTomorrow
from storage.rules.reminders import ENOUGH_TIME, tomorrow


@dataclass(frozen=True, slots=True)
class RemindTomorrow(Tap, code="rt"):
    """*Ricordamelo domani*."""


def handlers() -> list[Handler]:
    """The reminder's own button; a reading is handled by its conversation."""
    return [on_tap(RemindTomorrow, remind_tomorrow)]


@linked
async def remind_tomorrow(context: Context) -> None:
    """*Ricordamelo domani*: remind again tomorrow morning, if it still makes sense then."""
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
        f"reminder:{RemindedTomorrow.kind}:{at:%Y%m%d}:{chat_id}",
        RemindedTomorrow(),
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
    context.show(View(text, read_row(words, missing)))


def until(words: Words, end: datetime) -> str:
    """The end in words: for a window that ends at midnight, the day before."""
    local = end.astimezone(words.zone)
    if local.time() == time(0):
        return words.plain("fino a tutto il {day}", day=words.day(local.date() - timedelta(days=1)))
    return words.plain("fino al {moment}", moment=words.moment(end))


def read_row(words: Words, missing: Sequence[ToRead]) -> Rows:
    """*Autolettura*, for the first point to read."""
    return ((button(words.plain("📟 Autolettura"), ReadPoint(missing[0].point.id)),),)
