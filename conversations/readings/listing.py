"""``/letture``: the readings of a point, page by page, and cancelling pending ones."""

from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from conversations.kit.context import Context
from conversations.kit.file_names import file_name
from conversations.kit.flow import Handler, on_command, on_label, on_meaning, on_open_button, on_tap
from conversations.kit.formats import shorten
from conversations.kit.guards import linked, not_yours
from conversations.kit.ics import calendar_file, window_entry
from conversations.kit.menu import READINGS
from conversations.kit.open_buttons import OpenReadings
from conversations.kit.pages import Page
from conversations.kit.points import point_title, points_view
from conversations.kit.taps import Tap
from conversations.kit.views import Rows, View, button
from conversations.readings.receipt import AskCancel, short_state
from conversations.readings.submit.screens import ReadPoint, receipt
from conversations.readings.submit.steps import next_unread
from conversations.texts import Words
from conversations.understanding import Intent
from storage.models import Reading, ReadingState, SupplyPoint
from storage.notices import ReceiptCancelled
from storage.rules.windows import Window, unite

READINGS_ON_A_PAGE = 5
_WINDOWS_SHOWN = 3
DOUBLE_TAP = timedelta(seconds=3)
"""For this time after *Salva*, a tap on *Cancella* in its place is taken for a double tap."""


@dataclass(frozen=True, slots=True)
class ReadingsPage(Tap, code="l"):
    """A page of a point's readings; choosing the point in a list shows the first."""

    supply_point_id: int
    page: int


@dataclass(frozen=True, slots=True)
class ReadingsPoints(Tap, code="lp"):
    """*Cambia punto*: a page of the points."""

    page: int


@dataclass(frozen=True, slots=True)
class WindowsCalendar(Tap, code="lc"):
    """*Calendario*: the entry windows as a file."""

    supply_point_id: int


@dataclass(frozen=True, slots=True)
class ConfirmCancel(Tap, code="cy"):
    """*Sì*."""

    reading_id: int
    page: int | None


@dataclass(frozen=True, slots=True)
class KeepReading(Tap, code="cn"):
    """*No*."""

    reading_id: int
    page: int | None


def handlers() -> list[Handler]:
    """``/letture`` and its taps, with *Cancella* under receipts."""
    return [
        on_command(("letture", "readings"), show_readings),
        on_label(READINGS, show_readings),
        on_meaning((Intent.READINGS,), show_readings),
        on_open_button(OpenReadings, show_readings),
        on_tap(ReadingsPoints, choose_point),
        on_tap(ReadingsPage, go_to_page),
        on_tap(AskCancel, ask_cancel),
        on_tap(ConfirmCancel, confirm_cancel),
        on_tap(KeepReading, keep),
        on_tap(WindowsCalendar, send_calendar),
    ]


@linked
async def show_readings(context: Context) -> None:
    """Show the chosen point's readings, or ask for the point."""
    points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
    chosen = next((p for p in points if p.id == context.chat.supply_point_id), None)
    if not points:
        context.show(_none_to_show(context.words))
    elif chosen is not None or len(points) == 1:
        await _show_page(context, chosen or points[0], 0, several=len(points) > 1)
    else:
        _show_points(context, points, 0)


@linked
async def choose_point(context: Context, tap: ReadingsPoints) -> None:
    """*Cambia punto*."""
    points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
    _show_points(context, points, tap.page)


@linked
async def go_to_page(context: Context, tap: ReadingsPage) -> None:
    """Show another page, or another point."""
    point = await context.unit.supply_points.one_of_chat(context.chat.id, tap.supply_point_id)
    if point is None:
        await not_yours(context)
        return
    await context.unit.chats.choose_supply_point(context.chat, point.id)
    await _show_page(context, point, tap.page)


@linked
async def ask_cancel(context: Context, tap: AskCancel) -> None:
    """*Cancella*: ask for confirmation, as in the web customer area."""
    reading = await _reading(context, tap.reading_id)
    if reading is None:
        return
    if reading.state is not ReadingState.PENDING:
        await _too_late(context, reading, tap.page)
        return
    if tap.page is None and _was_saved_just_now(context, reading):
        context.toast(context.words.plain("Fatto: la lettura è già salvata."))
        return
    context.show(_really(context.words, reading, tap.page))


def _was_saved_just_now(context: Context, reading: Reading) -> bool:
    """Whether a tap is the second one of a double tap on *Salva*, on the same message."""
    saved = reading.submitted_at
    same = (reading.chat_id, reading.receipt_message_id) == (context.chat.id, context.message_id)
    return same and saved is not None and context.now - saved < DOUBLE_TAP


@linked
async def confirm_cancel(context: Context, tap: ConfirmCancel) -> None:
    """*Sì*: cancel the reading, unless an acquisition or another tap was faster."""
    reading = await _reading(context, tap.reading_id)
    if reading is None:
        return
    if not await context.unit.readings.cancel(reading, now=context.now):
        await _too_late(context, reading, tap.page)
        return
    await _tell_receipt(context, reading)
    context.toast(context.words.plain("Lettura cancellata"))
    context.show(_cancelled(context.words, reading))


@linked
async def keep(context: Context, tap: KeepReading) -> None:
    """*No*: show again what *Cancella* was under."""
    reading = await _reading(context, tap.reading_id, to_write=False)
    if reading is not None:
        await _back(context, reading, tap.page)


@linked
async def send_calendar(context: Context, tap: WindowsCalendar) -> None:
    """*Calendario*: send open and future windows as a file for the telephone's calendar."""
    point = await context.unit.supply_points.one_of_chat(context.chat.id, tap.supply_point_id)
    if point is None:
        await not_yours(context)
        return
    words, zone = context.words, context.services.zone
    ahead = await _windows_ahead(context, point)
    if not ahead:
        context.toast(words.plain("Non ci sono periodi di inserimento in programma."), alert=True)
        return
    entries = [
        window_entry(
            window,
            uid=f"window-{point.id}-{window.start:%Y%m%dT%H%MZ}@{context.bot.username}",
            summary=words.plain("Lettura del gas: {address}", address=shorten(point.address)),
            description=words.plain(
                "Si può inviare la lettura a {company} nella chat @{bot}. PDR {code}.",
                company=context.services.company.name,
                bot=context.bot.username,
                code=point.code,
            ),
            zone=zone,
        )
        for window in ahead
    ]
    context.send_file(
        file_name(words.plain("Periodi lettura"), ".ics"),
        calendar_file(entries, now=context.now),
        str(words("📅 Apri il file per mettere i periodi nel calendario del telefono.")),
    )


async def _windows_ahead(context: Context, point: SupplyPoint) -> list[Window]:
    """The open and future windows, within the supply."""
    windows = await context.unit.supply_points.windows_of(point)
    return [
        window
        for window in unite(windows)
        if window.end > context.now
        and (point.until is None or context.services.today(window.start) < point.until)
    ]


async def _reading(context: Context, reading_id: int, *, to_write: bool = True) -> Reading | None:
    """The reading, if this chat may see or change it now; otherwise show that it may not."""
    reading = await context.unit.readings.one_of_chat(
        context.chat.id, reading_id, to_write=to_write
    )
    if reading is None:
        await not_yours(context)
    return reading


async def _tell_receipt(context: Context, reading: Reading) -> None:
    """Update the receipt, if *Cancella* was tapped elsewhere: in a list, or in another chat."""
    here = (context.chat.id, context.message_id)
    if reading.chat_id is None or here == (reading.chat_id, reading.receipt_message_id):
        return
    await context.unit.outbox.queue(
        f"cancelled:{reading.id}",
        ReceiptCancelled(reading.id),
        reading.chat_id,
        now=context.now,
    )


async def _too_late(context: Context, reading: Reading, page: int | None) -> None:
    words = context.words
    if reading.state is ReadingState.CANCELLED:
        context.toast(words.plain("Questa lettura è già cancellata."))
        context.show(_cancelled(words, reading))
        return
    context.toast(
        words.plain("Questa lettura è già acquisita: non si può più cancellare."), alert=True
    )
    await _back(context, reading, page)


async def _back(context: Context, reading: Reading, page: int | None) -> None:
    if page is not None:
        await _show_page(context, reading.supply_point, page)
        return
    due = context.services.next_acquisition(context.now)
    point = reading.supply_point
    # An acquired reading's receipt is left as the acquisition makes it.
    waits = reading.state is ReadingState.PENDING
    context.show(
        receipt(
            context.words,
            point,
            reading,
            due=due,
            now=context.now,
            next_point=await next_unread(context, point) if waits else None,
        )
    )


def _show_points(context: Context, points: list[SupplyPoint], page: int) -> None:
    context.show(
        points_view(
            context.words,
            context.words("Di quale <b>punto di fornitura</b>?"),
            points,
            page=page,
            chosen=context.chat.supply_point_id,
            pick=lambda point: ReadingsPage(point.id, 0),
            to_page=ReadingsPoints,
        )
    )


async def _show_page(
    context: Context, point: SupplyPoint, page: int, *, several: bool | None = None
) -> None:
    if several is None:
        points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
        several = len(points) > 1
    count = await context.unit.readings.count(point)
    shown = Page.of(count, size=READINGS_ON_A_PAGE, number=page)
    rows = await context.unit.readings.page(point, page=shown.number, size=shown.size)
    ahead = await _windows_ahead(context, point)
    mine = await context.unit.supply_points.one_of_chat(context.chat.id, point.id, to_write=True)
    context.show(
        readings_view(
            context.words,
            point,
            rows,
            page=shown,
            windows=ahead,
            several=several,
            may_write=mine is not None,
        )
    )


# -- what is shown --


def readings_view(
    words: Words,
    point: SupplyPoint,
    readings: list[Reading],
    *,
    page: Page,
    windows: list[Window],
    several: bool,
    may_write: bool,
) -> View:
    """One page of the list, then the open and future entry windows.

    A chat that may only look (``may_write`` is off) gets no buttons that would be refused.
    """
    parts = [words("<b>Elenco autoletture</b>"), point_title(words, point), Markup()]
    if not readings:
        parts.append(words("Non ci sono ancora autoletture."))
    rows: Rows = ()
    pending = [reading for reading in readings if reading.state is ReadingState.PENDING]
    for reading in readings:
        parts.append(_line(words, reading))
        if may_write and reading.state is ReadingState.PENDING:
            label = words.plain("Cancella")
            if len(pending) > 1:
                label = words.plain("Cancella {day}", day=words.day(reading.day))
            rows = (*rows, (button(label, AskCancel(reading.id, page.number)),))
    parts += page.line(words)
    parts.append(Markup())
    parts.extend(_windows(words, windows))
    rows = (
        *rows,
        *page.buttons(words, lambda other: ReadingsPage(point.id, other), by_age=True),
    )
    if may_write:
        rows = (*rows, (button(words.plain("📟 Nuova lettura"), ReadPoint(point.id)),))
    if windows:
        rows = (
            *rows,
            (button(words.plain("📅 Aggiungi al calendario"), WindowsCalendar(point.id)),),
        )
    if several:
        rows = (*rows, (button(words.plain("Cambia punto"), ReadingsPoints(0)),))
    return View(Markup("\n").join(parts), rows)


def _line(words: Words, reading: Reading) -> Markup:
    text = words(
        "<b>{day}</b> · {meter}",
        day=words.day(reading.day),
        meter=words.number(reading.meter),
    )
    if reading.corrector is not None:
        text += words(" · correttore {value}", value=words.number(reading.corrector))
    text += " · " + short_state(words, reading)
    if reading.outcome_note:
        text += "\n   " + words("Informazioni: {note}", note=shorten(reading.outcome_note, 120))
    return text


def _windows(words: Words, windows: list[Window]) -> list[Markup]:
    if not windows:
        return [words("Non ci sono periodi di inserimento in programma.")]
    return [
        words("Puoi inviare la lettura:"),
        *(
            words(
                "dal {start} al {end}",
                start=words.moment(window.start),
                end=words.moment(window.end),
            )
            for window in windows[:_WINDOWS_SHOWN]
        ),
    ]


def _really(words: Words, reading: Reading, page: int | None) -> View:
    return View(
        words(
            "Confermi la cancellazione della lettura del {day}?",
            day=words.day(reading.day),
        ),
        (
            (
                button(words.plain("Sì"), ConfirmCancel(reading.id, page)),
                button(words.plain("No"), KeepReading(reading.id, page)),
            ),
        ),
    )


def _cancelled(words: Words, reading: Reading) -> View:
    point = reading.supply_point
    return View(
        words(
            "🗑 La lettura del <b>{day}</b> è stata cancellata.\n{point}",
            day=words.day(reading.day),
            point=point_title(words, point),
        ),
        (
            (button(words.plain("📟 Nuova lettura"), ReadPoint(point.id)),),
            (button(words.plain("📋 Le mie letture"), ReadingsPage(point.id, 0)),),
        ),
    )


def _none_to_show(words: Words) -> View:
    return View(words("Nessuno dei tuoi punti di fornitura prevede l'autolettura."))
