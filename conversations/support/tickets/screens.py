"""The screens of tickets."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from conversations.kit.formats import shorten
from conversations.kit.leaving import cancel_button
from conversations.kit.link_prompt import StartLinking
from conversations.kit.pages import Page
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Rows, View, button
from conversations.support.tickets.states import Draft
from conversations.texts import Words, mark
from storage.models import (
    MediaKind,
    Ticket,
    TicketAuthor,
    TicketFile,
    TicketMessage,
    TicketState,
)
from storage.rules.tickets import LARGEST_FILE, MOST_FILES, MOST_WORDS, Quota

TICKETS_ON_A_PAGE = 6
MESSAGES_SHOWN = 5
_SHOWN_OF_MESSAGE = 400
_SHOWN_OF_SUMMARY = 700
_LABEL_LENGTH = 34


class UsualSubject(enum.Enum):
    """The most frequent subjects, as buttons."""

    BILL = "b"
    READING = "r"
    CONTRACT = "c"
    DATA = "d"
    OTHER = "o"


USUAL_SUBJECTS: dict[UsualSubject, str] = {
    UsualSubject.BILL: mark("Bolletta o pagamento"),
    UsualSubject.READING: mark("Contatore o lettura"),
    UsualSubject.CONTRACT: mark("Contratto o offerta"),
    UsualSubject.DATA: mark("Dati da correggere"),
    UsualSubject.OTHER: mark("Altro"),
}


@dataclass(frozen=True, slots=True)
class TicketsPage(Tap, code="tkp"):
    """A page of the chat's tickets."""

    page: int


@dataclass(frozen=True, slots=True)
class OpenTicket(Tap, code="tk"):
    """A ticket in the list."""

    ticket_id: int


@dataclass(frozen=True, slots=True)
class ReplyToTicket(Tap, code="tkr"):
    """*Rispondi*, under an answer by the staff, which stays in place."""

    ticket_id: int


@dataclass(frozen=True, slots=True)
class NewTicket(Tap, code="tkn"):
    """*Nuova richiesta*."""


@dataclass(frozen=True, slots=True)
class TicketCustomers(Tap, code="tkl"):
    """A page of the customers that a ticket may be for."""

    screen_token: str
    page: int


@dataclass(frozen=True, slots=True)
class TicketCustomer(Tap, code="tkc"):
    """For this customer."""

    screen_token: str
    customer_id: int


@dataclass(frozen=True, slots=True)
class TicketSubject(Tap, code="tks"):
    """One of the usual subjects."""

    screen_token: str
    subject: UsualSubject


@dataclass(frozen=True, slots=True)
class WordsDone(Tap, code="tkd"):
    """*Fatto*."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class SendTicket(Tap, code="tki"):
    """*Invia*."""

    screen_token: str


# -- the list --


def tickets_view(words: Words, tickets: Sequence[Ticket], *, page: Page, several: bool) -> View:
    """One page of tickets with their states; with ``several``, also their customers."""
    parts = [words("🎧 <b>Assistenza</b>"), words("Le tue richieste:"), Markup()]
    for ticket in tickets:
        line = words(
            "<b>n. {number}</b> · {subject} · {state}",
            number=ticket.id,
            subject=subject_text(words, ticket.subject),
            state=state_text(words, ticket),
        )
        if several:
            line += "\n   " + words("per {name}", name=shorten(ticket.customer.name, 60))
        parts.append(line)
    parts += page.line(words)
    rows: Rows = tuple((_ticket_button(words, ticket),) for ticket in tickets)
    return View(
        Markup("\n").join(parts),
        (
            *rows,
            *page.buttons(words, TicketsPage, by_age=True),
            (button(words.plain("✍️ Nuova richiesta"), NewTicket()),),
        ),
    )


def _ticket_button(words: Words, ticket: Ticket) -> Button:
    label = words.plain(
        "n. {number} · {subject}",
        number=ticket.id,
        subject=shorten(subject_text(words, ticket.subject), _LABEL_LENGTH),
    )
    return button(label, OpenTicket(ticket.id))


def subject_text(words: Words, subject: str) -> str:
    """A subject for the customer: the usual ones in their language."""
    return words.plain(subject) if subject in USUAL_SUBJECTS.values() else subject


def state_text(words: Words, ticket: Ticket) -> Markup:
    """The state of a ticket, in a word or two."""
    if ticket.state is TicketState.CLOSED:
        return words("☑️ chiusa")
    if ticket.last_author is TicketAuthor.STAFF:
        return words("💬 risposta ricevuta")
    return words("🕐 in attesa di risposta")


def ticket_view(
    words: Words, ticket: Ticket, messages: Sequence[TicketMessage], *, several: bool
) -> View:
    """A ticket with its latest messages; an open one accepts more."""
    parts = [
        words("🎧 <b>Richiesta n. {number}</b>", number=ticket.id),
        words("<b>{subject}</b>", subject=subject_text(words, ticket.subject)),
        state_text(words, ticket),
    ]
    if several:
        parts.append(words("per {name}", name=shorten(ticket.customer.name, 60)))
    for message in messages:
        parts += [Markup(), _message_text(words, message)]
    parts.append(Markup())
    if ticket.state is TicketState.CLOSED:
        parts.append(words("È chiusa: se serve ancora, si apre una nuova richiesta."))
        below = (button(words.plain("✍️ Nuova richiesta"), NewTicket()),)
    else:
        parts.append(words("Per aggiungere qualcosa <b>scrivi qui sotto</b>, o manda foto e file."))
        below = (button(words.plain("Tutte le richieste"), TicketsPage(0)),)
    return View(Markup("\n").join(parts), (below,))


def _message_text(words: Words, message: TicketMessage) -> Markup:
    who = words("👤 Tu") if message.author is TicketAuthor.CUSTOMER else words("🏢 Assistenza")
    text = words("<b>{who}</b>, {when}", who=who, when=words.moment(message.at))
    if message.words:
        text += "\n" + words("{text}", text=shorten(message.words, _SHOWN_OF_MESSAGE))
    if message.files:
        text += "\n" + files_text(words, len(message.files))
    return text


def files_text(words: Words, number: int) -> Markup:
    """How many photos and files there are."""
    return words.plural("📎 {n} allegato", "📎 {n} allegati", number)


# -- a new one --


def link_first(words: Words, contacts: str) -> View:
    """A chat that is not linked asks for help."""
    text = words(
        "Per scrivere all'assistenza da qui serve prima collegare la tua fornitura: bastano il "
        "<b>codice cliente</b>, che sta in fattura, e il codice fiscale o la partita IVA.\n\n"
        "Se non riesci, ci trovi qui:\n{contacts}",
        contacts=contacts,
    )
    return View(text, ((button(words.plain("Collega la fornitura"), StartLinking()),),))


def view_only(words: Words, contacts: str) -> View:
    """The chat may only look, not write."""
    text = words(
        "Questa chat può <b>solo consultare</b>: all'assistenza scrive chi ha collegato "
        "la fornitura con il codice.\n\n"
        "Per parlare con una persona: {contacts}",
        contacts=contacts,
    )
    return View(text)


def which_customer(words: Words) -> Markup:
    """The question above the list of customers."""
    return words("🎧 <b>Assistenza</b>\nPer quale cliente è la richiesta?")


def ask_subject(words: Words, screen_token: str) -> View:
    """Ask for the subject: a usual one, or typed."""
    text = words(
        "🎧 <b>Nuova richiesta</b>\n\n"
        "Di che cosa si tratta? Tocca una voce, oppure scrivilo in poche parole.\n\n"
        "⚠️ Se senti <b>odore di gas</b> non aspettare: chiama il pronto intervento, il numero è "
        "in fattura."
    )
    rows: Rows = tuple(
        (button(words.plain(label), TicketSubject(screen_token, subject)),)
        for subject, label in USUAL_SUBJECTS.items()
    )
    return View(text, (*rows, (cancel_button(words, screen_token),)))


def ask_words(words: Words, screen_token: str, draft: Draft) -> View:
    """Ask what happened, in one or more messages."""
    text = words(
        "<b>{subject}</b>\n\n"
        "Ora racconta: si può scrivere in più messaggi, e aggiungere fino a {most} foto o file. "
        "Alla fine tocca <b>Fatto</b>.",
        subject=subject_text(words, draft.subject or ""),
        most=MOST_FILES,
    )
    return View(text, _go_on(words, screen_token))


def taken(words: Words, screen_token: str, draft: Draft, *, album: bool) -> View:
    """A message or a file was added to the draft; more may follow."""
    if not draft.files:
        text = words(
            "✍️ <b>Non ancora inviata.</b> Aggiungi altro, anche foto o file, oppure tocca Fatto."
        )
    elif album:
        text = words("📎 Foto ricevute. Ancora qualcosa? Altrimenti tocca Fatto.")
    else:
        text = words(
            "✍️ <b>Non ancora inviata</b>, con {files}. Aggiungi altro, oppure tocca Fatto.",
            files=files_text(words, len(draft.files)),
        )
    return View(text, _go_on(words, screen_token))


def _go_on(words: Words, screen_token: str) -> Rows:
    return (
        (button(words.plain("Fatto"), WordsDone(screen_token)), cancel_button(words, screen_token)),
    )


def words_first(words: Words, screen_token: str) -> View:
    """*Fatto* before anything was written."""
    text = words("Manca ancora il testo: scrivi in due parole che cosa succede.")
    return View(text, _go_on(words, screen_token))


def summary(words: Words, screen_token: str, draft: Draft, customer: str | None) -> View:
    """The message before it is sent; ``customer`` is named if there are several."""
    parts = [
        words("📝 <b>Riepilogo</b>"),
        words("Oggetto: <b>{subject}</b>", subject=subject_text(words, draft.subject or "")),
    ]
    if customer is not None:
        parts.append(words("Cliente: {name}", name=shorten(customer)))
    parts += [Markup(), words("{text}", text=shorten(draft.text, _SHOWN_OF_SUMMARY)), Markup()]
    if draft.files:
        parts.append(files_text(words, len(draft.files)))
    parts.append(words("Tocca <b>Invia</b>, oppure scrivi ancora per aggiungere."))
    return View(Markup("\n").join(parts), _send_or_not(words, screen_token))


def adding(
    words: Words, screen_token: str, draft: Draft, ticket: Ticket, *, or_reading: bool = False
) -> View:
    """The addition to a ticket before it is sent.

    ``or_reading`` is for a photo that was not asked for: it may show a meter.
    """
    parts = [
        words(
            "📝 Per la richiesta <b>n. {number}</b> · {subject}",
            number=ticket.id,
            subject=subject_text(words, ticket.subject),
        ),
        Markup(),
    ]
    if draft.words:
        parts += [words("{text}", text=shorten(draft.text, _SHOWN_OF_SUMMARY)), Markup()]
    if draft.files:
        parts.append(words("📎 con gli allegati"))
    parts.append(words("Tocca <b>Invia</b> per aggiungerlo, oppure scrivi ancora."))
    if or_reading:
        parts.append(words("Volevi inviare una lettura? Tocca <b>Annulla</b> e scrivi il numero."))
    return View(Markup("\n").join(parts), _send_or_not(words, screen_token))


def _send_or_not(words: Words, screen_token: str) -> Rows:
    return (
        (
            button(words.plain("Invia"), SendTicket(screen_token)),
            cancel_button(words, screen_token),
        ),
    )


def sent(words: Words, ticket: Ticket, files: int) -> View:
    """The ticket was sent, with its number."""
    text = words(
        "✅ <b>Richiesta n. {number} inviata</b>\n{subject}",
        number=ticket.id,
        subject=subject_text(words, ticket.subject),
    )
    if files:
        text += "\n" + files_text(words, files)
    text += "\n\n" + words("La risposta arriva in questa chat. Tutte le richieste: /assistenza")
    return View(text)


def added(words: Words, ticket: Ticket, files: int) -> View:
    """The addition was sent."""
    text = words(
        "✅ Aggiunto alla richiesta <b>n. {number}</b>. La risposta arriva in questa chat.",
        number=ticket.id,
    )
    if files:
        text += "\n" + files_text(words, files)
    return View(text)


# -- what is not accepted --


def too_many_words(words: Words, screen_token: str, *, adds: bool) -> View:
    """The text is longer than a ticket accepts at once."""
    text = words(
        "È troppo lungo: in tutto qui stanno {most} caratteri, e quest'ultimo messaggio non l'ho "
        "preso. Accorcialo, oppure mandalo come file.",
        most=words.number(MOST_WORDS),
    )
    return View(text, _send_or_not(words, screen_token) if adds else _go_on(words, screen_token))


def too_many_files(words: Words, screen_token: str, *, adds: bool) -> View:
    """There are more photos and files than a ticket accepts at once."""
    text = words(
        "Ci sono già {most} allegati, il massimo: quelli in più non li ho presi.", most=MOST_FILES
    )
    return View(text, _send_or_not(words, screen_token) if adds else _go_on(words, screen_token))


def file_too_large(words: Words) -> View:
    """The file is larger than a bot can download from Telegram."""
    text = words(
        "Questo file è troppo grande: al massimo {most} MB. Non l'ho preso.",
        most=LARGEST_FILE // (1024 * 1024),
    )
    return View(text)


def words_or_files(words: Words) -> View:
    """A sticker, a voice message or a location is not accepted."""
    return View(
        words(
            "All'assistenza posso inoltrare <b>testo, foto e file</b>: vocali, video e adesivi "
            "no. Un video si può mandare come file."
        )
    )


def too_many_open(words: Words, most: int) -> View:
    """The customer has the maximum of open tickets."""
    text = words(
        "Ci sono già {most} richieste aperte: per favore aggiungi a una di quelle.", most=most
    )
    return View(text, ((button(words.plain("Tutte le richieste"), TicketsPage(0)),),))


def enough_for_today(words: Words, quota: Quota, contacts: str) -> View:
    """The customer has sent the maximum for a day; the draft is kept."""
    reason = {
        Quota.TOO_MANY_FILES: words("Nelle ultime 24 ore sono già arrivati molti foto e file."),
        Quota.TOO_LARGE: words("Foto e file delle ultime 24 ore sono troppo grandi nell'insieme."),
    }.get(quota, words("Nelle ultime 24 ore sono già arrivati molti messaggi."))
    rest = words(
        "Questo messaggio <b>non è stato inviato</b>: riprova domani. Se è urgente: {contacts}",
        contacts=contacts,
    )
    return View(f"{reason} {rest}")


def closed_meanwhile(words: Words, ticket: Ticket) -> View:
    """The staff closed the ticket while the customer was writing."""
    text = words(
        "La richiesta n. {number} nel frattempo è stata <b>chiusa</b>: non è stato aggiunto "
        "niente. Se serve ancora, si apre una nuova richiesta.",
        number=ticket.id,
    )
    return View(text, ((button(words.plain("✍️ Nuova richiesta"), NewTicket()),),))


def no_longer_yours(words: Words) -> View:
    """The link ended during the conversation."""
    return View(
        words("Questa chat non può più scrivere per questo cliente. Non è stato inviato niente.")
    )


# -- from the staff --


def answer_text(words: Words, ticket: Ticket, text: str, *, goes_on: bool) -> Markup:
    """An answer by the staff, or a later part of it."""
    head = words(
        "💬 <b>Risposta alla richiesta n. {number}</b>\n{subject}",
        number=ticket.id,
        subject=subject_text(words, ticket.subject),
    )
    if goes_on:
        head = words("💬 <b>n. {number}</b>, continua", number=ticket.id)
    return head + "\n\n" + words("{text}", text=text) if text else head


def answer_rows(words: Words, ticket: Ticket) -> Rows:
    """*Rispondi*, while that is possible."""
    if ticket.state is TicketState.CLOSED:
        return ()
    return ((button(words.plain("✍️ Rispondi"), ReplyToTicket(ticket.id)),),)


def file_gone(words: Words, file: TicketFile) -> Markup:
    """Shown instead of a file that Telegram no longer has."""
    if file.media is MediaKind.PHOTO:
        return words("📎 C'era una foto, che non è più disponibile.")
    return words("📎 C'era un file, che non è più disponibile: {name}", name=file.name)


def closed_view(words: Words, ticket: Ticket) -> View:
    """The staff closed a ticket."""
    text = words(
        "☑️ La richiesta <b>n. {number}</b> · {subject} è stata <b>chiusa</b>.\n\n"
        "Se serve ancora, scrivici: /assistenza",
        number=ticket.id,
        subject=subject_text(words, ticket.subject),
    )
    return View(text)
