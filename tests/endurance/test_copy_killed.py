"""`sportello db copy` killed in the middle: nothing has arrived, and it can be done again."""

import asyncio
import os
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from storage.copying import contents, snapshot
from storage.engine import Store
from storage.models import Outcome, Reading, ReadingSource, ReadingState
from storage.vault import Vault
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.factories import add_customer, add_gas_point
from tests.support.forking import fork
from tests.support.process import clean, sportello

READINGS = int(os.environ.get("SPORTELLO_ENDURANCE_ROWS", "24000"))
PATIENCE = 120.0
KEY = Vault.new_key()


@pytest.fixture
async def source(sqlite_databases: SqliteDatabases, tmp_path: Path) -> dict[str, str]:
    """The settings of a supplier with many readings."""
    async with sqlite_databases.fresh(tmp_path) as url, opened(url, Vault([KEY])) as store:
        point = await add_gas_point(store, await add_customer(store))
        async with store.unit() as unit:
            await unit.session.execute(
                insert(Reading),
                [
                    {
                        "supply_point_id": point.id,
                        "day": date(1900, 1, 1) + timedelta(days=number),
                        "source": ReadingSource.MEASURED,
                        "state": ReadingState.ACQUIRED,
                        "meter": number,
                        "outcome": Outcome.NONE,
                    }
                    for number in range(READINGS)
                ],
            )
            await unit.commit()
    return {"ENCRYPTION_KEY": KEY, "DATABASE_URL": url, "DATA_DIR": str(tmp_path / "data")}


async def test_nothing_arrives_of_a_copy_that_was_killed(
    source: dict[str, str], databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> None:
    (tmp_path / "target").mkdir()
    async with (
        databases.fresh(tmp_path / "target", migrated=True) as url,
        opened(url, Vault([KEY])) as target,
    ):
        process = await fork(
            "db",
            "copy",
            url,
            environment=clean(source),
            folder=tmp_path,
            out=tmp_path / "said",
            errors=tmp_path / "said",
        )
        async with asyncio.timeout(PATIENCE):
            while not await under_way(target, tmp_path):
                assert process.returncode is None, "it was done before anybody could kill it"
                await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        async with snapshot(target) as connection:
            assert {table.rows for table in (await contents(connection)).values()} == {0}
        code, said, errors = await sportello(source, tmp_path, "db", "copy", url)
        assert code == 0, errors
        assert "Both sides hold the same." in said
        async with snapshot(target) as connection:
            assert (await contents(connection))["readings"].rows == READINGS


async def under_way(target: Store, folder: Path) -> bool:
    """Whether rows are being written to the target, by another process."""
    if target.is_sqlite:
        # SQLite keeps two megabytes in memory: what lies in the log before the commit is the rest.
        log = folder / "target" / "sportello.db-wal"
        return log.exists() and log.stat().st_size > 100_000
    async with target.reading() as unit:
        return bool(
            await unit.session.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'INSERT INTO readings%'"
                )
            )
        )
