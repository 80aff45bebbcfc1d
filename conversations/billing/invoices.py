"""``/fatture``: a customer's invoices, a year at a time, and their PDFs."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from conversations.kit.context import Context
from conversations.kit.customers import customer_line, customers_view, usual_customer
from conversations.kit.file_names import file_name
from conversations.kit.flow import Handler, on_command, on_label, on_meaning, on_open_button, on_tap
from conversations.kit.guards import linked, not_yours
from conversations.kit.ics import calendar_file, due_entry
from conversations.kit.menu import INVOICES
from conversations.kit.open_buttons import OpenInvoices
from conversations.kit.pages import Page
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Kept, Rows, View, button
from conversations.texts import Words
from conversations.understanding import Intent
from storage.models import Customer, Invoice, InvoiceState
from storage.repositories.invoices import FIRST_YEAR

INVOICES_ON_A_PAGE = 5
_YEARS_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class InvoicesPage(Tap, code="f"):
    """A page of a customer's invoices of a year; without a year, the latest."""

    customer_id: int
    year: int | None
    page: int


@dataclass(frozen=True, slots=True)
class InvoiceYears(Tap, code="fy"):
    """*Altri anni*."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class InvoicePdf(Tap, code="fp"):
    """📄."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class InvoiceCustomers(Tap, code="fc"):
    """*Cambia cliente*: a page of the customers."""

    page: int


@dataclass(frozen=True, slots=True)
class InvoiceCalendar(Tap, code="fi"):
    """*Calendario*: the due dates as a file."""

    customer_id: int


def handlers() -> list[Handler]:
    """``/fatture`` and its taps."""
    return [
        on_command(("fatture", "invoices"), show_invoices),
        on_label(INVOICES, show_invoices),
        on_meaning((Intent.INVOICES,), show_invoices),
        on_open_button(OpenInvoices, show_invoices),
        on_tap(InvoicesPage, go_to_page),
        on_tap(InvoiceYears, choose_year),
        on_tap(InvoicePdf, send_pdf),
        on_tap(InvoiceCustomers, choose_customer),
        on_tap(InvoiceCalendar, send_calendar),
    ]


@linked
async def show_invoices(context: Context) -> None:
    """Show the latest year's invoices, or ask for the customer."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    customer = await usual_customer(context, customers)
    if customer is None:
        _ask_customer(context, customers, 0)
    else:
        await _show_page(context, customer, None, 0)


@linked
async def choose_customer(context: Context, tap: InvoiceCustomers) -> None:
    """*Cambia cliente*."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    _ask_customer(context, customers, tap.page)


@linked
async def go_to_page(context: Context, tap: InvoicesPage) -> None:
    """Show another page, another year, or another customer."""
    customer = await _customer(context, tap.customer_id)
    if customer is not None:
        await _show_page(context, customer, tap.year, tap.page)


@linked
async def choose_year(context: Context, tap: InvoiceYears) -> None:
    """*Altri anni*: show every year with invoices."""
    customer = await _customer(context, tap.customer_id)
    if customer is not None:
        years = await context.unit.invoices.years(context.chat.id, customer.id)
        context.show(years_view(context.words, customer, years))


@linked
async def send_pdf(context: Context, tap: InvoicePdf) -> None:
    """📄: send the PDF."""
    invoice = await context.unit.invoices.one_of_chat(context.chat.id, tap.invoice_id)
    if invoice is None:
        await not_yours(context)
        return
    if invoice.file_name is None or invoice.file_hash is None:
        context.toast(context.words.plain("Di questa fattura non c'è il PDF."), alert=True)
        return
    words = context.words
    context.send_file(
        file_name(words.plain("Fattura {number}", number=invoice.number), ".pdf"),
        Kept(
            invoice.file_name,
            invoice.file_hash,
            gone=_gone(words, invoice, context.services.company.contacts),
        ),
        str(pdf_caption(words, invoice)),
    )


@linked
async def send_calendar(context: Context, tap: InvoiceCalendar) -> None:
    """*Calendario*: send the unpaid invoices as a file for the telephone's calendar."""
    customer = await _customer(context, tap.customer_id)
    if customer is None:
        return
    words = context.words
    invoices = await context.unit.invoices.falling_due(
        context.chat.id, customer.id, context.services.today(context.now)
    )
    if not invoices:
        context.toast(words.plain("Non ci sono scadenze in arrivo."), alert=True)
        return
    entries = [
        due_entry(
            invoice.due,
            uid=f"invoice-{invoice.id}@{context.bot.username}",
            summary=words.plain(
                "Fattura {number}: {amount}",
                number=invoice.number,
                amount=words.euro(invoice.amount_cents),
            ),
            description=words.plain(
                "Scade la fattura {number} di {company}, codice cliente {code}.",
                number=invoice.number,
                company=context.services.company.name,
                code=customer.code,
            ),
        )
        for invoice in invoices
    ]
    context.send_file(
        file_name(words.plain("Scadenze"), ".ics"),
        calendar_file(entries, now=context.now),
        str(words("📅 Apri il file per mettere le scadenze nel calendario del telefono.")),
    )


async def _customer(context: Context, customer_id: int) -> Customer | None:
    """The customer, if this chat is linked to it now; otherwise show that it is not."""
    customer = await context.unit.customers.one_of_chat(context.chat.id, customer_id)
    if customer is None:
        await not_yours(context)
    return customer


def _ask_customer(context: Context, customers: Sequence[Customer], page: int) -> None:
    context.show(
        customers_view(
            context.words,
            context.words("Di quale <b>cliente</b>?"),
            customers,
            page=page,
            pick=lambda customer: InvoicesPage(customer.id, None, 0),
            to_page=InvoiceCustomers,
        )
    )


async def _show_page(context: Context, customer: Customer, year: int | None, page: int) -> None:
    repository, chat_id = context.unit.invoices, context.chat.id
    today = context.services.today(context.now)
    years = await repository.years(chat_id, customer.id)
    newest = years[0] if years else today.year
    # A forged tap may have a year out of the calendar's range.
    year = newest if year is None else min(max(year, FIRST_YEAR), max(newest, today.year))
    count = await repository.count(chat_id, customer.id, year)
    shown = Page.of(count, size=INVOICES_ON_A_PAGE, number=page)
    context.show(
        invoices_view(
            context.words,
            customer,
            await repository.page(chat_id, customer.id, year, page=shown.number, size=shown.size),
            year=year,
            years=years,
            page=shown,
            falling_due=bool(await repository.falling_due(chat_id, customer.id, today, limit=1)),
            several=len(await context.unit.customers.of_chat(chat_id)) > 1,
        )
    )


# -- what is shown --


def invoices_view(
    words: Words,
    customer: Customer,
    invoices: Sequence[Invoice],
    *,
    year: int,
    years: Sequence[int],
    page: Page,
    falling_due: bool,
    several: bool,
) -> View:
    """One page of a year.

    Args:
        words: the customer's language.
        customer: whose invoices.
        invoices: those of the page, newest first.
        year: which year.
        years: all years with invoices, the latest first.
        page: which page they are.
        falling_due: whether anything must be paid from today on.
        several: whether the chat may choose among customers.
    """
    parts = [words("🧾 <b>Fatture {year}</b>", year=year) if years else words("🧾 <b>Fatture</b>")]
    if several:
        parts.append(Markup.escape(customer_line(customer)))
    if not years:
        parts.append(words("Non ci sono ancora fatture."))
    elif not invoices:
        parts.append(words("Nel {year} non ci sono fatture.", year=year))
    for each in invoices:
        parts += [Markup(), _lines(words, each)]
    if page.pages > 1:
        parts += [Markup(), *page.line(words)]
    rows: Rows = (
        *((found,) for each in invoices if (found := pdf_button(words, each)) is not None),
        *page.buttons(words, lambda other: InvoicesPage(customer.id, year, other), by_age=True),
        *_year_buttons(words, customer, year, years),
    )
    if falling_due:
        label = words.plain("📅 Scadenze nel calendario")
        rows = (*rows, (button(label, InvoiceCalendar(customer.id)),))
    if several:
        rows = (*rows, (button(words.plain("Cambia cliente"), InvoiceCustomers(0)),))
    return View(Markup("\n").join(parts), rows)


def years_view(words: Words, customer: Customer, years: Sequence[int]) -> View:
    """Every year with invoices, to pick one."""
    if not years:
        return View(words("Non ci sono ancora fatture."))
    buttons = [button(str(year), InvoicesPage(customer.id, year, 0)) for year in years]
    rows = [
        tuple(buttons[start : start + _YEARS_IN_A_ROW])
        for start in range(0, len(buttons), _YEARS_IN_A_ROW)
    ]
    return View(words("Le fatture di quale <b>anno</b>?"), tuple(rows))


def invoice_state(words: Words, invoice: Invoice) -> Markup:
    """The invoice's state in the company's system."""
    match invoice.state:
        case InvoiceState.PAID:
            return words("✅ Pagata")
        case InvoiceState.TO_PAY:
            return words("🕐 Da pagare")
        case InvoiceState.OVERDUE:
            return words("❗ Scaduta")


def pdf_caption(words: Words, invoice: Invoice) -> Markup:
    """The caption of a PDF."""
    return Markup("🧾 ") + _lines(words, invoice)


def pdf_button(words: Words, invoice: Invoice) -> Button | None:
    """📄, if there is a PDF; also for other lists and notices."""
    if invoice.file_name is None:
        return None
    return button(words.plain("📄 Fattura {number}", number=invoice.number), InvoicePdf(invoice.id))


def _lines(words: Words, invoice: Invoice) -> Markup:
    return words(
        "<b>{number}</b> del {day}: <b>{amount}</b>\nscadenza {due} · {state}",
        number=invoice.number,
        day=words.day(invoice.day),
        amount=words.euro(invoice.amount_cents),
        due=words.day(invoice.due),
        state=invoice_state(words, invoice),
    )


def _year_buttons(words: Words, customer: Customer, year: int, years: Sequence[int]) -> Rows:
    """The years before and after with invoices, and all of them if there are more."""
    before = next((other for other in years if other < year), None)
    after = next((other for other in reversed(years) if other > year), None)
    row: list[Button] = []
    if before is not None:
        row.append(button(f"‹ {before}", InvoicesPage(customer.id, before, 0)))
    if len(years) > 3:  # noqa: PLR2004  # with three, the two at the sides are all the others
        row.append(button(words.plain("Altri anni"), InvoiceYears(customer.id)))
    if after is not None:
        row.append(button(f"{after} ›", InvoicesPage(customer.id, after, 0)))
    return (tuple(row),) if row else ()


def _gone(words: Words, invoice: Invoice, contacts: str) -> View:
    return View(
        words(
            "😔 Il PDF della fattura {number} non si trova più: è un problema nostro e "
            "l'abbiamo segnalato. Intanto si può chiedere all'assistenza: {contacts}",
            number=invoice.number,
            contacts=contacts,
        )
    )
