"""The migrations make exactly what the models say, and can be undone."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from storage import schema
from storage.engine import Store
from storage.models import Base
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened

ROOT = Path(__file__).parents[2]

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


def test_the_next_migration_is_written_from_the_models(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "storage", tmp_path / "storage")
    versions = tmp_path / "storage" / "migrations" / "versions"
    before = set(versions.iterdir())
    with (tmp_path / "storage" / "models" / "customers.py").open("a", encoding="utf-8") as models:
        models.write(
            "\n\nclass Probe(Base):\n"
            '    __tablename__ = "probes"\n\n'
            "    id: Mapped[int] = mapped_column(primary_key=True)\n"
            "    word: Mapped[str] = mapped_column(Sealed)\n"
        )
    subprocess.run(
        [sys.executable, "-m", "storage.migrations", "Keep a word"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
    )
    (made,) = set(versions.glob("*.py")) - before
    text = made.read_text(encoding="utf-8")
    assert "Keep a word" in text
    assert "op.create_table('probes'" in text
    assert "storage.models.base.Sealed()" in text
    assert "op.drop_table('probes')" in text
