import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot

from bot.local_telegram import LocalTelegram, Person
from tests.support.reference import held_to_the_reference

Answer = dict[str, Any]
Call = Callable[..., Coroutine[Any, Any, Answer]]


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something holds that nobody announces; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def is_held(telegram: LocalTelegram) -> bool:
    """Say whether a call of getUpdates is being held."""
    return telegram._poller is not None and telegram._poller._held is not None


class Clock:
    """A clock that stands still until it is moved; `monotonic` follows it."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    def advance(self, **duration: float) -> None:
        self.instant += timedelta(**duration)


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let python-telegram-bot give durations as timedelta, as it will: without it, it warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture(autouse=True)
def _reference(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every answer and every update is as the Bot API reference has it."""
    with held_to_the_reference(monkeypatch, calls=False):
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram(now=clock, monotonic=clock.monotonic) as served:
        yield served


@pytest.fixture
def anna(telegram: LocalTelegram) -> Person:
    return telegram.add_person("Anna", last_name="Bianchi", started=True)


@pytest.fixture
async def bot(telegram: LocalTelegram) -> AsyncIterator[Bot]:
    root = telegram.api_url
    async with Bot(telegram.token, base_url=f"{root}/bot", base_file_url=f"{root}/file/bot") as bot:
        telegram.calls.clear()
        yield bot


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def call(telegram: LocalTelegram, http: aiohttp.ClientSession) -> Call:
    """Call a method with JSON and return the whole body of the answer."""

    async def call_(method: str, **arguments: Any) -> Answer:
        url = f"{telegram.api_url}/bot{telegram.token}/{method}"
        async with http.post(url, json=arguments) as response:
            body: Answer = await response.json()
            assert body.get("error_code", 200) == response.status
            return body

    return call_
