"""The migrations make exactly what the models say, and can be undone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from storage import schema
from storage.engine import Store
from storage.models import Base
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
async def empty(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> AsyncIterator[Store]:
    async with databases.fresh(tmp_path, migrated=False) as url, opened(url) as store:
        yield store


async def tables(store: Store) -> set[str]:
    async with store.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_up_down_and_up_again(empty: Store) -> None:
    assert await schema.current_revision(empty.engine) is None
    await schema.upgrade(empty.engine)
    assert await schema.current_revision(empty.engine) == schema.newest_revision()
    assert await tables(empty) == {*Base.metadata.tables, "alembic_version"}

    await schema.downgrade(empty.engine)
    assert await schema.current_revision(empty.engine) is None
    assert await tables(empty) == {"alembic_version"}

    await schema.upgrade(empty.engine)
    assert await schema.differences(empty.engine) == []


async def test_the_database_is_what_the_models_say(store: Store) -> None:
    assert await schema.current_revision(store.engine) == schema.newest_revision()
    assert await schema.differences(store.engine) == []


async def test_a_difference_would_be_seen(store: Store) -> None:
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE telegram_files")
        await connection.exec_driver_sql("ALTER TABLE customers DROP COLUMN fax")
    found = str(await schema.differences(store.engine))
    assert "add_table" in found
    assert "add_column" in found
