"""What a migration moves from one shape to the next is all there afterwards, up and down."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, insert, text

from storage import schema
from storage.engine import Store
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened

MARKS = ("meter_rolled_over", "corrector_rolled_over", "confirmed_unusual")


@pytest.fixture
async def old(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> AsyncIterator[Store]:
    """The first tables, with a few people in them."""
    async with databases.fresh(tmp_path, migrated=False) as url, opened(url) as store:
        await schema.upgrade(store.engine, "0001")
        for number in (1, 2, 3):
            await put(store, "customers", id=number, code=f"00000{number}", name="a", address="a")
        yield store


async def run(store: Store, *statements: str) -> None:
    async with store.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def rows(store: Store, statement: str) -> list[tuple[Any, ...]]:
    async with store.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def put(store: Store, name: str, /, **values: Any) -> None:
    """A row, in whatever shape the table has at the moment."""
    async with store.engine.begin() as connection:
        table = await connection.run_sync(
            lambda sync: Table(name, MetaData(), autoload_with=sync, resolve_fks=False)
        )
        await connection.execute(insert(table).values(**values))


async def add_point(
    store: Store, number: int, customer: int, since: date, visible_from: date | None = None
) -> None:
    await put(
        store,
        "supply_points",
        id=number,
        code=f"{number:014}",
        customer_id=customer,
        service="gas",
        address="a",
        self_reading="contatore",
        since=since,
        visible_from=visible_from or since,
    )


async def add_reading(
    store: Store, point: int, day: date, *marks: str, customer: int | None = None, own: bool = False
) -> None:
    """A reading: *own* is one that was submitted here."""
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC) if own else None
    await put(
        store,
        "readings",
        supply_point_id=point,
        day=day,
        source="autolettura" if own else "rilevata",
        state="acquired",
        outcome="none",
        meter=1,
        customer_id=customer,
        submitted_at=at,
        differs_from_company=False,
        **{mark: mark in marks for mark in MARKS},
    )


async def test_the_marks_of_readings_become_flags_and_come_back(old: Store) -> None:
    await add_point(old, 1, 1, date(2020, 1, 1))
    await add_reading(old, 1, date(2026, 1, 1), own=True, customer=1)
    await add_reading(old, 1, date(2026, 1, 2), "meter_rolled_over", own=True, customer=1)
    both = ("corrector_rolled_over", "confirmed_unusual")
    await add_reading(old, 1, date(2026, 1, 3), *both, own=True, customer=1)
    await schema.upgrade(old.engine, "0002")
    flags = [(None,), ("meter_rollover",), ("confirmed_unusual corrector_rollover",)]
    assert await rows(old, "SELECT flags FROM readings ORDER BY day") == flags
    await run(old, "UPDATE readings SET flags = 'unusually_high' WHERE day = '2026-01-01'")
    await schema.downgrade(old.engine, "0001")
    found = await rows(
        old,
        "SELECT meter_rolled_over, corrector_rolled_over, confirmed_unusual"
        " FROM readings ORDER BY day",
    )
    assert [tuple(map(bool, row)) for row in found] == [
        (False, False, True),
        (True, False, False),
        (False, True, True),
    ]


async def test_the_first_visible_day_becomes_a_supply_and_comes_back(old: Store) -> None:
    await add_point(old, 1, 1, date(2020, 1, 1))
    await add_point(old, 2, 2, date(2020, 1, 1), visible_from=date(2026, 2, 15))
    await schema.upgrade(old.engine, "0004")
    found = "SELECT supply_point_id, customer_id, starts_on, ends_on FROM supplies ORDER BY id"
    assert [(*row[:2], str(row[2]), row[3]) for row in await rows(old, found)] == [
        (1, 1, "2020-01-01", None),
        (2, 2, "2026-02-15", None),
    ]
    await schema.downgrade(old.engine, "0003")
    found = "SELECT visible_from FROM supply_points ORDER BY id"
    assert [str(day) for (day,) in await rows(old, found)] == ["2020-01-01", "2026-02-15"]


async def test_who_had_a_point_back_from_a_mistake_has_the_days_before_it_again(old: Store) -> None:
    """Their readings bear their name since the mistake, and their days began with the return."""
    back = date(2026, 2, 15)
    for point in (1, 2):
        await add_point(old, point, 1, date(2020, 1, 1), visible_from=back)
        await add_reading(old, point, date(2025, 3, 1), customer=1)
    await add_reading(old, 1, date(2026, 1, 31), customer=1)
    await add_reading(old, 1, date(2026, 2, 14), customer=3)
    await schema.upgrade(old.engine, "0004")
    found = "SELECT starts_on FROM supplies ORDER BY supply_point_id"
    # Of the second it is too long ago to tell whose the days in between were.
    assert [str(day) for (day,) in await rows(old, found)] == ["2025-03-01", "2026-02-15"]
