"""A test on PostgreSQL gets the database of the test before it: nothing of that may be left."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from storage.engine import open_store
from storage.models import Base
from storage.vault import Vault
from tests.support.databases import PostgresDatabases, opened
from tests.support.every_table import fill_every_table
from tests.support.factories import add_customer


async def test_neither_rows_nor_their_numbers_are_left(
    postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    async with postgres_databases.fresh(tmp_path) as url, opened(url) as store:
        await fill_every_table(store)
    for _ in range(2):
        async with postgres_databases.fresh(tmp_path) as again, opened(again) as store:
            assert again == url
            async with store.reading() as unit:
                for table in Base.metadata.sorted_tables:
                    rows = select(func.count()).select_from(table)
                    assert await unit.session.scalar(rows) == 0, table.name
            assert (await add_customer(store)).id == 1


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE customers DROP COLUMN fax",
        "DROP TABLE telegram_files",
        "CREATE TABLE recipes (words TEXT)",
        "ALTER TABLE customers ALTER COLUMN fax TYPE varchar(9)",
        "CREATE INDEX of_the_test ON customers (fax)",
        "UPDATE alembic_version SET version_num = '9999'",
        "CREATE FUNCTION four() RETURNS int LANGUAGE sql RETURN 4",
        "ANALYZE",
        "ALTER DATABASE {name} SET lock_timeout = 1",
    ],
)
async def test_a_database_that_a_test_has_changed_is_not_used_again(
    postgres_databases: PostgresDatabases, tmp_path: Path, change: str
) -> None:
    async with (
        postgres_databases.fresh(tmp_path) as url,
        opened(url) as store,
        store.engine.begin() as connection,
    ):
        await connection.exec_driver_sql(change.format(name=make_url(url).database))
    async with postgres_databases.fresh(tmp_path) as another:
        assert another != url


async def test_a_connection_that_a_test_left_open_is_cut_off(
    postgres_databases: PostgresDatabases, tmp_path: Path, vault: Vault
) -> None:
    async with postgres_databases.fresh(tmp_path) as url:
        left = open_store(url, vault)
        connection = await left.engine.connect()
        await connection.execute(select(func.pg_advisory_lock(1)))
    with pytest.raises(DBAPIError):
        await connection.execute(select(1))
    await connection.invalidate()
    await connection.close()
    await left.close()
    async with postgres_databases.fresh(tmp_path) as again, opened(again) as store:
        assert again == url
        async with store.reading() as unit:
            assert await unit.session.scalar(select(func.pg_try_advisory_lock(1)))
