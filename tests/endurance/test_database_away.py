"""PostgreSQL goes down under load and comes back: customers wait, nothing is half saved."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.local_telegram import Event
from tests.support.databases import PostgresDatabases
from tests.support.load import PATIENCE, busy_counter
from tests.support.process import sportello


@pytest.fixture
def own_server() -> Iterator[PostgresDatabases]:
    """A server of this test's own: other tests' would go down with it."""
    databases = PostgresDatabases(durable=True)
    yield databases
    databases.stop()


@pytest.mark.parametrize(
    "webhook", [pytest.param(False, marks=pytest.mark.long), True], ids=["polling", "webhook"]
)
async def test_the_database_goes_and_comes_back_under_load(
    own_server: PostgresDatabases, tmp_path: Path, webhook: bool
) -> None:
    async with (
        own_server.fresh(tmp_path) as url,
        busy_counter(
            url,
            tmp_path,
            people=6,
            points=300,
            seed=11,
            webhook=webhook,
        ) as load,
    ):
        moments: list[int] = []

        def note(event: Event) -> None:
            if event.from_bot and event.message and "Un momento" in event.message.get("text", ""):
                moments.append(event.chat_id or 0)

        load.telegram.subscribe(note)
        bot = load.bot()
        await bot.start()
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            for _ in range(2):
                await load.everybody()
                moments.clear()
                await own_server.fall()
                async with asyncio.timeout(PATIENCE):
                    # Everybody is told: whoever waits sent something that could not be kept.
                    while len(set(moments)) < len(load.customers):  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                await own_server.rise()
            await load.everybody()
            ends.set()
        assert bot.is_alive  # it was the same process all the time
        assert bot.log.count('"serving"') == 1
        assert '"event": "turn_failed"' not in bot.log
        code, _, errors = await sportello(load.settings, tmp_path, "acquire")
        assert code == 0, errors
        await load.settle()
        balance = await load.check()
        assert balance.doubled == 0
        assert balance.acquired == balance.in_files == balance.in_store - balance.cancelled > 0


async def test_a_start_without_a_database_is_told_in_one_line(
    own_server: PostgresDatabases, tmp_path: Path
) -> None:
    async with own_server.fresh(tmp_path) as url:
        async with busy_counter(url, tmp_path, people=1, points=1, seed=1) as load:
            await own_server.fall()
            for command in (["run"], ["acquire"], ["stats"]):
                code, _, errors = await sportello(load.settings, tmp_path, *command)
                assert code == 1
                assert "Error: the database cannot be reached" in errors
                assert "Traceback" not in errors
        await own_server.rise()
