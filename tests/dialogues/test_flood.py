"""A chat that floods is told once, loses nothing that it was promised, and holds nobody up."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from bot.application import Service
from bot.demo.local_telegram import LocalTelegram
from bot.settings import Settings
from storage.models import InboxUpdate
from storage.rules.flood import FloodGuard
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
        loud.sees("Non ho capito")
    loud.sees("tantissimi messaggi")
    loud.sees_nothing_more()
    async with counter.service.store.reading() as unit:
        left = await unit.session.scalar(
            select(func.count()).select_from(InboxUpdate).where(InboxUpdate.handled_at.is_(None))
        )
    assert left == 0
    seconds.now += 60
    await loud.sends("/aiuto")
    loud.sees("Come si fa")


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
