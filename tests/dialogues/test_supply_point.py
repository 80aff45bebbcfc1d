"""Choosing a supply point: the list, its pages, and a choice that lasts."""

from datetime import timedelta

from conversations.account.supply_point import ChoosePoint, PointsPage
from storage.engine import Store
from tests.support.chat import ChatDriver, Counter, labels
from tests.support.clock import MovableClock
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    link_chat,
)


async def chat_with_points(
    counter: Counter, store: Store, clock: MovableClock, *addresses: str
) -> ChatDriver:
    """A chat linked to one customer with a gas point at each address."""
    chat = counter.visitor("Anna")
    customer = await add_customer(store)
    for address in addresses:
        await add_gas_point(store, customer, address=address)
    await link_chat(store, chat.id, customer, clock.now())
    return chat


async def test_one_point_is_chosen_without_asking(chat: ChatDriver) -> None:
    await chat.sends("/fornitura")
    chat.sees("da adesso parliamo di", "Via Roma 12, Cesena", "PDR 1111", buttons=[])


async def test_who_has_no_point_is_told(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = await chat_with_points(counter, store, clock)
    await chat.sends("/fornitura")
    chat.sees("nessun punto di fornitura", buttons=[])


async def test_gas_and_electricity_are_told_apart(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor("Anna")
    customer = await add_customer(store)
    gas = await add_gas_point(store, customer, address="Via Roma 1")
    light = await add_electricity_point(store, customer, address="Via Roma 1")
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/fornitura")
    shown = labels(chat.sees("Quale punto di fornitura?"))
    assert sorted(shown) == sorted(
        [f"🔥 Via Roma 1 · {gas.code[-4:]}", f"⚡ Via Roma 1 · {light.code[-4:]}"]
    )
    await chat.taps(f"⚡ Via Roma 1 · {light.code[-4:]}")
    chat.sees("da adesso parliamo di", f"POD {light.code}", edited=True)


async def test_the_choice_lasts_until_it_is_changed(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = await chat_with_points(counter, store, clock, "Via Prima 1", "Via Seconda 2")
    await chat.sends("/fornitura")
    first, second = labels(chat.sees("Quale punto di fornitura?"))
    await chat.taps(second)
    chat.sees("Via Seconda 2", edited=True)
    clock.move(days=200)
    await chat.sends("/fornitura")
    assert labels(chat.sees()) == [first, f"✓ {second}"]
    await chat.taps(first)
    chat.sees("Via Prima 1", edited=True)
    await chat.sends("/fornitura")
    assert labels(chat.sees()) == [f"✓ {first}", second]


async def test_three_hundred_points_come_in_pages(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = await chat_with_points(
        counter, store, clock, *(f"Via dei Contatori {n}" for n in range(300))
    )
    await chat.sends("/fornitura")
    page = chat.sees("Pagina 1 di 50")
    assert labels(page)[6:] == ["13", "25", "38", "50", "Avanti ›"]
    await chat.taps("Avanti ›")
    assert labels(chat.sees("Pagina 2 di 50", edited=True))[-2:] == ["‹ Indietro", "Avanti ›"]
    await chat.taps("38")
    chat.sees("Pagina 38 di 50", edited=True)
    await chat.taps_data(PointsPage(49), page["message_id"])
    last = labels(chat.sees("Pagina 50 di 50", edited=True))
    assert last[6:] == ["1", "13", "25", "38", "‹ Indietro"]
    await chat.taps(last[0])
    chat.sees("da adesso parliamo di", "Via dei Contatori 294", edited=True)


async def test_a_page_that_does_not_exist_becomes_the_nearest(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = await chat_with_points(counter, store, clock, *(f"Via {n}" for n in range(7)))
    await chat.sends("/fornitura")
    page = chat.sees("Pagina 1 di 2")
    await chat.taps_data(PointsPage(99), page["message_id"])
    chat.sees("Pagina 2 di 2", edited=True)
    await chat.taps_data(PointsPage(-99), page["message_id"])
    chat.sees("Pagina 1 di 2", edited=True)


async def test_an_address_of_three_hundred_characters_fits(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    long = "Strada Comunale della Lunghissima e Tortuosa Salita " * 6
    chat = await chat_with_points(counter, store, clock, long, "Via Corta 1 <b> & figli")
    await chat.sends("/fornitura")
    first, second = labels(chat.sees("Quale punto di fornitura?"))
    assert len(first) < 60
    assert "…" in first
    await chat.taps(first)
    assert len(chat.sees("da adesso parliamo di", edited=True)["text"]) < 200
    await chat.sends("/fornitura")
    chat.sees("Quale")
    await chat.taps(second)
    chat.sees("Via Corta 1 <b> & figli", edited=True)


async def test_anothers_point_cannot_be_chosen(chat: ChatDriver, store: Store) -> None:
    other = await add_customer(store, "000017")
    foreign = await add_gas_point(store, other, address="Via degli Altri 9")
    await chat.sends("/fornitura")
    shown = chat.sees("Via Roma 12")
    tap = await chat.taps_data(ChoosePoint(foreign.id), shown["message_id"])
    assert "Non è più disponibile" in tap.text
    assert "Via degli Altri" not in chat.text_of(shown["message_id"])


async def test_a_point_of_a_link_that_ended_cannot_be_chosen(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor("Anna")
    mine, lost = await add_customer(store), await add_customer(store, "000017")
    await add_gas_point(store, mine, address="Via Mia 1")
    await add_gas_point(store, lost, address="Via Persa 2")
    for customer in (mine, lost):
        await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/fornitura")
    _, second = labels(chat.sees("Quale punto di fornitura?"))
    async with store.unit() as unit:
        await unit.chats.unlink(chat.id, lost.id, now=clock.now() + timedelta(seconds=1))
        await unit.commit()
    tap = await chat.taps(second)
    assert "Non è più disponibile" in tap.text
    await chat.sends("/fornitura")
    chat.sees("Via Mia 1")


async def test_a_stranger_has_no_points(counter: Counter, chat: ChatDriver) -> None:
    await chat.sends("/fornitura")
    shown = chat.sees("Via Roma 12")
    eve = counter.visitor("Eve")
    await eve.sends("/fornitura")
    eve.sees("prima collegare la tua fornitura", buttons=["Collega la fornitura"])
    await eve.taps_data(ChoosePoint(1), eve.last["message_id"])
    eve.sees_nothing_more()  # the same words stand there already
    assert shown["text"] == chat.text_of(shown["message_id"])
