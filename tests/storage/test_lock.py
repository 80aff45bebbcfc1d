"""One process serves a database; with PostgreSQL another stands by and takes over."""

import asyncio

import pytest

from storage.engine import Store
from storage.lock import AlreadyServedError, serving_lock
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
