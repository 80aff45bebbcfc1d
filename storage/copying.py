"""Copies a whole database into an empty one, from either engine to either, and proves the copy.

Values go over as they are stored: what is sealed stays sealed, and no key is needed. All of it is
read at one instant and written in one transaction, so that an interruption leaves the target
empty. Then both sides are read once more, apart from each other, and must agree on the number of
rows of every table and on a checksum over their values.
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
"""Rows that are held in memory, and handed to the target, at a time."""

_MIGRATION_TABLE = "alembic_version"
_PASSES = 3  # over every row: copied, and read back on both sides
_CHECKSUM_BITS = 256

Listener = Callable[[int, int], None]
"""Is told how much has been done, and of how much."""


class CopyRefusedError(Exception):
    """Why nothing was copied; the words are for the operator."""


class CopyFailedError(Exception):
    """What stopped a copy that had begun; the target was left empty."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table holds: the number of its rows, and a checksum over all values of all rows.

    The checksum is the sum of the rows' SHA-256, modulo 2^256, in hexadecimal digits: it is the
    same in whatever order an engine gives the rows, and a row that comes twice counts twice.
    """

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class TableProof:
    """One table on both sides."""

    table: str
    source: Contents
    target: Contents

    @property
    def agrees(self) -> bool:
        return self.source == self.target


class ProofFailedError(Exception):
    """Both sides were read back and differ; the target was left empty.

    ``proofs`` has all tables, those that agree too.
    """

    def __init__(self, proofs: Sequence[TableProof]) -> None:
        tables = ", ".join(proof.table for proof in proofs if not proof.agrees)
        super().__init__(f"the copy differs from the source in {tables}")
        self.proofs = proofs


def _nobody(_done: int, _total: int) -> None:
    """Listens to nothing."""


async def copy_store(
    source: Store, target: Store, progress: Listener = _nobody
) -> list[TableProof]:
    """Copies everything in *source* into *target*, while nobody serves or writes to either.

    The target is migrated first, and made where it is a file. Programs that want to write to the
    source meanwhile wait, or are told that it is locked: nothing can come in behind the copy.

    Args:
        source: migrated as this program needs it.
        target: a database that holds nothing.
        progress: how far it has come.

    Returns:
        Each table, proved to be the same on both sides.

    Raises:
        AlreadyServedError: somebody serves one of them.
        CopyRefusedError: the target holds something, or is the source.
        CopyFailedError: the target does not take a value; it was left empty.
        ProofFailedError: the sides differ; the target was left empty.
    """
    await refuse_same(source, target)
    await refuse_filled(target)
    # The lock of a file lies beside it, where there must be a folder: after the look at it.
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
        still: keep everybody else from writing meanwhile; otherwise nobody is in anybody's way.
    """
    async with store.engine.connect() as connection:
        if store.is_sqlite:  # `BEGIN IMMEDIATE` is the writer's place, which there is one of
            await connection.execution_options(sportello_reads_only=not still)
        else:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=not still
            )
        async with connection.begin():
            if still and not store.is_sqlite:
                # Before anything is read: the first SELECT is what fixes the instant.
                names = ", ".join(f'"{known.name}"' for known in Base.metadata.sorted_tables)
                await connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
            yield connection


async def refuse_same(source: Store, target: Store) -> None:
    """Nothing, where they are two databases.

    Raises:
        CopyRefusedError: they are one, whatever their URLs say.
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
    # Two URLs may lead to one database by different names. An advisory lock belongs to a database:
    # one of a number that nobody else can think of is either there as well, or it is another.
    number = {"number": randbits(62)}
    async with source.engine.connect() as one, target.engine.connect() as other:
        await one.execute(text("SELECT pg_advisory_xact_lock(:number)"), number)
        return not await other.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), number)


async def refuse_filled(target: Store) -> None:
    """Nothing, where *target* is empty, or migrated and without a row; changes nothing in it.

    Raises:
        CopyRefusedError: it holds something, which is named.
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
        path.touch(mode=0o600)  # SQLite would make it for everybody to read


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
    """Copies every row that *reading* sees, proves the copy, and commits it.

    Args:
        reading: a ``snapshot`` of the source.
        target: migrated as the source is, and empty.
        progress: how far it has come.

    Raises:
        CopyRefusedError: the target is not empty any more.
        CopyFailedError: the target does not take a value.
        ProofFailedError: the sides differ.
    """
    tables = Base.metadata.sorted_tables  # what a foreign key points to comes first
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
    """Counts what is done, for whoever listens."""

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
            # SQLite takes texts and numbers of any length, PostgreSQL does not. What was refused
            # may be somebody's: it is not repeated.
            raise CopyFailedError(
                f"the target refuses a value in {known.name}, among rows {done + 1} to"
                f" {done + len(batch)} ({reason_of(error)}); it was left empty"
            ) from None
        done += len(batch)
        tally.add(len(batch))


async def contents(
    connection: AsyncConnection, told: Callable[[int], None] = lambda _rows: None
) -> dict[str, Contents]:
    """What every table holds, as *connection* sees it.

    Args:
        connection: to a database that is migrated as this program needs it.
        told: is told of rows that were read, some hundreds at a time.
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
    """The same table with the types of what is stored, and not of what it means."""
    return table(known.name, *(column(c.name, _stored(c.type)) for c in known.columns))


def _stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    # Sealed text, keyed hashes, exact decimals and words of a list go over as the text they are.
    # Instants, days and truths have a form of their own in each engine, which their types know.
    if isinstance(kind, TypeDecorator):
        return kind.impl_instance if isinstance(kind.impl_instance, String) else kind
    return String(kind.length) if isinstance(kind, Enum) else kind


def _checksum(values: Iterable[object]) -> int:
    forms = [_canonical(value) for value in values]
    # With their lengths, or «a|b» and «a», «b» would be the same.
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
    """A value in a form that is the same whichever engine it comes from, its kind in front.

    Backups keep checksums over these forms: another form makes another ``backup.archive.FORMAT``.
    """
    form = _FORMS.get(type(value))
    if form is None:
        # A column of a new kind: somebody must think of what makes its values equal.
        raise TypeError(f"no canonical form for {type(value).__name__}")
    return form(value)
