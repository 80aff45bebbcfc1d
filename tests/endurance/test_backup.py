"""A backup made under load, restored elsewhere and served: what was confirmed before is there."""

import os
import zipfile
from asyncio import Event, TaskGroup
from pathlib import Path

from sqlalchemy import select

from storage.models import Reading, ReadingSource, ReadingState
from storage.vault import Vault
from tests.support.databases import opened
from tests.support.load import busy_counter
from tests.support.process import RunningBot, sportello

PEOPLE = int(os.environ.get("SPORTELLO_ENDURANCE_PEOPLE", "6"))


async def test_what_was_confirmed_before_a_backup_is_in_it(
    database_url: str, tmp_path: Path
) -> None:
    archive = tmp_path / "backup.zip"
    async with busy_counter(
        database_url, tmp_path, people=PEOPLE, points=300, seed=7, acquisition_interval="2s"
    ) as load:
        bot = load.bot()
        await bot.start()
        ends = Event()
        async with TaskGroup() as group:
            for customer in load.customers:
                group.create_task(customer.live(ends))
            await load.progress(by=3 * PEOPLE)
            confirmed = {
                (told.point.id, meter)
                for customer in load.customers
                for told in customer.told
                for meter in told.saved
            }
            code, _, errors = await sportello(load.settings, tmp_path, "backup", str(archive))
            assert code == 0, errors
            meanwhile = load.confirmed
            await load.progress(by=PEOPLE)
            ends.set()
        await load.settle()
        balance = await load.check()  # nobody was in anybody's way
        assert balance.doubled == 0
        assert '"event": "turn_failed"' not in bot.log
        await bot.terminate()

        anew = load.settings | {
            "DATA_DIR": str(tmp_path / "anew"),
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/anew/sportello.db",
        }
        code, _, errors = await sportello(anew, tmp_path, "restore", str(archive))
        assert code == 0, errors
        url = anew["DATABASE_URL"]
        async with opened(url, Vault([load.settings["ENCRYPTION_KEY"]])) as store:
            await store.check_whole()
            async with store.reading() as unit:
                readings = list(
                    await unit.session.scalars(
                        select(Reading).where(Reading.source == ReadingSource.SELF)
                    )
                )
            kept = {(reading.supply_point_id, reading.meter) for reading in readings}
            assert confirmed <= kept
            assert len(confirmed) <= len(readings) <= meanwhile + PEOPLE
            # What the company was handed at that time is in its files, which came along.
            acquired = {r.acquisition_id for r in readings if r.state is ReadingState.ACQUIRED}
        exports = {path.name for path in (tmp_path / "anew" / "exports").iterdir()}
        assert {f"autoletture_{number:06}.csv" for number in acquired} <= exports
        with zipfile.ZipFile(archive) as packed:
            assert packed.testzip() is None

        serving = RunningBot(anew, tmp_path / "anew.log")
        await serving.start()
        try:
            await serving.logged('"event": "serving"')
            before = load.confirmed
            fresh = load.customers[0]
            await fresh.read(fresh.told[-1])
            assert load.confirmed == before + 1
        finally:
            assert await serving.terminate() == 0
