"""What is sent unasked is sent once: whatever is queued twice, run twice, or cut off."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.application import Service
from bot.counter.pace import Pace
from bot.counter.sending import Sender, Unreachable
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from conversations import notices
from conversations.kit.unasked import Made, Telling
from conversations.kit.views import Effect
from storage.engine import Store
from storage.models import OutboxState
from storage.notices import ConversationLeftAlone, LinkRevoked, Notice
from storage.repositories.outbox import Outbox
from storage.unit import ReadUnit
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.pictures import PlainPictures
from tests.support.unasked import outbox, states

LEFT_ALONE = ConversationLeftAlone()
KIND = LEFT_ALONE.kind


async def queue(store: Store, chats: Sequence[ChatDriver], clock: MovableClock) -> None:
    """One message for each chat, under a key of its own."""
    async with store.unit() as unit:
        for chat in chats:
            await unit.chats.meet(chat.id, now=clock.now())
            await unit.outbox.queue(f"left:{chat.id}", LEFT_ALONE, chat.id, now=clock.now())
        await unit.commit()


async def people(counter: Counter, number: int) -> list[ChatDriver]:
    """So many people who have written to the bot."""
    chats = [counter.visitor(f"Persona {n}") for n in range(number)]
    for chat in chats:
        await chat.sends("/start")
        chat.skip()
    return chats


async def test_a_key_admits_one_message(counter: Counter, clock: MovableClock) -> None:
    (chat,) = await people(counter, 1)
    store = counter.service.store
    for _ in range(2):
        await queue(store, [chat], clock)
    await counter.service.outbox.run()
    chat.sees("mezz'ora")
    await queue(store, [chat], clock)
    await counter.service.outbox.run()
    chat.sees_nothing_more()


async def test_two_runs_at_once_send_once(counter: Counter, clock: MovableClock) -> None:
    chats = await people(counter, 5)
    await queue(counter.service.store, chats, clock)
    job = counter.service.outbox
    await asyncio.gather(job.run(), job.run())
    for chat in chats:
        chat.sees("mezz'ora")


async def test_a_notice_that_cannot_be_made_does_not_hold_up_the_others(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await people(counter, 2)
    store = counter.service.store
    await queue(store, [first, second], clock)
    make = notices.NOTICES[KIND]

    async def fail_for_the_first(telling: Telling, notice: Notice) -> Made:
        if telling.chat_id == first.id:
            raise ValueError("a defect")
        return await make.make(telling, notice)

    monkeypatch.setitem(notices.NOTICES, KIND, replace(make, make=fail_for_the_first))
    await counter.service.outbox.run()
    second.sees("mezz'ora")
    assert await states(store) == [OutboxState.FAILED, OutboxState.SENT]


async def test_what_telegram_did_not_take_goes_later_and_once(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await people(counter, 2)
    store = counter.service.store
    await queue(store, [first, second], clock)
    perform = Sender.perform

    async def away_for_the_first(
        self: Sender, chat_id: int, effects: list[Effect], **how: Any
    ) -> object:
        if chat_id == first.id:
            raise Unreachable
        return await perform(self, chat_id, effects, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Sender, "perform", away_for_the_first)
        await counter.service.outbox.run()
    second.sees("mezz'ora")
    assert await states(store) == [OutboxState.QUEUED, OutboxState.SENT]
    await counter.service.outbox.run()
    first.sees_nothing_more()
    clock.move(minutes=2)
    await counter.service.outbox.run()
    first.sees("mezz'ora")
    await counter.service.outbox.run()
    assert await states(store) == [OutboxState.SENT, OutboxState.SENT]


async def test_what_nobody_takes_is_given_up_in_the_end(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (chat,) = await people(counter, 1)
    store = counter.service.store
    await queue(store, [chat], clock)

    async def away(_self: Sender, _chat_id: int, _effects: list[Effect], **_how: Any) -> object:
        raise Unreachable

    monkeypatch.setattr(Sender, "perform", away)
    for _ in range(20):
        await counter.service.outbox.run()
        clock.move(minutes=2)
    assert await states(store) == [OutboxState.FAILED]


@pytest.mark.parametrize("sent", [False, True], ids=["before it left", "after it left"])
async def test_a_crash_repeats_at_most_what_was_in_flight(
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    sent: bool,
) -> None:
    def service() -> Service:
        return Service(
            settings,
            clock=clock,
            pictures=PlainPictures(),
            pace=Pace(per_second=1_000, chat_rests=0),
            jobs=False,
        )

    async with service() as first_run:
        counter = Counter(telegram, first_run)
        done, struck, waiting = await people(counter, 3)
        await queue(first_run.store, [done], clock)
        await first_run.outbox.run()
        done.sees("mezz'ora")
        await queue(first_run.store, [struck], clock)
        perform = Sender.perform
        reached = asyncio.Event()

        async def stop_there(
            self: Sender, chat_id: int, effects: list[Effect], **how: Any
        ) -> object:
            if sent:
                await perform(self, chat_id, effects, **how)
            reached.set()
            await asyncio.Event().wait()
            raise AssertionError

        with monkeypatch.context() as patch:
            patch.setattr(Sender, "perform", stop_there)
            running = asyncio.create_task(first_run.outbox.run())
            await reached.wait()
            running.cancel()
            await asyncio.wait({running})
        assert await states(first_run.store) == [OutboxState.SENT, OutboxState.SENDING]
        await queue(first_run.store, [waiting], clock)
    if sent:
        struck.sees("mezz'ora")
    async with service() as second_run:
        counter.service = second_run
        await second_run.outbox.run()
        await second_run.outbox.run()
        struck.sees("mezz'ora")
        waiting.sees("mezz'ora")
        done.sees_nothing_more()
        assert await states(second_run.store) == [OutboxState.SENT] * 3
        counter.check_nothing_left()


async def test_a_message_needs_one_connection_at_a_time(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once of every lane, and lanes may wait for each other until the pool is empty."""
    broken, blocked, well = await people(counter, 3)
    store = counter.service.store
    await queue(store, [broken, blocked, well], clock)
    async with store.unit() as unit:
        await unit.chats.mark_blocked(blocked.id, now=clock.now())
        await unit.commit()
    make, reading, writing = notices.NOTICES[KIND], store.reading, store.unit
    held: dict[object, int] = {}

    async def fail_for_one(telling: Telling, notice: Notice) -> Made:
        if telling.chat_id == broken.id:
            raise ValueError("a defect")
        return await make.make(telling, notice)

    @asynccontextmanager
    async def counted(is_writing: bool) -> AsyncIterator[ReadUnit]:
        task = asyncio.current_task()
        assert not held.get(task), "a connection is held already"
        held[task] = 1
        try:
            async with writing() if is_writing else reading() as unit:
                yield unit
        finally:
            held[task] = 0

    with monkeypatch.context() as patch:
        patch.setitem(notices.NOTICES, KIND, replace(make, make=fail_for_one))
        patch.setattr(store, "unit", lambda: counted(is_writing=True))
        patch.setattr(store, "reading", lambda: counted(is_writing=False))
        await counter.service.outbox.run()
    well.sees("mezz'ora")
    assert sorted(await states(store), key=str) == [
        OutboxState.FAILED,
        OutboxState.HELD,
        OutboxState.SENT,
    ]


async def test_what_ended_is_noted_when_the_database_is_back(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message left and its mark could not be written: it is written later, not sent again."""
    (chat,) = await people(counter, 1)
    store = counter.service.store
    await queue(store, [chat], clock)

    async def away(*_: object, **__: object) -> None:
        raise OSError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "settle", away)
        await counter.service.outbox.run()
    chat.sees("mezz'ora")
    assert await states(store) == [OutboxState.SENDING]
    await counter.service.outbox.run()
    assert await states(store) == [OutboxState.SENT]
    chat.sees_nothing_more()


async def test_what_may_have_arrived_is_tried_once_more_and_no_more(
    counter: Counter, clock: MovableClock
) -> None:
    (chat,) = await people(counter, 1)
    store = counter.service.store
    await queue(store, [chat], clock)
    counter.telegram.faults.fail("cut_after", "sendMessage", times=5)
    for _ in range(10):
        await counter.service.outbox.run()
        clock.move(minutes=2)
    chat.sees("mezz'ora")
    chat.sees("mezz'ora")
    chat.sees_nothing_more()
    assert await states(store) == [OutboxState.FAILED]


async def test_what_may_have_arrived_goes_once_more_where_telegram_is_away_then(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (chat,) = await people(counter, 1)
    store = counter.service.store
    await queue(store, [chat], clock)

    async def away(_self: Sender, _chat_id: int, _effects: list[Effect], **_how: Any) -> object:
        raise Unreachable(doubts=1)

    monkeypatch.setattr(Sender, "perform", away)
    await counter.service.outbox.run()
    assert await states(store) == [OutboxState.QUEUED]
    clock.move(minutes=2)
    await counter.service.outbox.run()
    assert await states(store) == [OutboxState.FAILED]


async def test_what_another_process_left_behind_is_taken_up_while_serving(
    counter: Counter, clock: MovableClock
) -> None:
    """It served while this one had lost the lock, say, and ended in the middle of a message."""
    (chat,) = await people(counter, 1)
    store = counter.service.store
    await counter.service.outbox.run()
    await queue(store, [chat], clock)
    async with store.unit() as unit:
        await unit.outbox.start([(await outbox(store))[0].id])
        await unit.commit()
    await counter.service.outbox.run()
    chat.sees("mezz'ora")
    assert await states(store) == [OutboxState.SENT]


async def test_a_message_in_flight_whose_chat_is_forgotten_settles_no_other(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number would go to the next message, which then was marked as sent and never left."""
    anna, bruno = await people(counter, 2)
    store = counter.service.store
    await queue(store, [anna], clock)
    usual = Sender.perform

    async def forgotten_meanwhile(
        self: Sender, chat_id: int, effects: list[Effect], **how: Any
    ) -> object:
        sent = await usual(self, chat_id, effects, **how)
        if chat_id == anna.id:
            async with store.unit() as unit:
                await unit.erasure.forget_chat(anna.id, now=clock.now())
                await unit.commit()
            await queue(store, [bruno], clock)
        return sent

    monkeypatch.setattr(Sender, "perform", forgotten_meanwhile)
    await counter.service.outbox.run()
    anna.sees("mezz'ora")
    bruno.sees("mezz'ora")
    assert await states(store) == [OutboxState.SENT]


async def test_who_blocks_the_bot_as_a_message_arrives_gets_it_once(
    counter: Counter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (chat,) = await people(counter, 1)
    store = counter.service.store
    await queue(store, [chat], clock)
    usual = Sender.perform

    async def blocked_meanwhile(
        self: Sender, chat_id: int, effects: list[Effect], **how: Any
    ) -> object:
        sent = await usual(self, chat_id, effects, **how)
        async with store.unit() as unit:
            await unit.outbox.hold(chat_id)
            await unit.commit()
        return sent

    monkeypatch.setattr(Sender, "perform", blocked_meanwhile)
    await counter.service.outbox.run()
    chat.sees("mezz'ora")
    assert await states(store) == [OutboxState.SENT]
    async with store.unit() as unit:
        await unit.outbox.release(chat.id)
        await unit.commit()
    await counter.service.outbox.run()
    chat.sees_nothing_more()


async def test_what_is_given_up_keeps_no_content(counter: Counter, clock: MovableClock) -> None:
    first, second = await people(counter, 2)
    store = counter.service.store
    async with store.unit() as unit:
        for chat, attempts in ((first, 0), (second, 4)):
            await unit.outbox.queue(
                f"left:{chat.id}", LinkRevoked("secret"), chat.id, now=clock.now()
            )
            for message in await unit.outbox.due(clock.now()):
                message.attempts = attempts
        await unit.commit()
    async with store.unit() as unit:
        await unit.outbox.drop(first.id)
        (left,) = await unit.outbox.due(clock.now())
        await unit.outbox.start([left.id])
        await unit.commit()
    await counter.service.outbox.run()
    kept = await outbox(store)
    assert [each.state for each in kept] == [OutboxState.OUTDATED, OutboxState.FAILED]
    assert [each.content for each in kept] == [None, None]


async def test_nothing_unasked_overtakes_an_answer_that_is_still_owed(
    counter: Counter, clock: MovableClock
) -> None:
    owed, other = await people(counter, 2)
    store = counter.service.store
    counter.telegram.faults.fail("cut", "sendMessage")
    answered = asyncio.create_task(owed.sends("/aiuto"))
    while counter.telegram.calls.of("sendMessage")[-1].status != 0:  # noqa: ASYNC110  # it has no event
        await asyncio.sleep(0.01)
    await queue(store, [owed, other], clock)
    await counter.service.outbox.run()
    other.sees("mezz'ora")
    assert await states(store) == [OutboxState.QUEUED, OutboxState.SENT]
    await answered
    await counter.service.outbox.run()
    owed.sees("/annulla")
    owed.sees("mezz'ora")
