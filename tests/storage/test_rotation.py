"""Everything personal is sealed at rest, and can be sealed anew under another key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Text, select, type_coerce

from storage import rotation
from storage.engine import Store
from storage.files import FileStore
from storage.models import Chat, Conversation, Customer, InboxUpdate, OutboxMessage, OutboxState
from storage.models.base import Base
from storage.models.sealed import SealedType
from storage.rotation import rotate, under_other_keys
from storage.unit import Unit
from storage.vault import SealedDataError, Vault
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.factories import TAX_CODE, add_customer, add_gas_point, add_reading

Databases = SqliteDatabases | PostgresDatabases
MARK = "Segretissimo"
NOW = datetime(2026, 2, 15, 9, 0, tzinfo=UTC)


async def fill(store: Store) -> None:
    customer = await add_customer(
        store, name=MARK, address=MARK, email=f"{MARK}@example.it", phone=MARK, fax=MARK
    )
    point = await add_gas_point(store, customer, address=MARK, contract=MARK)
    await add_reading(store, point, date(2026, 1, 15), 44_870, outcome_note=MARK)
    async with store.unit() as unit:
        unit.session.add_all(
            [
                Chat(id=1, first_seen_at=NOW, last_seen_at=NOW),
                Conversation(
                    chat_id=1,
                    flow="f",
                    state="s",
                    draft={"words": MARK},
                    token="t",
                    expires_at=NOW,
                ),
                InboxUpdate(update_id=1, chat_id=1, content=MARK, received_at=NOW),
                InboxUpdate(
                    update_id=2, chat_id=1, received_at=NOW, handled_at=NOW, answer=[{"t": MARK}]
                ),
                OutboxMessage(
                    key="k",
                    kind="k",
                    chat_id=1,
                    content={"text": MARK},
                    not_before=NOW,
                    created_at=NOW,
                    state=OutboxState.QUEUED,
                ),
            ]
        )
        await unit.commit()


async def raw_values(store: Store) -> dict[str, list[str]]:
    """Every value of every column as the database holds it, by table and column."""
    async with store.reading() as unit:
        return {
            f"{table.name}.{column.name}": [
                str(value)
                for value in await unit.session.scalars(select(type_coerce(column, Text)))
            ]
            for table in Base.metadata.sorted_tables
            for column in table.columns
            if isinstance(column.type, SealedType)
        }


async def test_a_stolen_copy_tells_nothing(store: Store, tmp_path: Path) -> None:
    await fill(store)
    raw = await raw_values(store)
    assert sum(len(values) for values in raw.values()) > 0
    for place, values in raw.items():
        assert not any(MARK in value or TAX_CODE in value for value in values), place
    if store.is_sqlite:
        for file in tmp_path.glob("sportello.db*"):  # noqa: ASYNC240
            content = file.read_bytes()
            assert MARK.encode() not in content, file.name
            assert TAX_CODE.encode() not in content, file.name


async def test_after_a_rotation_the_old_key_opens_nothing_and_is_not_needed(
    databases: Databases, tmp_path: Path
) -> None:
    old_key, new_key = Vault.new_key(), Vault.new_key()
    async with databases.fresh(tmp_path) as url:
        await _rotate_and_drop(url, old_key, new_key, tmp_path / "files")


async def _rotate_and_drop(url: str, old_key: str, new_key: str, folder: Path) -> None:
    async with opened(url, Vault([old_key])) as before:
        await fill(before)
        kept = await FileStore(folder, before.vault).put(b"an invoice")
    async with opened(url, Vault([new_key, old_key])) as serving:
        report = await rotate(serving)
        assert FileStore(folder, serving.vault).reseal() == 1
    assert report.values["customers"] == 6
    async with opened(url, Vault([new_key])) as after:
        async with after.unit() as unit:
            found = await unit.customers.matching("028680", TAX_CODE)
            assert found is not None
            assert found.name == MARK
            conversation = await unit.conversations.open_in(1)
            assert conversation is not None
            assert conversation.draft == {"words": MARK}
        assert await FileStore(folder, after.vault).read(kept.name) == b"an invoice"
    async with opened(url, Vault([old_key])) as late, late.reading() as unit:
        with pytest.raises(SealedDataError):
            (await unit.session.scalars(select(Customer))).all()


async def test_a_rotation_proves_its_end_and_does_nothing_twice(
    databases: Databases, tmp_path: Path
) -> None:
    keys = [Vault.new_key(), Vault.new_key()]
    async with databases.fresh(tmp_path) as url:
        async with opened(url, Vault(keys[1:])) as before:
            await fill(before)
        async with opened(url, Vault(keys)) as serving:
            to_do = await under_other_keys(serving)
            first = await rotate(serving)
            raw = await raw_values(serving)
            second = await rotate(serving)
            assert await raw_values(serving) == raw
    assert first.total == to_do > 0
    assert first.left == 0
    assert second.total == second.left == 0


async def test_a_rotation_that_broke_off_goes_on_where_it_was(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    keys = [Vault.new_key(), Vault.new_key()]
    async with databases.fresh(tmp_path) as url:
        async with opened(url, Vault(keys[1:])) as before:
            for number in range(5):
                await add_customer(before, f"00000{number}", email=None, phone=None, fax=None)
        async with opened(url, Vault(keys)) as serving:
            to_do = await under_other_keys(serving)
            with pytest.raises(InterruptedError):
                await rotate(serving, _break_off)
            left = await under_other_keys(serving)
            assert 0 < left < to_do
            report = await rotate(serving)
    assert (report.total, report.left) == (left, 0)


def _break_off(done: int, rows: int) -> None:
    assert done < rows
    raise InterruptedError


async def test_nobody_who_wants_to_write_waits_while_values_are_sealed(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [Vault.new_key(), Vault.new_key()]
    writing: list[bool] = []
    async with databases.fresh(tmp_path) as url:
        async with opened(url, Vault(keys[1:])) as before:
            await fill(before)
        async with opened(url, Vault(keys)) as serving:
            open_units, usual_unit, usual_seal = [0], Store.unit, Vault.seal

            @asynccontextmanager
            async def unit(self: Store, **options: bool) -> AsyncIterator[Unit]:
                async with usual_unit(self, **options) as made:
                    open_units[0] += 1
                    try:
                        yield made
                    finally:
                        open_units[0] -= 1

            def seal(self: Vault, data: bytes, place: str) -> str:
                writing.append(bool(open_units[0]))
                return usual_seal(self, data, place)

            monkeypatch.setattr(Store, "unit", unit)
            monkeypatch.setattr(Vault, "seal", seal)
            report = await rotate(serving)
    assert len(writing) == report.total
    assert not any(writing)
