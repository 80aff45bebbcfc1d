"""The notice about a window that was moved after customers had been told about it."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from conversations.kit.formats import shorten
from conversations.kit.unasked import Maker, Telling, on_notices
from conversations.kit.views import Effect, Rows, Say, View, button
from conversations.readings.reminders import until
from conversations.readings.submit.screens import ReadPoint
from conversations.texts import Words
from storage.models import ReminderRound, SupplyPoint
from storage.notices import WindowChanged
from storage.repositories.supply_points import is_supplied_on
from storage.rules.windows import Closed, Open, Window, state_at, unite

_LISTED = 10


def makers() -> list[Maker]:
    """The notice of moved windows."""
    return [on_notices([WindowChanged], window_changed)]


async def window_changed(telling: Telling, notices: Sequence[WindowChanged]) -> list[Effect]:
    """The new windows of the points that are still to be read."""
    unit, words, chat_id, now = telling.unit, telling.words, telling.chat_id, telling.now
    if not (await unit.preferences.of(chat_id)).tell_window:
        return []
    rounds = await unit.reminders.rounds([each.round_id for each in notices])
    today = telling.services.today(now)
    points = [
        point
        for point in await unit.supply_points.of_chat(
            chat_id, self_reading_only=True, to_write=True
        )
        if is_supplied_on(point, today)
    ]
    windows = await unit.supply_points.windows_of_all(points)
    concerned = [
        (point, windows[point.id])
        for point in points
        if any(_has_changed(windows[point.id], each) for each in rounds.values())
        and not await _is_read(telling, point, list(rounds.values()))
    ]
    if not concerned:
        return []
    parts = [words("📅 <b>È cambiato il periodo</b> per inviare la lettura"), Markup()]
    parts += [_line(words, point, own, now) for point, own in concerned[:_LISTED]]
    if (more := len(concerned) - _LISTED) > 0:
        parts.append(words.plural("…e un altro punto", "…e altri {n} punti", more))
    rows: Rows = ()
    first = next((point for point, own in concerned if isinstance(state_at(own, now), Open)), None)
    if first is not None:
        rows = ((button(words.plain("📟 Autolettura"), ReadPoint(first.id)),),)
    return [Say(View(Markup("\n").join(parts), rows))]


def _has_changed(windows: Sequence[Window], was: ReminderRound) -> bool:
    """Whether what the customer was told is no longer true."""
    return Window(was.starts_at, was.ends_at) not in unite(windows)


async def _is_read(telling: Telling, point: SupplyPoint, rounds: Sequence[ReminderRound]) -> bool:
    since = telling.services.today(min(each.starts_at for each in rounds))
    today = telling.services.today(telling.services.clock.now())
    return bool(await telling.unit.readings.points_read_since([point.id], since, today=today))


def _line(words: Words, point: SupplyPoint, windows: Sequence[Window], now: datetime) -> Markup:
    where = shorten(point.address, 60)
    match state_at(windows, now):
        case Open(window):
            return words(
                "• {where}: è aperto, {until}", where=where, until=until(words, window.end)
            )
        case Closed(next=None):
            return words("• {where}: non è più in programma, lo diremo qui", where=where)
        case Closed(next=Window() as window):
            return words(
                "• {where}: dal {start}, {until}",
                where=where,
                start=words.moment(window.start),
                until=until(words, window.end),
            )
    raise AssertionError("unreachable")
