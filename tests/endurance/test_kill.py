"""Killed at any moment and started again: every message gets its answer, nothing is saved twice."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.demo.local_telegram import Event, LocalTelegram, Person
from storage.engine import Store
from storage.models import InboxUpdate, Reading, ReadingSource, ReadingState
from storage.vault import Vault
from tests.support.databases import opened
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)
from tests.support.process import RunningBot

PEOPLE = int(os.environ.get("SPORTELLO_ENDURANCE_PEOPLE", "12"))
KILLS = int(os.environ.get("SPORTELLO_ENDURANCE_KILLS", "4"))
PATIENCE = 60.0


class Customer:
    """Somebody who submits readings and takes each as done only when the bot says so."""

    def __init__(self, telegram: LocalTelegram, person: Person, seed: int) -> None:
        self.person = person
        self.random = random.Random(seed)  # noqa: S311
        self.confirmed: list[int] = []
        self._seen: asyncio.Queue[str] = asyncio.Queue()
        self._newest: dict[str, Any] = {}
        telegram.subscribe(self._on_event)

    async def live(self, ends: asyncio.Event) -> None:
        """Submits, cancels, submits again, until told to stop; ends with a reading in place."""
        while True:
            value = self.random.randrange(44_880, 45_400)
            await self._write("/autolettura", until="Lettura contatore")
            await self._write(str(value), until="Riepilogo")
            await self._tap("Salva", until="Lettura salvata")
            self.confirmed.append(value)
            if ends.is_set():
                return
            await self._tap("Cancella", until="Confermi la cancellazione")
            await self._tap("Sì", until="è stata cancellata")

    async def _write(self, text: str, *, until: str) -> None:
        self.person.send_text(self.person.private_chat, text)
        await self._until(until)

    async def _tap(self, label: str, *, until: str) -> None:
        self.person.tap_button(self.person.private_chat, label)
        await self._until(until)

    async def _until(self, words: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while words not in await self._seen.get():
                pass

    def _on_event(self, event: Event) -> None:
        if event.chat_id == self.person.id and event.from_bot and event.message:
            self._seen.put_nowait(str(event.message.get("text", "")))


@asynccontextmanager
async def a_busy_counter(
    database_url: str, folder: Path, seed: int
) -> AsyncIterator[tuple[RunningBot, list[Customer], Store]]:
    key = Vault.new_key()
    async with (
        LocalTelegram(now=lambda: datetime.now(UTC)) as telegram,
        opened(database_url, Vault([key])) as store,
    ):
        now = datetime.now(UTC)
        await add_open_window(store, now)
        customers = []
        for number in range(PEOPLE):
            person = telegram.add_person(f"P{number}", language_code="it")
            customer = await add_customer(store, f"{number:06d}")
            point = await add_gas_point(store, customer)
            await add_reading(store, point, (now - timedelta(days=31)).date(), 44_870)
            await link_chat(store, person.id, customer, now)
            customers.append(Customer(telegram, person, seed + number))
        bot = RunningBot(
            {
                "TELEGRAM_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.api_url,
                "DATABASE_URL": database_url,
                "DATA_DIR": str(folder / "data"),
                "ENCRYPTION_KEY": key,
                "LINK_VERIFICATION": "none",
                "ACQUISITION_INTERVAL": "24h",
            },
            folder / "bot.log",
        )
        await bot.start()
        try:
            yield bot, customers, store
        finally:
            await bot.terminate()


@pytest.mark.parametrize("seed", [20_261_123])
async def test_a_bot_that_is_killed_again_and_again_loses_and_doubles_nothing(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    async with a_busy_counter(database_url, tmp_path, seed) as (bot, customers, store):
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in customers:
                group.create_task(customer.live(ends))
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(3, 6))
                await bot.kill()
                await bot.start()
            ends.set()
        await asyncio.sleep(1)
        assert bot.kills == KILLS
        async with store.reading() as unit:
            readings = await unit.session.scalars(
                select(Reading).where(Reading.source == ReadingSource.SELF)
            )
            kept: dict[int, list[int]] = {}
            live: dict[int, list[int]] = {}
            for reading in readings.all():
                assert reading.chat_id is not None
                kept.setdefault(reading.chat_id, []).append(reading.meter)
                if reading.state is not ReadingState.CANCELLED:
                    live.setdefault(reading.chat_id, []).append(reading.meter)
            waiting = await unit.session.scalars(
                select(InboxUpdate.update_id).where(InboxUpdate.handled_at.is_(None))
            )
            assert waiting.all() == []
        for customer in customers:
            assert sorted(kept[customer.person.id]) == sorted(customer.confirmed), bot.log
            assert live[customer.person.id] == customer.confirmed[-1:]


async def test_a_stop_in_the_middle_is_clean_and_quick(database_url: str, tmp_path: Path) -> None:
    async with a_busy_counter(database_url, tmp_path, 7) as (bot, customers, _store):
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in customers:
                group.create_task(customer.live(ends))
            async with asyncio.timeout(PATIENCE):
                while not all(customer.confirmed for customer in customers):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            async with asyncio.timeout(10):
                assert await bot.terminate() == 0, bot.log
            assert '"level": "error"' not in bot.log
            await bot.start()
            ends.set()
