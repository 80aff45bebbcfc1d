"""Two processes, one bot: the second stands by, takes over when the first dies, and never helps."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bot.local_telegram import Event
from storage import schema
from storage.models import OutboxMessage, OutboxState
from storage.vault import Vault
from tests.support.databases import PostgresDatabases, opened
from tests.support.load import PATIENCE, busy_counter
from tests.support.process import sportello


@pytest.fixture
async def postgres_url(postgres_databases: PostgresDatabases, tmp_path: Path) -> AsyncIterator[str]:
    async with postgres_databases.fresh(tmp_path) as url:
        yield url


@pytest.mark.parametrize(
    "webhook", [False, pytest.param(True, marks=pytest.mark.long)], ids=["polling", "webhook"]
)
async def test_the_second_takes_over(postgres_url: str, tmp_path: Path, webhook: bool) -> None:
    async with busy_counter(
        postgres_url,
        tmp_path,
        people=4,
        points=300,
        seed=5,
        webhook=webhook,
        acquisition_interval="2s",
    ) as load:
        first, second = load.bot(), load.bot()
        await first.start()
        await first.logged('"serving"')
        await second.start()
        await second.logged('"standing_by"')
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            await load.progress(by=4)
            assert '"serving"' not in second.log
            assert '"acquisition"' not in second.log
            await first.kill()
            await second.logged('"serving"')
            await load.progress(by=4)
            ends.set()
        code, _, errors = await sportello(load.settings, tmp_path, "acquire")
        assert code == 0, errors
        await load.settle()
        balance = await load.check()
        assert balance.doubled == 0
        assert balance.acquired == balance.in_files == balance.in_store - balance.cancelled > 0


async def test_one_that_hangs_is_replaced_and_does_not_come_back(
    postgres_url: str, tmp_path: Path
) -> None:
    """No connection is closed, as when a machine loses its network: the silence has to do."""
    async with busy_counter(
        postgres_url, tmp_path, people=2, points=300, seed=7, acquisition_interval="2s"
    ) as load:
        first, second = load.bot(), load.bot()
        await first.start()
        await first.logged('"serving"')
        await second.start()
        await second.logged('"standing_by"')
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            await load.progress(by=2)
            first.freeze()
            await second.logged('"serving"')
            await load.progress(by=2)
            first.thaw()
            assert await first.ended() == 1
            ends.set()
        assert "another process took over" in first.log
        code, _, errors = await sportello(load.settings, tmp_path, "acquire")
        assert code == 0, errors
        await load.settle()
        assert (await load.check()).doubled == 0


async def test_scheduler_and_sender_never_run_twice(postgres_url: str, tmp_path: Path) -> None:
    """The first loses its lock, as it would when its connection breaks: one of the two goes on."""
    async with busy_counter(
        postgres_url, tmp_path, people=4, points=300, seed=6, acquisition_interval="2s"
    ) as load:
        told: dict[tuple[int, int], int] = {}

        def note(event: Event) -> None:
            message = event.message
            if event.kind == "edited" and message and "☑️" in message.get("text", ""):
                place = (event.chat_id or 0, message["message_id"])
                told[place] = told.get(place, 0) + 1

        load.telegram.subscribe(note)
        bots = [load.bot(), load.bot()]
        await bots[0].start()
        await bots[0].logged('"serving"')
        await bots[1].start()
        await bots[1].logged('"standing_by"')
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            for _ in range(3):
                await load.progress(by=4)
                async with load.store.unit() as unit:
                    await unit.session.execute(
                        text(
                            "SELECT pg_terminate_backend(pid) FROM pg_locks"
                            " WHERE locktype = 'advisory' AND granted"
                        )
                    )
            await load.progress(by=4)
            ends.set()
        async with asyncio.timeout(PATIENCE):
            # Either the first was quick enough to take its lock again, or it is told and ends.
            while all(bot.is_alive and '"serving"' in bot.log for bot in bots):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert any(bot.is_alive for bot in bots)
        for bot in bots:
            if not bot.is_alive:
                assert await bot.ended() == 1
                assert "another process took over" in bot.log
                assert "Traceback" not in bot.log
        code, _, errors = await sportello(load.settings, tmp_path, "acquire")
        assert code == 0, errors
        await load.settle()
        assert (await load.check()).doubled == 0
        async with load.store.reading() as look:
            sent = await look.session.scalar(
                select(func.count())
                .select_from(OutboxMessage)
                .where(OutboxMessage.kind == "acquired", OutboxMessage.state == OutboxState.SENT)
            )
        assert sum(told.values()) == sent


async def test_other_commands_work_beside_the_one_that_serves(
    database_url: str, tmp_path: Path
) -> None:
    async with busy_counter(database_url, tmp_path, people=2, points=300, seed=8) as load:
        bot = load.bot()
        await bot.start()
        ends = asyncio.Event()
        incoming = tmp_path / "clienti.csv"
        incoming.write_text(
            "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo;email\n"
            "900001;Ada Neri;RSSMRA85T10A562S;;Via Po 1, Torino;ada@example.it\n",
            encoding="utf-8",
        )
        async with asyncio.TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            await load.progress()
            commands = (
                ["import", str(incoming)],
                ["acquire"],
                ["stats", "--json"],
                ["check"],
                ["db", "upgrade"],
            )
            for command in commands:
                code, out, errors = await sportello(load.settings, tmp_path, *command)
                assert code == 0, (command, out, errors)
            await load.progress()
            ends.set()
        await load.settle()
        await load.check()


async def test_sqlite_takes_one_at_a_time_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'one.db'}"
    settings = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": url}
    async with opened(url, Vault([Vault.new_key()])) as store:
        await schema.upgrade(store.engine)
    async with busy_counter(url, tmp_path, people=1, points=1, seed=9) as load:
        first, second = load.bot(**settings), load.bot(**settings)
        await first.start()
        await first.logged('"serving"')
        await second.start()
        assert await second.ended() == 1
        assert f"process {first.pid}" in second.log
        assert "already" in second.log
        assert "Traceback" not in second.log
        await first.kill()  # the lock goes with the process, however it ends
        await second.start()
        await second.logged('"serving"')
