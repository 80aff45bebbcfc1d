"""Killed in the middle of a broadcast and started again: nobody is left out, hardly one doubled."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.jobs.outbox import LANES
from bot.local_telegram import Event, LocalTelegram
from storage.engine import Store
from storage.models import Announcement, Audience, OutboxMessage, OutboxState
from storage.repositories.hours import first_hour
from storage.rules.quiet_hours import QuietHours
from storage.vault import Vault
from tests.support.clock import ROME
from tests.support.databases import opened
from tests.support.factories import add_customer, link_chat
from tests.support.process import RunningBot

PEOPLE = int(os.environ.get("SPORTELLO_ENDURANCE_CHATS", "120"))
KILLS = int(os.environ.get("SPORTELLO_ENDURANCE_KILLS", "3"))
PATIENCE = 120.0


async def announce(store: Store, chats: list[int]) -> int:
    """An announcement to everybody, to go at whatever hour it is; gives its id."""
    now = datetime.now(UTC)
    async with store.unit() as unit:
        announcement = Announcement(
            digest="0" * 64, audience=Audience.ALL, text="Avviso", made_at=now
        )
        unit.session.add(announcement)
        await unit.session.flush()
        after: int | None = None
        while True:
            found = await unit.announcements.queue_next(
                announcement,
                (),
                after=after,
                not_before=first_hour(now, QuietHours.parse("0-0"), [], ROME),
                not_after=now + timedelta(days=1),
                at_once=True,
                today=date(2026, 1, 1),
                now=now,
            )
            if found is None:
                break
            after = found[0]
        await unit.commit()
    assert after == max(chats)
    return announcement.id


async def count(store: Store, *states: OutboxState) -> int:
    async with store.reading() as unit:
        statement = select(func.count()).select_from(OutboxMessage)
        return (await unit.session.scalar(statement.where(OutboxMessage.state.in_(states)))) or 0


async def test_a_broadcast_that_is_killed_again_and_again_reaches_everybody(
    database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(20_261_124)  # noqa: S311
    key = Vault.new_key()
    heard: Counter[int] = Counter()

    def listen(event: Event) -> None:
        if event.kind == "message" and event.from_bot and event.chat_id is not None:
            heard[event.chat_id] += 1

    async with (
        LocalTelegram(now=lambda: datetime.now(UTC)) as telegram,
        opened(database_url, Vault([key])) as store,
    ):
        telegram.flood.enabled = True
        telegram.subscribe(listen)
        chats = []
        for number in range(PEOPLE):
            person = telegram.add_person(f"P{number}", language_code="it")
            telegram.chat(person.id).started = True
            customer = await add_customer(store, f"{number:06d}")
            await link_chat(store, person.id, customer, datetime.now(UTC))
            chats.append(person.id)
        await announce(store, chats)
        bot = RunningBot(
            {
                "TELEGRAM_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.api_url,
                "DATABASE_URL": database_url,
                "DATA_DIR": str(tmp_path / "data"),
                "ENCRYPTION_KEY": key,
                "LINK_VERIFICATION": "none",
                "ACQUISITION_INTERVAL": "24h",
            },
            tmp_path / "bot.log",
        )
        in_flight = 0
        try:
            for _ in range(KILLS):
                before = heard.total()
                await bot.start()
                some = chance.randrange(PEOPLE // 10, PEOPLE // 5)
                await _until(lambda: heard.total() >= before + some)  # noqa: B023
                await bot.kill()
                leaving = await count(store, OutboxState.SENDING)
                assert leaving <= LANES
                in_flight += leaving
            assert await count(store, OutboxState.QUEUED) > 0, "killed too late to tell"
            await bot.start()
            async with asyncio.timeout(PATIENCE):
                while await count(  # noqa: ASYNC110
                    store, OutboxState.QUEUED, OutboxState.SENDING
                ):
                    await asyncio.sleep(0.2)
        finally:
            await bot.terminate()
        assert sorted(heard) == sorted(chats), bot.log
        doubled = heard.total() - PEOPLE
        assert doubled <= in_flight
        assert await count(store, OutboxState.SENT) == PEOPLE
        assert telegram.calls.peak() <= 30


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  # what was heard has no event of its own
            await asyncio.sleep(0.01)
