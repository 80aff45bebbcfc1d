"""``/fatture``, as the customer reads it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from conversations.billing.invoices import InvoiceCalendar, InvoicePdf, InvoicesPage, InvoiceYears
from storage.engine import Store
from storage.models import Access, Customer, Invoice, InvoiceState, TelegramFile
from tests.support.chat import ChatDriver, Counter, Message, labels
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, link_chat
from tests.support.papers import PDF, add_invoice
from tests.support.post import PostOffice
from tests.support.runs import running

NOT_YOURS = "Non è più disponibile in questa chat."


@pytest.fixture
async def customer(chat: ChatDriver, store: Store) -> Customer:
    """Whom Anna's chat is linked to."""
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    return customer


def content_of(telegram: LocalTelegram, message: Message) -> bytes:
    stored = telegram.files.get(message["document"]["file_id"])
    assert stored is not None
    return stored.data


def entries_of(telegram: LocalTelegram, message: Message) -> list[Any]:
    return list(Calendar.from_ical(content_of(telegram, message)).events)


async def test_invoices_of_the_latest_year_with_number_dates_amount_and_state(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    service = counter.service
    await add_invoice(service, customer, number="2024/7", day=date(2024, 5, 2))
    await add_invoice(service, customer, number="2025/1", day=date(2025, 2, 10), pdf=PDF)
    await add_invoice(
        service,
        customer,
        number="2025/2",
        day=date(2025, 4, 10),
        due=date(2025, 5, 12),
        amount_cents=123_456,
        state=InvoiceState.OVERDUE,
    )
    await chat.sends("/fatture")
    message = chat.sees("Fatture 2025", buttons=["📄 Fattura 2025/1", "‹ 2024"])
    assert message["text"] == (
        "🧾 Fatture 2025\n\n"
        "2025/2 del 10/04/2025: 1.234,56\xa0€\nscadenza 12/05/2025 · ❗ Scaduta\n\n"
        "2025/1 del 10/02/2025: 84,20\xa0€\nscadenza 10/01/2026 · ✅ Pagata"
    )
    await chat.taps("‹ 2024")
    chat.sees("Fatture 2024", "2024/7", buttons=["2025 ›"], edited=True)


async def test_the_key_of_the_large_keyboard_and_the_english_name(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    await add_invoice(counter.service, customer, number="2025/1")
    await chat.sends("🧾 Fatture")
    chat.sees("2025/1")
    await chat.sends("/invoices")
    chat.sees("2025/1")


async def test_the_pdf_comes_at_once_and_the_second_time_without_an_upload(
    chat: ChatDriver, counter: Counter, customer: Customer, telegram: LocalTelegram
) -> None:
    await add_invoice(counter.service, customer, number="FT 2025/1", pdf=PDF)
    await chat.sends("/fatture")
    chat.sees("FT 2025/1")
    await chat.taps("📄 Fattura FT 2025/1")
    first = chat.sees("FT 2025/1", "84,20", "10/12/2025")
    assert first["document"]["file_name"] == "Fattura_FT_2025_1.pdf"
    assert content_of(telegram, first) == PDF
    await chat.taps("📄 Fattura FT 2025/1")
    second = chat.sees("FT 2025/1")
    assert second["document"]["file_id"] == first["document"]["file_id"]


@pytest.mark.parametrize("protected", [False, True])
async def test_a_company_may_keep_its_papers_from_being_forwarded(
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    post: PostOffice,
    protected: bool,
) -> None:
    chosen = settings.model_copy(update={"protect_files": protected})
    async with running(telegram, chosen, clock, post) as counter:
        anna = counter.visitor("Anna")
        customer = await add_customer(counter.service.store)
        await link_chat(counter.service.store, anna.id, customer, clock.now())
        await add_invoice(counter.service, customer, number="1", pdf=PDF)
        await anna.sends("/fatture")
        anna.sees("Fatture 2025")
        await anna.taps("📄 Fattura 1")
        assert anna.sees("84,20").get("has_protected_content", False) is protected


async def test_two_invoices_with_the_same_pdf_come_under_their_own_names(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    for number in ("1", "2"):
        await add_invoice(counter.service, customer, number=number, pdf=PDF)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025")
    for number in ("1", "2"):
        await chat.taps(f"📄 Fattura {number}")
        assert chat.sees("84,20")["document"]["file_name"] == f"Fattura_{number}.pdf"


@pytest.mark.both_databases
async def test_a_pdf_that_telegram_has_forgotten_is_uploaded_again(
    chat: ChatDriver,
    counter: Counter,
    customer: Customer,
    telegram: LocalTelegram,
    store: Store,
) -> None:
    await add_invoice(counter.service, customer, number="1", pdf=PDF)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025")
    await chat.taps("📄 Fattura 1")
    first = chat.sees("84,20")
    telegram.files._by_id.pop(first["document"]["file_id"])
    await chat.taps("📄 Fattura 1")
    second = chat.sees("84,20")
    assert second["document"]["file_id"] != first["document"]["file_id"]
    assert content_of(telegram, second) == PDF
    async with store.reading() as unit:
        known = await unit.session.scalars(select(TelegramFile.file_id))
        assert second["document"]["file_id"] in set(known)


async def test_a_pdf_that_is_refused_for_another_reason_is_not_uploaded_again(
    chat: ChatDriver, counter: Counter, customer: Customer, telegram: LocalTelegram
) -> None:
    await add_invoice(counter.service, customer, number="1", pdf=PDF)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025")
    await chat.taps("📄 Fattura 1")
    chat.sees("84,20")
    telegram.faults.fail("status", "sendDocument", status=400)
    await chat.taps("📄 Fattura 1")
    chat.sees("La risposta non è partita")
    assert len(telegram.calls.of("sendDocument")) == 2


async def test_a_pdf_that_has_gone_missing_is_told_to_customer_and_operator(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    await add_invoice(counter.service, customer, number="1", pdf=PDF)
    for path in counter.service.settings.files_dir.rglob("*"):
        if path.is_file():
            path.unlink()
    await chat.sends("/fatture")
    chat.sees("Fatture 2025")
    with capture_logs() as logs:
        await chat.taps("📄 Fattura 1")
    chat.sees("Il PDF della fattura 1 non si trova più", "0547 000000")
    (missing,) = [each for each in logs if each["event"] == "file_missing"]
    assert missing["log_level"] == "error"
    assert "84" not in str(missing["reason"])


async def test_a_large_pdf_goes_through(
    chat: ChatDriver, counter: Counter, customer: Customer, telegram: LocalTelegram
) -> None:
    content = PDF + b"\0" * 20_000_000
    await add_invoice(counter.service, customer, number="1", pdf=content)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025")
    await chat.taps("📄 Fattura 1")
    assert content_of(telegram, chat.sees("84,20")) == content


async def test_no_invoices_at_all(chat: ChatDriver, customer: Customer) -> None:
    await chat.sends("/fatture")
    chat.sees("Non ci sono ancora fatture", buttons=[])
    await chat.taps_data(InvoiceYears(customer.id), chat.last["message_id"])
    chat.sees("Non ci sono ancora fatture", edited=True)


@pytest.mark.parametrize("year", [2019, 1, 99_999, 2**31 - 1, -5])
async def test_a_year_without_any(
    chat: ChatDriver, counter: Counter, customer: Customer, year: int
) -> None:
    await add_invoice(counter.service, customer, number="2025/1")
    await chat.sends("/fatture")
    page = chat.sees("2025/1")
    await chat.taps_data(InvoicesPage(customer.id, year, 0), page["message_id"])
    chat.sees("non ci sono fatture", edited=True)


async def test_invoices_from_before_2014_are_not_listed(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    await add_invoice(counter.service, customer, number="old", day=date(2013, 12, 31))
    await add_invoice(counter.service, customer, number="first", day=date(2014, 1, 1))
    await chat.sends("/fatture")
    message = chat.sees("Fatture 2014", "first", buttons=[])
    assert "old" not in message["text"]


async def test_four_hundred_invoices_in_pages_and_years(
    chat: ChatDriver, customer: Customer, store: Store
) -> None:
    day = date(2025, 12, 31)
    rows = [
        Invoice(
            customer_id=customer.id,
            number=f"N{number:03}",
            day=day - timedelta(days=10 * number),
            due=day,
            amount_cents=number,
            state=InvoiceState.PAID,
            listed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number in range(400)
    ]
    async with store.unit() as unit:
        unit.session.add_all(rows)
        await unit.commit()
    await chat.sends("/fatture")
    chat.sees(
        "Fatture 2025", "N000", "Pagina 1 di 8", buttons=["Più vecchie ›", "‹ 2024", "Altri anni"]
    )
    await chat.taps("Più vecchie ›")
    chat.sees("N005", "Pagina 2 di 8", edited=True)
    await chat.taps_data(InvoicesPage(customer.id, 2025, 10**6), chat.last["message_id"])
    chat.sees("Pagina 8 di 8", buttons=["‹ Più recenti", "‹ 2024", "Altri anni"], edited=True)
    await chat.taps("Altri anni")
    years = [str(year) for year in range(2025, 2014, -1)]
    chat.sees("quale anno", buttons=years, edited=True)
    await chat.taps("2015")
    chat.sees("Fatture 2015", buttons=["Più vecchie ›", "Altri anni", "2016 ›"], edited=True)


async def test_somebody_else_s_invoice_in_a_forged_tap(
    chat: ChatDriver, counter: Counter, customer: Customer, store: Store
) -> None:
    stranger = await add_customer(store, code="000017", name="Ines Bianchi")
    invoice = await add_invoice(counter.service, stranger, number="secret", pdf=PDF)
    await add_invoice(counter.service, customer, number="mine")
    await chat.sends("/fatture")
    page = chat.sees("mine")["message_id"]
    for tap in (
        InvoicePdf(invoice.id),
        InvoicePdf(2**31 - 1),
        InvoicesPage(stranger.id, 2025, 0),
        InvoiceYears(stranger.id),
        InvoiceCalendar(stranger.id),
    ):
        assert (await chat.taps_data(tap, page)).text == NOT_YOURS
    chat.sees_nothing_more()


async def test_a_tap_after_the_link_was_ended(
    chat: ChatDriver, counter: Counter, customer: Customer, store: Store, clock: MovableClock
) -> None:
    await add_invoice(counter.service, customer, number="1", pdf=PDF)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025")
    async with store.unit() as unit:
        await unit.chats.unlink(chat.id, customer.id, now=clock.now())
        await unit.commit()
    await chat.taps("📄 Fattura 1")
    chat.sees("serve prima collegare", edited=True)


async def test_a_tap_on_an_invoice_without_pdf(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    invoice = await add_invoice(counter.service, customer, number="1")
    await chat.sends("/fatture")
    chat.sees("Fatture 2025", buttons=[])
    tap = await chat.taps_data(InvoicePdf(invoice.id), chat.last["message_id"])
    assert tap.text == "Di questa fattura non c'è il PDF."


async def test_who_may_only_look_gets_lists_and_pdfs(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    customer = await add_customer(store)
    await add_invoice(counter.service, customer, number="1", pdf=PDF)
    guest = counter.visitor("Bruno")
    await link_chat(store, guest.id, customer, clock.now(), Access.VIEW)
    await guest.sends("/fatture")
    guest.sees("Fatture 2025")
    await guest.taps("📄 Fattura 1")
    assert guest.sees("84,20")["document"]


async def test_nobody_s_chat_is_invited_to_link(counter: Counter) -> None:
    visitor = counter.visitor("Carla")
    await visitor.sends("/fatture")
    visitor.sees("serve prima collegare", buttons=["Collega la fornitura"])


async def test_of_several_customers_one_is_chosen(
    chat: ChatDriver, counter: Counter, customer: Customer, store: Store, clock: MovableClock
) -> None:
    other = await add_customer(store, code="000017", name="Condominio <Aurora> & Figli")
    point = await add_gas_point(store, other)
    await link_chat(store, chat.id, other, clock.now())
    await add_invoice(counter.service, customer, number="mine")
    await add_invoice(counter.service, other, number="<b>theirs</b> & co", pdf=PDF)
    await chat.sends("/fatture")
    chat.sees(
        "Di quale cliente?",
        buttons=["028680 · Mario Rossi", "000017 · Condominio <Aurora> & Figli"],
    )
    await chat.taps("000017 · Condominio <Aurora> & Figli")
    chat.sees(
        "000017 · Condominio <Aurora> & Figli",
        "<b>theirs</b> & co del 10/12/2025",
        buttons=["📄 Fattura <b>theirs</b> & co", "Cambia cliente"],
        edited=True,
    )
    await chat.taps("📄 Fattura <b>theirs</b> & co")
    assert chat.sees("<b>theirs</b>")["document"]["file_name"] == "Fattura_b_theirs_b_co.pdf"
    await chat.taps("Cambia cliente")
    chat.sees("Di quale cliente?", edited=True)
    async with store.unit() as unit:
        await unit.chats.choose_supply_point(
            await unit.chats.meet(chat.id, now=clock.now()), point.id
        )
        await unit.commit()
    await chat.sends("/fatture")  # a point was chosen: its customer is meant
    chat.sees("000017", "theirs")


async def test_three_hundred_customers_in_pages(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    manager = counter.visitor("Dario")
    for number in range(20):
        each = await add_customer(store, code=f"{number:06}", name="N" * 300)
        await link_chat(store, manager.id, each, clock.now())
    await manager.sends("/fatture")
    page = manager.sees("Pagina 1 di 4")
    assert len(labels(page)) == 7
    assert all(len(label) <= 44 for label in labels(page))
    await manager.taps("Avanti ›")
    manager.sees("Pagina 2 di 4", edited=True)


async def test_due_dates_for_the_telephone_s_calendar(
    chat: ChatDriver, counter: Counter, customer: Customer, telegram: LocalTelegram
) -> None:
    service = counter.service
    later = await add_invoice(
        service, customer, number="2026/2", due=date(2026, 3, 10), state=InvoiceState.TO_PAY
    )
    for number, due, state in (
        ("today", date(2026, 2, 15), InvoiceState.TO_PAY),
        ("past", date(2026, 2, 14), InvoiceState.TO_PAY),
        ("paid", date(2026, 3, 1), InvoiceState.PAID),
    ):
        await add_invoice(service, customer, number=number, due=due, state=state)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025", buttons=["📅 Scadenze nel calendario"])
    await chat.taps("📅 Scadenze nel calendario")
    message = chat.sees("calendario del telefono")
    assert message["document"]["file_name"] == "Scadenze.ics"
    assert message["document"]["mime_type"] == "text/calendar"
    first, second = entries_of(telegram, message)
    assert str(first["SUMMARY"]) == "Fattura today: 84,20\xa0€"
    assert second.start == date(2026, 3, 10)
    assert str(second["UID"]) == f"invoice-{later.id}@{counter.service.application.bot.username}"
    (alarm,) = second.alarms.times
    assert alarm.trigger == datetime(2026, 3, 9, 9, 0)  # noqa: DTZ001  # in the telephone's own zone


async def test_a_credit_note_is_nothing_to_be_paid(
    chat: ChatDriver, counter: Counter, customer: Customer, telegram: LocalTelegram
) -> None:
    service, due = counter.service, date(2026, 3, 10)
    to_pay = InvoiceState.TO_PAY
    await add_invoice(service, customer, number="NC1", due=due, state=to_pay, amount_cents=-500)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025", buttons=[])
    await add_invoice(service, customer, number="2026/2", due=due, state=to_pay)
    await chat.sends("/fatture")
    chat.sees("Fatture 2025")
    await chat.taps("📅 Scadenze nel calendario")
    message = chat.sees("calendario del telefono")
    assert [str(each["SUMMARY"]) for each in entries_of(telegram, message)] == [
        "Fattura 2026/2: 84,20\xa0€"
    ]
    stored = telegram.files.get(message["document"]["file_id"])
    assert stored is not None
    assert stored.data.count(b"UID:") == 1, "the entry's own; one of the file would change"


async def test_nothing_to_pay_leaves_no_button_and_answers_an_old_one(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    await add_invoice(counter.service, customer, number="1")
    await chat.sends("/fatture")
    page = chat.sees("Fatture 2025", buttons=[])
    tap = await chat.taps_data(InvoiceCalendar(customer.id), page["message_id"])
    assert tap.text == "Non ci sono scadenze in arrivo."


async def test_an_english_customer_reads_amounts_their_way(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    customer = await add_customer(store)
    await add_invoice(counter.service, customer, number="1", amount_cents=123_456)
    guest = counter.visitor("Emma", language="en")
    await link_chat(store, guest.id, customer, clock.now())
    await guest.sends("/invoices")
    guest.sees("€1,234.56")
