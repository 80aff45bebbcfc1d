"""Several supply points in one chat: which one is meant, and reading them one after the other."""

from datetime import date

import pytest

from storage.engine import Store
from storage.models import Access, Customer, ReadingSource, SelfReadingKind, Service, SupplyPoint
from tests.support.chat import ChatDriver, Counter, labels
from tests.support.clock import MovableClock
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_open_window,
    add_reading,
    add_window,
    keep_points,
    link_chat,
)
from tests.support.pictures import plain_png
from tests.support.readings import live_readings, self_readings

HERE = ["Cambia punto", "Annulla"]
SUMMARY = ["Salva", "Correggi", "Annulla"]


@pytest.fixture
async def customer(store: Store, clock: MovableClock) -> Customer:
    await add_open_window(store, clock.now())
    return await add_customer(store)


@pytest.fixture
async def houses(store: Store, customer: Customer) -> list[SupplyPoint]:
    """Three gas points in three towns, read in January, and an electricity point."""
    points = []
    for address, last in (
        ("Via Mare 1, Rimini", 10_000),
        ("Via Monti 2, Cesena", 20_000),
        ("Via Lago 3, Forlì", 30_000),
    ):
        point = await add_gas_point(store, customer, address=address)
        await add_reading(store, point, date(2026, 1, 15), last)
        points.append(point)
    await add_electricity_point(store, customer, address="Via Mare 1, Rimini")
    return points


@pytest.fixture
async def dora(
    counter: Counter,
    store: Store,
    clock: MovableClock,
    customer: Customer,
    houses: list[SupplyPoint],  # noqa: ARG001  # they must exist
) -> ChatDriver:
    """Dora, linked to the customer with three houses; none is chosen yet."""
    chat = counter.visitor("Dora")
    await link_chat(store, chat.id, customer, clock.now())
    return chat


def on_buttons(points: list[SupplyPoint], chosen: SupplyPoint | None = None) -> list[str]:
    """How the points stand in a list."""
    return [
        f"{'✓ ' if point is chosen else ''}🔥 {point.address} · {point.code[-4:]}"
        for point in points
    ]


# -- which point --


async def test_the_bot_asks_which_and_remembers(
    dora: ChatDriver, store: Store, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/autolettura")
    dora.sees("Per quale punto di fornitura", buttons=on_buttons(houses))
    await dora.taps(on_buttons(houses)[1])
    dora.sees("Via Monti 2", "Ultima lettura: 20.000", buttons=HERE, edited=True)
    await dora.sends("20100")
    dora.sees("Riepilogo", "Via Monti 2", buttons=SUMMARY)
    await dora.taps("Salva")
    dora.sees("Lettura salvata", "Via Monti 2", edited=True)
    assert await live_readings(store) == [(20_100, None)]
    await dora.sends("/letture")
    dora.sees("Elenco autoletture", "Via Monti 2", "20.100")


async def test_cambia_punto_leads_to_another(dora: ChatDriver, houses: list[SupplyPoint]) -> None:
    await dora.sends("/autolettura")
    dora.skip()
    await dora.taps(on_buttons(houses)[0])
    dora.sees("Via Mare 1", buttons=HERE, edited=True)
    await dora.taps("Cambia punto")
    dora.sees("Per quale", buttons=on_buttons(houses, houses[0]), edited=True)
    await dora.taps(on_buttons(houses)[2])
    dora.sees("Via Lago 3", "30.000", buttons=HERE, edited=True)
    await dora.sends("30050")
    dora.sees("Riepilogo", "Via Lago 3")


async def test_the_choice_made_elsewhere_holds_here(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/fornitura")
    dora.skip()
    await dora.taps(on_buttons(houses)[2])
    dora.skip()
    await dora.sends("/autolettura")
    dora.sees("Via Lago 3", "30.000", buttons=HERE)


async def test_words_where_a_point_is_to_be_picked_leave_the_list_open(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/autolettura")
    dora.sees("Per quale")
    await dora.sends("quella al mare")
    dora.sees("pulsanti")
    await dora.taps(on_buttons(houses)[0])
    dora.sees("Via Mare 1", edited=True)


async def test_a_point_that_was_read_today_leads_on_to_the_others(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/autolettura")
    await dora.taps(on_buttons(houses)[0])
    await dora.sends("10100")
    await dora.taps("Salva")
    dora.skip()
    await dora.sends("/autolettura")
    dora.sees("Via Mare 1", "c'è già", buttons=["Cancella", "Cambia punto"])
    await dora.taps("Cambia punto")
    dora.sees("Per quale", buttons=on_buttons(houses, houses[0]), edited=True)


async def test_a_point_whose_window_is_closed_leads_on_to_the_others(
    dora: ChatDriver, store: Store, clock: MovableClock, houses: list[SupplyPoint]
) -> None:
    clock.move(days=30)
    start = clock.now()
    clock.move(days=5)
    await add_window(store, start, clock.now(), houses[0])
    clock.set(2026, 2, 15, 10, 0)
    await dora.sends("/autolettura")
    dora.skip()
    await dora.taps(on_buttons(houses)[0])
    dora.sees("periodo per le letture è chiuso", buttons=["Avvisami", "Cambia punto"], edited=True)


async def test_a_supply_that_ended_is_not_among_those_to_read(
    dora: ChatDriver, store: Store, houses: list[SupplyPoint]
) -> None:
    async with store.unit() as unit:
        ended = await unit.session.get_one(SupplyPoint, houses[1].id)
        ended.until = date(2026, 2, 1)
        await unit.commit()
    await dora.sends("/autolettura")
    dora.sees("Per quale", buttons=on_buttons([houses[0], houses[2]]))


async def test_three_hundred_points_are_shown_in_pages(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer
) -> None:
    chat = counter.visitor("Amministratore")
    async with store.unit() as unit:
        for number in range(300):
            await keep_points(
                unit,
                SupplyPoint(
                    code=f"{number:014d}",
                    customer_id=customer.id,
                    service=Service.GAS,
                    address=f"Condominio Le Querce, scala {number // 10}, interno {number % 10}",
                    self_reading=SelfReadingKind.METER,
                    meter_digits=5,
                    since=date(2020, 1, 1),
                ),
            )
        await unit.commit()
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/autolettura")
    first = chat.sees("Per quale", "Pagina 1 di 50")
    assert labels(first)[0].startswith("🔥 Condominio Le Querce, scala 0, interno 0")
    assert all(len(label) <= 60 for label in labels(first))
    await chat.taps("Avanti ›")
    page = chat.sees("Pagina 2 di 50", edited=True)
    assert "0006" in labels(page)[0]
    await chat.taps(labels(page)[0])
    chat.sees("scala 0, interno 6", buttons=HERE, edited=True)
    await chat.sends("5")
    chat.sees("Riepilogo", "interno 6")
    await chat.taps("Salva")
    receipt = chat.sees("Lettura salvata", edited=True)
    assert labels(receipt)[0].startswith("➡️ Prossimo: Condominio Le Querce, scala 0, interno")


# -- one after the other --


async def test_the_next_point_is_offered_until_all_are_read(
    dora: ChatDriver, store: Store, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/autolettura")
    await dora.taps(on_buttons(houses)[1])
    await dora.sends("20100")
    dora.skip()
    await dora.taps("Salva")
    first = dora.sees(
        "Lettura salvata",
        "Via Monti 2",
        buttons=["➡️ Prossimo: Via Lago 3, Forlì", "Cancella"],
        edited=True,
    )
    await dora.taps("➡️ Prossimo: Via Lago 3, Forlì")
    dora.sees("Via Lago 3", "30.000", buttons=HERE)
    assert "Lettura salvata" in dora.text_of(first["message_id"]), "the receipt was lost"
    await dora.sends("30100")
    dora.sees("Riepilogo", "Via Lago 3")
    await dora.taps("Salva")
    dora.sees(
        "Lettura salvata", buttons=["➡️ Prossimo: Via Mare 1, Rimini", "Cancella"], edited=True
    )
    await dora.taps("➡️ Prossimo: Via Mare 1, Rimini")
    dora.sees("Via Mare 1", "10.000")
    await dora.sends("10100")
    dora.sees("Riepilogo", "Via Mare 1")
    await dora.taps("Salva")
    dora.sees("Lettura salvata", buttons=["Cancella"], edited=True)
    assert sorted(await live_readings(store)) == [(10_100, None), (20_100, None), (30_100, None)]


async def test_walking_through_by_numbers_alone(
    dora: ChatDriver, store: Store, houses: list[SupplyPoint]
) -> None:
    await dora.sends("10100")
    dora.sees("Di quale punto è la lettura 10.100?", buttons=on_buttons(houses))
    await dora.taps(on_buttons(houses)[0])
    dora.sees("Riepilogo", "Via Mare 1", "10.100", buttons=SUMMARY, edited=True)
    await dora.taps("Salva")
    dora.skip()
    await dora.sends("20100")
    dora.sees("Di quale punto è la lettura 20.100?")
    await dora.taps(on_buttons(houses)[1])
    dora.sees("Riepilogo", "Via Monti 2", edited=True)
    await dora.taps("Salva")
    dora.skip()
    # Only one is left: there is nothing to ask.
    await dora.sends("30100")
    dora.sees("Riepilogo", "Via Lago 3", "30.100", buttons=SUMMARY)
    await dora.taps("Salva")
    dora.sees("Lettura salvata", buttons=["Cancella"], edited=True)
    await dora.sends("30200")
    dora.sees("Via Monti 2", "c'è già", buttons=["Cancella", "Cambia punto"])
    assert len(await self_readings(store)) == 3


async def test_the_next_point_stays_under_a_receipt_that_is_kept(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("10100")
    await dora.taps(on_buttons(houses)[0])
    await dora.taps("Salva")
    dora.skip()
    dora.waits(seconds=3)
    await dora.taps("Cancella")
    dora.sees("Confermi la cancellazione", edited=True)
    await dora.taps("No")
    dora.sees(
        "Lettura salvata",
        buttons=["➡️ Prossimo: Via Monti 2, Cesena", "Cancella"],
        edited=True,
    )


# -- a bare number --


async def test_a_bare_number_is_the_reading_of_the_only_point(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("45.000")
    chat.sees("Riepilogo", "45.000", "130 m³", buttons=SUMMARY)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await live_readings(store) == [(45_000, None)]


async def test_a_bare_number_of_a_point_with_corrector_asks_for_the_second(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer
) -> None:
    chat = counter.visitor()
    await add_gas_point(store, customer, corrector=True)
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("45000")
    chat.sees("Lettura contatore: 45.000", "Lettura correttore", buttons=["Annulla"])


async def test_a_bare_number_meets_every_question(chat: ChatDriver) -> None:
    await chat.sends("44000")
    chat.sees("più bassa", buttons=["Correggi", "Giro contatore", "Annulla"])


@pytest.mark.parametrize("typed", ["45,5", "999999"])
async def test_a_bare_number_that_cannot_be_says_why(chat: ChatDriver, typed: str) -> None:
    await chat.sends(typed)
    chat.sees("Scrivi la Lettura contatore", buttons=["Annulla"])
    await chat.sends("45000")
    chat.sees("Riepilogo")


async def test_a_bare_number_while_the_window_is_closed(
    chat: ChatDriver, clock: MovableClock
) -> None:
    clock.move(days=10)
    await chat.sends("45000")
    chat.sees("periodo per le letture è chiuso")


async def test_a_bare_number_is_of_the_chosen_point(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/fornitura")
    await dora.taps(on_buttons(houses)[2])
    dora.skip()
    await dora.sends("30100")
    dora.sees("Riepilogo", "Via Lago 3", buttons=SUMMARY)


async def test_a_bare_number_can_be_of_another_point_than_the_doubt_shows(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/fornitura")
    await dora.taps(on_buttons(houses)[2])
    dora.skip()
    await dora.sends("10100")
    dora.sees("Via Lago 3", "più bassa", buttons=["Correggi", "Giro contatore", "Annulla"])
    await dora.taps("Correggi")
    dora.sees("Via Lago 3", buttons=HERE, edited=True)


async def test_other_numbers_are_not_taken_for_readings(chat: ChatDriver, store: Store) -> None:
    for typed in ("+39 0547 000000", "15/02/2026", "11110000000001"):
        await chat.sends(typed)
        assert "Riepilogo" not in chat.sees("Posso aiutarti")["text"]
    assert await self_readings(store) == []


async def test_a_picked_list_forgets_the_number_when_it_is_left(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("10100")
    listed = dora.sees("Di quale punto")
    await dora.sends("/annulla")
    dora.sees("Annullato")
    await dora.taps(on_buttons(houses)[0], listed)
    dora.sees("Via Mare 1", "Lettura contatore", buttons=HERE)


async def test_six_digits_from_somebody_not_linked_offer_the_linking(counter: Counter) -> None:
    chat = counter.visitor()
    await chat.sends("028680")
    chat.sees("028680 è il tuo codice cliente?", buttons=["Collega la fornitura"])
    await chat.taps("Collega la fornitura")
    chat.sees("Codice cliente 028680", "codice fiscale", edited=True)


async def test_another_number_from_somebody_not_linked_says_what_comes_first(
    counter: Counter,
) -> None:
    chat = counter.visitor()
    await chat.sends("45000")
    chat.sees("serve prima collegare", buttons=["Collega la fornitura"])


# -- a photo --


async def test_a_photo_starts_the_conversation(chat: ChatDriver) -> None:
    await chat.sends_photo(plain_png(40, 30))
    chat.sees("Non so leggere le foto")
    chat.sees("Ultima lettura: 44.870", buttons=["Annulla"])
    await chat.sends("45000")
    chat.sees("Riepilogo")


async def test_a_photo_from_somebody_with_several_points(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends_photo(plain_png(40, 30))
    dora.sees("Non so leggere le foto")
    dora.sees("Per quale", buttons=on_buttons(houses))


async def test_a_photo_is_of_the_only_point_that_is_still_to_be_read(
    dora: ChatDriver, houses: list[SupplyPoint], store: Store, clock: MovableClock
) -> None:
    for point in houses[:2]:
        await add_reading(
            store, point, clock.now().date(), point.id * 100, source=ReadingSource.SELF
        )
    await dora.sends_photo(plain_png(40, 30))
    dora.sees("Non so leggere le foto")
    dora.sees("Via Lago 3", "Lettura contatore", buttons=HERE)


async def test_the_number_below_a_photo_is_the_reading(chat: ChatDriver, store: Store) -> None:
    await chat.sends_photo(plain_png(40, 30), "45.000")
    chat.sees("Riepilogo", "45.000", "130 m³", buttons=SUMMARY)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await live_readings(store) == [(45_000, None)]


async def test_the_number_below_a_photo_is_asked_of_which_point_it_is(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends_photo(plain_png(40, 30), "20100")
    dora.sees("Di quale punto è la lettura 20.100?", buttons=on_buttons(houses))


async def test_the_number_below_a_photo_answers_the_question(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer
) -> None:
    chat = counter.visitor()
    await add_gas_point(store, customer, corrector=True)
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends_photo(plain_png(40, 30), "il contatore")
    chat.sees("risposta scritta")
    await chat.sends_photo(plain_png(40, 30), "45000")
    chat.sees("Lettura contatore: 45.000", "Lettura correttore")
    await chat.sends_file(plain_png(40, 30), "foto.png", "50 000")
    chat.sees("Riepilogo", "45.000", "50.000", buttons=SUMMARY)


@pytest.mark.parametrize("command", ["/autolettura 45000", "/reading 45.000"])
async def test_the_number_may_stand_beside_the_command(chat: ChatDriver, command: str) -> None:
    await chat.sends(command)
    chat.sees("Riepilogo", "45.000", "130 m³", buttons=SUMMARY)
    await chat.sends(command)
    chat.sees("chiuso")
    chat.sees("Riepilogo", "45.000", buttons=SUMMARY)


async def test_words_beside_the_command_are_no_number(chat: ChatDriver) -> None:
    await chat.sends("/autolettura per favore")
    chat.sees("Ultima lettura: 44.870", "Scrivi la Lettura contatore")
    await chat.sends("/autolettura 45,5")
    chat.sees("chiuso")
    chat.sees("prima della virgola", "Scrivi la Lettura contatore")


async def test_a_photo_from_somebody_not_linked(counter: Counter) -> None:
    chat = counter.visitor()
    await chat.sends_photo(plain_png(40, 30))
    chat.sees("serve prima collegare", buttons=["Collega la fornitura"])


# -- view only --


@pytest.fixture
async def onlooker(
    counter: Counter, store: Store, clock: MovableClock, dora: ChatDriver
) -> ChatDriver:
    """Elio may see what Dora has, and nothing more."""
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(dora.id)
    chat = counter.visitor("Elio")
    await link_chat(store, chat.id, customer, clock.now(), access=Access.VIEW)
    return chat


async def test_who_may_only_look_submits_nothing(
    onlooker: ChatDriver, store: Store, houses: list[SupplyPoint]
) -> None:
    await onlooker.sends("/autolettura")
    onlooker.sees("solo consultare", buttons=[])
    await onlooker.sends("10100")
    onlooker.sees("solo consultare", buttons=[])
    await onlooker.sends("/letture")
    listed = onlooker.sees("Di quale punto")
    await onlooker.taps_data(f"1r:{houses[0].id}", listed["message_id"])
    onlooker.sees("solo consultare", buttons=[])
    await onlooker.taps_data("1rp:0", listed["message_id"])
    onlooker.sees("solo consultare", buttons=[], edited=True)
    tap = await onlooker.taps_data(f"1rw:{houses[0].id}", listed["message_id"])
    assert "Non è più disponibile" in tap.text
    assert await self_readings(store) == []


async def test_who_may_read_for_one_and_look_at_another_is_offered_the_first(
    store: Store, clock: MovableClock, onlooker: ChatDriver
) -> None:
    own = await add_customer(store, "000042", name="Elio Verdi")
    await add_gas_point(store, own, address="Via Sua 9")
    await link_chat(store, onlooker.id, own, clock.now())
    await onlooker.sends("/autolettura")
    onlooker.sees("Via Sua 9", "Lettura contatore", buttons=["Annulla"])
    await onlooker.sends("17")
    onlooker.sees("Riepilogo")
    await onlooker.taps("Salva")
    onlooker.sees("Lettura salvata", buttons=["Cancella"], edited=True)


# -- looking for one among many --


@pytest.fixture
async def elisa(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer
) -> ChatDriver:
    """Elisa, who looks after a block of sixteen flats."""
    for flat in range(1, 17):
        await add_gas_point(store, customer, address=f"Viale Carducci 9, int. {flat}, Forlì")
    chat = counter.visitor("Elisa")
    await link_chat(store, chat.id, customer, clock.now())
    return chat


async def test_typed_words_find_a_flat(elisa: ChatDriver) -> None:
    await elisa.sends("/autolettura")
    elisa.sees("Per quale punto", "Pagina 1 di 3", "scrivi una parte dell'indirizzo")
    await elisa.sends("INT 4")
    (flat, every) = labels(elisa.sees("Ho trovato 1 punto."))
    assert "int. 4," in flat
    assert every == "Tutti i punti"
    await elisa.taps(flat)
    elisa.sees("int. 4,", "Lettura contatore", edited=True)


async def test_the_end_of_a_code_finds_its_point(
    elisa: ChatDriver, store: Store, customer: Customer
) -> None:
    wanted = await add_gas_point(store, customer, address="Via Sola 1")
    await elisa.sends("/autolettura")
    elisa.sees("Per quale punto")
    await elisa.sends(wanted.code[-4:])
    assert "Via Sola 1" in labels(elisa.sees("Ho trovato 1 punto."))[0]
    await elisa.taps("Tutti i punti")
    elisa.sees("Pagina 1 di 3", edited=True)


async def test_many_that_are_found_are_counted(elisa: ChatDriver) -> None:
    await elisa.sends("/autolettura")
    elisa.sees("Per quale punto")
    await elisa.sends("carducci forli")
    found = elisa.sees("Ho trovato 16 punti. Ecco i primi 6")
    assert len(labels(found)) == 7


async def test_words_that_are_nowhere_bring_the_whole_list(elisa: ChatDriver) -> None:
    await elisa.sends("45.000")
    elisa.sees("Di quale punto è la lettura 45.000?")
    await elisa.sends("Via Inesistente")
    elisa.sees("non trovo nessun punto")
    elisa.sees("Di quale punto è la lettura 45.000?", "Pagina 1 di 3")
    await elisa.sends("int. 16")
    await elisa.taps(labels(elisa.sees("Ho trovato 1 punto."))[0])
    elisa.sees("Riepilogo", "int. 16", "45.000", edited=True)


async def test_under_a_short_list_a_tap_is_asked_for(dora: ChatDriver) -> None:
    await dora.sends("/autolettura")
    dora.sees("Per quale punto")
    await dora.sends("Via Mare")
    dora.sees("tocca uno dei pulsanti")


async def test_an_old_cancel_button_ends_no_new_conversation(
    dora: ChatDriver, houses: list[SupplyPoint]
) -> None:
    await dora.sends("/collega")
    old = dora.sees("Scrivi il codice cliente")
    await dora.sends("/autolettura")
    dora.skip()
    tap = await dora.taps("Annulla", old)
    assert "schermata di prima" in tap.text
    dora.sees_nothing_more()
    await dora.taps(on_buttons(houses)[0])  # the list of points is still open
    dora.sees("Lettura contatore", edited=True)
    asked = dora.last
    await dora.sends("/autolettura")  # and anew, the same one
    dora.skip()
    tap = await dora.taps("Annulla", asked)
    assert "schermata di prima" in tap.text
    await dora.sends("10100")
    dora.sees("Riepilogo", "10.100")
