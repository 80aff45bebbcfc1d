"""A whole database goes over to the other engine and back, and the copy is proved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, inspect, select, text

from storage import copying, schema
from storage.copying import (
    Contents,
    CopyFailedError,
    CopyRefusedError,
    ProofFailedError,
    contents,
    copy_store,
)
from storage.engine import Store
from storage.lock import AlreadyServedError, serving_lock
from storage.models import Acquisition, Customer, Document
from storage.models.base import Base
from storage.vault import Vault
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.every_table import FIRST, ROWS, fill_every_table
from tests.support.factories import TAX_CODE, add_customer

Databases = SqliteDatabases | PostgresDatabases


@asynccontextmanager
async def empty(databases: Databases, folder: Path, vault: Vault) -> AsyncIterator[Store]:
    """A database of the given kind with nothing in it, not even tables."""
    async with databases.fresh(folder, migrated=False) as url, opened(url, vault) as made:
        yield made


@pytest.fixture
def other_kind(
    store: Store, sqlite_databases: SqliteDatabases, postgres_databases: PostgresDatabases
) -> Databases:
    """Databases of the kind that ``store`` is not."""
    return postgres_databases if store.is_sqlite else sqlite_databases


@pytest.fixture
async def target(other_kind: Databases, tmp_path: Path, vault: Vault) -> AsyncIterator[Store]:
    (tmp_path / "target").mkdir()
    async with empty(other_kind, tmp_path / "target", vault) as made:
        yield made


async def held(store: Store) -> dict[str, Contents]:
    async with copying.snapshot(store) as connection:
        return await contents(connection)


async def meant(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every value of every table as the program reads it: opened, with its own type."""
    found = {}
    async with store.reading() as unit:
        for table in Base.metadata.sorted_tables:
            rows = await unit.session.execute(select(table))
            found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return found


async def test_every_table_goes_over_and_back(  # noqa: PLR0917
    store: Store,
    target: Store,
    databases: Databases,
    tmp_path: Path,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(copying, "BATCH", 3)
    await fill_every_table(store)
    proofs = await copy_store(store, target)
    assert {proof.table for proof in proofs} == set(Base.metadata.tables)
    assert all(proof.agrees and proof.source.rows == ROWS for proof in proofs)
    (tmp_path / "back").mkdir()
    async with empty(databases, tmp_path / "back", vault) as back:
        await copy_store(target, back)
        assert await meant(back) == await meant(target) == await meant(store)
        assert await held(back) == await held(store)
        assert await schema.differences(back.engine) == []


async def test_what_is_added_to_the_copy_is_numbered_after_it(store: Store, target: Store) -> None:
    await fill_every_table(store)
    await copy_store(store, target)
    async with target.unit() as unit:
        added = Acquisition(claimed_at=FIRST)
        unit.session.add(added)
        await unit.commit()
    assert added.id == ROWS + 1
    assert (await add_customer(target)).id == ROWS + 1


async def test_sealed_values_go_over_as_they_are(store: Store, target: Store) -> None:
    await add_customer(store, name="Mario Rossi")
    await copy_store(store, target)
    sealed = text("SELECT name, tax_code, tax_code_hash FROM customers")
    async with store.reading() as one, target.reading() as other:
        before = (await one.session.execute(sealed)).one()
        after = (await other.session.execute(sealed)).one()
        assert tuple(before) == tuple(after)
        assert "Mario" not in str(after)
        found = await other.customers.matching("028680", TAX_CODE)
        assert found is not None
        assert found.name == "Mario Rossi"


async def test_an_empty_counter_can_be_copied(store: Store, target: Store) -> None:
    proofs = await copy_store(store, target)
    assert all(proof.agrees and proof.source.rows == 0 for proof in proofs)
    assert await schema.current_revision(target.engine) == schema.newest_revision()


async def test_how_far_it_has_come_is_told(store: Store, target: Store) -> None:
    await add_customer(store)
    told: list[tuple[int, int]] = []
    await copy_store(store, target, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


# Changes that a copy could suffer on its way, each made by the target itself.
TAMPERINGS = {
    "a number": "UPDATE readings SET meter = meter + 1 WHERE id = 3",
    "a truth": "UPDATE readings SET differs_from_company = NOT differs_from_company WHERE id = 3",
    "a sealed word": "UPDATE customers SET name = address WHERE id = 3",
    "nothing for something": "UPDATE customers SET email = NULL WHERE id = 1",
    "an instant": "UPDATE readings SET acquired_at = submitted_at WHERE id = 1",
    "a row too few": "DELETE FROM link_attempts WHERE id = 3",
    "a row twice": "INSERT INTO withdrawn_windows"
    " SELECT id + 100, supply_point_id, starts_at, ends_at, after_message_id"
    " FROM withdrawn_windows WHERE id = 3",
    "two values exchanged": "UPDATE readings SET"
    " meter_serial = corrector_serial, corrector_serial = meter_serial WHERE id = 1",
}


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS)
async def test_a_copy_that_differs_is_thrown_away(
    store: Store, target: Store, tampering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_every_table(store)
    read = copying.contents

    async def tampered(connection: Any, *arguments: Any) -> dict[str, Contents]:
        if connection.engine.url == target.engine.url:
            await connection.execute(text(tampering))
        return await read(connection, *arguments)

    monkeypatch.setattr(copying, "contents", tampered)
    with pytest.raises(ProofFailedError) as caught:
        await copy_store(store, target)
    differing = [proof.table for proof in caught.value.proofs if not proof.agrees]
    assert len(differing) == 1
    assert differing[0] in tampering
    assert differing[0] in str(caught.value)
    monkeypatch.undo()
    assert {held.rows for held in (await held(target)).values()} == {0}
    await copy_store(store, target)  # and is taken when nobody meddles


async def test_a_trigger_that_changes_what_is_written_is_found(
    store: Store, sqlite_databases: SqliteDatabases, tmp_path: Path, vault: Vault
) -> None:
    await fill_every_table(store)
    (tmp_path / "target").mkdir()
    async with sqlite_databases.fresh(tmp_path / "target") as url, opened(url, vault) as target:
        async with target.engine.begin() as connection:
            await connection.execute(
                text(
                    "CREATE TRIGGER meddles AFTER INSERT ON readings WHEN NEW.id = 2 BEGIN"
                    " UPDATE readings SET meter = 1 WHERE id = 2; END"
                )
            )
        with pytest.raises(ProofFailedError, match="readings"):
            await copy_store(store, target)


async def test_a_target_with_a_row_is_refused_and_left(store: Store, target: Store) -> None:
    await schema.upgrade(target.engine)
    await add_customer(target)
    with pytest.raises(CopyRefusedError, match=r"holds data already \(in customers\)"):
        await copy_store(store, target)
    assert (await held(target))["customers"].rows == 1


async def test_a_target_of_somebody_elses_is_refused_and_left(store: Store, target: Store) -> None:
    async with target.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE recipes (words TEXT)"))
    with pytest.raises(CopyRefusedError, match="recipes"):
        await copy_store(store, target)
    async with target.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert names == ["recipes"]


async def test_a_database_is_not_copied_into_itself(
    store: Store, database_url: str, tmp_path: Path, vault: Vault
) -> None:
    async with opened(database_url, vault) as again:
        with pytest.raises(CopyRefusedError, match="is the database"):
            await copy_store(store, again)
    if store.is_sqlite:
        (tmp_path / "other.db").hardlink_to(tmp_path / "sportello.db")
        async with opened(f"sqlite+aiosqlite:///{tmp_path}/other.db", vault) as linked:
            with pytest.raises(CopyRefusedError, match="is the database"):
                await copy_store(store, linked)


@pytest.mark.parametrize("served", ["source", "target"])
async def test_what_is_being_served_is_not_copied(
    store: Store, target: Store, database_url: str, vault: Vault, served: str
) -> None:
    url = target.engine.url if served == "target" else None
    text_of_url = url.render_as_string(hide_password=False) if url else database_url
    async with opened(text_of_url, vault) as serving:
        lock = serving_lock(serving)
        await lock.acquire()
        with pytest.raises(AlreadyServedError):
            await copy_store(store, target)
        await lock.release()
    await copy_store(store, target)


async def test_nobody_writes_to_the_source_meanwhile(
    store: Store, target: Store, database_url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_rows = copying.copy_rows
    tried = 0

    async def write(other: Store) -> None:
        async with other.unit() as unit:
            connection = await unit.session.connection()
            if not other.is_sqlite:
                await connection.exec_driver_sql("SET lock_timeout = '10ms'")
            await connection.execute(insert(Acquisition), {"claimed_at": FIRST})

    async def meanwhile(*arguments: Any) -> Any:
        nonlocal tried
        async with opened(database_url, vault) as other:
            with pytest.raises(Exception, match=r"locked|lock timeout"):
                await write(other)
        tried += 1
        return await copy_rows(*arguments)

    monkeypatch.setattr("storage.engine.BUSY_TIMEOUT_MS", 10)
    monkeypatch.setattr(copying, "copy_rows", meanwhile)
    await copy_store(store, target)
    assert tried == 1


async def test_an_interruption_leaves_the_target_empty(store: Store, target: Store) -> None:
    await fill_every_table(store)

    def interrupted(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copy_store(store, target, interrupted)
    assert {found.rows for found in (await held(target)).values()} == {0}
    await copy_store(store, target)
    assert (await held(target))["readings"].rows == ROWS


async def test_a_value_that_the_target_does_not_take_is_placed_and_not_repeated(
    sqlite_databases: SqliteDatabases,
    postgres_databases: PostgresDatabases,
    tmp_path: Path,
    vault: Vault,
) -> None:
    (tmp_path / "source").mkdir()
    async with (
        sqlite_databases.fresh(tmp_path / "source") as url,
        opened(url, vault) as source,
        empty(postgres_databases, tmp_path / "target", vault) as target,
    ):
        await add_customer(source)
        async with source.unit() as unit:
            # SQLite minds neither the length of a text nor that of a number.
            row = {"title": "Nicolò " * 40, "day": FIRST.date(), "suffix": ".pdf"}
            row |= {"file_name": "a" * 64, "file_hash": "b" * 64, "file_size": 3}
            await unit.session.execute(insert(Document), row)
            await unit.commit()
        with pytest.raises(CopyFailedError, match="in documents, among rows 1 to 1") as caught:
            await copy_store(source, target)
        assert "Nicol" not in str(caught.value)
        async with target.reading() as unit:
            assert await unit.session.scalar(select(func.count()).select_from(Customer)) == 0


def test_values_that_differ_never_look_alike() -> None:
    values = [None, True, False, 1, 0, -1, "1", "", "-", FIRST, FIRST.date(), FIRST.time(), "i1"]
    assert len({copying._canonical(value) for value in values}) == len(values)
    assert copying._checksum(["ab", "c"]) != copying._checksum(["a", "bc"])


def test_a_kind_of_value_that_nobody_thought_of_is_not_passed_over() -> None:
    with pytest.raises(TypeError, match="float"):
        copying._canonical(1.5)
    with pytest.raises(TypeError, match="time zone"):
        copying._canonical(FIRST.replace(tzinfo=None))


def test_checksums_are_those_that_backups_have_kept() -> None:
    values = [None, True, -7, "Nicolò", FIRST, FIRST.date(), FIRST.time()]
    kept = "ff9d005a2972bd32b7724500f36e746bbb7b48e41a4b4c266a1d0dae11cb75ca"
    assert f"{copying._checksum(values):064x}" == kept
