"""The database being away is told apart from a defect that raises an error of the same class."""

from pathlib import Path

import pytest
from sqlalchemy import event, text

from storage.engine import (
    Store,
    StoreAwayError,
    is_away,
    is_passing,
    open_store,
    reason_of,
)
from storage.vault import Vault

DEFECTS = [FileNotFoundError(2, "No such file"), TimeoutError("too slow"), ValueError("wrong")]


async def fail_within(store: Store, error: Exception) -> None:
    """A step that reads something, and then has a defect."""
    async with store.unit() as unit:
        await unit.chats.get(1)
        raise error


@pytest.mark.parametrize("error", DEFECTS, ids=lambda error: type(error).__name__)
async def test_what_a_step_raises_is_not_the_database(store: Store, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        await fail_within(store, error)
    assert caught.value is error
    assert not is_away(error)


@pytest.mark.parametrize("error", [TimeoutError("too slow"), ConnectionResetError(104, "reset")])
async def test_what_the_driver_raises_in_a_statement_is_the_database(
    store: Store, error: OSError
) -> None:
    def fails(*_: object) -> None:
        raise error

    async with store.unit() as unit:
        await unit.chats.get(1)
        event.listen(store.engine.sync_engine, "do_execute", fails)
        with pytest.raises(StoreAwayError) as caught:
            await unit.session.execute(text("SELECT 1"))
    event.remove(store.engine.sync_engine, "do_execute", fails)
    assert caught.value.__cause__ is error
    assert is_away(caught.value)
    assert is_passing(caught.value)
    assert reason_of(caught.value) == f"StoreAwayError {type(error).__name__}"


async def test_a_server_that_is_not_there_is_the_database(vault: Vault, tmp_path: Path) -> None:
    store = open_store(f"postgresql+asyncpg://nobody@/nothing?host={tmp_path}", vault)
    for transaction in (store.unit, store.reading):
        with pytest.raises(StoreAwayError) as caught:
            async with transaction():
                pass
        assert is_away(caught.value)
    await store.close()


async def test_an_sqlite_file_that_cannot_be_opened_is_the_database(
    vault: Vault, tmp_path: Path
) -> None:
    store = open_store(f"sqlite+aiosqlite:///{tmp_path}/store.db", vault)
    (tmp_path / "store.db").mkdir()
    with pytest.raises(Exception, match="unable to open") as caught:
        async with store.unit():
            pass
    assert is_away(caught.value)
    await store.close()
