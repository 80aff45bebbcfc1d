"""One process serves a database; with PostgreSQL another stands by and takes over."""

import asyncio
import os
from pathlib import Path

import pytest

from storage.engine import Store
from storage.lock import AlreadyServedError, give_way, serving_lock
from storage.vault import Vault
from tests.support.databases import opened


async def test_a_second_server_is_refused_or_stands_by(
    store: Store, database_url: str, vault: Vault
) -> None:
    first = serving_lock(store)
    assert await first.acquire() is False
    async with opened(database_url, vault) as other:
        second = serving_lock(other)
        if store.is_sqlite:
            with pytest.raises(AlreadyServedError, match="already"):
                await second.acquire()
            await first.release()
            assert await second.acquire() is False
        else:
            waiting = asyncio.create_task(second.acquire())
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await first.release()
            assert await asyncio.wait_for(waiting, 60) is True
        await second.release()


async def test_a_lost_lock_is_taken_again_or_told(
    store: Store, database_url: str, vault: Vault
) -> None:
    if store.is_sqlite:
        pytest.skip("a lock on a file is not lost while the process lives")
    lock = serving_lock(store)
    await lock.acquire()
    holding = asyncio.create_task(lock.hold())
    async with opened(database_url, vault) as other, other.unit() as unit:
        connection = await unit.session.connection()
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
        await connection.exec_driver_sql(f"SELECT pg_advisory_lock({0x5350_4F52_5445_4C4C})")
        with pytest.raises(AlreadyServedError, match="took over"):
            await asyncio.wait_for(holding, 60)
    await lock.release()


async def test_a_long_job_gives_way_to_another_process_that_serves(
    store: Store,
) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    await give_way(store, 0.02, rest=rest)
    assert rests == []  # nobody serves
    lock = serving_lock(store)
    await lock.acquire()
    await give_way(store, 0.02, rest=rest)
    assert rests == []  # this process does, and lets its own writers in by turns
    await lock.release()
    if store.is_sqlite:
        leave_lock(store, os.getppid())
        await give_way(store, 0.02, rest=rest)
        await give_way(store, 9.0, rest=rest)
        assert rests == [0.02, 0.1]
        leave_lock(store, 99_999_999)
        await give_way(store, 0.02, rest=rest)
        assert rests == [0.02, 0.1]  # it has ended


def leave_lock(store: Store, process: int) -> None:
    """The file of the lock as that process leaves it."""
    Path(f"{store.engine.url.database}.serving").write_text(str(process), encoding="ascii")
