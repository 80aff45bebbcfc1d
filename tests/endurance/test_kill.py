"""Killed at any moment and started again: every message gets its answer, nothing is saved twice."""

import asyncio
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from storage.models import Conversation, InboxUpdate
from tests.support.load import PATIENCE, busy_counter
from tests.support.process import sportello

PEOPLE = int(os.environ.get("SPORTELLO_ENDURANCE_PEOPLE", "6"))
KILLS = int(os.environ.get("SPORTELLO_ENDURANCE_KILLS", "3"))
SEED = int(os.environ.get("SPORTELLO_ENDURANCE_SEED", "20261123"))


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_a_bot_that_is_killed_again_and_again_loses_and_doubles_nothing(
    database_url: str, tmp_path: Path, webhook: bool
) -> None:
    chance = random.Random(SEED)  # noqa: S311
    async with busy_counter(
        database_url,
        tmp_path,
        people=PEOPLE,
        points=300,
        seed=SEED,
        webhook=webhook,
        acquisition_interval="2s",
    ) as load:
        bot = load.bot()
        await bot.start()
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            for number in range(KILLS):
                if number % 2:  # while it starts: migrating, answering, taking up what was left
                    await asyncio.sleep(chance.uniform(0.3, 3))
                else:  # at work
                    await load.progress(by=PEOPLE)
                    await asyncio.sleep(chance.uniform(0, 0.5))
                await bot.kill()
                await bot.start()
            await load.progress(by=PEOPLE)
            ends.set()
        code, _, errors = await sportello(load.settings, tmp_path, "acquire")
        assert code == 0, errors
        await load.settle()
        balance = await load.check()
        assert bot.kills == KILLS
        assert balance.confirmed == balance.in_store > 0
        assert balance.acquired == balance.in_files == balance.in_store - balance.cancelled
        assert balance.doubled == 0
        assert '"event": "turn_failed"' not in bot.log
        async with load.store.reading() as unit:
            left = await unit.session.execute(
                select(InboxUpdate.update_id).where(
                    InboxUpdate.content.is_not(None) | InboxUpdate.answer.is_not(None)
                )
            )
            assert left.all() == []  # numbers are remembered, words are not


async def test_a_conversation_goes_on_where_it_stood_and_its_time_counts_on(
    database_url: str, tmp_path: Path
) -> None:
    async with busy_counter(database_url, tmp_path, people=2, points=1, seed=1) as load:
        bot = load.bot()
        await bot.start()
        anna, bruno = load.customers
        for customer in (anna, bruno):
            customer.write("/autolettura")
            await customer.until("Lettura contatore")
        anna.write("45000")
        await anna.until("Riepilogo")
        await load.settle()
        await bot.kill()
        anna.tap("Salva")  # it comes while nobody is there
        async with load.store.unit() as unit:
            # Half an hour cannot be waited for: Bruno's patience is made to end in this moment.
            await unit.session.execute(
                update(Conversation)
                .where(Conversation.chat_id == bruno.person.id)
                .values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
            )
            await unit.commit()
        await bot.start()
        await anna.until("Lettura salvata")
        await bruno.until("mezz'ora", "mezz’ora")
        async with load.store.unit() as unit:
            assert await unit.conversations.open_in(bruno.person.id) is None


async def test_a_stop_in_the_middle_is_clean_and_loses_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with busy_counter(database_url, tmp_path, people=PEOPLE, points=100, seed=7) as load:
        bot = load.bot()
        await bot.start()
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            await load.progress(by=PEOPLE)
            async with asyncio.timeout(PATIENCE):
                assert await bot.terminate() == 0, bot.log
            assert '"level": "error"' not in bot.log
            assert "Traceback" not in bot.log
            ends.set()
            await bot.start()
        await load.settle()
        assert (await load.check()).confirmed > 0
