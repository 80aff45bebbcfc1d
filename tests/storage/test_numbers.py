"""A number that was given out means one row for ever; who settles a message sees its state."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from storage.copying import copy_store
from storage.engine import Store
from storage.models import InboxUpdate, OutboxMessage, OutboxState
from storage.models.base import Base
from storage.models.sealed import bound, next_number, sealed_columns
from storage.notices import ConversationLeftAlone
from storage.numbering import go_on_after
from storage.repositories.inbox import Arrival
from storage.repositories.outbox import LEAVING, WAITING
from storage.vault import Vault
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.every_table import ROWS, fill_every_table, made_up

NOW = datetime(2026, 2, 15, 9, tzinfo=UTC)


async def empty_all(store: Store) -> None:
    async with store.unit() as unit:
        for table in reversed(Base.metadata.sorted_tables):
            await unit.session.execute(delete(table))
        await unit.commit()


async def add_to_all(store: Store) -> dict[str, int]:
    """One row more in every table; gives the numbers that the database gave, by table."""
    given: dict[str, int] = {}
    ids: dict[str, list[dict[str, object]]] = {}
    async with store.unit() as unit:
        for table in Base.metadata.sorted_tables:
            row = made_up(table, 0, ids)
            numbered = table.autoincrement_column
            if numbered is not None:
                del row[numbered.name]
                if any(numbered.name in kind.row for kind in sealed_columns(table).values()):
                    connection = await unit.session.connection()
                    number = await connection.run_sync(next_number, table, numbered.name)
                    row[numbered.name] = number
            result = await unit.session.execute(
                insert(table).returning(*table.primary_key.columns),
                [bound(table, row)],
            )
            key = result.one()._asdict()
            if numbered is not None:
                given[table.name] = key[numbered.name]
            ids[table.name] = [row | key]
        await unit.commit()
    return given


async def given_and_gone(store: Store) -> dict[str, int]:
    """The last number that each table gave; of the rows none is there any more."""
    await fill_every_table(store)
    async with store.engine.begin() as connection:
        await connection.run_sync(go_on_after, {})
    await empty_all(store)
    given = await add_to_all(store)
    assert given == dict.fromkeys(given, ROWS + 1)
    await empty_all(store)
    return given


async def test_no_number_is_given_twice(store: Store) -> None:
    given = await given_and_gone(store)
    assert await add_to_all(store) == {name: last + 1 for name, last in given.items()}


@pytest.fixture
async def target(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path, vault: Vault
) -> AsyncIterator[Store]:
    (tmp_path / "target").mkdir()
    async with (
        databases.fresh(tmp_path / "target", migrated=False) as url,
        opened(url, vault) as made,
    ):
        yield made


async def test_a_copy_goes_on_after_what_was_given_and_is_gone(store: Store, target: Store) -> None:
    given = await given_and_gone(store)
    await copy_store(store, target)
    assert await add_to_all(target) == {name: last + 1 for name, last in given.items()}


# -- settling --


async def message(store: Store, state: OutboxState) -> int:
    async with store.unit() as unit:
        await unit.outbox.queue("key", ConversationLeftAlone(), 1, now=NOW)
        row = (await unit.session.scalars(select(OutboxMessage))).one()
        row.state, row.content = state, {"a": 1}
        await unit.commit()
    return row.id


async def state_of(store: Store, number: int) -> tuple[OutboxState, bool]:
    async with store.reading() as unit:
        row = await unit.session.get_one(OutboxMessage, number)
    return row.state, row.content is not None


@pytest.mark.parametrize("state", OutboxState)
async def test_what_left_is_settled_only_where_it_was_leaving(
    store: Store, state: OutboxState
) -> None:
    number = await message(store, state)
    async with store.unit() as unit:
        await unit.outbox.settle([number], OutboxState.SENT, after=LEAVING, now=NOW)
        await unit.commit()
    was_leaving = state in {OutboxState.SENDING, OutboxState.HELD}
    expected = (OutboxState.SENT, False) if was_leaving else (state, True)
    assert await state_of(store, number) == expected


@pytest.mark.parametrize("state", OutboxState)
async def test_what_is_given_up_before_it_leaves_is_settled_only_where_it_waits(
    store: Store, state: OutboxState
) -> None:
    number = await message(store, state)
    async with store.unit() as unit:
        await unit.outbox.settle([number], OutboxState.OUTDATED, after=WAITING, now=NOW)
        await unit.commit()
    waits = state is OutboxState.QUEUED
    expected = (OutboxState.OUTDATED, False) if waits else (state, True)
    assert await state_of(store, number) == expected


@pytest.mark.parametrize("state", OutboxState)
async def test_what_came_back_is_queued_only_where_it_was_leaving(
    store: Store, state: OutboxState
) -> None:
    number = await message(store, state)
    later = NOW + timedelta(minutes=1)
    async with store.unit() as unit:
        await unit.outbox.put_off([number], after=OutboxState.SENDING, until=later)
        await unit.commit()
    was_leaving = state is OutboxState.SENDING
    assert await state_of(store, number) == (OutboxState.QUEUED if was_leaving else state, True)


@pytest.mark.parametrize("state", OutboxState)
async def test_who_comes_back_gets_what_was_held_and_nothing_else(
    store: Store, state: OutboxState
) -> None:
    number = await message(store, state)
    async with store.unit() as unit:
        await unit.outbox.release(1)
        await unit.commit()
    was_held = state is OutboxState.HELD
    assert await state_of(store, number) == (OutboxState.QUEUED if was_held else state, True)


@pytest.mark.parametrize("state", OutboxState)
async def test_only_what_waits_begins_to_leave(store: Store, state: OutboxState) -> None:
    number = await message(store, state)
    async with store.unit() as unit:
        started = await unit.outbox.start([number])
        await unit.commit()
    waits = state is OutboxState.QUEUED
    assert started == ({number} if waits else set())
    assert await state_of(store, number) == (OutboxState.SENDING if waits else state, True)


@pytest.mark.parametrize("state", OutboxState)
async def test_only_what_was_leaving_is_taken_up_after_a_crash(
    store: Store, state: OutboxState
) -> None:
    number = await message(store, state)
    async with store.unit() as unit:
        await unit.outbox.recover(most_attempts=5)
        await unit.commit()
    was_leaving = state is OutboxState.SENDING
    assert await state_of(store, number) == (OutboxState.QUEUED if was_leaving else state, True)


@pytest.mark.parametrize("state", OutboxState)
async def test_a_chat_that_is_gone_is_owed_nothing_and_what_was_sent_stays_sent(
    store: Store, state: OutboxState
) -> None:
    number = await message(store, state)
    async with store.unit() as unit:
        await unit.outbox.drop(1)
        await unit.commit()
    is_owed = state in {OutboxState.QUEUED, OutboxState.SENDING, OutboxState.HELD}
    expected = (OutboxState.OUTDATED, False) if is_owed else (state, True)
    assert await state_of(store, number) == expected


async def test_an_answer_is_settled_once_and_only_when_its_update_was_handled(store: Store) -> None:
    async with store.unit() as unit:
        await unit.inbox.store([Arrival(7, 1, "{}")], now=NOW)
        await unit.inbox.mark_answered([7], now=NOW)
        await unit.commit()
    async with store.unit() as unit:
        assert await unit.inbox.unhandled() == [(7, 1)]
        assert await unit.inbox.finish(7, 1, answer=[1], received_at=NOW, now=NOW)
        await unit.inbox.mark_answered([7], now=NOW + timedelta(minutes=1))
        await unit.inbox.mark_answered([7], now=NOW + timedelta(minutes=2))
        await unit.commit()
    async with store.reading() as unit:
        row = await unit.session.get_one(InboxUpdate, 7)
    assert row.answered_at == NOW + timedelta(minutes=1)
