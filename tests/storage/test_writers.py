"""Who writes to SQLite next: in order, what is urgent first."""

import asyncio

import pytest

from storage.engine import Store


async def write(store: Store, name: str, order: list[str], *, urgent: bool = False) -> None:
    async with store.unit(urgent=urgent):
        order.append(name)


async def queue(
    store: Store, order: list[str], *names: tuple[str, bool]
) -> list[asyncio.Task[None]]:
    """Stands in line in this order, behind whoever writes."""
    tasks = []
    for name, urgent in names:
        tasks.append(asyncio.create_task(write(store, name, order, urgent=urgent)))
        await asyncio.sleep(0)
    return tasks


@pytest.fixture
def sqlite(store: Store) -> Store:
    if not store.is_sqlite:
        pytest.skip("PostgreSQL has many writers")
    return store


async def test_what_is_urgent_goes_first_and_starves_nobody(sqlite: Store) -> None:
    order: list[str] = []
    async with sqlite.unit():
        tasks = await queue(
            sqlite,
            order,
            ("turn 1", False),
            ("turn 2", False),
            ("inbox 1", True),
            ("inbox 2", True),
            ("turn 3", False),
        )
    await asyncio.gather(*tasks)
    assert order == ["inbox 1", "turn 1", "inbox 2", "turn 2", "turn 3"]


async def test_who_gives_up_waiting_keeps_nobody_from_writing(sqlite: Store) -> None:
    order: list[str] = []
    async with sqlite.unit():
        tasks = await queue(sqlite, order, ("one", False), ("two", True), ("three", False))
        tasks[1].cancel()
    tasks[0].cancel()  # at the very moment at which it may write
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["three"]
    await write(sqlite, "four", order)
    assert order == ["three", "four"]
