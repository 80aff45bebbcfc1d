"""A chat that floods is told once, loses nothing that it was promised, and holds nobody up."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

import bot.counter.polling
from bot.application import Service
from bot.counter.flood import FloodGuard
from bot.counter.meter import Turns
from bot.counter.pace import Pace
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from storage.engine import Store
from storage.models import Chat, InboxUpdate
from storage.repositories.inbox import Inbox
from tests.support.chat import Counter
from tests.support.clock import MovableClock
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice


class Seconds:
    """Real seconds do not pass in here."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def counter(
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    post: PostOffice,
    seconds: Seconds,
) -> AsyncIterator[Counter]:
    """The service with a bucket of five, that time fills again."""
    guard = FloodGuard(seconds, burst=5, per_second=1)
    async with Service(
        settings, clock=clock, post=post, pictures=PlainPictures(), flood=guard, jobs=False
    ) as service:
        counter = Counter(telegram, service)
        yield counter
        counter.check_nothing_left()


async def left(counter: Counter) -> int:
    """How much of the inbox is not handled, or still has something in it."""
    async with counter.service.store.reading() as unit:
        found = await unit.session.scalar(
            select(func.count())
            .select_from(InboxUpdate)
            .where(InboxUpdate.handled_at.is_(None) | InboxUpdate.content.is_not(None))
        )
        return found or 0


@pytest.mark.both_databases
async def test_a_flood_is_answered_once_and_the_next_chat_at_once(
    counter: Counter, seconds: Seconds
) -> None:
    loud, calm = counter.visitor("Bot"), counter.visitor("Anna")
    for _ in range(300):
        loud.person.send_text(loud.person.private_chat, "ciao")
    await calm.sends("/start")
    calm.sees("Ciao!")
    await counter.settle()
    for _ in range(5):
        loud.sees("Posso aiutarti")
    loud.sees("tantissimi messaggi")
    loud.sees_nothing_more()
    assert await left(counter) == 0
    turns = counter.service.meter.turns
    assert (turns[Turns.FLOODED], turns[Turns.HANDLED]) == (295, 7)  # few had a turn of their own
    seconds.now += 59
    await loud.sends("/aiuto")
    loud.sees_nothing_more()
    seconds.now += 1
    await loud.sends("/aiuto")
    loud.sees("Come si fa")


async def test_it_is_counted_as_it_comes_however_long_answers_take(
    counter: Counter, seconds: Seconds
) -> None:
    loud = counter.visitor("Bot")
    turns: Any = counter.service.turns
    run_handlers = turns._run_handlers

    async def slowly(*given: Any) -> Any:
        seconds.now += 30  # in which all places of the bucket come back
        return await run_handlers(*given)

    turns._run_handlers = slowly
    for _ in range(100):
        loud.person.send_text(loud.person.private_chat, "ciao")
    await counter.settle()
    said = [message["text"] for message in loud.messages() if message["from"]["is_bot"]]
    assert len(said) < 20
    assert sum("tantissimi messaggi" in text for text in said) == 1
    loud.skip()


async def test_what_could_not_be_stored_at_first_is_counted_once(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brief(_tries: int, _longest: int = 60) -> float:
        return 0.01

    monkeypatch.setattr(bot.counter.polling, "growing_pause", brief)
    store, failures = Inbox.pass_over, iter([OSError("the disk is away")] * 3)

    async def failing(*given: Any, **named: Any) -> None:
        if error := next(failures, None):
            raise error
        await store(*given, **named)

    monkeypatch.setattr(Inbox, "pass_over", failing)
    anna = counter.visitor("Anna")
    for _ in range(3):
        anna.person.send_text(anna.person.private_chat, "/aiuto")
    await counter.settle()
    said = [message["text"] for message in anna.messages() if message["from"]["is_bot"]]
    assert sum("Come si fa" in text for text in said) == 3
    assert 1 <= sum("Un momento" in text for text in said) <= 3
    assert not any("tantissimi messaggi" in text for text in said)
    anna.skip()


async def test_a_group_that_floods_is_met_with_quiet_and_the_staffs_is_not(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    anna = telegram.add_person("Anna")
    theirs = telegram.add_group("Condominio", [anna])
    ours = telegram.add_group("Assistenza", [anna], bot_is_admin=True)
    async with Service(
        settings.model_copy(update={"staff_chat_id": ours.id}),
        clock=clock,
        post=post,
        pictures=PlainPictures(),
        flood=FloodGuard(lambda: 0.0, burst=5),
        pace=Pace(per_second=1_000, chat_rests=0, group_rests=0),
        jobs=False,
    ) as service:
        counter = Counter(telegram, service)
        for group in (theirs, ours):
            for _ in range(30):
                anna.send_text(group, "/start")
        await counter.settle()
        assert len([m for m in telegram.messages(theirs) if m["from"]["is_bot"]]) == 5
        assert service.meter.turns[Turns.FLOODED] == 25


async def test_who_blocks_the_bot_in_the_middle_of_a_flood_is_known_to_have(
    counter: Counter, store: Store
) -> None:
    loud = counter.visitor("Bot")
    for _ in range(50):
        loud.person.send_text(loud.person.private_chat, "ciao")
    loud.person.block_bot()
    await counter.settle()
    async with store.reading() as unit:
        chat = await unit.session.get(Chat, loud.id)
    assert chat is not None
    assert chat.blocked_at is not None
    loud.skip()


async def test_of_what_waits_only_its_number_is_held_in_memory(counter: Counter) -> None:
    loud = counter.visitor("Bot")
    for _ in range(400):
        loud.person.send_text(loud.person.private_chat, "x" * 500)
    most = 0
    while counter.telegram.pending_updates:
        await asyncio.sleep(0.01)
        most = max(most, counter.service.application.update_queue.qsize())
    await counter.settle()
    assert most <= 1
    loud.skip()
