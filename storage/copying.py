"""Copies a database into an empty one, between any two engines, and verifies the copy.

Values are copied as they are stored: sealed values stay sealed, and no key is needed. Everything is
read at one instant and written in one transaction, so an interruption leaves the target empty. Then
both sides are read again, separately, and must agree on the row count and the checksum of every
table.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from secrets import randbits
from typing import Any

from sqlalchemy import (
    Enum,
    String,
    Table,
    TableClause,
    column,
    func,
    insert,
    inspect,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage import numbering, schema
from storage.engine import Store, is_passing, reason_of
from storage.lock import serving_lock
from storage.models.base import Base

BATCH = 1_000
"""Rows held in memory, and written to the target, at a time."""

_MIGRATION_TABLE = "alembic_version"
_PASSES = 3  # over every row: copied, and read back on both sides
_CHECKSUM_BITS = 256

Listener = Callable[[int, int], None]
"""Called with how much has been done, and the total."""


class CopyRefusedError(Exception):
    """Why nothing was copied; the message is for the operator."""


class CopyFailedError(Exception):
    """Why a copy failed after it had begun; the target is empty again."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a table: its row count, and a checksum over all values of all rows.

    The checksum is the sum of the rows' SHA-256, modulo 2^256, in hexadecimal: it does not depend
    on the order of the rows, and a repeated row counts twice.
    """

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class TableProof:
    """One table as it is on both sides."""

    table: str
    source: Contents
    target: Contents

    @property
    def agrees(self) -> bool:
        return self.source == self.target


class ProofFailedError(Exception):
    """Both sides were read back and differ; the target is empty again.

    ``proofs`` has all tables, also those that agree.
    """

    def __init__(self, proofs: Sequence[TableProof]) -> None:
        tables = ", ".join(proof.table for proof in proofs if not proof.agrees)
        super().__init__(f"the copy differs from the source in {tables}")
        self.proofs = proofs


def _nobody(_done: int, _total: int) -> None:
    """Do nothing."""


async def copy_store(
    source: Store, target: Store, progress: Listener = _nobody
) -> list[TableProof]:
    """Copy everything in *source* into *target*, while no process serves or writes to either.

    The target is migrated first, and created where it is a file. Programs that write to the source
    meanwhile wait, or get an error that it is locked.

    Args:
        source: migrated to what this program needs.
        target: an empty database.
        progress: called with how much has been done, and the total.

    Returns:
        Each table, verified to be the same on both sides.

    Raises:
        AlreadyServedError: a process serves one of them.
        CopyRefusedError: the target is not empty, or is the source.
        CopyFailedError: the target does not accept a value; it is empty again.
        ProofFailedError: the sides differ; the target is empty again.
    """
    await refuse_same(source, target)
    await refuse_filled(target)
    # After the checks above: an SQLite lock file needs the target's folder.
    locks = [serving_lock(source), serving_lock(target)]
    try:
        for lock in locks:
            await lock.acquire(stand_by=False)
        await schema.upgrade(target.engine)
        async with snapshot(source, still=True) as reading:
            return await copy_rows(reading, target, progress)
    finally:
        for lock in locks:
            await lock.release()


@asynccontextmanager
async def snapshot(store: Store, *, still: bool = False) -> AsyncIterator[AsyncConnection]:
    """A transaction that sees the database as it is at one instant, however long it reads.

    Args:
        store: the database.
        still: block all other writers meanwhile; otherwise nobody is blocked.
    """
    async with store.engine.connect() as connection:
        if store.is_sqlite:  # `BEGIN IMMEDIATE` takes the single write lock
            await connection.execution_options(sportello_reads_only=not still)
        else:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=not still
            )
        async with connection.begin():
            if still and not store.is_sqlite:
                # Before anything is read: the first SELECT determines the instant.
                names = ", ".join(f'"{known.name}"' for known in Base.metadata.sorted_tables)
                await connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
            yield connection


async def refuse_same(source: Store, target: Store) -> None:
    """Check that the two stores are different databases.

    Raises:
        CopyRefusedError: they are the same, even under different URLs.
    """
    if source.is_sqlite and target.is_sqlite:
        same = _same_file(source, target)
    else:
        same = source.is_sqlite == target.is_sqlite and await _same_server(source, target)
    if same:
        raise CopyRefusedError("the target is the database that is to be copied")


def _same_file(source: Store, target: Store) -> bool:
    one, other = (Path(store.engine.url.database or "") for store in (source, target))
    return other.exists() and one.samefile(other)


async def _same_server(source: Store, target: Store) -> bool:
    # Two URLs may name one database differently. Advisory locks belong to a database: a lock with a
    # random number that is held on one connection shows whether the other sees the same database.
    number = {"number": randbits(62)}
    async with source.engine.connect() as one, target.engine.connect() as other:
        await one.execute(text("SELECT pg_advisory_xact_lock(:number)"), number)
        return not await other.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), number)


async def refuse_filled(target: Store) -> None:
    """Check that *target* is empty, or migrated without rows; changes nothing in it.

    Raises:
        CopyRefusedError: it is not empty; the message says what it contains.
    """
    if target.is_sqlite:
        _make_file(target)
    async with target.engine.connect() as connection:
        await connection.execution_options(sportello_reads_only=True)
        names = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        if strangers := names - {_MIGRATION_TABLE} - set(Base.metadata.tables):
            raise CopyRefusedError(
                f"the target holds tables that are not of this program ({', '.join(strangers)}):"
                " name an empty database"
            )
        await _refuse_rows(connection, names)


def _make_file(target: Store) -> None:
    path = Path(target.engine.url.database or "")
    if not path.exists():
        path.touch(mode=0o600)  # SQLite would create it readable by everybody


async def _refuse_rows(connection: AsyncConnection, names: set[str]) -> None:
    for known in Base.metadata.sorted_tables:
        if known.name in names and await connection.scalar(
            select(literal(1)).select_from(known).limit(1)
        ):
            raise CopyRefusedError(
                f"the target holds data already (in {known.name}): name an empty database"
            )


async def copy_rows(
    reading: AsyncConnection, target: Store, progress: Listener = _nobody
) -> list[TableProof]:
    """Copy every row that *reading* sees, verify the copy, and commit it.

    Args:
        reading: a ``snapshot`` of the source.
        target: migrated like the source, and empty.
        progress: called with how much has been done, and the total.

    Raises:
        CopyRefusedError: the target is not empty any more.
        CopyFailedError: the target does not accept a value.
        ProofFailedError: the sides differ.
    """
    tables = Base.metadata.sorted_tables  # referenced tables come first
    total = 0
    for known in tables:
        total += await reading.scalar(select(func.count()).select_from(known)) or 0
    tally = _Tally(total * _PASSES, progress)
    numbers = await reading.run_sync(numbering.last_numbers)
    async with target.engine.begin() as writing:
        await _refuse_rows(writing, set(Base.metadata.tables))
        for known in tables:
            await _copy_table(reading, writing, known, tally)
        await writing.run_sync(numbering.go_on_after, numbers)
        source = await contents(reading, tally.add)
        written = await contents(writing, tally.add)
        proofs = [TableProof(name, source[name], written[name]) for name in source]
        if not all(proof.agrees for proof in proofs):
            raise ProofFailedError(proofs)
    return proofs


class _Tally:
    """Counts what is done, and reports it."""

    def __init__(self, total: int, progress: Listener) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def add(self, number: int) -> None:
        self._done += number
        self._progress(self._done, self._total)


async def _copy_table(
    reading: AsyncConnection, writing: AsyncConnection, known: Table, tally: _Tally
) -> None:
    rows = bare(known)
    done = 0
    async for batch in _batches(reading, rows):
        try:
            await writing.execute(insert(rows), [row._asdict() for row in batch])
        except DBAPIError as error:
            if is_passing(error):
                raise
            # SQLite accepts text and numbers of any length, PostgreSQL does not. The refused value
            # may be personal data, so it is not in the message.
            raise CopyFailedError(
                f"the target refuses a value in {known.name}, among rows {done + 1} to"
                f" {done + len(batch)} ({reason_of(error)}); it was left empty"
            ) from None
        done += len(batch)
        tally.add(len(batch))


async def contents(
    connection: AsyncConnection, told: Callable[[int], None] = lambda _rows: None
) -> dict[str, Contents]:
    """The contents of every table, as *connection* sees them.

    Args:
        connection: to a database that is migrated to what this program needs.
        told: called with the number of rows read, some hundreds at a time.
    """
    found = {}
    for known in Base.metadata.sorted_tables:
        rows = total = 0
        async for batch in _batches(connection, bare(known)):
            rows += len(batch)
            total += sum(_checksum(row) for row in batch)
            told(len(batch))
        found[known.name] = Contents(rows, f"{total % 2**_CHECKSUM_BITS:064x}")
    return found


async def _batches(connection: AsyncConnection, bare: TableClause) -> AsyncIterator[Sequence[Any]]:
    result = await connection.stream(select(bare), execution_options={"yield_per": BATCH})
    async for batch in result.partitions():
        yield batch


def bare(known: Table) -> TableClause:
    """The same table with its stored types instead of the program's."""
    return table(known.name, *(column(c.name, _stored(c.type)) for c in known.columns))


def _stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    # Sealed text, keyed hashes, exact decimals and enumerations are copied as the text they are.
    # Instants, days and booleans are stored differently by each engine, which their types handle.
    if isinstance(kind, TypeDecorator):
        return kind.impl_instance if isinstance(kind.impl_instance, String) else kind
    return String(kind.length) if isinstance(kind, Enum) else kind


def _checksum(values: Iterable[object]) -> int:
    forms = [_canonical(value) for value in values]
    # With lengths, so that «a|b» differs from «a», «b».
    row = "".join([f"{len(form)}:{form}" for form in forms])
    return int.from_bytes(hashlib.sha256(row.encode()).digest(), "big")


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("an instant needs a time zone")
    return "@" + value.astimezone(UTC).isoformat(timespec="microseconds")


_FORMS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _none: "-",
    bool: lambda value: f"b{value:d}",
    int: lambda value: f"i{value}",
    str: lambda value: f"s{value}",
    datetime: _instant,
    date: lambda value: f"d{value.isoformat()}",
    time: lambda value: f"t{value.isoformat(timespec='microseconds')}",
}


def _canonical(value: object) -> str:
    """A value in a form that is the same for every engine, with its kind first.

    Backups store checksums of these forms: changing a form requires a new ``archive.FORMAT``.
    """
    form = _FORMS.get(type(value))
    if form is None:
        # A column of a new type: its form must be decided here first.
        raise TypeError(f"no canonical form for {type(value).__name__}")
    return form(value)
