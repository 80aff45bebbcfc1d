"""Runs of the service, one after the other, with the same database and Telegram."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.application import Service
from bot.counter.effects import Post
from bot.counter.flood import FloodGuard
from bot.counter.pace import Pace
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, add_open_window, link_chat
from tests.support.pictures import PlainPictures

PATIENCE_SECONDS = 120


@asynccontextmanager
async def running(
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    post: Post,
    before: Counter | None = None,
) -> AsyncIterator[Counter]:
    """Run the service for a while; *before* passes on the chats of an earlier run."""
    service = Service(
        settings,
        clock=clock,
        post=post,
        pictures=PlainPictures(),
        flood=FloodGuard(time.monotonic, burst=10**6),
        pace=Pace(per_second=1_000, chat_rests=0),
        jobs=False,
    )
    async with service:
        counter = before or Counter(telegram, service)
        counter.service = service
        await counter.settle()
        yield counter
        counter.check_nothing_left()


async def linked_chat(counter: Counter, clock: MovableClock) -> ChatDriver:
    """Anna, linked, with one gas point that was never read, and an open window."""
    anna = counter.visitor("Anna")
    store = counter.service.store
    customer = await add_customer(store)
    await add_gas_point(store, customer)
    await add_open_window(store, clock.now())
    await link_chat(store, anna.id, customer, clock.now())
    return anna


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds; TimeoutError if it never does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110  # what is waited for sends no word
            await asyncio.sleep(0.01)
