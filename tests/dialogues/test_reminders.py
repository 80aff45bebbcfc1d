"""Reminders, as customers get and answer them: at the right moment, once, and no longer than true.

The clock is moved; at each moment both jobs run as the scheduler would run them.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import delete, update

from storage.engine import Store
from storage.models import (
    Access,
    Customer,
    EntryWindow,
    OutboxState,
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
    SelfReadingKind,
    SupplyPoint,
)
from storage.rules.quiet_hours import QuietHours
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_reading,
    add_window,
    link_chat,
)
from tests.support.readings import self_readings
from tests.support.unasked import outbox, rome, speak, states

OPENS, CLOSES = rome(2026, 3, 20), rome(2026, 4, 1)
"""The window of most tests: from midnight of the 20th until all of the 31st of March.

The clock goes forward in it, in the night before the 29th.
"""
READ, TOMORROW, CHANGE = "📟 Autolettura", "🔔 Ricordamelo domani", "Cambia punto"
ALONE, AMONG_SEVERAL = [READ, TOMORROW], [READ, CHANGE, TOMORROW]


@pytest.fixture
async def anna(counter: Counter, store: Store, clock: MovableClock) -> ChatDriver:
    """Anna, linked, with one gas point that was read in January, and a window in March."""
    chat = await visitor(counter, "Anna")
    customer = await add_customer(store)
    point = await add_gas_point(store, customer, address="Via Roma 12, Cesena")
    await add_reading(store, point, date(2026, 1, 15), 44_870)
    await link_chat(store, chat.id, customer, clock.now())
    await add_window(store, OPENS, CLOSES)
    return chat


async def visitor(counter: Counter, name: str) -> ChatDriver:
    """Somebody who has spoken with the bot before."""
    chat = counter.visitor(name)
    await chat.sends("/start")
    chat.skip()
    return chat


async def at(clock: MovableClock, counter: Counter, *moment: int) -> None:
    """Moves to a local moment, and lets the jobs run."""
    clock.set(*moment)
    await speak(counter)


async def choose(counter: Counter, chat: ChatDriver, **preferences: object) -> None:
    async with counter.service.store.unit() as unit:
        await unit.preferences.change(chat.id, **preferences)
        await unit.commit()


async def only_window(store: Store, start: datetime, end: datetime) -> None:
    """Puts another window of the company's in place of March's."""
    async with store.unit() as unit:
        await unit.session.execute(delete(EntryWindow))
        await unit.commit()
    await add_window(store, start, end)


async def submitted(store: Store, point: SupplyPoint, day: date, chat: ChatDriver) -> Reading:
    return await add_reading(
        store,
        point,
        day,
        45_000,
        source=ReadingSource.SELF,
        state=ReadingState.PENDING,
        chat_id=chat.id,
    )


# -- when --


async def test_the_three_reminders_of_a_window(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 19, 23, 59)
    await at(clock, counter, 2026, 3, 20, 0, 0)
    await at(clock, counter, 2026, 3, 20, 7, 59)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees(
        "Da adesso si può inviare la lettura",
        "Via Roma 12, Cesena",
        "fino a tutto il 31/03/2026",
        "rispondere con il numero",
        "/preferenze",
        buttons=ALONE,
    )
    await at(clock, counter, 2026, 3, 21, 8, 0)
    await at(clock, counter, 2026, 3, 27, 9, 0)
    await at(clock, counter, 2026, 3, 28, 8, 59)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 28, 9, 0)
    anna.sees("Restano 3 giorni", "fino a tutto il 31/03/2026", buttons=ALONE)
    await at(clock, counter, 2026, 3, 30, 20, 0)
    await at(clock, counter, 2026, 3, 31, 8, 59)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 31, 9, 0)
    anna.sees("Ultimo giorno", "fino a tutto il 31/03/2026", buttons=[READ])
    for hour in (10, 15, 21, 23):
        await at(clock, counter, 2026, 3, 31, hour, 0)
    await at(clock, counter, 2026, 4, 1, 8, 0)
    anna.sees_nothing_more()


@pytest.mark.parametrize(
    ("opens", "quiet", "says"),
    [
        # In the night to the 29th of March 2026 there is no 02:30: quiet ends with the change.
        (
            rome(2026, 3, 29),
            QuietHours(time(22), time(2, 30)),
            datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        ),
        (rome(2026, 3, 29), QuietHours(time(21), time(8)), datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
        (rome(2026, 3, 28), QuietHours(time(21), time(8)), datetime(2026, 3, 28, 7, 0, tzinfo=UTC)),
        # In the night to the 25th of October there are two: the first ends them.
        (
            rome(2026, 10, 25),
            QuietHours(time(22), time(2, 30)),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        (
            rome(2026, 10, 25),
            QuietHours(time(21), time(8)),
            datetime(2026, 10, 25, 7, 0, tzinfo=UTC),
        ),
        (
            rome(2026, 10, 26),
            QuietHours(time(13), time(13)),
            datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
        ),
    ],
)
@pytest.mark.both_databases
async def test_the_chats_own_hours_hold_across_both_clock_changes(  # noqa: PLR0917
    anna: ChatDriver,
    counter: Counter,
    store: Store,
    clock: MovableClock,
    opens: datetime,
    quiet: QuietHours,
    says: datetime,
) -> None:
    await choose(counter, anna, quiet=quiet)
    await only_window(store, opens, opens + timedelta(days=5))
    clock.set_to(opens - timedelta(minutes=1))
    while clock.now() < says:
        await speak(counter)
        anna.sees_nothing_more()
        clock.set_to(min(clock.now() + timedelta(minutes=30), says))
    await speak(counter)
    anna.sees("Da adesso si può inviare la lettura")


async def test_quiet_hours_that_wrap_midnight_are_looked_at_once_more_when_the_turn_comes(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 7, 0)  # it waits for eight o'clock
    await choose(counter, anna, quiet=QuietHours(time(20), time(10)))
    await at(clock, counter, 2026, 3, 20, 8, 30)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 20, 10, 0)
    anna.sees("Da adesso si può inviare la lettura")


async def test_a_window_that_ends_early_in_the_morning_is_reminded_of_the_evening_before(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await only_window(store, rome(2026, 3, 10), rome(2026, 3, 20, 10))
    clock.set(2026, 3, 18, 12)
    await speak(counter)
    anna.skip()
    await at(clock, counter, 2026, 3, 19, 17, 59)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 19, 18, 0)
    anna.sees("Ultime ore", "fino al 20/03/2026, 10:00", buttons=[READ])
    await at(clock, counter, 2026, 3, 20, 9, 30)


# -- to whom --


async def test_who_has_sent_a_reading_hears_nothing_more(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees("Da adesso")
    await anna.sends("45000")
    anna.sees("Riepilogo")
    await anna.taps("Salva")
    anna.sees("Lettura salvata", edited=True)
    for day in (28, 31):
        await at(clock, counter, 2026, 3, day, 9, 0)
    anna.sees_nothing_more()


@pytest.mark.parametrize("how", ["cancelled", "refused"])
async def test_a_reading_that_does_not_count_leaves_the_reminder_on(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock, how: str
) -> None:
    (point,) = await _points(store, anna)
    await add_reading(
        store,
        point,
        date(2026, 3, 22),
        45_000,
        source=ReadingSource.SELF,
        state=ReadingState.CANCELLED if how == "cancelled" else ReadingState.ACQUIRED,
        outcome=Outcome.REFUSED if how == "refused" else Outcome.NONE,
        chat_id=anna.id,
    )
    await at(clock, counter, 2026, 3, 28, 9, 0)
    anna.sees("Restano 3 giorni")


async def test_a_reading_of_an_earlier_window_does_not_count_for_this_one(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    (point,) = await _points(store, anna)
    await submitted(store, point, date(2026, 3, 19), anna)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees("Da adesso si può inviare la lettura")


@pytest.mark.both_databases
async def test_points_that_take_no_readings_and_supplies_that_ended_are_left_out(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = await visitor(counter, "Elena")
    customer = await add_customer(store, "000050")
    await add_electricity_point(store, customer)
    await add_gas_point(store, customer, self_reading=SelfReadingKind.NONE)
    await add_gas_point(store, customer, until=date(2026, 3, 20))
    await add_gas_point(store, customer, since=date(2026, 5, 1))
    await link_chat(store, chat.id, customer, clock.now())
    await add_window(store, OPENS, CLOSES)
    for day in (20, 28, 31):
        await at(clock, counter, 2026, 3, day, 9, 0)
    chat.sees_nothing_more()
    assert await outbox(store) == []


async def test_who_may_only_look_is_not_asked_to_read(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = await visitor(counter, "Ugo")
    customer = await add_customer(store)
    await add_gas_point(store, customer)
    await link_chat(store, chat.id, customer, clock.now(), access=Access.VIEW)
    await add_window(store, OPENS, CLOSES)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    assert await outbox(store) == []


async def test_a_link_that_ended_meanwhile_ends_the_reminder(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 1, 0)
    async with store.unit() as unit:
        (link,) = await unit.chats.links(anna.id)
        await unit.chats.unlink(anna.id, link.customer_id, now=clock.now())
        await unit.commit()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    assert await states(store, "reminder_opens") == [OutboxState.OUTDATED]


async def test_each_kind_can_be_switched_off_also_when_its_message_waits_already(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 1, 0)
    await choose(counter, anna, remind_when_open=False)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees_nothing_more()
    await choose(counter, anna, remind_before_close=False)
    await at(clock, counter, 2026, 3, 28, 9, 0)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 31, 9, 0)
    anna.sees("Ultimo giorno")
    assert [(each.kind, each.state) for each in await outbox(store)] == [
        ("reminder_opens", OutboxState.OUTDATED),
        ("reminder_last_day", OutboxState.SENT),
    ]


async def test_the_number_of_days_is_the_customers(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await choose(counter, anna, days_before_close=5, remind_when_open=False, remind_last_day=False)
    await at(clock, counter, 2026, 3, 25, 9, 0)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 26, 9, 0)
    anna.sees("Restano 5 giorni")
    for day in (28, 29, 30, 31):
        await at(clock, counter, 2026, 3, day, 9, 0)


async def test_several_chats_of_one_customer_are_each_reminded_as_they_like(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    bruno = await visitor(counter, "Bruno")
    async with store.reading() as unit:
        (link,) = await unit.chats.links(anna.id)
        customer = await unit.session.get_one(Customer, link.customer_id)
    await link_chat(store, bruno.id, customer, clock.now())
    await choose(counter, bruno, remind_when_open=False)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees("Da adesso")
    bruno.sees_nothing_more()
    await bruno.sends("45000")
    bruno.sees("Riepilogo")
    await bruno.taps("Salva")
    bruno.skip()
    await at(clock, counter, 2026, 3, 28, 9, 0)
    anna.sees_nothing_more()


# -- once --


async def test_what_came_due_while_the_program_was_down_is_said_once(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 30, 12, 0)  # opening and three days before, both missed
    anna.sees("Resta 1 giorno")
    await at(clock, counter, 2026, 3, 30, 12, 1)
    anna.sees_nothing_more()


async def test_what_came_due_while_the_program_was_down_and_is_over_is_not_said(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 4, 1, 9, 0)
    assert await outbox(store) == []
    anna.sees_nothing_more()


async def test_a_window_of_one_day_is_one_reminder(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await only_window(store, rome(2026, 3, 20), rome(2026, 3, 21))
    for hour in range(24):
        await at(clock, counter, 2026, 3, 20, hour, 0)
    anna.sees("Ultimo giorno", "fino a tutto il 20/03/2026")
    anna.sees_nothing_more()


async def test_windows_that_touch_are_one(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await add_window(store, CLOSES, rome(2026, 4, 11))
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees("Da adesso", "fino a tutto il 10/04/2026")
    for month, day in ((3, 28), (3, 31), (4, 1)):
        await at(clock, counter, 2026, month, day, 9, 0)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 4, 7, 9, 0)
    anna.sees("Restano 3 giorni")


# -- several points --


@pytest.fixture
async def carla(counter: Counter, store: Store, clock: MovableClock) -> ChatDriver:
    """Carla looks after three meters; the company's window is that of March."""
    chat = await visitor(counter, "Carla")
    customer = await add_customer(store, "000017")
    for place, meter in (("Via Uno 1", 1_000), ("Via Due 2", 2_000), ("Via Tre 3", 3_000)):
        point = await add_gas_point(store, customer, address=place)
        await add_reading(store, point, date(2026, 1, 15), meter)
    await link_chat(store, chat.id, customer, clock.now())
    await add_window(store, OPENS, CLOSES)
    return chat


async def test_one_message_for_all_points_and_a_number_walks_through_them(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 8, 0)
    carla.sees(
        "Via Uno 1", "Via Due 2", "Via Tre 3", "Si comincia da Via Uno 1", buttons=AMONG_SEVERAL
    )
    await carla.sends("1010")
    carla.sees("Riepilogo", "Via Uno 1", "1.010")
    await carla.taps("Salva")
    carla.sees("Lettura salvata", buttons=["➡️ Prossimo: Via Due 2", "Cancella"], edited=True)
    await carla.taps("➡️ Prossimo: Via Due 2")
    carla.sees("Via Due 2", "Lettura contatore")
    await carla.sends("2010")
    carla.sees("Riepilogo", "Via Due 2")
    await carla.taps("Salva")
    carla.sees("Lettura salvata", buttons=["➡️ Prossimo: Via Tre 3", "Cancella"], edited=True)
    await carla.sends("3010")  # the next number is for the next point, without the button
    carla.sees("Riepilogo", "Via Tre 3")
    await carla.taps("Salva")
    carla.sees("Lettura salvata", buttons=["Cancella"], edited=True)
    assert [reading.meter for reading in await self_readings(store)] == [1_010, 2_010, 3_010]


async def test_the_walk_is_over_the_points_that_lack_a_reading_in_this_window(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    _, second, _ = await _points(store, carla)
    await submitted(store, second, date(2026, 3, 26), carla)
    await at(clock, counter, 2026, 3, 28, 9, 0)
    text = carla.sees("Restano 3 giorni", "Via Uno 1", "Via Tre 3")["text"]
    assert "Via Due 2" not in text
    await carla.taps(READ)
    carla.sees("Via Uno 1", "Lettura contatore")
    await carla.sends("1010")
    await carla.taps("Salva")
    carla.sees("Riepilogo", "Via Uno 1")
    carla.sees("Lettura salvata", buttons=["➡️ Prossimo: Via Tre 3", "Cancella"], edited=True)


async def test_the_chosen_point_comes_first(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    *_, third = await _points(store, carla)
    async with store.unit() as unit:
        chat = await unit.chats.meet(carla.id, now=clock.now())
        await unit.chats.choose_supply_point(chat, third.id)
        await unit.commit()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    carla.sees("Si comincia da Via Tre 3")
    await carla.sends("3010")
    carla.sees("Riepilogo", "Via Tre 3")


async def test_a_number_days_after_the_reminder_is_asked_about(
    carla: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 8, 0)
    carla.skip()
    clock.set(2026, 3, 23, 8, 0)
    await carla.sends("1010")
    carla.sees("Di quale punto è la lettura 1.010?")


async def test_windows_of_their_own_that_open_in_the_same_night_are_one_message(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    first, second, _ = await _points(store, carla)
    await add_window(store, rome(2026, 3, 20), rome(2026, 3, 25), first)
    await add_window(store, rome(2026, 3, 20, 6), rome(2026, 3, 28), second)
    await at(clock, counter, 2026, 3, 20, 7, 0)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    carla.sees("24/03/2026", "27/03/2026", "31/03/2026")
    await at(clock, counter, 2026, 3, 20, 8, 5)
    carla.sees_nothing_more()
    sent = await outbox(store, "reminder_opens")
    assert [each.state for each in sent] == [OutboxState.SENT] * len(sent)
    assert len([each for each in sent if each.carried_by is None]) == 1
    await at(clock, counter, 2026, 3, 24, 9, 0)
    carla.sees("Ultimo giorno", "Via Uno 1")


async def test_a_second_window_that_opens_later_on_the_same_day_is_told(
    carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    first, *_ = await _points(store, carla)
    await add_window(store, rome(2026, 3, 20, 14), rome(2026, 3, 25), first)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    assert "Via Uno" not in carla.sees("Da adesso", "Via Due 2")["text"]
    await at(clock, counter, 2026, 3, 20, 14, 0)
    carla.sees("Da adesso", "Via Uno 1")


async def test_three_hundred_points_fit_into_one_message(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = await visitor(counter, "Amministratore")
    customer = await add_customer(store, "000018")
    for number in range(300):
        await add_gas_point(store, customer, address=f"Via <b>& {'lunga ' * 49}{number}")
    await link_chat(store, chat.id, customer, clock.now())
    await add_window(store, OPENS, CLOSES)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    chat.sees("Via <b>& lunga", "…e altri 290 punti")


# -- tomorrow --


async def test_ricordamelo_domani_puts_it_off_by_a_day(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees("Da adesso")
    first, second = await anna.taps_twice(TOMORROW)
    assert first.text == "Va bene, a domani."
    anna.sees("ne riparliamo 21/03/2026, 09:00", buttons=[READ], edited=True)
    assert second.answered
    anna.skip()
    assert len(await outbox(store, "reminder_tomorrow")) == 1
    await at(clock, counter, 2026, 3, 21, 8, 59)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 21, 9, 0)
    anna.sees("Come d'accordo", "manca ancora la lettura", buttons=ALONE)


async def test_tomorrow_and_three_days_before_are_one_message(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.skip()
    clock.set(2026, 3, 27, 22, 0)
    await anna.taps(TOMORROW)
    anna.skip()
    await at(clock, counter, 2026, 3, 28, 9, 0)
    anna.sees("Restano 3 giorni")
    anna.sees_nothing_more()


async def test_a_reading_in_the_meantime_makes_tomorrow_silent(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 8, 0)
    await anna.taps(TOMORROW)
    await anna.sends("45000")
    await anna.taps("Salva")
    anna.skip()
    await at(clock, counter, 2026, 3, 21, 9, 0)
    assert await states(store, "reminder_tomorrow") == [OutboxState.OUTDATED]


async def test_tomorrow_on_an_old_reminder_when_it_would_be_too_late(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.skip()
    clock.set(2026, 3, 31, 10, 0)
    tap = await anna.taps(TOMORROW)
    assert "Domani sarebbe tardi" in tap.text
    assert tap.show_alert
    clock.set(2026, 4, 2, 10, 0)
    tap = await anna.taps(TOMORROW)
    assert "Non manca nessuna lettura" in tap.text
    assert await outbox(store, "reminder_tomorrow") == []


# -- who is in the middle of something, or gone --


async def test_a_reminder_does_not_walk_into_a_conversation(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    clock.set(2026, 3, 28, 8, 58)
    await anna.sends("/autolettura")
    anna.sees("Lettura contatore")
    await at(clock, counter, 2026, 3, 28, 9, 0)
    anna.sees_nothing_more()
    await anna.sends("/annulla")
    anna.sees("Annullato")
    await at(clock, counter, 2026, 3, 28, 9, 6)
    anna.sees("Restano 3 giorni")


async def test_who_blocked_the_bot_is_left_alone_until_they_come_back(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 1, 0)
    anna.person.block_bot()
    await counter.settle()
    counter.telegram.calls.clear()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    await at(clock, counter, 2026, 3, 28, 9, 0)
    assert counter.telegram.calls.of("sendMessage") == []
    assert await states(store) == [OutboxState.HELD]
    clock.set(2026, 3, 29, 10, 0)
    anna.person.unblock_bot()
    await anna.sends("/start")
    anna.skip()
    await speak(counter)
    anna.sees("Si può inviare la lettura")


async def test_what_was_held_back_for_too_long_is_not_said(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await at(clock, counter, 2026, 3, 20, 1, 0)
    anna.person.block_bot()
    await counter.settle()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    await at(clock, counter, 2026, 4, 1, 0, 0)
    assert await states(store) == [OutboxState.OUTDATED]
    anna.person.unblock_bot()
    await anna.sends("/start")
    anna.skip()
    await speak(counter)
    anna.sees_nothing_more()


async def test_a_block_that_only_the_sending_finds(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    counter.telegram.chat(anna.id).blocked = True  # and Telegram has not said so
    counter.telegram.calls.clear()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    assert await states(store) == [OutboxState.HELD]
    await at(clock, counter, 2026, 3, 28, 9, 0)
    assert len(counter.telegram.calls.of("sendMessage")) == 1
    counter.telegram.chat(anna.id).blocked = False


@pytest.mark.both_databases
async def test_a_deactivated_user_is_unlinked(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    anna.person.deactivate()
    counter.telegram.calls.clear()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    async with store.reading() as unit:
        assert await unit.chats.links(anna.id) == []
    assert await states(store) == [OutboxState.OUTDATED]
    await at(clock, counter, 2026, 3, 28, 9, 0)
    assert len(counter.telegram.calls.of("sendMessage")) == 1


# -- Avvisami, and windows that change --


async def test_avvisami_and_the_reminder_are_one_message(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await anna.sends("/autolettura")
    await anna.taps("Avvisami")
    anna.skip()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees("Da adesso si può inviare la lettura")
    await at(clock, counter, 2026, 3, 20, 8, 1)
    anna.sees_nothing_more()


async def test_avvisami_is_kept_also_by_who_wants_no_reminders(
    anna: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await choose(counter, anna, remind_when_open=False, quiet=QuietHours(time(22), time(10)))
    await anna.sends("/autolettura")
    await anna.taps("Avvisami")
    anna.skip()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 20, 10, 0)
    anna.sees("Da adesso si può inviare la lettura")


@pytest.mark.both_databases
async def test_avvisami_follows_a_window_that_was_moved(
    anna: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await anna.sends("/autolettura")
    await anna.taps("Avvisami")
    anna.skip()
    async with store.unit() as unit:
        await unit.session.execute(
            update(EntryWindow).values(
                starts_at=rome(2026, 3, 24), ends_at=rome(2026, 4, 3), planned_at=None
            )
        )
        await unit.commit()
    await choose(counter, anna, remind_when_open=False)
    await at(clock, counter, 2026, 3, 20, 8, 0)
    anna.sees_nothing_more()
    await at(clock, counter, 2026, 3, 24, 8, 0)
    anna.sees("Da adesso si può inviare la lettura", "fino a tutto il 02/04/2026")


# -- what they bring in --


async def test_what_each_kind_brought_in_is_counted(
    anna: ChatDriver, carla: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    since = clock.now()
    await at(clock, counter, 2026, 3, 20, 8, 0)
    await carla.sends("1010")
    await carla.taps("Salva")
    await carla.sends("2010")
    await carla.taps("Salva")
    carla.skip()
    await anna.sends("/autolettura")
    await anna.sends("/annulla")
    await at(clock, counter, 2026, 3, 28, 9, 0)
    await anna.taps(READ)
    await anna.sends("45000")
    await anna.taps("Salva")
    anna.skip()
    carla.skip()
    async with store.reading() as unit:
        found = await unit.reminders.effects(since=since)
        later = await unit.reminders.effects(since=clock.now() + timedelta(days=1))
    opens, closing = found["reminder_opens"], found["reminder_closing"]
    assert (opens.sent, opens.answered, opens.readings) == (2, 1, 2)
    assert (closing.sent, closing.answered, closing.readings) == (2, 1, 1)
    assert found["reminder_last_day"].sent == 0
    assert later["reminder_opens"].sent == 0


async def _points(store: Store, chat: ChatDriver) -> list[SupplyPoint]:
    async with store.reading() as unit:
        return sorted(await unit.supply_points.of_chat(chat.id), key=lambda point: point.id)
