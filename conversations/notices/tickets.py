"""Notices about tickets: customers' messages to the staff, and the staff's to customers.

They hold ids only; a chat that is no longer linked gets nothing.
"""

from markupsafe import Markup

from conversations.kit.formats import shorten
from conversations.kit.unasked import Maker, Telling, on_notice
from conversations.kit.views import Effect, Rows, Say, SayMedia, ShowThread, TellStaff, View
from conversations.support.tickets import screens
from conversations.texts import Words
from storage.models import (
    MediaKind,
    Ticket,
    TicketAuthor,
    TicketFile,
    TicketMessage,
    TicketState,
)
from storage.notices import StaffPost, StaffThread, TicketAnswer, TicketClosed
from storage.rules.tickets import Part, parts_of


def makers() -> list[Maker]:
    """The notices of tickets: those with people's messages are tried until they arrive."""
    return [
        on_notice(StaffPost, staff_post, lasting=True),
        on_notice(StaffThread, staff_thread, lasting=True),
        on_notice(TicketAnswer, ticket_answer, lasting=True),
        on_notice(TicketClosed, ticket_closed, lasting=True),
    ]


async def staff_post(telling: Telling, notice: StaffPost) -> list[Effect]:
    """One part of a customer's message, for the staff: the first with all details."""
    unit, words = telling.unit, telling.words
    found = await _part(telling, notice)
    if found is None:
        return []
    written, part, place = found
    ticket = written.ticket
    begins = place == 0 and await unit.tickets.is_first(written)
    head = _head(words, ticket, written.author, goes_on=place > 0)
    if begins:
        head = _card(words, ticket)
    text = head + "\n\n" + words("{text}", text=part.words) if part.words else head
    if begins:
        text += "\n\n" + _how(words)
    title = words.plain(
        "n. {number} · {name} · {subject}",
        number=ticket.id,
        name=shorten(ticket.customer.name, 50),
        subject=shorten(ticket.subject, 50),
    )
    content = _content(words, text, _file(written, part), rows=())
    opening = None if begins else View(_card(words, ticket) + "\n\n" + _how(words))
    return [TellStaff(ticket.id, title, content, opening)]


async def staff_thread(telling: Telling, notice: StaffThread) -> list[Effect]:
    """Show in a ticket's thread that it was closed or reopened."""
    words = telling.words
    ticket = await telling.unit.tickets.by_id(notice.ticket_id)
    if ticket is None:
        return []
    is_open = ticket.state is TicketState.OPEN
    text = words(
        "☑️ Richiesta n. {number} <b>chiusa</b>. Si riapre con <code>/riapri {number}</code>",
        number=ticket.id,
    )
    if is_open:
        text = words("🔓 Richiesta n. {number} <b>riaperta</b>.", number=ticket.id)
    return [ShowThread(ticket.id, is_open, View(text))]


async def ticket_answer(telling: Telling, notice: TicketAnswer) -> list[Effect]:
    """One part of an answer, for a chat that may still act for the customer."""
    words = telling.words
    found = await _part(telling, notice)
    if found is None:
        return []
    written, part, place = found
    ticket = written.ticket
    if await telling.unit.tickets.one_of_chat(telling.chat_id, ticket.id) is None:
        return []
    text = screens.answer_text(words, ticket, part.words, goes_on=place > 0)
    is_last = place == len(parts_of(written.words, len(written.files))) - 1
    rows = screens.answer_rows(words, ticket) if is_last else ()
    file = _file(written, part)
    content = _content(words, text, file, rows=rows)
    return [content]


async def ticket_closed(telling: Telling, notice: TicketClosed) -> list[Effect]:
    """Tell the customer that the staff closed a ticket."""
    ticket = await telling.unit.tickets.one_of_chat(telling.chat_id, notice.ticket_id)
    if ticket is None or ticket.state is TicketState.OPEN:
        return []
    return [Say(screens.closed_view(telling.words, ticket))]


async def _part(
    telling: Telling, notice: StaffPost | TicketAnswer
) -> tuple[TicketMessage, Part, int] | None:
    """The message and the part of it that a notice is about."""
    written = await telling.unit.tickets.message(notice.ticket_message_id)
    if written is None:
        return None
    parts = parts_of(written.words, len(written.files))
    place = notice.part
    return (written, parts[place], place) if place < len(parts) else None


def _file(written: TicketMessage, part: Part) -> TicketFile | None:
    return written.files[part.file] if part.file is not None else None


def _content(words: Words, text: Markup, file: TicketFile | None, *, rows: Rows) -> Say | SayMedia:
    if file is None:
        return Say(View(text, rows))
    gone = f"{text}\n\n{screens.file_gone(words, file)}"
    return SayMedia(
        "photo" if file.media is MediaKind.PHOTO else "document",
        file.file_id,
        View(text, rows),
        View(gone, rows),
    )


def _card(words: Words, ticket: Ticket) -> Markup:
    """The details of a ticket for the staff."""
    return words(
        "🎫 <b>Richiesta n. {number}</b> · {subject}\n{name} · cliente {code}",
        number=ticket.id,
        subject=ticket.subject,
        name=shorten(ticket.customer.name),
        code=ticket.customer.code,
    )


def _how(words: Words) -> Markup:
    """What the staff can do about a ticket."""
    return words(
        "<i>Quello che scrivete in questo argomento, o rispondendo a un mio messaggio, arriva al "
        "cliente; non arriva ciò che comincia con //. Con /chiudi la richiesta si chiude.</i>"
    )


def _head(words: Words, ticket: Ticket, author: TicketAuthor, *, goes_on: bool) -> Markup:
    if goes_on:
        return words("🎫 <b>n. {number}</b>, continua", number=ticket.id)
    if author is TicketAuthor.STAFF:
        return words("🏢 <b>n. {number}</b>, già risposto al cliente:", number=ticket.id)
    return words(
        "👤 <b>n. {number}</b> · {name}", number=ticket.id, name=shorten(ticket.customer.name)
    )
