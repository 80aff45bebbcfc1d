"""A word to many at once, under Telegram's flood limits: all arrives, and nobody waits for it.

What is counted is what the local Telegram saw, by its own clock.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.application import Service
from bot.jobs.outbox import LANES
from bot.local_telegram import Event, LocalTelegram
from bot.settings import Settings
from conversations import notices
from conversations.kit.unasked import Made, Telling
from storage.engine import Store
from storage.models import Customer, OutboxMessage, OutboxState
from storage.notices import ConversationLeftAlone, Notice
from tests.dialogues.conftest import unhurried
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)
from tests.support.pictures import PlainPictures
from tests.support.unasked import states

LEFT_ALONE = ConversationLeftAlone()
KIND = LEFT_ALONE.kind
WORDS = "mezz'ora"
PEOPLE = 75


@pytest.fixture
async def counter(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock
) -> AsyncIterator[Counter]:
    """The service at the pace that Telegram wants, and a Telegram that insists on it."""
    telegram.flood.enabled = True
    service = Service(
        settings, clock=clock, pictures=PlainPictures(), flood=unhurried(), jobs=False
    )
    async with service:
        telegram.calls.clear()
        telegram.flood.reset()
        yield Counter(telegram, service)


async def queue(counter: Counter, number: int, *, each: int = 1, bulk: bool = True) -> list[int]:
    """Puts messages for so many people, who have all begun a chat, into the outbox."""
    people = [counter.telegram.add_person(f"P{n}", language_code="it") for n in range(number)]
    now = counter.service.clock.now()
    async with counter.service.store.unit() as unit:
        for person in people:
            counter.telegram.chat(person.id).started = True
            await unit.chats.meet(person.id, now=now)
            for place in range(each):
                await unit.outbox.queue(f"{person.id}:{place}", LEFT_ALONE, person.id, now=now)
        if bulk:
            for message in await unit.session.scalars(select(OutboxMessage)):
                message.bulk = True
        await unit.commit()
    return [person.id for person in people]


def received(counter: Counter, chat_id: int) -> int:
    """How many of the messages stand in a chat."""
    return sum(WORDS in message.get("text", "") for message in counter.telegram.messages(chat_id))


async def until(holds: Callable[[], bool]) -> None:
    """Returns when something has come about."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # what holds has no event of its own
            await asyncio.sleep(0.01)


async def left(store: Store) -> int:
    """How many messages wait in the outbox."""
    async with store.reading() as unit:
        waiting = (OutboxState.QUEUED, OutboxState.SENDING)
        return (
            await unit.session.scalar(select(func.count()).where(OutboxMessage.state.in_(waiting)))
        ) or 0


async def test_all_is_delivered_nothing_is_rejected_and_no_second_has_too_much(
    counter: Counter,
) -> None:
    people = await queue(counter, PEOPLE)
    assert await counter.service.outbox.run() == PEOPLE
    assert {received(counter, person) for person in people} == {1}
    calls = counter.telegram.calls
    assert [call for call in calls if call.status == 429] == []
    assert calls.peak() <= 30
    assert await left(counter.service.store) == 0


async def test_a_customer_who_chats_meanwhile_is_answered_at_once(counter: Counter) -> None:
    anna = counter.visitor("Anna")
    service = counter.service
    now = service.clock.now()
    await anna.sends("/start")
    anna.skip()
    customer: Customer = await add_customer(service.store)
    point = await add_gas_point(service.store, customer)
    await add_open_window(service.store, now)
    await add_reading(service.store, point, (now - timedelta(days=31)).date(), 44_870)
    await link_chat(service.store, anna.id, customer, now)
    people = await queue(counter, 2 * PEOPLE)
    delivered = 0

    def count(event: Event) -> None:
        nonlocal delivered
        delivered += event.kind == "message" and event.chat_id in set(people) and event.from_bot

    counter.telegram.subscribe(count)
    broadcast = asyncio.create_task(service.outbox.run())
    await until(lambda: delivered >= 5)
    waited = []
    for says, sees in (("/autolettura", "Lettura contatore"), ("45000", "Riepilogo")):
        before = delivered
        await anna.sends(says)
        anna.sees(sees)
        waited.append(delivered - before)
    before = delivered
    await anna.taps("Salva")
    anna.sees("Lettura salvata", edited=True)
    waited.append(delivered - before)
    # Behind the broadcast, an answer would have waited for all the rest of it.
    assert delivered < 2 * PEOPLE - 50
    assert max(waited) <= 25
    await broadcast
    assert {received(counter, person) for person in people} == {1}
    assert [call for call in counter.telegram.calls if call.status == 429] == []
    assert counter.telegram.calls.peak() <= 30


async def test_news_for_one_does_not_wait_behind_news_for_all(counter: Counter) -> None:
    people = await queue(counter, 60)
    order: list[int | None] = []

    def note(event: Event) -> None:
        if event.kind == "message":
            order.append(event.chat_id)

    counter.telegram.subscribe(note)
    broadcast = asyncio.create_task(counter.service.outbox.run())
    await until(lambda: bool(order))
    (one,) = await queue(counter, 1, bulk=False)
    await broadcast
    # At the most, what had been taken up when it came went before it.
    assert one in order[:55]
    assert len(order) == 61
    assert len(people) == 60


async def test_a_chat_gets_one_message_a_second(counter: Counter) -> None:
    people = await queue(counter, 3, each=4)
    await counter.service.outbox.run()
    assert {received(counter, person) for person in people} == {4}
    calls = counter.telegram.calls.of("sendMessage")
    assert all(call.ok for call in calls)
    for person in people:
        times = [call.at for call in calls if call.chat_id == person]
        # A second at our end; at the other, as the line has it.
        assert max(sum(at <= other < at + 1 for other in times) for at in times) <= 2


async def test_a_429_in_the_middle_is_obeyed_by_all_and_nothing_is_lost(counter: Counter) -> None:
    anna = counter.visitor("Anna")
    await anna.sends("/start")
    anna.skip()
    people = await queue(counter, 60)
    sent = asyncio.Event()
    counter.telegram.subscribe(lambda _: sent.set() if received(counter, people[20]) else None)
    broadcast = asyncio.create_task(counter.service.outbox.run())
    await sent.wait()
    # Twice, of two chats: it means the bot, and not a chat.
    counter.telegram.faults.fail("status", "sendMessage", status=429, retry_after=2, times=2)
    await until(lambda: counter.service.pace.gate.is_held)
    await anna.sends("/menu")  # who chats is held as well: the limit is the whole bot's
    anna.sees("Eccoci" if received(counter, anna.id) else "Ciao")
    await broadcast
    calls = counter.telegram.calls.of("sendMessage")
    _, refused = [call for call in calls if call.status == 429]
    early = [call for call in calls if refused.at < call.at < refused.at + 2]
    assert len(early) < LANES  # what was on its way already, and nothing else
    assert anna.id not in {call.chat_id for call in early}
    assert {received(counter, person) for person in people} == {1}
    assert await left(counter.service.store) == 0


async def test_a_broken_line_in_the_middle_loses_nothing(counter: Counter) -> None:
    people = await queue(counter, 20)
    counter.telegram.faults.fail("cut", "sendMessage", times=2)
    counter.telegram.faults.fail("status", "sendMessage", status=502, times=2)
    await counter.service.outbox.run()
    assert {received(counter, person) for person in people} == {1}


async def test_customers_who_are_always_busy_do_not_stop_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives way for a moment each time, and then goes on."""
    asked = 0

    async def never_quiet() -> None:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()

    monkeypatch.setattr(counter.service.outbox, "_quiet", never_quiet)
    people = await queue(counter, 5)
    await counter.service.outbox.run()
    assert {received(counter, person) for person in people} == {1}
    assert asked >= 5


async def answered(chat: ChatDriver, text: str) -> None:
    """Sends a message, and returns when the bot says something in its chat."""
    said = asyncio.Event()

    def listen(event: Event) -> None:
        if event.kind == "message" and event.chat_id == chat.id and event.from_bot:
            said.set()

    chat.counter.telegram.subscribe(listen)
    chat.person.send_text(chat.person.private_chat, text)
    async with asyncio.timeout(60):
        await said.wait()


async def test_a_chat_that_goes_too_fast_waits_by_itself(counter: Counter) -> None:
    """Without a refusal, that is: Telegram's would hold up everybody."""
    loud, calm = counter.visitor("Loud"), counter.visitor("Calm")
    await calm.sends("/start")
    for _ in range(3):
        for _ in range(4):
            loud.person.send_text(loud.person.private_chat, "/aiuto")
        await answered(calm, "/aiuto")
        await asyncio.sleep(1)
    assert len(loud.messages()) < 24, "calm was answered while it stood in line"
    await counter.settle()
    assert [call for call in counter.telegram.calls if call.status == 429] == []
    assert len(loud.messages()) == 24, "all was answered"
    loud.skip()
    calm.skip()


async def test_what_waited_out_a_hold_does_not_leave_in_a_burst(counter: Counter) -> None:
    people = [counter.visitor(f"P{number}") for number in range(100)]
    counter.service.pace.gate.hold(2)
    for each in people:
        each.person.send_text(each.person.private_chat, "/start")
    await counter.settle()
    calls = counter.telegram.calls
    assert [call for call in calls if call.status == 429] == []
    assert calls.peak() <= 30
    for each in people:
        each.sees("Ciao")


async def test_what_a_hold_met_is_made_anew(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was true before it may not be true after it."""
    (person,) = await queue(counter, 1)
    true = [True]
    make = notices.NOTICES[KIND]

    async def while_true(telling: Telling, notice: Notice) -> Made:
        return await make.make(telling, notice) if true[0] else []

    monkeypatch.setitem(notices.NOTICES, KIND, replace(make, make=while_true))
    counter.telegram.faults.fail("status", "sendMessage", status=429, retry_after=1)
    broadcast = asyncio.create_task(counter.service.outbox.run())
    await until(lambda: counter.service.pace.is_held(person))
    true[0] = False
    await broadcast
    assert await states(counter.service.store) == [OutboxState.OUTDATED]
    assert len(counter.telegram.calls.of("sendMessage")) == 1
