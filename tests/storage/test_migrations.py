"""Migrations with people in the tables: what was there is there afterwards, whichever way."""

import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from sqlalchemy import inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from storage import schema, shape
from storage.copying import bare
from storage.engine import Store
from storage.models import Base, Customer, SupplyPoint
from storage.models.sealed import Sealed
from storage.numbering import go_on_after, last_numbers
from storage.vault import Vault
from tests.support import released
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.every_table import ROWS, fill_every_table

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
async def empty(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> AsyncIterator[Store]:
    async with (
        databases.fresh(tmp_path, migrated=False) as url,
        opened(url, Vault([released.KEY])) as store,
    ):
        yield store


@pytest.fixture
def next_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migration after the newest, which changes a column of customers, to whom points belong."""
    made = tmp_path / "versions"
    made.mkdir()
    (made / "probe.py").write_text(
        textwrap.dedent(f"""
        import sqlalchemy as sa
        from alembic import op

        revision, down_revision = "probe", {schema.newest_revision()!r}
        branch_labels = depends_on = None


        def upgrade():
            with op.batch_alter_table("customers") as batch:
                batch.alter_column("code", type_=sa.String(8), existing_type=sa.String(6))
                batch.add_column(sa.Column("nick", sa.String(8)))


        def downgrade():
            with op.batch_alter_table("customers") as batch:
                batch.drop_column("nick")
                batch.alter_column("code", type_=sa.String(6), existing_type=sa.String(8))
        """)
    )
    usual = schema._config

    def with_probe(connection: Connection | None = None) -> Config:
        config = usual(connection)
        place = Path(schema.__file__).parent / "migrations" / "versions"
        config.set_main_option("version_locations", f"{place}:{made}")
        return config

    monkeypatch.setattr(schema, "_config", with_probe)
    return "probe"


async def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the models, as it is stored; columns in the order of names."""
    found = {}
    async with store.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            stored = bare(table)
            names = sorted(column.name for column in table.columns)
            keys = [stored.c[column.name] for column in table.primary_key]
            query = select(*(stored.c[name] for name in names)).order_by(*keys)
            found[table.name] = [tuple(row) for row in await connection.execute(query)]
    return found


async def foreign_keys_hold(store: Store) -> bool:
    """Whether the database refuses a point whose customer there is not."""
    async with store.unit() as unit:
        point = (await unit.session.scalars(select(SupplyPoint).limit(1))).one()
        point.customer_id = 987_654
        try:
            await unit.session.flush()
        except IntegrityError:
            return True
    return False


async def test_a_table_that_others_point_to_is_changed_with_people_in_it(
    store: Store, next_migration: str
) -> None:
    await fill_every_table(store)
    given = await given_numbers(store)
    before = await rows(store)
    await schema.upgrade(store.engine, next_migration)
    assert await schema.current_revision(store.engine) == next_migration
    assert await rows(store) == before
    assert await foreign_keys_hold(store)

    await schema.downgrade(store.engine, "-1")
    assert await rows(store) == before
    assert await schema.differences(store.engine) == []
    await schema.upgrade(store.engine, next_migration)
    assert await rows(store) == before
    assert await foreign_keys_hold(store)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(last_numbers) == given


async def given_numbers(store: Store) -> dict[str, int]:
    """The last number that each table gave, when it has given more than there are rows."""
    numbers = dict.fromkeys(Base.metadata.tables, 1_000)
    async with store.engine.begin() as connection:
        await connection.run_sync(go_on_after, numbers)
        given = await connection.run_sync(last_numbers)
    assert set(given.values()) == {1_000}
    return given


async def test_a_migration_that_leaves_a_point_without_its_customer_is_undone(
    store: Store, next_migration: str, tmp_path: Path
) -> None:
    if not store.is_sqlite:
        pytest.skip("PostgreSQL holds its foreign keys all the time")
    await fill_every_table(store)
    probe = tmp_path / "versions" / "probe.py"
    careless = '    op.execute("DELETE FROM customers WHERE id = 1")\n\n\ndef downgrade'
    probe.write_text(probe.read_text().replace("\ndef downgrade", careless))
    before = await rows(store)
    with pytest.raises(schema.SchemaError, match=r"supply_points.* point to nothing"):
        await schema.upgrade(store.engine, next_migration)
    assert await rows(store) == before
    assert await schema.current_revision(store.engine) != next_migration
    assert await foreign_keys_hold(store)


async def test_every_migration_goes_down_and_up_with_rows_in_every_table(store: Store) -> None:
    """What a step down takes away is gone; what stays is untouched, and the shape comes back."""
    await fill_every_table(store)
    newest = await rows(store)
    while (revision := await schema.current_revision(store.engine)) != "0001":
        await schema.downgrade(store.engine, "-1")
        assert await schema.current_revision(store.engine) != revision
    await schema.upgrade(store.engine)
    assert await schema.differences(store.engine) == []
    again = await rows(store)
    assert again.keys() == newest.keys()
    assert [row[0] for row in again["customers"]] == [row[0] for row in newest["customers"]]
    assert await foreign_keys_hold(store)

    await schema.downgrade(store.engine)
    async with store.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert names == ["alembic_version"]
    await schema.upgrade(store.engine)
    assert await schema.differences(store.engine) == []


_EMPTY_AT_FIRST = {"outcomes_aside"}
"""Tables that came later, and that no migration fills from what was there."""


@pytest.mark.parametrize("revision", released.revisions())
async def test_a_released_database_is_upgraded_with_all_that_is_in_it(
    empty: Store, revision: str
) -> None:
    await released.load(str(empty.engine.url.render_as_string(hide_password=False)), revision)
    assert await schema.current_revision(empty.engine) == revision
    await schema.upgrade(empty.engine)
    assert await schema.what_is_wrong(empty.engine) is None
    assert await schema.differences(empty.engine) == []

    async with empty.unit() as unit:
        for mapper in Base.registry.mappers:
            found = (await unit.session.scalars(select(mapper.class_))).all()
            name = mapper.class_.__tablename__
            assert len(found) >= ROWS or name in _EMPTY_AT_FIRST, name
            for column in mapper.local_table.columns:
                if isinstance(column.type, Sealed):  # opened by the key that it was sealed with
                    values = [value for row in found if (value := getattr(row, column.key))]
                    assert all("Nicolò" in value for value in values), column
        new = Customer(code="999999", name="Anna", address="Via Roma 1")
        unit.session.add(new)
        await unit.session.flush()
        assert new.id > ROWS


@pytest.mark.parametrize("revision", released.revisions())
async def test_a_migration_that_was_released_is_frozen(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path, revision: str
) -> None:
    """The migrations make today what they made when databases in service came to be."""
    (tmp_path / "then").mkdir()
    (tmp_path / "now").mkdir()
    async with (
        databases.fresh(tmp_path / "then", migrated=False) as then_url,
        databases.fresh(tmp_path / "now", migrated=False) as now_url,
        opened(then_url) as then,
        opened(now_url) as now,
    ):
        await released.load(then_url, revision)
        await schema.upgrade(now.engine, revision)
        assert await _words(now) == await _words(then)


async def _words(store: Store) -> Any:
    async with store.engine.connect() as connection:
        return await connection.run_sync(shape.found)
