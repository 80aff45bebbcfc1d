"""Imports and acquisitions, compared with the minimal cost of the same rows in the database.

An import of ``letture.csv`` is compared with a bare ``executemany`` of the same rows (SQLite), or a
bare ``COPY`` through a staging table (PostgreSQL), in one transaction and without checks; an
acquisition with its files with one ``UPDATE … RETURNING``. Each has its own database.
"""

import asyncio
import csv
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import insert, text
from sqlalchemy.engine import make_url

from benchmarks.conversations import Databases, databases_of, name_of
from benchmarks.figures import Figure, table
from benchmarks.import_million import POINTS, write_files
from storage.engine import Store, open_store
from storage.exchange.acquisition import acquire
from storage.exchange.importing import import_paths
from storage.models import Outcome, Reading, ReadingSource, ReadingState
from storage.vault import Vault
from tests.support.databases import KINDS
from tests.support.factories import VAT_NUMBER, add_customer, add_gas_point, link_chat

_ROME = ZoneInfo("Europe/Rome")
_NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
_CHAT = 999
_COLUMNS = (
    "supply_point_id",
    "day",
    "source",
    "state",
    "meter",
    "corrector",
    "meter_serial",
    "differs_from_company",
    "outcome",
)
_INTO = f"INSERT INTO readings ({', '.join(_COLUMNS)})"
_CONFLICT = (
    "ON CONFLICT (supply_point_id, day, source) WHERE source <> 'autolettura' DO UPDATE SET"
    " meter = excluded.meter, corrector = excluded.corrector, meter_serial = excluded.meter_serial"
)
_TOLD = re.compile(r"(\w+): \w+, (\d+) rows in ([\d.]+) s, .*, (\d+) MiB in all")


class Import(NamedTuple):
    """One import of ``letture.csv``: rows a second, and peak resident memory."""

    first: float
    again: float
    mib: int


async def imports(databases: Databases, rows: int, rounds: int) -> list[list[str]]:
    """The rows of the table of imports."""
    ours: list[Import] = []
    bare: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            async with databases.fresh(folder) as url:
                ours.append(await _imported(rows, url))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            async with databases.fresh(folder) as url:
                bare.append(await _bare(folder, url, rows))
    kind = name_of(databases)
    first, again = (
        Figure(tuple(getattr(each, turn) for each in ours)) for turn in ("first", "again")
    )
    least = Figure(tuple(bare))
    highest = max(each.mib for each in ours)
    return [
        [kind, f"{rows:,}", "bare", least.shown(0), "", ""],
        [
            kind,
            f"{rows:,}",
            "import",
            first.shown(0),
            f"×{first.over(least).shown(2)}",
            str(highest),
        ],
        [kind, f"{rows:,}", "again", again.shown(0), f"×{again.over(least).shown(2)}", ""],
    ]


async def _imported(rows: int, url: str) -> Import:
    """Run an import in its own process, like ``sportello import``."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.import_million", str(rows), url),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    found = {
        turn: (int(number) / float(seconds), int(mib))
        for turn, number, seconds, mib in _TOLD.findall(told.decode())
    }
    return Import(found["first"][0], found["again"][0], found["again"][1])


async def _bare(folder: Path, url: str, rows: int) -> float:
    """Rows a second of the minimum."""
    await asyncio.to_thread(write_files, folder, rows)
    store = open_store(url, Vault([Vault.new_key()]))
    files = [folder / "clienti.csv", folder / "punti.csv"]
    await import_paths(store, files, zone=_ROME, now=_NOW)
    async with store.reading() as unit:
        found = await unit.session.execute(text("SELECT code, id, meter_serial FROM supply_points"))
        points = {code: (number, serial) for code, number, serial in found}
    await store.close()
    begun = time.perf_counter()
    if store.is_sqlite:
        await asyncio.to_thread(_executemany, folder, url, points)
    else:
        await _copy(folder, url, points)
    return rows / (time.perf_counter() - begun)


def _executemany(folder: Path, url: str, points: dict[str, tuple[int, str]]) -> None:
    with closing(sqlite3.connect(make_url(url).database or "")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        marks = ", ".join("?" * len(_COLUMNS))
        with connection:
            connection.executemany(
                f"{_INTO} VALUES ({marks}) {_CONFLICT}",
                _records(folder / "letture.csv", points, str),
            )


async def _copy(folder: Path, url: str, points: dict[str, tuple[int, str]]) -> None:
    parsed = make_url(url)
    connection = await asyncpg.connect(
        host=parsed.query["host"],
        port=int(str(parsed.query["port"])),
        user=parsed.username,
        database=parsed.database,
    )
    try:
        async with connection.transaction():
            await connection.execute(
                f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {', '.join(_COLUMNS)}"
                " FROM readings LIMIT 0"
            )
            records = _records(folder / "letture.csv", points, date.fromisoformat)
            await connection.copy_records_to_table("staged", records=records, columns=_COLUMNS)
            await connection.execute(f"{_INTO} SELECT * FROM staged {_CONFLICT}")
    finally:
        await connection.close()


def _records(path: Path, points: dict[str, tuple[int, str]], day: Any) -> Iterator[tuple[Any, ...]]:
    with path.open(newline="") as file:
        rows = csv.reader(file, delimiter=";")
        next(rows)
        for code, when, meter, corrector, source in rows:
            point_id, serial = points[code]
            yield (
                *(point_id, day(when), source, "acquired", int(meter)),
                *(int(corrector) if corrector else None, serial),
                *(False, "none"),
            )


async def acquisitions(databases: Databases, readings: int, rounds: int) -> list[list[str]]:
    """The rows of the table of acquisitions."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(rounds):
        for seconds, run in ((ours, _acquire), (bare, _update)):
            with tempfile.TemporaryDirectory() as name:
                async with databases.fresh(Path(name)) as url:
                    store = open_store(url, Vault([Vault.new_key()]))
                    await submitted(store, readings)
                    begun = time.perf_counter()
                    await run(store, Path(name))
                    seconds.append(time.perf_counter() - begun)
                    await store.close()
    took, least = Figure(tuple(ours)), Figure(tuple(bare))
    kind = name_of(databases)
    return [
        [kind, f"{readings:,}", "`UPDATE … RETURNING`", least.shown(2), ""],
        [kind, f"{readings:,}", "acquisition", took.shown(2), f"×{took.over(least).shown(2)}"],
    ]


async def submitted(
    store: Store, readings: int, *, code: str = "000001", now: datetime = _NOW
) -> None:
    """Create pending readings of a hundred points of the customer *code*.

    The customer's one chat is to be told about each.
    """
    customer = await add_customer(store, code)
    await link_chat(store, _CHAT, customer, now)
    points = [await add_gas_point(store, customer) for _ in range(POINTS // 50)]
    rows = [
        {
            "supply_point_id": points[number % len(points)].id,
            "day": now.date() - timedelta(days=number // len(points)),
            "source": ReadingSource.SELF,
            "state": ReadingState.PENDING,
            "meter": number,
            "meter_serial": "M000001",
            "differs_from_company": False,
            "customer_id": customer.id,
            "chat_id": _CHAT,
            "receipt_message_id": number,
            "submitted_at": now,
            "outcome": Outcome.NONE,
        }
        for number in range(readings)
    ]
    async with store.unit() as unit:
        connection = await unit.session.connection()
        await connection.execute(insert(Reading.metadata.tables["readings"]), rows)
        await unit.commit()


async def _acquire(store: Store, folder: Path) -> None:
    await acquire(store, exports=folder, company_vat=VAT_NUMBER, zone=_ROME, now=_NOW)


async def _update(store: Store, _folder: Path) -> None:
    async with store.unit() as unit:
        found = await unit.session.execute(
            text(
                "UPDATE readings SET state = 'claimed', acquisition_id = NULL WHERE state ="
                " 'pending' RETURNING id, supply_point_id, day, meter, meter_serial, corrector,"
                " corrector_serial"
            )
        )
        found.all()
        await unit.commit()


async def measure(*, rows: int, readings: int, rounds: int) -> str:
    """Both tables, for both databases."""
    taken: list[list[str]] = []
    handed: list[list[str]] = []
    for kind in KINDS:
        with databases_of(kind) as databases:
            taken += await imports(databases, rows, rounds)
            handed += await acquisitions(databases, readings, rounds)
    return "\n\n".join(
        (
            table(("database", "rows", "", "rows/s", "ratio", "MiB"), taken),
            table(("database", "readings", "", "seconds", "ratio"), handed),
        )
    )
