"""What happens meanwhile: double taps, two chats at once, links that end, points that move."""

from datetime import date
from typing import Any

import pytest

from storage.engine import Store
from storage.models import Customer, Reading, ReadingState, SupplyPoint
from storage.repositories.readings import Readings
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, give_point, link_chat
from tests.support.locks import is_held
from tests.support.readings import live_readings, point_of, points_of, self_readings

pytestmark = pytest.mark.both_databases

SUMMARY = ["Salva", "Correggi", "Annulla"]


async def customer_of(store: Store, chat: ChatDriver) -> Customer:
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
        return customer


@pytest.fixture
async def bruno(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> ChatDriver:
    """Anna's husband, linked to the same customer from a chat of his own."""
    other = counter.visitor("Bruno")
    await link_chat(store, other.id, await customer_of(store, chat), clock.now())
    return other


async def to_the_summary(chat: ChatDriver, number: str = "45000") -> None:
    await chat.sends("/autolettura")
    await chat.sends(number)
    assert "Riepilogo" in chat.messages()[-1]["text"]
    chat.skip()


async def unlink(store: Store, chat: ChatDriver, clock: MovableClock) -> None:
    customer = await customer_of(store, chat)
    async with store.unit() as unit:
        assert await unit.chats.unlink(chat.id, customer.id, now=clock.now())
        await unit.commit()


async def move_away(store: Store, chat: ChatDriver) -> Customer:
    """An import gives the chat's point to somebody else; gives that customer."""
    point = await point_of(store, chat)
    other = await add_customer(store, "000099", name="Luigi Bianchi")
    await give_point(store, point, date(2026, 2, 15), other)
    return other


# -- an import beside *Salva* --


async def test_while_a_reading_is_saved_no_import_can_move_its_point(
    chat: ChatDriver, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What *Salva* has looked at is still so when the reading is written."""
    point = await point_of(store, chat)
    held: list[bool] = []
    submit = Readings.submit

    async def watched(*arguments: Any, **named: Any) -> Reading | None:
        held.append(await is_held(store, SupplyPoint, point.id))
        return await submit(*arguments, **named)

    monkeypatch.setattr(Readings, "submit", watched)
    assert store.is_sqlite or not await is_held(store, SupplyPoint, point.id)
    await to_the_summary(chat)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert held == [True]


# -- two taps --


async def test_salva_tapped_twice_saves_once(chat: ChatDriver, store: Store) -> None:
    await to_the_summary(chat)
    first, second = await chat.taps_twice("Salva")
    assert first.text == "Lettura salvata"
    assert "già salvata" in second.text
    chat.sees("Lettura salvata", "45.000", buttons=["Cancella"], edited=True)
    assert await live_readings(store) == [(45_000, None)]


async def test_correggi_and_salva_at_once_do_what_came_first(
    chat: ChatDriver, counter: Counter, store: Store
) -> None:
    await to_the_summary(chat)
    chat.presses("Correggi")
    late = chat.presses("Salva")
    await counter.settle()
    assert "non vale più" in late.text
    chat.sees("Lettura contatore", buttons=["Annulla"], edited=True)
    assert await self_readings(store) == []


async def test_confermo_tapped_twice_shows_one_summary(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    await chat.sends("44870")
    chat.skip()
    _, second = await chat.taps_twice("Confermo")
    assert "non vale più" in second.text
    chat.sees("Riepilogo", buttons=SUMMARY, edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert len(await self_readings(store)) == 1


async def test_of_two_numbers_at_once_the_second_corrects_the_first(
    chat: ChatDriver, counter: Counter, store: Store
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    for number in ("45000", "45001"):
        chat.person.send_text(chat.person.private_chat, number)
    await counter.settle()
    chat.sees("Riepilogo", "45.000", buttons=SUMMARY)
    chat.sees("Riepilogo", "45.001", buttons=SUMMARY)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", "45.001", edited=True)
    assert await live_readings(store) == [(45_001, None)]


async def test_an_update_that_comes_twice_counts_once(
    chat: ChatDriver, counter: Counter, store: Store
) -> None:
    counter.telegram.faults.duplicate_updates(times=8)
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("45000")
    chat.sees("Riepilogo", buttons=SUMMARY)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    counter.telegram.faults.clear()
    assert await live_readings(store) == [(45_000, None)]


# -- two chats --


async def test_two_chats_save_the_same_day_at_once_and_one_wins(
    chat: ChatDriver, bruno: ChatDriver, counter: Counter, store: Store
) -> None:
    await to_the_summary(chat, "45000")
    await to_the_summary(bruno, "45005")
    chat.presses("Salva")
    bruno.presses("Salva")
    await counter.settle()
    (reading,) = await self_readings(store)
    winner, loser = (chat, bruno) if reading.chat_id == chat.id else (bruno, chat)
    winner.sees("Lettura salvata", buttons=["Cancella"], edited=True)
    kept = f"{reading.meter:_}".replace("_", ".")
    loser.sees("lettura di oggi c'è già", kept, "Da acquisire", buttons=["Cancella"], edited=True)


async def test_what_the_other_chat_saved_is_shown_and_can_be_cancelled_there(
    chat: ChatDriver, bruno: ChatDriver, store: Store
) -> None:
    await to_the_summary(chat)
    await to_the_summary(bruno, "45005")
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    await bruno.taps("Salva")
    bruno.sees("c'è già", "45.000", buttons=["Cancella"], edited=True)
    bruno.waits(seconds=3)
    await bruno.taps("Cancella")
    bruno.sees("cancellazione della lettura del 15/02/2026?", edited=True)
    await bruno.taps("Sì")
    bruno.sees("è stata cancellata", edited=True)
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.CANCELLED
    # The receipt in the chat that sent it no longer offers what is done.
    tap = await chat.taps("Cancella")
    assert "già cancellata" in tap.text
    chat.sees("è stata cancellata", edited=True)


async def test_a_lower_reading_of_the_other_chat_is_noticed_at_salva(
    chat: ChatDriver, bruno: ChatDriver, store: Store, clock: MovableClock
) -> None:
    clock.set(2026, 2, 15, 23, 50)
    await to_the_summary(chat, "45000")
    await bruno.sends("/autolettura")
    await bruno.sends("45100")
    bruno.skip()
    await bruno.taps("Salva")
    bruno.sees("Lettura salvata", edited=True)
    clock.set(2026, 2, 16, 0, 5)
    await chat.taps("Salva")
    chat.sees(
        "più bassa dell'ultima",
        "45.100 del 15/02/2026",
        buttons=["Correggi", "Giro contatore", "Annulla"],
        edited=True,
    )
    assert await live_readings(store) == [(45_100, None)]


# -- the link ends, the point moves --


@pytest.mark.parametrize("where", ["question", "summary"])
async def test_the_link_is_revoked_in_the_middle(
    chat: ChatDriver, store: Store, clock: MovableClock, where: str
) -> None:
    await chat.sends("/autolettura")
    if where == "summary":
        await chat.sends("45000")
    chat.skip()
    await unlink(store, chat, clock)
    if where == "summary":
        await chat.taps("Salva")
    else:
        await chat.sends("45000")
    chat.sees("non è più collegato", "Non è stato salvato niente", edited=where == "summary")
    assert await self_readings(store) == []


async def test_the_point_moves_in_the_middle(chat: ChatDriver, store: Store) -> None:
    await to_the_summary(chat)
    await move_away(store, chat)
    await chat.taps("Salva")
    chat.sees("non è più collegato", "Non è stato salvato niente", buttons=[], edited=True)
    assert await self_readings(store) == []
    await chat.sends("/autolettura")
    chat.sees("Nessuno dei tuoi punti")


async def test_a_point_that_moved_shows_its_new_customer_nothing_of_the_former(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await to_the_summary(chat)
    await chat.taps("Salva")
    chat.skip()
    other = await move_away(store, chat)
    luigi = counter.visitor("Luigi")
    await link_chat(store, luigi.id, other, clock.now())
    await luigi.sends("/letture")
    luigi.sees("Non ci sono ancora autoletture")
    clock.move(days=1)
    await luigi.sends("/autolettura")
    question = luigi.sees("Lettura contatore")["text"]
    assert "45.000" not in question
    assert "44.870" not in question
    await luigi.sends("45010")
    assert "Consumo" not in luigi.sees("Riepilogo", buttons=SUMMARY)["text"]
    # What the former customer has pending is no longer theirs to cancel, and still acquired.
    tap = await chat.taps("Cancella")
    assert "Non è più disponibile" in tap.text
    await counter.service.acquisition.run()
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.ACQUIRED


async def test_avvisami_after_the_link_ended(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    point = await point_of(store, chat)
    await chat.sends("/autolettura")
    question = chat.sees("Lettura contatore")
    await unlink(store, chat, clock)
    assert await points_of(store, chat) == []
    tap = await chat.taps_data(f"1rw:{point.id}", question["message_id"])
    assert "Non è più disponibile" in tap.text
    await counter.service.outbox.run()


async def test_the_new_customer_of_a_point_does_not_see_what_the_former_one_read_today(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await to_the_summary(chat)
    await chat.taps("Salva")
    chat.skip()
    luigi = counter.visitor("Luigi")
    await link_chat(store, luigi.id, await move_away(store, chat), clock.now())
    await luigi.sends("/autolettura")
    shown = luigi.sees("Per oggi una lettura c'è già", "la tua, da domani", buttons=[])
    assert "45.000" not in shown["text"]
