"""``/privacy``: what is kept, taking it away, having it removed."""

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.local_telegram import LocalTelegram
from conversations.account.privacy import ConfirmForget, DownloadData
from conversations.kit.views import OwnData, SendFile, pack_effects
from storage.engine import Store
from storage.exchange.acquisition import acquire
from storage.models import (
    Access,
    AttemptOutcome,
    ContactField,
    Customer,
    Invitation,
    LinkAttempt,
    MediaKind,
    OutboxMessage,
    Proof,
    Reading,
    ReadingSource,
    ReadingState,
    TicketFile,
)
from storage.models.base import Base
from storage.notices import ChatLinkedLetter, ConversationLeftAlone
from storage.repositories import erasure
from storage.repositories.tickets import NewFile
from storage.rules import lockouts
from storage.unit import Unit
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import ROME, MovableClock
from tests.support.consumption import add_measures, add_smc
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_reading,
    give_point,
    link_chat,
)
from tests.support.papers import add_document, add_invoice
from tests.support.post import PostOffice
from tests.support.readings import point_of, reads

STATEMENT = ["Scarica i miei dati", "Elimina i miei dati"]


def zip_of(telegram: LocalTelegram, message: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The data and the note in the file that was sent."""
    stored = telegram.files.get(message["document"]["file_id"])
    assert stored is not None
    with zipfile.ZipFile(io.BytesIO(stored.data)) as archive:
        assert sorted(archive.namelist()) == ["LEGGIMI.txt", "dati.json"]
        return json.loads(archive.read("dati.json")), archive.read("LEGGIMI.txt").decode()


async def rows_with(store: Store, chat_id: int) -> dict[str, int]:
    """In which tables a chat's number stands, and how often."""
    found = {}
    async with store.reading() as unit:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if not is_chat_number(table.name, column.name):
                    continue
                count = await unit.session.scalar(
                    select(func.count()).select_from(table).where(column == chat_id)
                )
                if count:
                    found[f"{table.name}.{column.name}"] = count
    return found


def is_chat_number(table: str, column: str) -> bool:
    return column.endswith("chat_id") or (table, column) == ("chats", "id")


# -- the statement --


async def test_what_is_kept_is_said_to_everybody(counter: Counter) -> None:
    stranger = counter.visitor("Zoe")
    await stranger.sends("/privacy")
    stranger.sees(
        "Luce e Gas Prova è il titolare dei dati",
        "0547 000000",
        "Per quanto",
        "I tuoi diritti",
        "Garante",
        buttons=STATEMENT,
    )


async def test_the_companys_own_statement_is_linked(chat: ChatDriver, counter: Counter) -> None:
    services = counter.service.turns._services
    company = dataclasses.replace(services.company, privacy_url="https://example.it/privacy")
    counter.service.turns._services = dataclasses.replace(services, company=company)
    await chat.sends("/privacy")
    message = chat.sees("I tuoi dati", buttons=["Informativa completa", *STATEMENT])
    (button,) = message["reply_markup"]["inline_keyboard"][0]
    assert button["url"] == "https://example.it/privacy"


# -- taking it away --


async def test_everything_in_one_zip(
    chat: ChatDriver, counter: Counter, store: Store, telegram: LocalTelegram
) -> None:
    async with store.unit() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
        now = counter.service.clock.now()
        await unit.contacts.change(
            customer, ContactField.PHONE, "+393331234567", chat_id=chat.id, now=now
        )
        await unit.preferences.change(chat.id, tell_invoice=False)
        await open_ticket(unit, chat.id, customer)
        await unit.commit()
    await add_invoice(counter.service, customer, number="2025/1", amount_cents=-8_420)
    await add_invoice(counter.service, customer, number="2025/2", pdf=b"%PDF-1.7")
    await add_document(counter.service, customer, "Contratto")
    await chat.sends("45000")
    await chat.taps("Salva")
    chat.skip()

    await chat.sends("/preferenze")
    chat.skip()
    tap = await chat.taps("Scarica i miei dati")
    assert tap.text == "Preparo il file…"
    message = chat.sees("Ecco i tuoi dati")
    assert message["document"]["file_name"] == "i-miei-dati-2026-02-15.zip"
    data, note = zip_of(telegram, message)
    assert "Luce e Gas Prova" in note
    assert data["creato_il"] == "2026-02-15T10:00:00+01:00"
    assert data["chat"]["id_telegram"] == chat.id
    assert data["chat"]["preferenze"]["avviso_fattura"] is False
    (owner,) = data["clienti"]
    assert owner["denominazione"] == "Mario Rossi"
    assert owner["codice_fiscale"] == "RSSMRA85T10A562S"
    assert owner["telefono"] == "+393331234567"
    (change,) = owner["modifiche_ai_contatti"]
    assert (change["vecchio"], change["nuovo"]) == ("+39 0547 000000", "+393331234567")
    assert change["da_questa_chat"] is True
    assert [each["questa"] for each in owner["chat_collegate"]] == [True]
    assert [
        (each["numero"], each["importo"], each["pdf_in_chat"]) for each in owner["fatture"]
    ] == [
        ("2025/2", "84.2", True),
        ("2025/1", "-84.2", False),
    ]
    assert [each["titolo"] for each in owner["documenti"]] == ["Contratto"]
    (ticket,) = owner["assistenza"]
    assert (ticket["oggetto"], ticket["messaggi"][0]["testo"]) == (
        "Contatore fermo",
        "Non gira più",
    )
    (point,) = owner["punti"]
    assert point["coefficiente_c"] == "1.027235"
    assert [(each["data"], each["contatore"], each["stato"]) for each in point["letture"]] == [
        ("2026-01-15", 44_870, "acquisita"),
        ("2026-02-15", 45_000, "da acquisire"),
    ]


@pytest.mark.both_databases
async def test_measures_and_attachments_come_along_and_the_note_names_what_does_not(
    chat: ChatDriver, counter: Counter, store: Store, telegram: LocalTelegram
) -> None:
    async with store.unit() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
        await open_ticket(
            unit,
            chat.id,
            customer,
            [
                NewFile(MediaKind.DOCUMENT, "id1", "../../conto: maggio.pdf", 7),
                NewFile(MediaKind.DOCUMENT, "id2", "enorme.zip", 20_000_001),
                NewFile(MediaKind.PHOTO, "id3", "foto.jpg", 9),
            ],
        )
        first, huge, _unfetched = await unit.session.scalars(
            select(TicketFile).order_by(TicketFile.id)
        )
        first.room_name = (await counter.service.files.put(b"%PDF-17")).name
        huge.room_name = (await counter.service.files.put(b"not really")).name
        await unit.commit()
    light = await add_electricity_point(store, customer)
    days: dict[date, list[int | None]] = {
        date(2026, 2, 1): [125] * 95 + [None],
        date(2025, 10, 26): [1_000] * 100,
    }
    await add_measures(store, light, days)
    await chat.sends("/privacy")
    chat.skip()
    await chat.taps("Scarica i miei dati")
    message = chat.sees("Ecco i tuoi dati")
    stored = telegram.files.get(message["document"]["file_id"])
    assert stored is not None
    with zipfile.ZipFile(io.BytesIO(stored.data)) as archive:
        names = sorted(archive.namelist())
        data = json.loads(archive.read("dati.json"))
        note = archive.read("LEGGIMI.txt").decode()
        csv = archive.read(f"misure/{light.code}.csv").decode("utf-8-sig").splitlines()
        attached = [name for name in names if name.startswith("allegati/")]
        assert [archive.read(name) for name in attached] == [b"%PDF-17"]
    (owner,) = data["clienti"]
    (ticket,) = owner["assistenza"]
    files = ticket["messaggi"][0]["allegati"]
    assert [each["file"] for each in files] == [attached[0], None, None]
    assert attached[0].endswith("_conto_ maggio.pdf")
    assert ".." not in attached[0].split("/")
    gas, power = owner["punti"]
    assert gas["misure"] is None
    assert power["misure"] == {
        "dal": "2025-10-26",
        "al": "2026-02-01",
        "file": f"misure/{light.code}.csv",
    }
    assert [line.split(";")[:2] for line in csv[1:]] == [
        ["26/10/2025", "1,000"],
        ["01/02/2026", "0,125"],
    ]
    assert csv[0].endswith("100 (kWh)")
    for absent in ("/fatture", "/documenti", "/misure", "20 MB"):
        assert absent in note


async def test_measures_of_too_many_days_stay_out_and_the_data_says_so(
    chat: ChatDriver, store: Store, telegram: LocalTelegram
) -> None:
    async with store.unit() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    light = await add_electricity_point(store, customer)
    await add_measures(store, light, {date(2012, 1, 1): [1] * 96, date(2026, 2, 1): [1] * 96})
    await chat.sends("/privacy")
    chat.skip()
    await chat.taps("Scarica i miei dati")
    data, _note = zip_of(telegram, chat.sees("Ecco i tuoi dati"))
    (measures,) = [p["misure"] for p in data["clienti"][0]["punti"] if p["misure"]]
    assert measures == {"dal": "2012-01-01", "al": "2026-02-01", "file": None}


async def test_attempts_and_invitations_of_the_chat_are_in_it(
    chat: ChatDriver, counter: Counter, store: Store, telegram: LocalTelegram
) -> None:
    now = counter.service.clock.now()
    async with store.unit() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
        await unit.linking.record(chat.id, "028680", AttemptOutcome.NO_MATCH, now=now)
        await unit.invitations.create(chat.id, customer.id, Access.VIEW, "A" * 22, now=now)
        await unit.commit()
    await chat.sends("/privacy")
    chat.skip()
    await chat.taps("Scarica i miei dati")
    data, _note = zip_of(telegram, chat.sees("Ecco i tuoi dati"))
    (attempt,) = data["chat"]["tentativi_di_collegamento"]
    assert attempt["esito"] == "no_match"
    (invitation,) = data["chat"]["inviti_fatti"]
    assert (invitation["accesso"], invitation["chiuso_il"]) == ("sola consultazione", None)


def test_no_data_waits_in_the_inbox_to_be_sent() -> None:
    (effect,) = pack_effects([SendFile("i-miei-dati.zip", OwnData("nota"))])
    assert effect["content"] == {"kind": "own_data", "readme": "nota"}


@pytest.mark.both_databases
async def test_nothing_of_others_is_in_it(
    chat: ChatDriver, store: Store, telegram: LocalTelegram, clock: MovableClock
) -> None:
    other = await add_customer(store, "000099", name="Bianca Neri", email="bianca@example.it")
    await add_gas_point(store, other, address="Via Segreta 9")
    await link_chat(store, 424242, other, clock.now())
    await chat.sends("/privacy")
    chat.skip()
    await chat.taps("Scarica i miei dati")
    data, _note = zip_of(telegram, chat.sees("Ecco i tuoi dati"))
    text = json.dumps(data)
    for secret in ("Bianca", "bianca@", "Segreta", "424242", "000099"):
        assert secret not in text


async def test_view_only_gets_what_it_may_see(
    chat: ChatDriver, counter: Counter, store: Store, telegram: LocalTelegram
) -> None:
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    gino = counter.visitor("Gino")
    now = counter.service.clock.now()
    await link_chat(store, gino.id, customer, now, Access.VIEW, Proof.INVITATION)
    await gino.sends("/privacy")
    gino.skip()
    await gino.taps("Scarica i miei dati")
    data, _note = zip_of(telegram, gino.sees("Ecco i tuoi dati"))
    (owner,) = data["clienti"]
    assert owner["punti"][0]["letture"]
    text = json.dumps(data)
    for reserved in ("RSSMRA85T10A562S", "mario.rossi@", "0547 000000"):
        assert reserved not in text
    # On its own: the digits may turn up inside of a longer number.
    assert re.search(rf"\b{chat.id}\b", text) is None


async def test_somebody_not_linked_gets_the_little_there_is(
    counter: Counter, telegram: LocalTelegram
) -> None:
    stranger = counter.visitor("Zoe")
    await stranger.sends("/privacy")
    stranger.skip()
    await stranger.taps("Scarica i miei dati")
    data, _note = zip_of(telegram, stranger.sees("Ecco i tuoi dati"))
    assert data["clienti"] == []
    assert data["chat"]["id_telegram"] == stranger.id


async def test_a_cancelled_reading_is_not_in_it(chat: ChatDriver, telegram: LocalTelegram) -> None:
    await reads(chat, "45000")
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    await chat.taps("Sì")
    await reads(chat, "45001")
    await chat.sends("/privacy")
    chat.skip()
    await chat.taps("Scarica i miei dati")
    data, _note = zip_of(telegram, chat.sees("Ecco i tuoi dati"))
    (point,) = data["clienti"][0]["punti"]
    assert [each["contatore"] for each in point["letture"]] == [44_870, 45_001]


async def test_nothing_of_the_former_customers_is_in_it(
    chat: ChatDriver, store: Store, telegram: LocalTelegram
) -> None:
    point = await point_of(store, chat)
    await give_point(store, point, date(2026, 2, 1))
    await add_reading(store, point, date(2026, 2, 10), 44_950)
    former = await add_customer(store, "000098")
    await add_reading(
        store,
        point,
        date(2026, 2, 11),
        44_960,
        source=ReadingSource.SELF,
        customer_id=former.id,
    )
    await add_smc(store, point, 2025, {12: "90"})
    await add_smc(store, point, 2026, {1: "100.5", 2: "80.25"})
    await chat.sends("/privacy")
    chat.skip()
    await chat.taps_data(DownloadData(), chat.messages()[-1]["message_id"])
    data, _note = zip_of(telegram, chat.sees("Ecco i tuoi dati"))
    (seen,) = data["clienti"][0]["punti"]
    assert [each["contatore"] for each in seen["letture"]] == [44_950]
    assert [(each["anno"], each["mese"], each["smc"]) for each in seen["prelievi"]] == [
        (2026, 2, "80.25")
    ]


# -- having it removed --


async def test_it_is_asked_first_and_no_means_no(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/preferenze")
    chat.skip()
    before = await rows_with(store, chat.id)
    await chat.taps("Elimina i miei dati")
    chat.sees(
        "Eliminare i tuoi dati?",
        "Restano a Luce e Gas Prova",
        "Le letture da acquisire saranno acquisite",
        buttons=["Sì", "No"],
        edited=True,
    )
    await chat.taps("No")
    chat.sees("resta tutto com'è", edited=True)
    after = await rows_with(store, chat.id)
    assert {k: v for k, v in after.items() if k != "inbox.chat_id"} == {
        k: v for k, v in before.items() if k != "inbox.chat_id"
    }


@pytest.mark.both_databases
async def test_all_that_is_known_of_the_chat_goes(
    chat: ChatDriver, counter: Counter, store: Store, post: PostOffice, clock: MovableClock
) -> None:
    await live_a_full_life(chat, counter, post)
    kept = await rows_with(store, chat.id)
    expected = {f"{table}.chat_id" for table in erasure.ERASED} - {
        "chats.chat_id",  # its column is called id
        "invitations.chat_id",  # it has two of another name
    }
    assert expected <= set(kept)  # else the rest of this test would show little
    clock.move(days=15)
    await chat.sends("/privacy")
    chat.skip()
    await chat.taps("Elimina i miei dati")
    chat.skip()
    await chat.taps("Sì")
    chat.sees("Eliminati", "restano a Luce e Gas Prova", "/start", edited=True)
    assert set(await rows_with(store, chat.id)) == {"inbox.chat_id"}
    async with store.reading() as unit:
        left = (await unit.session.scalars(select(OutboxMessage.kind))).all()
        names = (await unit.session.scalars(select(Invitation.guest_name))).all()
    # Who linked a chat must not be able to keep the customer from hearing of it.
    assert left == [ChatLinkedLetter.kind]
    assert "Anna" not in names
    await chat.sends("/letture")
    chat.sees("serve prima collegare")


@pytest.mark.both_databases
async def test_the_suppliers_own_records_stay_and_pending_readings_are_acquired(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await chat.sends("45000")
    await chat.taps("Salva")
    await chat.sends("/privacy")
    await chat.taps("Elimina i miei dati")
    await chat.taps("Sì")
    chat.skip()
    settings = counter.service.settings
    report = await acquire(
        store,
        exports=settings.exports_dir,
        company_vat=None,
        zone=ROME,
        now=clock.now() + timedelta(minutes=30),
    )
    assert report.readings == 1
    async with store.reading() as unit:
        reading = (await unit.session.scalars(select(Reading).where(Reading.meter == 45_000))).one()
        news = await unit.session.scalar(select(func.count()).select_from(OutboxMessage))
        customer = await unit.customers.by_id(reading.customer_id or 0)
    assert (reading.state, reading.chat_id, reading.receipt_message_id) == (
        ReadingState.ACQUIRED,
        None,
        None,
    )
    assert news == 0
    assert customer is not None
    assert customer.name == "Mario Rossi"


async def test_other_chats_keep_theirs(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    bruno = counter.visitor("Bruno")
    await bruno.sends("/start")
    bruno.skip()
    await link_chat(store, bruno.id, customer, clock.now())
    await bruno.sends("/preferenze")
    bruno.skip()
    await bruno.taps("📨 Avvisi")
    await bruno.taps("✅ Nuova fattura")
    bruno.skip()
    before = await rows_with(store, bruno.id)
    await chat.sends("/privacy")
    await chat.taps("Elimina i miei dati")
    await chat.taps("Sì")
    chat.skip()
    assert await rows_with(store, bruno.id) == before


@pytest.mark.both_databases
async def test_what_was_open_ends_without_a_word_of_it(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/privacy")
    message = chat.sees("I tuoi dati")["message_id"]
    await chat.sends("45000")
    chat.skip()
    await chat.taps_data(ConfirmForget(), message)
    chat.sees("Eliminati", edited=True)
    assert "conversations.chat_id" not in await rows_with(store, chat.id)
    await chat.sends("45000")
    chat.sees("codice cliente")


async def test_a_second_tap_finds_nothing_left_to_do(chat: ChatDriver) -> None:
    await chat.sends("/privacy")
    await chat.taps("Elimina i miei dati")
    chat.skip()
    await chat.taps_twice("Sì")
    chat.sees("Eliminati", edited=True)


async def test_forgetting_does_not_forgive_wrong_pairs(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    await add_customer(store)
    guesser = counter.visitor("Zoe")
    for _ in range(lockouts.WRONG_OF_CHAT.count):
        await guesser.sends("/collega")
        await guesser.sends("028680")
        await guesser.sends("00743110157")
    await guesser.sends("/privacy")
    await guesser.taps("Elimina i miei dati")
    await guesser.taps("Sì")
    guesser.skip()
    await guesser.sends("/collega")
    guesser.sees("troppi tentativi")
    await guesser.sends("/privacy")
    await guesser.taps("Elimina i miei dati")
    await guesser.taps("Sì")
    guesser.skip()
    assert "link_attempts.chat_id" in await rows_with(store, guesser.id)
    clock.move(days=14, minutes=1)
    await counter.service.housekeeping.run()
    assert "link_attempts.chat_id" not in await rows_with(store, guesser.id)


async def test_forgetting_does_not_renew_the_mailed_codes(
    counter: Counter, store: Store, post: PostOffice, clock: MovableClock
) -> None:
    await add_customer(store)
    anna = counter.visitor("Anna")
    for _ in range(lockouts.MAILED_TO_CHAT.count):
        await anna.sends("/collega")
        await anna.sends("028680")
        await anna.sends("RSSMRA85T10A562S")
        await anna.taps("Conferma")
    await anna.sends("/privacy")
    await anna.taps("Elimina i miei dati")
    await anna.taps("Sì")
    await anna.sends("/collega")
    await anna.sends("028680")
    await anna.sends("RSSMRA85T10A562S")
    anna.skip()
    await anna.taps("Conferma")
    anna.sees("ne sono già stati chiesti troppi", edited=True)
    assert len(post.letters) == lockouts.MAILED_TO_CHAT.count
    async with store.unit() as unit:
        await unit.erasure.forget_chat(anna.id, now=clock.now())
        await unit.commit()
    assert "one_time_codes.chat_id" not in await rows_with(store, anna.id)
    clock.move(days=14, minutes=1)
    await counter.service.housekeeping.run()
    assert "link_attempts.chat_id" not in await rows_with(store, anna.id)


async def test_the_sweep_leaves_chats_that_are_known(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    async with store.unit() as unit:
        for known in (chat.id, 424242):
            session = unit.session
            session.add(
                LinkAttempt(
                    chat_id=known,
                    code_hash="028680",
                    at=clock.now() - timedelta(days=20),
                    outcome=AttemptOutcome.NO_MATCH,
                )
            )
        assert await unit.erasure.sweep(now=clock.now()) == 1
        await unit.commit()
    assert "link_attempts.chat_id" in await rows_with(store, chat.id)
    assert await rows_with(store, 424242) == {}


def test_no_table_that_knows_chats_is_forgotten() -> None:
    known = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if is_chat_number(table.name, column.name)
    }
    decided = {*erasure.ERASED, *erasure.KEPT}
    assert known == decided, "decide in storage/repositories/erasure.py what becomes of it"


async def open_ticket(
    unit: Unit, chat_id: int, customer: Customer, files: Sequence[NewFile] = ()
) -> None:
    ticket = await unit.tickets.open(
        chat_id,
        customer.id,
        "Contatore fermo",
        "Non gira più",
        files,
        receipt_message_id=1,
        staff_group=None,
        now=MovableClock().now(),
    )
    assert ticket is not None


async def live_a_full_life(chat: ChatDriver, counter: Counter, post: PostOffice) -> None:
    """Leaves the chat's number in every table that can have it."""
    store, now = counter.service.store, counter.service.clock.now()
    await chat.sends("45000")
    await chat.taps("Salva")
    async with store.unit() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
        await unit.contacts.change(customer, ContactField.FAX, "+39", chat_id=chat.id, now=now)
        await unit.preferences.change(chat.id, tell_invoice=False)
        await unit.outbox.queue("test:1", ConversationLeftAlone(), chat.id, now=now)
        invited: list[Invitation] = []
        for number, token in enumerate(("A" * 22, "B" * 22)):
            made = await unit.invitations.create(chat.id, customer.id, Access.VIEW, token, now=now)
            assert made is not None
            made.taken_at, made.guest_chat_id, made.guest_name = now, 777 + number, "Luca"
            invited.append(made)
        invited[1].guest_chat_id, invited[1].guest_name = chat.id, "Anna"
        await open_ticket(unit, chat.id, customer)
        await unit.commit()
    other = await add_customer(store, "000017", tax_code="RSSMRA85T10A562S")
    await add_gas_point(store, other)
    await chat.sends("/collega")
    await chat.sends("000017")
    await chat.sends("RSSMRA85T10A562S")
    await chat.taps("Conferma")
    await chat.sends(post.letters[-1].code)
    await chat.sends("/autolettura")
    chat.skip()
