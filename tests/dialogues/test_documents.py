"""``/documenti``, as the customer reads it."""

from datetime import date
from typing import Any

import pytest
from icalendar import Calendar

import bot.counter.sending
from bot.local_telegram import LocalTelegram
from conversations.account.documents import DocumentsPage, SendDocument
from conversations.readings.listing import WindowsCalendar
from storage.engine import Store
from storage.models import Customer
from tests.support.chat import ChatDriver, Counter, Message
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, add_window, link_chat
from tests.support.papers import PDF, add_document

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


async def test_documents_and_forms_are_sent_at_a_tap(
    chat: ChatDriver, counter: Counter, customer: Customer, telegram: LocalTelegram
) -> None:
    service = counter.service
    await add_document(service, customer, "Contratto di fornitura", day=date(2020, 1, 1))
    await add_document(service, None, "Modulo di voltura", content=b"PK form", suffix=".docx")
    await chat.sends("/documenti")
    chat.sees(
        "I miei documenti",
        "Contratto di fornitura · 01/01/2020",
        buttons=["📄 Contratto di fornitura", "📋 Moduli"],
    )
    await chat.taps("📄 Contratto di fornitura")
    message = chat.sees("Contratto di fornitura")
    assert message["document"]["file_name"] == "Contratto_di_fornitura.pdf"
    assert content_of(telegram, message) == PDF
    await chat.taps("📋 Moduli")
    chat.sees(
        "Moduli",
        "Modulo di voltura",
        buttons=["📄 Modulo di voltura", "📁 I miei documenti"],
        edited=True,
    )
    await chat.taps("📄 Modulo di voltura")
    message = chat.sees("Modulo di voltura")
    assert message["document"]["file_name"] == "Modulo_di_voltura.docx"
    assert content_of(telegram, message) == b"PK form"
    await chat.taps("📁 I miei documenti")
    chat.sees("Contratto di fornitura", edited=True)


async def test_a_form_goes_up_once_for_everybody(
    chat: ChatDriver, counter: Counter, customer: Customer, store: Store, clock: MovableClock
) -> None:
    await add_document(counter.service, None, "Modulo")
    neighbour = counter.visitor("Bruno")
    await link_chat(store, neighbour.id, customer, clock.now())
    sent = []
    for person in (chat, neighbour):
        await person.sends("/documents")
        person.sees("Non ci sono ancora documenti")
        await person.taps("📋 Moduli")
        person.sees("Modulo", edited=True)
        await person.taps("📄 Modulo")
        sent.append(person.sees("Modulo")["document"]["file_id"])
    assert sent[0] == sent[1]


@pytest.mark.both_databases
async def test_there_are_none_yet(chat: ChatDriver) -> None:
    await chat.sends("/documenti")
    chat.sees("Non ci sono ancora documenti", buttons=["📋 Moduli"])
    await chat.taps("📋 Moduli")
    chat.sees("Non ci sono ancora moduli", buttons=["📁 I miei documenti"], edited=True)


async def test_many_documents_in_pages_and_titles_with_html(
    chat: ChatDriver, counter: Counter, customer: Customer
) -> None:
    for number in range(14):
        title = f"<i>Così & così</i> {number:02} " + "x" * 170
        await add_document(counter.service, customer, title)
    await chat.sends("/documenti")
    page = chat.sees("<i>Così & così</i> 13", "Pagina 1 di 3")
    await chat.taps("Più vecchie ›")
    chat.sees("Pagina 2 di 3", edited=True)
    await chat.taps_data(DocumentsPage(customer.id, 10**9), page["message_id"])
    chat.sees("<i>Così & così</i> 00", "Pagina 3 di 3", edited=True)
    label = next(
        button["text"]
        for row in chat.last["reply_markup"]["inline_keyboard"]
        for button in row
        if "00" in button["text"]
    )
    await chat.taps(label)
    name = chat.sees("<i>Così & così</i> 00")["document"]["file_name"]
    assert name.startswith("i_Cosi_cosi_i_00")
    assert name.endswith(".pdf")


@pytest.mark.both_databases
async def test_somebody_else_s_document_in_a_forged_tap(
    chat: ChatDriver, counter: Counter, store: Store
) -> None:
    stranger = await add_customer(store, code="000017")
    document = await add_document(counter.service, stranger, "Segreto")
    await chat.sends("/documenti")
    page = chat.sees("I miei documenti")["message_id"]
    for tap in (SendDocument(document.id), SendDocument(2**31 - 1), DocumentsPage(stranger.id, 0)):
        assert (await chat.taps_data(tap, page)).text == NOT_YOURS
    chat.sees_nothing_more()


async def test_a_document_that_has_gone_missing(
    chat: ChatDriver, counter: Counter, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tried_again(_tries: int) -> float:
        raise AssertionError("a file that is missing will not be there in a moment")

    monkeypatch.setattr(bot.counter.sending, "growing_pause", tried_again)
    await add_document(counter.service, customer, "Contratto <A&B>")
    for path in counter.service.settings.files_dir.rglob("*"):
        if path.is_file():
            path.unlink()
    await chat.sends("/documenti")
    chat.sees("Contratto <A&B>")
    await chat.taps("📄 Contratto <A&B>")
    chat.sees("Il file «Contratto <A&B>» non si trova più", "0547 000000")


async def test_of_several_customers_one_is_chosen(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    other = await add_customer(store, code="000017", name="Condominio Aurora")
    await link_chat(store, chat.id, other, clock.now())
    await add_document(counter.service, other, "Verbale")
    await chat.sends("/documenti")
    chat.sees(
        "Di quale cliente?",
        buttons=["028680 · Mario Rossi", "000017 · Condominio Aurora", "📋 Moduli"],
    )
    await chat.taps("000017 · Condominio Aurora")
    chat.sees(
        "000017", "Verbale", buttons=["📄 Verbale", "📋 Moduli", "Cambia cliente"], edited=True
    )
    await chat.taps("Cambia cliente")
    chat.sees("Di quale cliente?", edited=True)


async def test_nobody_s_chat_is_invited_to_link(counter: Counter) -> None:
    visitor = counter.visitor("Carla")
    await visitor.sends("/documenti")
    visitor.sees("serve prima collegare", buttons=["Collega la fornitura"])


# -- the calendar of the entry windows, which /letture offers --


async def test_entry_windows_for_the_telephone_s_calendar(
    chat: ChatDriver, store: Store, clock: MovableClock, telegram: LocalTelegram
) -> None:
    # An open one until 20/02 10:00, and a next one that begins with the summer time's first day.
    clock.set(2026, 3, 29, 0, 0)
    start = clock.now()
    clock.set(2026, 4, 2, 0, 0)
    await add_window(store, start, clock.now())
    clock.set(2026, 2, 15, 10, 0)
    await chat.sends("/letture")
    chat.sees("Elenco autoletture", buttons=["📟 Nuova lettura", "📅 Aggiungi al calendario"])
    await chat.taps("📅 Aggiungi al calendario")
    message = chat.sees("calendario del telefono")
    assert message["document"]["file_name"] == "Periodi_lettura.ics"
    _, spring = entries(content_of(telegram, message))
    assert str(spring["SUMMARY"]) == "Lettura del gas: Via Roma 12, Cesena"
    assert spring.start.isoformat() == "2026-03-28T23:00:00+00:00"
    assert spring.end.isoformat() == "2026-04-01T22:00:00+00:00"
    # Nine in the morning of the first and of the last day, both in summer time.
    rings = [alarm.trigger.isoformat() for alarm in spring.alarms.times]
    assert rings == ["2026-03-29T07:00:00+00:00", "2026-04-01T07:00:00+00:00"]
    await chat.taps("📅 Aggiungi al calendario")
    again = entries(content_of(telegram, chat.sees("calendario")))
    assert [str(each["UID"]) for each in again][1] == str(spring["UID"])


async def test_a_calendar_of_somebody_else_s_point_and_one_without_windows(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    stranger = await add_customer(store, code="000017")
    point = await add_gas_point(store, stranger)
    await chat.sends("/letture")
    page = chat.sees("Elenco autoletture")["message_id"]
    assert (await chat.taps_data(WindowsCalendar(point.id), page)).text == NOT_YOURS
    clock.move(days=10)
    tap = await chat.taps("📅 Aggiungi al calendario")
    assert tap.text == "Non ci sono periodi di inserimento in programma."


def entries(content: bytes) -> list[Any]:
    assert b"\r\n" in content
    calendar = Calendar.from_ical(content)
    assert str(calendar["VERSION"]) == "2.0"
    return list(calendar.events)
