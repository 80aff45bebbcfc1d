"""SIGTERM in the middle of a conversation: gone within five seconds, and it goes on afterwards."""

import asyncio
from pathlib import Path

import pytest

from storage.models import ReadingSource
from tests.support.load import Load, busy_counter
from tests.support.process import RunningBot

STOPS_WITHIN = 5.0
"""The limit that the project has set itself."""


async def _stop(bot: RunningBot) -> None:
    async with asyncio.timeout(STOPS_WITHIN):
        code = await bot.terminate()
    assert code == 0, bot.log
    assert "Traceback" not in bot.log
    assert '"level": "error"' not in bot.log


async def _begin(load: Load, bot: RunningBot) -> None:
    (anna,) = load.customers
    await bot.start()
    anna._write("/autolettura")
    await anna._until("Lettura contatore")


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_it_stops_at_once_and_the_conversation_goes_on_after_the_start(
    database_url: str, tmp_path: Path, webhook: bool
) -> None:
    async with busy_counter(
        database_url, tmp_path, people=1, points=1, seed=1, webhook=webhook
    ) as load:
        bot = load.bot()
        (anna,) = load.customers
        await _begin(load, bot)
        await _stop(bot)
        anna._write("45000")  # while nobody is there
        await bot.start()
        await anna._until("Riepilogo")
        await _stop(bot)
        await bot.start()
        anna._tap("Salva")
        await anna._until("Lettura salvata")
        assert await _saved(load) == [45_000]


@pytest.mark.parametrize("kind", ["hang", "status"])
async def test_it_stops_although_telegram_does_not_answer(
    database_url: str, tmp_path: Path, kind: str
) -> None:
    async with busy_counter(database_url, tmp_path, people=1, points=1, seed=1) as load:
        bot = load.bot()
        (anna,) = load.customers
        await _begin(load, bot)
        fault = load.telegram.faults.fail(kind, times=None, status=502)  # type: ignore[arg-type]
        anna._write("45000")
        async with asyncio.timeout(30):
            while not fault.happened:  # noqa: ASYNC110  # a fault sends no word
                await asyncio.sleep(0.01)
        await _stop(bot)
        load.telegram.faults.clear()
        await bot.start()
        await anna._until("Riepilogo")
        anna._tap("Salva")
        await anna._until("Lettura salvata")
        assert await _saved(load) == [45_000]


async def test_it_stops_while_it_waits_for_telegram_at_the_start(
    database_url: str, tmp_path: Path
) -> None:
    async with busy_counter(database_url, tmp_path, people=1, points=1, seed=1) as load:
        bot = load.bot()
        load.telegram.faults.fail("status", "getMe", times=None, status=502)
        await bot.start()
        await bot.logged('"telegram_unreachable"')
        await _stop(bot)


async def _saved(load: Load) -> list[int]:
    await load.settle()
    (anna,) = load.customers
    async with load.store.reading() as unit:
        found = await unit.readings.recent(anna.told[0].point)
    return [reading.meter for reading in found if reading.source is ReadingSource.SELF]
