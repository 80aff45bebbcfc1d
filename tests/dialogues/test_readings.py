"""The list of readings, and cancelling one of them, as the customer reads it."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from conversations.readings.listing import ConfirmCancel
from conversations.readings.receipt import AskCancel
from storage.engine import Store
from storage.models import (
    Access,
    Customer,
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
)
from storage.repositories.readings import Readings
from tests.support.chat import ChatDriver, Counter, labels
from tests.support.clock import ROME, MovableClock
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_reading,
    add_window,
    give_point,
    link_chat,
)
from tests.support.readings import point_of, reads, self_readings

NEW = "📟 Nuova lettura"
CALENDAR = "📅 Aggiungi al calendario"


async def add_self_reading(
    store: Store, chat: ChatDriver, day: date, meter: int, **values: object
) -> Reading:
    """A self-reading of the chat's point, acquired unless named otherwise."""
    point = await point_of(store, chat)
    return await add_reading(store, point, day, meter, source=ReadingSource.SELF, **values)


async def customer_of(store: Store, chat: ChatDriver) -> Customer:
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
        return customer


# -- the list --


async def test_nothing_read_yet(chat: ChatDriver) -> None:
    await chat.sends("/letture")
    listed = chat.sees(
        "Elenco autoletture",
        "Via Roma 12",
        "Non ci sono ancora autoletture",
        buttons=[NEW, CALENDAR],
    )
    assert "44.870" not in listed["text"], "the supplier's own readings are not the customer's"


async def test_states_stand_beside_the_readings(chat: ChatDriver, store: Store) -> None:
    await add_self_reading(store, chat, date(2025, 9, 15), 44_000, outcome=Outcome.VALID)
    await add_self_reading(
        store,
        chat,
        date(2025, 10, 15),
        44_999,
        outcome=Outcome.REFUSED,
        outcome_note="Lettura non coerente <b>con</b> lo storico",
    )
    await add_self_reading(store, chat, date(2025, 11, 15), 44_500)
    await add_self_reading(store, chat, date(2025, 12, 15), 44_600, state=ReadingState.CLAIMED)
    await add_self_reading(store, chat, date(2025, 12, 16), 1, state=ReadingState.CANCELLED)
    await reads(chat, "45000")
    await chat.sends("📋 Le mie letture")
    listed = chat.sees(
        "15/02/2026 · 45.000 · 🕐 Da acquisire",
        "15/12/2025 · 44.600 · 🕐 Da acquisire",
        "15/11/2025 · 44.500 · ☑️ Acquisita",
        "15/10/2025 · 44.999 · ❌ Respinta",
        "Informazioni: Lettura non coerente <b>con</b> lo storico",
        "15/09/2025 · 44.000 · ☑️ Acquisita",
        buttons=["Cancella", NEW, CALENDAR],
    )
    assert "16/12/2025" not in listed["text"]


async def test_of_several_pending_ones_each_button_says_its_day(
    chat: ChatDriver, store: Store
) -> None:
    await add_self_reading(store, chat, date(2026, 2, 14), 44_900, state=ReadingState.PENDING)
    await reads(chat, "45000")
    await chat.sends("/letture")
    chat.sees(
        "Elenco autoletture",
        buttons=["Cancella 15/02/2026", "Cancella 14/02/2026", NEW, CALENDAR],
    )


async def test_a_corrector_stands_beside_its_meter(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    await add_gas_point(store, customer, corrector=True)
    await link_chat(store, chat.id, customer, clock.now())
    await add_self_reading(store, chat, date(2026, 1, 10), 1_000, corrector=1_200)
    await chat.sends("/readings")
    chat.sees("10/01/2026 · 1.000 · correttore 1.200 · ☑️ Acquisita")


async def test_five_on_a_page(chat: ChatDriver, store: Store) -> None:
    for number in range(12):
        day = date(2025, 1, 15) + timedelta(days=30 * number)
        await add_self_reading(store, chat, day, 40_000 + number)
    await chat.sends("/letture")
    chat.sees("40.011", "40.007", "Pagina 1 di 3", buttons=["Più vecchie ›", NEW, CALENDAR])
    await chat.taps("Più vecchie ›")
    chat.sees(
        "40.006",
        "40.002",
        "Pagina 2 di 3",
        buttons=["‹ Più recenti", "Più vecchie ›", NEW, CALENDAR],
        edited=True,
    )
    await chat.taps("Più vecchie ›")
    last = chat.sees(
        "40.001", "40.000", "Pagina 3 di 3", buttons=["‹ Più recenti", NEW, CALENDAR], edited=True
    )
    assert "40.002" not in last["text"]
    await chat.taps("‹ Più recenti")
    chat.sees("Pagina 2 di 3", edited=True)


@pytest.mark.parametrize("page", [-1, 7, 2_000_000_000])
async def test_a_page_that_does_not_exist_becomes_the_nearest(
    chat: ChatDriver, store: Store, page: int
) -> None:
    await add_self_reading(store, chat, date(2025, 11, 15), 44_500)
    point = await point_of(store, chat)
    await chat.sends("/autolettura")
    question = chat.sees("Lettura contatore")
    await chat.taps_data(f"1l:{point.id}:{page}", question["message_id"])
    chat.skip()
    assert "44.500" in chat.messages()[-1]["text"] or "44.500" in chat.text_of(
        question["message_id"]
    )


async def test_the_entry_windows_stand_below(chat: ChatDriver, store: Store) -> None:
    def at(*parts: int) -> datetime:
        return datetime(*parts, tzinfo=ROME)  # type: ignore[misc,arg-type]

    await add_window(store, at(2026, 1, 1), at(2026, 1, 5))
    await add_window(store, at(2026, 2, 18), at(2026, 2, 25, 22))
    await add_window(store, at(2026, 3, 10, 8), at(2026, 3, 15))
    await chat.sends("/letture")
    listed = chat.sees(
        "Puoi inviare la lettura:",
        "dal 10/02/2026, 10:00 al 25/02/2026, 22:00",
        "dal 10/03/2026, 08:00 al 15/03/2026, 00:00",
    )
    assert "01/01/2026" not in listed["text"]


async def test_no_window_ahead(chat: ChatDriver, clock: MovableClock) -> None:
    clock.move(days=30)
    await chat.sends("/letture")
    chat.sees("Non ci sono periodi di inserimento in programma")


async def test_a_new_reading_starts_from_the_list_which_stays(chat: ChatDriver) -> None:
    await chat.sends("/letture")
    listed = chat.sees("Elenco autoletture")
    await chat.taps(NEW)
    chat.sees("Lettura contatore", buttons=["Annulla"])
    assert "Elenco autoletture" in chat.text_of(listed["message_id"])


async def test_the_longest_page_fits_on_a_phone(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    await add_gas_point(
        store, customer, address="Località <Campo & Fiore> " + "lunghissima " * 25, corrector=True
    )
    await link_chat(store, chat.id, customer, clock.now())
    for number in range(6):
        await add_self_reading(
            store,
            chat,
            date(2025, 1, 1) + timedelta(days=number),
            99_999,
            corrector=9_999_999,
            outcome=Outcome.REFUSED,
            outcome_note="Il valore comunicato non è coerente con lo storico. " * 40,
        )
    await chat.sends("/letture")
    listed = chat.sees("Campo & Fiore", "Pagina 1 di 2")
    assert len(listed["text"]) < 1_500
    assert all(len(label) <= 60 for label in labels(listed))


# -- several points --


async def test_with_several_points_the_bot_asks_which_and_remembers(
    chat: ChatDriver, store: Store
) -> None:
    first = await point_of(store, chat)
    customer = await customer_of(store, chat)
    second = await add_gas_point(store, customer, address="Via Mare 1, Rimini")
    await add_electricity_point(store, customer)
    await add_reading(store, second, date(2026, 1, 2), 77, source=ReadingSource.SELF)
    pick = [f"🔥 {point.address} · {point.code[-4:]}" for point in (first, second)]
    await chat.sends("/letture")
    chat.sees("Di quale punto di fornitura?", buttons=pick)
    await chat.taps(pick[1])
    chat.sees("Via Mare 1", "02/01/2026 · 77", buttons=[NEW, CALENDAR, "Cambia punto"], edited=True)
    await chat.sends("/letture")
    chat.sees("Via Mare 1", "77", buttons=[NEW, CALENDAR, "Cambia punto"])
    await chat.taps("Cambia punto")
    chat.sees("Di quale", buttons=[pick[0], f"✓ {pick[1]}"], edited=True)
    await chat.taps(pick[0])
    chat.sees("Via Roma 12", edited=True)


async def test_electricity_has_no_list(counter: Counter, store: Store, clock: MovableClock) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    await add_electricity_point(store, customer)
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/letture")
    chat.sees("Nessuno dei tuoi punti di fornitura prevede l'autolettura")


async def test_somebody_not_linked_is_told_what_is_needed(counter: Counter) -> None:
    chat = counter.visitor()
    await chat.sends("/letture")
    chat.sees("serve prima collegare", buttons=["Collega la fornitura"])


async def test_somebody_elses_list_is_not_shown(chat: ChatDriver, store: Store) -> None:
    other = await add_customer(store, "000099", name="Luigi Bianchi")
    foreign = await add_gas_point(store, other, address="Via Segreta 1")
    await chat.sends("/letture")
    listed = chat.sees("Elenco autoletture")
    tap = await chat.taps_data(f"1l:{foreign.id}:0", listed["message_id"])
    assert "Non è più disponibile" in tap.text


# -- cancelling --


async def test_a_pending_reading_is_cancelled_from_the_list(chat: ChatDriver, store: Store) -> None:
    await reads(chat, "45000")
    await chat.sends("/letture")
    chat.sees("45.000 · 🕐 Da acquisire")
    await chat.taps("Cancella")
    chat.sees(
        "Confermi la cancellazione della lettura del 15/02/2026?",
        buttons=["Sì", "No"],
        edited=True,
    )
    tap = await chat.taps("Sì")
    assert tap.text == "Lettura cancellata"
    chat.sees(
        "La lettura del 15/02/2026 è stata cancellata",
        buttons=[NEW, "📋 Le mie letture"],
        edited=True,
    )
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.CANCELLED
    assert reading.cancelled_at is not None
    await chat.taps("📋 Le mie letture")
    chat.sees("Non ci sono ancora autoletture", edited=True)


async def test_the_receipt_of_a_reading_cancelled_in_the_list_says_so(
    chat: ChatDriver, counter: Counter
) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    await chat.taps("Salva")
    receipt = chat.sees("Lettura salvata", buttons=["Cancella"], edited=True)
    await chat.sends("/letture")
    await chat.taps("Cancella")
    await chat.taps("Sì")
    chat.skip()
    await counter.service.outbox.run()
    text = chat.sees("Lettura cancellata", "Non sarà acquisita", buttons=[], edited=True)
    assert text["message_id"] == receipt["message_id"]


async def test_no_leads_back_to_the_page(chat: ChatDriver, store: Store) -> None:
    for number in range(5):
        await add_self_reading(store, chat, date(2026, 2, 16 + number), 45_100 + number)
    await reads(chat, "45000")
    await chat.sends("/letture")
    await chat.taps("Più vecchie ›")
    chat.skip()
    await chat.taps("Cancella")
    chat.sees("Confermi", buttons=["Sì", "No"], edited=True)
    await chat.taps("No")
    chat.sees(
        "45.000",
        "Pagina 2 di 2",
        buttons=["Cancella", "‹ Più recenti", NEW, CALENDAR],
        edited=True,
    )


async def test_no_under_a_receipt_leads_back_to_the_receipt(chat: ChatDriver, store: Store) -> None:
    await reads(chat, "45000")
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.sees("Confermi", buttons=["Sì", "No"], edited=True)
    await chat.taps("No")
    chat.sees("Lettura salvata", "45.000", "Da acquisire", buttons=["Cancella"], edited=True)
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.PENDING


async def test_a_cancelled_reading_frees_its_day(chat: ChatDriver, store: Store) -> None:
    for _ in range(2):
        await reads(chat, "45000")
        chat.waits(seconds=3)
        await chat.taps("Cancella")
        await chat.taps("Sì")
        chat.skip()
    await reads(chat, "45001")
    states = [reading.state for reading in await self_readings(store)]
    assert states == [ReadingState.CANCELLED, ReadingState.CANCELLED, ReadingState.PENDING]


async def test_si_tapped_twice_cancels_once(chat: ChatDriver, store: Store) -> None:
    await reads(chat, "45000")
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.skip()
    first, second = await chat.taps_twice("Sì")
    assert first.text == "Lettura cancellata"
    assert second.text == "Questa lettura è già cancellata."
    chat.sees("è stata cancellata", edited=True)
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.CANCELLED


async def test_a_second_si_does_not_touch_what_was_read_since(
    chat: ChatDriver, store: Store
) -> None:
    await reads(chat, "45000")
    old = (await self_readings(store))[0]
    receipt = chat.messages()[-1]
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    await chat.taps("Sì")
    await reads(chat, "45001")
    tap = await chat.taps_data(ConfirmCancel(old.id, None), receipt["message_id"])
    assert "già cancellata" in tap.text
    chat.skip()
    assert [r.state for r in await self_readings(store)] == [
        ReadingState.CANCELLED,
        ReadingState.PENDING,
    ]


async def test_acquired_before_cancella_is_tapped(chat: ChatDriver, counter: Counter) -> None:
    await reads(chat, "45000")
    await counter.service.acquisition.run()
    tap = await chat.taps("Cancella")
    assert "già acquisita" in tap.text
    assert tap.show_alert
    chat.sees("Lettura salvata", "Acquisita", buttons=[], edited=True)


async def test_acquired_between_cancella_and_si(
    chat: ChatDriver, counter: Counter, store: Store
) -> None:
    await reads(chat, "45000")
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.sees("Confermi", edited=True)
    await counter.service.acquisition.run()
    tap = await chat.taps("Sì")
    assert "già acquisita" in tap.text
    chat.sees("Acquisita", buttons=[], edited=True)
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.ACQUIRED
    await counter.service.outbox.run()
    chat.sees_nothing_more()


async def test_acquired_while_the_list_asks(chat: ChatDriver, counter: Counter) -> None:
    await reads(chat, "45000")
    await chat.sends("/letture")
    await chat.taps("Cancella")
    chat.skip()
    await counter.service.acquisition.run()
    tap = await chat.taps("Sì")
    assert "già acquisita" in tap.text
    chat.sees("45.000 · ☑️ Acquisita", buttons=[NEW, CALENDAR], edited=True)


async def test_claimed_counts_as_acquired(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await reads(chat, "45000")
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.skip()
    async with store.unit() as unit:
        assert await unit.acquisitions.claim(company_vat=None, now=clock.now()) is not None
        await unit.commit()
    tap = await chat.taps("Sì")
    assert "già acquisita" in tap.text
    chat.sees("Da acquisire", "l'acquisizione è in corso", buttons=[], edited=True)


async def test_si_and_an_acquisition_at_once_have_one_winner(
    chat: ChatDriver, counter: Counter, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The acquisition comes after *Sì* has seen the reading pending and before it is cancelled.

    On PostgreSQL it gets through; SQLite has one writer, so that there it waits its turn.
    """
    await reads(chat, "45000")
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.skip()
    look = Readings.one_of_chat
    rivals: list[asyncio.Task[object]] = []

    async def look_and_be_overtaken(
        readings: Readings, chat_id: int, reading_id: int, *, to_write: bool = False
    ) -> Reading | None:
        found = await look(readings, chat_id, reading_id, to_write=to_write)
        assert found is not None
        assert found.state is ReadingState.PENDING
        rivals.append(asyncio.create_task(counter.service.acquisition.run()))
        if not store.is_sqlite:
            await rivals[0]
        return found

    monkeypatch.setattr(Readings, "one_of_chat", look_and_be_overtaken)
    tap = await chat.taps("Sì")
    monkeypatch.undo()
    await asyncio.gather(*rivals)
    (reading,) = await self_readings(store)
    exports = list((counter.service.settings.exports_dir).glob("autoletture_*.csv"))
    if store.is_sqlite:
        assert (reading.state, exports) == (ReadingState.CANCELLED, [])
        assert tap.text == "Lettura cancellata"
        chat.sees("è stata cancellata", edited=True)
    else:
        assert (reading.state, len(exports)) == (ReadingState.ACQUIRED, 1)
        assert "già acquisita" in tap.text
        chat.sees("Acquisita", buttons=[], edited=True)


async def test_who_may_only_look_cancels_nothing(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await reads(chat, "45000")
    (reading,) = await self_readings(store)
    onlooker = counter.visitor("Elio")
    customer = await customer_of(store, chat)
    await link_chat(store, onlooker.id, customer, clock.now(), access=Access.VIEW)
    await onlooker.sends("/letture")
    listed = onlooker.sees("45.000 · 🕐 Da acquisire", buttons=[CALENDAR])
    for forged in (AskCancel(reading.id, 0), ConfirmCancel(reading.id, 0)):
        tap = await onlooker.taps_data(forged, listed["message_id"])
        assert "Non è più disponibile" in tap.text
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.PENDING


async def test_somebody_elses_reading_in_a_forged_tap(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await reads(chat, "45000")
    (reading,) = await self_readings(store)
    luigi = counter.visitor("Luigi")
    other = await add_customer(store, "000099", name="Luigi Bianchi")
    await add_gas_point(store, other)
    await link_chat(store, luigi.id, other, clock.now())
    await luigi.sends("/letture")
    listed = luigi.sees("Elenco autoletture")
    for forged in (AskCancel(reading.id, None), ConfirmCancel(reading.id, None)):
        tap = await luigi.taps_data(forged, listed["message_id"])
        assert "Non è più disponibile" in tap.text
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.PENDING


async def test_the_link_ends_between_cancella_and_si(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await reads(chat, "45000")
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.skip()
    customer = await customer_of(store, chat)
    async with store.unit() as unit:
        await unit.chats.unlink(chat.id, customer.id, now=clock.now())
        await unit.commit()
    await chat.taps("Sì")
    chat.sees("serve prima collegare", edited=True)
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.PENDING


# -- history --


async def test_the_list_begins_with_the_decorrenza(chat: ChatDriver, store: Store) -> None:
    await add_self_reading(store, chat, date(2025, 11, 15), 44_500)
    await add_self_reading(store, chat, date(2026, 1, 20), 44_900)
    await give_point(store, await point_of(store, chat), date(2026, 1, 1))
    await chat.sends("/letture")
    assert "44.500" not in chat.sees("20/01/2026 · 44.900")["text"]


async def test_the_second_half_of_a_double_tap_on_save_cancels_nothing(chat: ChatDriver) -> None:
    await chat.sends("45000")
    chat.skip()
    await chat.taps("Salva")
    chat.sees("Lettura salvata", buttons=["Cancella"], edited=True)
    tap = await chat.taps("Cancella")
    assert "già salvata" in tap.text
    chat.sees_nothing_more()
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.sees("Confermi la cancellazione", edited=True)
