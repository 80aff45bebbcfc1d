"""The migrations make exactly what the models say, and can be undone."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

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


DIFFERENCES = {
    "a table": ("DROP TABLE telegram_files", "telegram_files: the table is missing"),
    "a column": ("ALTER TABLE customers DROP COLUMN fax", "customers: missing:"),
    "another's table": ("CREATE TABLE notes (id INTEGER)", "notes: a table that is not of this"),
    "an index too few": ("DROP INDEX ix_outbox_due", "outbox: missing:"),
    "an index too many": ("CREATE INDEX ix_extra ON customers (code)", "customers: too much:"),
}


@pytest.mark.parametrize("kind", DIFFERENCES)
async def test_a_difference_would_be_seen(store: Store, kind: str) -> None:
    statement, told = DIFFERENCES[kind]
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql(statement)
    assert told in "\n".join(await schema.differences(store.engine))


@pytest.mark.parametrize("dropped", [" WHERE told_at IS NULL", " UNIQUE"])
async def test_an_index_that_means_another_thing_would_be_seen(store: Store, dropped: str) -> None:
    name = "ix_invoices_untold" if "WHERE" in dropped else "uq_invoices_customer_number"
    async with store.engine.begin() as connection:
        words = await connection.scalar(text(INDEX_OF[store.engine.dialect.name]), {"name": name})
        other = words.replace("(told_at IS NULL)", "told_at IS NULL").replace(dropped, "")
        assert other != words
        await connection.exec_driver_sql(f"DROP INDEX {name}")
        await connection.exec_driver_sql(other)
    found = await schema.differences(store.engine)
    assert [line.split(":")[0] for line in found] == ["invoices", "invoices"]


INDEX_OF = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE name = :name",
    "postgresql": "SELECT pg_get_indexdef(CAST(:name AS regclass))",
}


async def test_a_word_less_in_an_enumeration_and_a_looser_check_would_be_seen(store: Store) -> None:
    async with store.engine.begin() as connection:
        await connection.run_sync(_loosen)
    found = "\n".join(await schema.differences(store.engine))
    assert "ck_supply_points_service" in found
    assert "ck_supply_points_meter_digits" in found
    assert found.count("supply_points: missing") == 2


def _loosen(connection: Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    kept = {"sqlite_autoincrement": True}
    with operations.batch_alter_table("supply_points", table_kwargs=kept) as table:
        table.drop_constraint("ck_supply_points_service", type_="check")
        table.create_check_constraint("ck_supply_points_service", "service IN ('gas')")
        table.drop_constraint("ck_supply_points_meter_digits", type_="check")
        table.create_check_constraint(
            "ck_supply_points_meter_digits", "meter_digits BETWEEN 1 AND 13"
        )


async def test_a_database_that_only_claims_to_be_up_to_date_is_named(store: Store) -> None:
    assert await schema.what_is_wrong(store.engine) is None
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE notes (id INTEGER)")
    assert await schema.what_is_wrong(store.engine) is None  # another's table does no harm
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE telegram_files")
    with pytest.raises(schema.SchemaError, match="but its tables are not"):
        await schema.require(store.engine)


async def test_looking_leaves_nothing_behind(store: Store) -> None:
    before = await tables(store)
    await schema.differences(store.engine)
    assert await tables(store) == before
    async with store.engine.connect() as connection:
        if not store.is_sqlite:
            query = "SELECT count(*) FROM pg_class WHERE relpersistence = 't'"
            assert await connection.scalar(text(query)) == 0


def test_the_next_migration_is_written_from_the_models(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "storage", tmp_path / "storage")
    versions = tmp_path / "storage" / "migrations" / "versions"
    before = set(versions.iterdir())
    with (tmp_path / "storage" / "models" / "customers.py").open("a", encoding="utf-8") as models:
        models.write(
            "\n\nclass Probe(Base):\n"
            '    __tablename__ = "probes"\n\n'
            "    id: Mapped[int] = mapped_column(primary_key=True)\n"
            '    word: Mapped[str] = mapped_column(Sealed("probes.word"))\n'
        )
    subprocess.run(
        [sys.executable, "-m", "storage.migrations", "Keep a word"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
    )
    (made,) = set(versions.glob("*.py")) - before
    written = made.read_text(encoding="utf-8")
    assert "Keep a word" in written
    assert "op.create_table('probes'" in written
    assert "sa.Column('word', sa.Text(), nullable=False)" in written
    assert (
        "storage" not in written.partition("def upgrade")[2]
    )  # nothing of the program's own types
    assert "op.drop_table('probes')" in written
