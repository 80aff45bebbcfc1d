"""``/documenti``: a customer's documents, and the forms for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from conversations.kit.context import Context
from conversations.kit.customers import customer_line, customers_view, usual_customer
from conversations.kit.file_names import file_name
from conversations.kit.flow import Handler, on_command, on_meaning, on_open_button, on_tap
from conversations.kit.formats import shorten
from conversations.kit.guards import linked, not_yours
from conversations.kit.open_buttons import OpenDocuments
from conversations.kit.pages import Page
from conversations.kit.taps import Tap
from conversations.kit.views import Kept, Rows, View, button
from conversations.texts import Words
from conversations.understanding import Intent
from storage.models import Customer, Document

DOCUMENTS_ON_A_PAGE = 6
_LABEL_LENGTH = 40


@dataclass(frozen=True, slots=True)
class DocumentsPage(Tap, code="d"):
    """A page of a customer's documents; without a customer, of the forms."""

    customer_id: int | None
    page: int


@dataclass(frozen=True, slots=True)
class OwnDocuments(Tap, code="do"):
    """*I miei documenti*: back from the forms."""


@dataclass(frozen=True, slots=True)
class SendDocument(Tap, code="df"):
    """📄."""

    document_id: int


@dataclass(frozen=True, slots=True)
class DocumentCustomers(Tap, code="dc"):
    """*Cambia cliente*: a page of the customers."""

    page: int


def handlers() -> list[Handler]:
    """``/documenti`` and its taps."""
    return [
        on_command(("documenti", "documents"), show_documents),
        on_meaning((Intent.DOCUMENTS,), show_documents),
        on_open_button(OpenDocuments, show_documents),
        on_tap(OwnDocuments, show_documents),
        on_tap(DocumentsPage, go_to_page),
        on_tap(DocumentCustomers, choose_customer),
        on_tap(SendDocument, send_document),
    ]


@linked
async def show_documents(context: Context) -> None:
    """Show the customer's documents, or ask for the customer."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    customer = await usual_customer(context, customers)
    if customer is None:
        _ask_customer(context, customers, 0)
    else:
        await _show_page(context, customer, 0)


@linked
async def choose_customer(context: Context, tap: DocumentCustomers) -> None:
    """*Cambia cliente*."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    _ask_customer(context, customers, tap.page)


@linked
async def go_to_page(context: Context, tap: DocumentsPage) -> None:
    """Show another page, another customer, or the forms."""
    customer = None
    if tap.customer_id is not None:
        customer = await context.unit.customers.one_of_chat(context.chat.id, tap.customer_id)
        if customer is None:
            await not_yours(context)
            return
    await _show_page(context, customer, tap.page)


@linked
async def send_document(context: Context, tap: SendDocument) -> None:
    """📄: send the file."""
    document = await context.unit.documents.one_of_chat(context.chat.id, tap.document_id)
    if document is None:
        await not_yours(context)
        return
    words = context.words
    context.send_file(
        file_name(document.title, document.suffix),
        Kept(
            document.file_name,
            document.file_hash,
            gone=_gone(words, document, context.services.company.contacts),
        ),
        str(_line(words, document)),
    )


def _ask_customer(context: Context, customers: Sequence[Customer], page: int) -> None:
    context.show(
        customers_view(
            context.words,
            context.words("Di quale <b>cliente</b>?"),
            customers,
            page=page,
            pick=lambda customer: DocumentsPage(customer.id, 0),
            to_page=DocumentCustomers,
            below=_to_forms(context.words),
        )
    )


async def _show_page(context: Context, customer: Customer | None, page: int) -> None:
    repository, chat_id = context.unit.documents, context.chat.id
    customer_id = customer.id if customer is not None else None
    count = await repository.count(chat_id, customer_id)
    shown = Page.of(count, size=DOCUMENTS_ON_A_PAGE, number=page)
    documents = await repository.page(chat_id, customer_id, page=shown.number, size=shown.size)
    several = len(await context.unit.customers.of_chat(chat_id)) > 1
    context.show(documents_view(context.words, customer, documents, page=shown, several=several))


# -- what is shown --


def documents_view(
    words: Words,
    customer: Customer | None,
    documents: Sequence[Document],
    *,
    page: Page,
    several: bool,
) -> View:
    """One page of documents; without a customer, of the forms.

    Args:
        words: the customer's language.
        customer: whose documents.
        documents: those of the page, newest first.
        page: which page they are.
        several: whether the chat may choose among customers.
    """
    if customer is None:
        parts = [words("📋 <b>Moduli</b>")]
        nothing = words("Non ci sono ancora moduli.")
    else:
        parts = [words("📁 <b>I miei documenti</b>")]
        nothing = words("Non ci sono ancora documenti.")
        if several:
            parts.append(Markup.escape(customer_line(customer)))
    if documents:
        parts += [Markup(), *(_line(words, each) for each in documents)]
    parts.append(Markup())
    parts.append(words("Tocca un pulsante per ricevere il file.") if documents else nothing)
    parts += page.line(words)
    customer_id = customer.id if customer is not None else None
    rows: Rows = (
        *(
            (button(f"📄 {shorten(each.title, _LABEL_LENGTH)}", SendDocument(each.id)),)
            for each in documents
        ),
        *page.buttons(words, lambda other: DocumentsPage(customer_id, other), by_age=True),
    )
    if customer is None:
        back = (button(words.plain("📁 I miei documenti"), OwnDocuments()),)
        return View(Markup("\n").join(parts), (*rows, back))
    rows = (*rows, *_to_forms(words))
    if several:
        rows = (*rows, (button(words.plain("Cambia cliente"), DocumentCustomers(0)),))
    return View(Markup("\n").join(parts), rows)


def _line(words: Words, document: Document) -> Markup:
    return words("<b>{title}</b> · {day}", title=document.title, day=words.day(document.day))


def _to_forms(words: Words) -> Rows:
    return ((button(words.plain("📋 Moduli"), DocumentsPage(None, 0)),),)


def _gone(words: Words, document: Document, contacts: str) -> View:
    return View(
        words(
            "😔 Il file «{title}» non si trova più: è un problema nostro e l'abbiamo "
            "segnalato. Intanto si può chiedere all'assistenza: {contacts}",
            title=document.title,
            contacts=contacts,
        )
    )
