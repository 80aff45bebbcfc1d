"""When readings are taken: windows, midnight, the ten minutes after the end, and clock changes."""

from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import delete

from conversations.readings.submit.screens import RemindWhenOpen
from storage.engine import Store
from storage.models import EntryWindow, ReadingState, SelfReadingKind, SupplyPoint
from storage.rules.windows import local_instant
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import ROME, MovableClock
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    add_window,
    give_point,
    link_chat,
)
from tests.support.readings import point_of, reads, self_readings

SUMMARY = ["Salva", "Correggi", "Annulla"]


def rome(*parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=ROME)


@pytest.fixture
async def carla(counter: Counter, store: Store, clock: MovableClock) -> ChatDriver:
    """Carla, linked, with one gas point read in January, and no window at all."""
    chat = counter.visitor("Carla")
    customer = await add_customer(store)
    point = await add_gas_point(store, customer, address="Via Verdi 3, Forlì")
    await add_reading(store, point, date(2026, 1, 15), 44_870)
    await link_chat(store, chat.id, customer, clock.now())
    return chat


async def to_the_summary(chat: ChatDriver, number: str = "45000") -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends(number)
    chat.sees("Riepilogo", buttons=SUMMARY)


# -- closed --


async def test_a_closed_window_without_a_next_one_says_so(carla: ChatDriver) -> None:
    await carla.sends("/autolettura")
    carla.sees("Via Verdi 3", "letture è chiuso", "non è ancora stata fissata", buttons=[])


async def test_a_closed_window_names_the_next_one(carla: ChatDriver, store: Store) -> None:
    await add_window(store, rome(2026, 1, 1), rome(2026, 2, 1))
    await add_window(store, rome(2026, 2, 20, 8), rome(2026, 2, 25, 22))
    await carla.sends("/autolettura")
    carla.sees(
        "letture è chiuso",
        "Si apre il 20/02/2026, 08:00",
        "si chiude il 25/02/2026, 22:00",
        buttons=["Avvisami"],
    )


async def test_avvisami_brings_a_message_when_the_window_opens(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 20, 9), rome(2026, 2, 25))
    await carla.sends("/autolettura")
    carla.sees("letture è chiuso")
    tap = await carla.taps("Avvisami")
    assert tap.text == "Va bene, ti avviso."
    carla.sees("20/02/2026, 09:00", "arriverà un messaggio", buttons=[], edited=True)

    clock.set(2026, 2, 20, 8, 59)
    await counter.service.outbox.run()
    carla.sees_nothing_more()
    clock.set(2026, 2, 20, 9, 0)
    await counter.service.outbox.run()
    carla.sees(
        "si può inviare la lettura",
        "Via Verdi 3",
        buttons=["📟 Autolettura", "🔔 Ricordamelo domani"],
    )
    await counter.service.outbox.run()
    carla.sees_nothing_more()

    await carla.taps("📟 Autolettura")
    carla.sees("Ultima lettura: 44.870", "Lettura contatore", buttons=["Annulla"])


async def test_avvisami_tapped_twice_brings_one_message(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 20, 9), rome(2026, 2, 25))
    await carla.sends("/autolettura")
    await carla.taps_twice("Avvisami")
    carla.skip()
    clock.set(2026, 2, 20, 9, 0)
    await counter.service.outbox.run()
    carla.sees("si può inviare la lettura")
    await counter.service.outbox.run()


async def test_avvisami_waits_for_the_morning(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 20, 0), rome(2026, 2, 25))
    await carla.sends("/autolettura")
    await carla.taps("Avvisami")
    carla.skip()
    clock.set(2026, 2, 20, 7, 59)
    await counter.service.outbox.run()
    carla.sees_nothing_more()
    clock.set(2026, 2, 20, 8, 0)
    await counter.service.outbox.run()
    carla.sees("si può inviare la lettura")


async def test_avvisami_is_silent_once_the_reading_is_in(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 20, 0), rome(2026, 2, 25))
    await carla.sends("/autolettura")
    await carla.taps("Avvisami")
    carla.skip()
    clock.set(2026, 2, 20, 7, 0)
    await reads(carla, "45000")
    clock.set(2026, 2, 20, 8, 0)
    await counter.service.outbox.run()
    carla.sees_nothing_more()


async def test_avvisami_is_silent_when_the_window_was_moved(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 20, 9), rome(2026, 2, 25))
    await carla.sends("/autolettura")
    await carla.taps("Avvisami")
    carla.skip()
    async with store.unit() as unit:
        await unit.session.execute(delete(EntryWindow))
        await unit.commit()
    clock.set(2026, 2, 20, 9, 0)
    await counter.service.outbox.run()
    carla.sees_nothing_more()


async def test_avvisami_tapped_when_the_window_is_open_says_so(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 20, 9), rome(2026, 2, 25))
    await carla.sends("/autolettura")
    carla.sees("letture è chiuso")
    clock.set(2026, 2, 20, 9, 0)
    tap = await carla.taps("Avvisami")
    assert "si può già" in tap.text
    assert tap.show_alert


@pytest.mark.parametrize("meanwhile", ["no window", "read", "ended", "not read"])
async def test_avvisami_says_what_stands_in_the_way_now(
    carla: ChatDriver, store: Store, clock: MovableClock, meanwhile: str
) -> None:
    await add_window(store, rome(2026, 2, 20, 9), rome(2026, 2, 25))
    await carla.sends("/autolettura")
    closed = carla.sees("letture è chiuso")
    point = await point_of(store, carla)
    match meanwhile:
        case "no window":
            expected = "non è ancora stata fissata"
            async with store.unit() as unit:
                await unit.session.execute(delete(EntryWindow))
                await unit.commit()
        case "read":
            expected = "La lettura di oggi c'è già"
            clock.set(2026, 2, 20, 9, 0)
            await reads(carla, "45000")
        case "ended":
            expected = "cessata il 15/02/2026"
            await _change(store, carla, until=date(2026, 2, 15))
        case _:
            expected = "l'autolettura non è prevista"
            await _change(store, carla, self_reading=SelfReadingKind.NONE)
    tap = await carla.taps_data(RemindWhenOpen(point.id), closed["message_id"])
    assert not tap.text
    carla.sees(expected, edited=True)


async def test_a_point_with_windows_of_its_own_ignores_the_companys(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_open_window(store, clock.now())
    point = await point_of(store, carla)
    await add_window(store, rome(2026, 3, 1), rome(2026, 3, 5), point)
    await carla.sends("/autolettura")
    carla.sees("letture è chiuso", "01/03/2026, 00:00", buttons=["Avvisami"])


# -- it closes in the middle --


async def test_the_window_closes_between_question_and_answer(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 15, 8), rome(2026, 2, 15, 10, 5))
    await carla.sends("/autolettura")
    carla.sees("Lettura contatore")
    clock.move(minutes=6)
    await carla.sends("45000")
    carla.sees("si è chiuso", "non è stata salvata", buttons=[])
    await carla.sends("/annulla")
    carla.sees("Non c'è niente da annullare.")
    assert await self_readings(store) == []


async def test_a_summary_can_be_saved_for_ten_minutes_after_the_end(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 15, 8), rome(2026, 2, 15, 10, 5))
    await to_the_summary(carla)
    clock.set(2026, 2, 15, 10, 14)
    await carla.taps("Salva")
    carla.sees("Lettura salvata", "15/02/2026", edited=True)


async def test_a_summary_cannot_be_saved_later_than_that(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 15, 8), rome(2026, 2, 15, 10, 5))
    await add_window(store, rome(2026, 3, 1, 8), rome(2026, 3, 5))
    await to_the_summary(carla)
    clock.set(2026, 2, 15, 10, 16)
    await carla.taps("Salva")
    carla.sees(
        "si è chiuso",
        "non è stata salvata",
        "01/03/2026, 08:00",
        buttons=["Avvisami"],
        edited=True,
    )
    assert await self_readings(store) == []


async def test_a_window_that_ends_at_midnight_leaves_the_summary_its_date(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 10), rome(2026, 2, 16))
    clock.set(2026, 2, 15, 23, 55)
    await to_the_summary(carla)
    clock.set(2026, 2, 16, 0, 5)
    await carla.taps("Salva")
    carla.sees("Lettura salvata", "Data lettura: 15/02/2026", edited=True)
    (reading,) = await self_readings(store)
    assert reading.day == date(2026, 2, 15)


async def test_a_doubt_at_salva_leaves_the_ten_minutes_and_the_date(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 10), rome(2026, 2, 16))
    clock.set(2026, 2, 15, 23, 55)
    await to_the_summary(carla)
    await add_reading(store, await point_of(store, carla), date(2026, 2, 14), 99_000)
    clock.set(2026, 2, 16, 0, 3)
    await carla.taps("Salva")
    carla.sees("più bassa dell'ultima", "99.000 del 14/02/2026", edited=True)
    await carla.taps("Giro contatore")
    carla.sees("più di dieci volte", buttons=["Correggi", "Annulla"], edited=True)
    assert await self_readings(store) == []


async def test_a_doubt_that_is_answered_within_the_ten_minutes_leads_to_salva(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 10), rome(2026, 2, 16))
    clock.set(2026, 2, 15, 23, 55)
    await to_the_summary(carla)
    await add_reading(store, await point_of(store, carla), date(2026, 2, 14), 45_000)
    clock.set(2026, 2, 16, 0, 3)
    await carla.taps("Salva")
    carla.sees("uguale all'ultima, del 14/02/2026", edited=True)
    clock.set(2026, 2, 16, 0, 6)
    await carla.taps("Confermo")
    carla.sees("Riepilogo", "Data lettura: 15/02/2026", buttons=SUMMARY, edited=True)
    clock.set(2026, 2, 16, 0, 9)
    await carla.taps("Salva")
    carla.sees("Lettura salvata", "Data lettura: 15/02/2026", edited=True)
    (reading,) = await self_readings(store)
    assert (reading.day, reading.meter) == (date(2026, 2, 15), 45_000)


@pytest.mark.parametrize("label", ["Confermo", "Salva"])
async def test_a_doubt_does_not_make_the_ten_minutes_longer(
    carla: ChatDriver, store: Store, clock: MovableClock, label: str
) -> None:
    await add_window(store, rome(2026, 2, 10), rome(2026, 2, 16))
    clock.set(2026, 2, 15, 23, 55)
    await to_the_summary(carla)
    await add_reading(store, await point_of(store, carla), date(2026, 2, 14), 45_000)
    clock.set(2026, 2, 16, 0, 3)
    await carla.taps("Salva")
    if label == "Salva":
        await carla.taps("Confermo")
    carla.skip()
    clock.set(2026, 2, 16, 0, 10)
    await carla.taps(label)
    carla.sees("si è chiuso", "non è stata salvata", edited=True)
    assert await self_readings(store) == []


async def test_a_number_is_not_corrected_in_the_ten_minutes(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 15, 8), rome(2026, 2, 15, 10, 5))
    await to_the_summary(carla)
    clock.set(2026, 2, 15, 10, 8)
    await carla.taps("Correggi")
    carla.sees("si è chiuso", "non è stata salvata", edited=True)


# -- midnight in an open window --


async def test_salva_after_midnight_shows_the_new_summary_first(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 10), rome(2026, 2, 20))
    clock.set(2026, 2, 15, 23, 50)
    await to_the_summary(carla)
    clock.set(2026, 2, 16, 0, 5)
    await carla.taps("Salva")
    carla.sees("Riepilogo", "Data lettura: 16/02/2026", "45.000", buttons=SUMMARY, edited=True)
    assert await self_readings(store) == []
    await carla.taps("Salva")
    carla.sees("Lettura salvata", "16/02/2026", edited=True)
    (reading,) = await self_readings(store)
    assert (reading.day, reading.state) == (date(2026, 2, 16), ReadingState.PENDING)


async def test_each_day_takes_a_reading(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 2, 10), rome(2026, 2, 20))
    clock.set(2026, 2, 15, 23, 50)
    await reads(carla, "45000")
    clock.set(2026, 2, 16, 0, 5)
    await reads(carla, "45001")
    assert [(r.day.day, r.meter) for r in await self_readings(store)] == [
        (15, 45_000),
        (16, 45_001),
    ]


# -- the clock changes --


async def test_an_hour_that_comes_twice_means_the_first_time(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    day = date(2026, 10, 25)
    start = local_instant(day, time(1), ROME)
    end = local_instant(day, time(2, 30), ROME)
    await add_window(store, start, end)
    clock.move(seconds=(end - clock.now()).total_seconds() - 60)  # 02:29, the first time
    await carla.sends("/autolettura")
    carla.sees("Lettura contatore")
    await carla.sends("/annulla")
    carla.sees("Annullato")
    clock.move(minutes=46)  # 02:15, the second time
    await carla.sends("/autolettura")
    carla.sees("letture è chiuso")


async def test_the_night_of_the_clock_change_has_one_date(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 10, 20), rome(2026, 10, 30))
    clock.set(2026, 10, 25, 0, 5)
    await reads(carla, "46000")
    clock.move(hours=24)  # 23:05 of the same day, which has twenty-five hours
    await carla.sends("/autolettura")
    carla.sees("c'è già", "25/10/2026")
    clock.move(hours=1)
    await carla.sends("/autolettura")
    carla.sees("Lettura contatore")


async def test_in_spring_the_day_is_an_hour_shorter(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 5))
    clock.set(2026, 3, 29, 0, 5)
    await reads(carla, "45500")
    clock.move(hours=22, minutes=54)  # 23:59
    await carla.sends("/autolettura")
    carla.sees("c'è già", "29/03/2026")
    clock.move(minutes=2)
    await carla.sends("/autolettura")
    carla.sees("Ultima lettura: 45.500 (29/03/2026)")


async def test_the_next_acquisition_is_told_in_local_time(
    carla: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 5))
    clock.set(2026, 3, 29, 1, 59)
    await carla.sends("/autolettura")
    await carla.sends("45500")
    carla.skip()
    await carla.taps("Salva")
    carla.sees("Da acquisire", "alle 03:00", edited=True)


async def test_the_next_acquisition_is_told_with_its_day_where_that_is_tomorrow(
    chat: ChatDriver, clock: MovableClock
) -> None:
    clock.set(2026, 2, 15, 23, 45)
    await chat.sends("45000")
    chat.skip()
    await chat.taps("Salva")
    chat.sees("Da acquisire", "la prendiamo in carico il 16/02/2026 alle 00:00", edited=True)
    clock.set(2026, 2, 16, 0, 5)
    await chat.taps("Cancella")
    chat.skip()
    await chat.taps("No")
    chat.sees("la prendiamo in carico alle 00:30", edited=True)


# -- the supply itself begins and ends --


async def _change(store: Store, chat: ChatDriver, **values: Any) -> None:
    point = await point_of(store, chat)
    async with store.unit() as unit:
        changed = await unit.session.get_one(SupplyPoint, point.id)
        for name, value in values.items():
            setattr(changed, name, value)
        await unit.commit()


async def test_a_supply_that_ended_takes_no_readings_and_keeps_its_history(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await reads(chat, "45000")
    clock.move(days=1)
    await _change(store, chat, until=date(2026, 2, 16))
    await chat.sends("/autolettura")
    chat.sees("cessata il 16/02/2026", buttons=[])
    await chat.sends("/letture")
    chat.sees("Elenco autoletture", "15/02/2026 · 45.000")


async def test_the_last_day_before_the_end_still_takes_a_reading(
    chat: ChatDriver, store: Store
) -> None:
    await _change(store, chat, until=date(2026, 2, 16))
    await reads(chat, "45000")
    assert len(await self_readings(store)) == 1


async def test_a_supply_that_ends_in_the_middle_takes_nothing_more(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    await _change(store, chat, until=date(2026, 2, 15))
    await chat.taps("Salva")
    chat.sees("cessata il 15/02/2026", buttons=[], edited=True)
    assert await self_readings(store) == []


async def test_a_supply_that_begins_later_says_from_when(chat: ChatDriver, store: Store) -> None:
    await _change(store, chat, since=date(2026, 3, 1))
    await chat.sends("/autolettura")
    chat.sees("comincia il 01/03/2026", buttons=[])


async def test_readings_from_before_the_decorrenza_are_not_shown(
    chat: ChatDriver, store: Store
) -> None:
    await give_point(store, await point_of(store, chat), date(2026, 2, 1))
    await chat.sends("/autolettura")
    assert "44.870" not in chat.sees("Lettura contatore")["text"]
    await chat.sends("30")
    chat.sees("Riepilogo", "Lettura contatore: 30", buttons=SUMMARY)


# -- left alone --


async def test_a_summary_left_alone_for_half_an_hour_is_closed_with_a_word(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await to_the_summary(chat)
    clock.move(minutes=29)
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    clock.move(minutes=1)
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees("mezz'ora", "non è stato salvato niente")
    tap = await chat.taps("Salva")
    assert "non vale più" in tap.text
    chat.sees("Eccoci")
    assert await self_readings(store) == []


@pytest.mark.parametrize("typed", ["/annulla", "annulla"])
async def test_annulla_after_half_an_hour_is_answered_once(
    chat: ChatDriver, clock: MovableClock, typed: str
) -> None:
    await to_the_summary(chat)
    clock.move(minutes=31)
    await chat.sends(typed)
    chat.sees("mezz'ora", "non è stato salvato niente")
    chat.sees_nothing_more()
    await chat.sends(typed)
    chat.sees("Non c'è niente da annullare.")


async def test_salva_after_half_an_hour_says_why_it_is_too_late(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await to_the_summary(chat)
    clock.move(minutes=31)
    await chat.taps("Salva")
    chat.sees("mezz'ora", "non è stato salvato niente")
    chat.sees("Eccoci")
    assert await self_readings(store) == []
