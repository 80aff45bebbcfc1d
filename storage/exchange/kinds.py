"""What a kind of company file defines: name, columns, key, check, and how rows are written.

A new kind is one small module with a subclass of ``Kind`` and one line in ``importing.KINDS``.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Dialect, Insert, Table, TextClause, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.exchange.cells import CellError
from storage.exchange.report import Counts
from storage.exchange.staging import Staging
from storage.exchange.tables import Cells, Column, Layout
from storage.files import FileStore
from storage.models import Customer, SupplyPoint
from storage.models.sealed import bound, sealed_columns
from storage.repositories.base import inserting
from storage.rules.windows import local_day
from storage.unit import ReadUnit, Unit

R = TypeVar("R")

LONGEST_TEXT = 500
"""The longest name or address, in characters."""


@dataclass(frozen=True)
class Context:
    """What rows need while they are read: where the file lies, when and where the import runs.

    ``files`` stores the files that rows name; without it, no row may name one. ``known`` caches
    what a kind has looked up for earlier rows.
    """

    path: Path
    zone: ZoneInfo
    now: datetime
    files: FileStore | None = None
    known: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def today(self) -> date:
        """The local day of the import."""
        return local_day(self.now, self.zone)


class Checked(NamedTuple, Generic[R]):
    """A row that is valid by itself, and its line in the file."""

    line: int
    row: R


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row when it is compared with the database."""

    line: int
    field: str | None
    reason: str


class StaleRowError(Exception):
    """A row that was valid when the file was checked, and is not when it is written."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


class Kind(ABC, Generic[R]):
    """One kind of file, whose rows are read as ``R``."""

    file_name: ClassVar[str]
    """The exact name of the file."""

    folder: ClassVar[str | None] = None
    """The folder, below the imported one, in which the files lie; None for the folder itself."""

    columns: ClassVar[tuple[Column, ...]]

    batch_size: ClassVar[int] = 1_000
    """Rows per transaction, at most a thousand; fewer where a row takes long to seal."""

    def matches(self, path: Path) -> bool:
        """Whether the file at *path* is of this kind, by its name."""
        return path.name == self.file_name

    def layout(self, header: Sequence[str]) -> Layout:
        """Where the columns stand in a file with this header; raises ``FileError``."""
        return Layout(self.columns, header)

    @abstractmethod
    def row(self, cells: Cells, context: Context) -> R:
        """The row that *cells* make; raises ``CellError`` where they do not fit each other."""

    @abstractmethod
    def key(self, row: R) -> str:
        """The key of a row, which may occur once in a file."""

    @abstractmethod
    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[R]], context: Context
    ) -> list[RowProblem]:
        """What is wrong with *rows*, compared with the database; nothing is written."""

    async def check_empty(self, _unit: ReadUnit) -> str | None:
        """Why a file with a header and no rows is refused; None where it is accepted."""
        return None

    async def prepare(self, rows: Sequence[Checked[R]], _context: Context) -> Sequence[Checked[R]]:
        """Do what is slow before the transaction that writes *rows*; by default nothing.

        Raises ``StaleRowError`` as ``apply`` does.
        """
        return rows

    @abstractmethod
    async def apply(self, unit: Unit, rows: Sequence[Checked[R]], context: Context) -> Counts:
        """Write *rows*; raises ``StaleRowError`` where one is no longer valid."""

    async def finish(
        self, _unit: Unit, _staging: Staging, _after: int
    ) -> tuple[Counts, int | None]:
        """Do what remains after all rows are written; by default nothing.

        Returns:
            What was done in this transaction, and, if more remains, the value of *after* for the
            next call (the first call gets 0).
        """
        return Counts(), None


def upsert(
    dialect: Dialect,
    table: Table,
    *,
    key: Sequence[str],
    update: Iterable[str],
    where: TextClause | None = None,
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that updates the columns *update* where a row with the same *key* exists.

    Args:
        dialect: of the database.
        table: the table to write.
        key: the columns of a unique index.
        update: the columns to update; with none, an existing row stays unchanged.
        where: the condition of that index, if it is a partial one.
    """
    names = list(update)
    insert = inserting(table, dialect.name)
    if not names:
        return insert.on_conflict_do_nothing(index_elements=key, index_where=where)
    return insert.on_conflict_do_update(
        index_elements=key,
        index_where=where,
        set_={name: insert.excluded[name] for name in names},
    )


def differ(stored: object | None, values: Mapping[str, Any], fields: Iterable[str]) -> bool:
    """Whether an object of the database, if there is one, has other *values* in these fields."""
    return stored is not None and any(getattr(stored, name) != values[name] for name in fields)


async def write(unit: Unit, statement: Any, rows: list[dict[str, Any]]) -> None:
    """Run *statement* for all of *rows* at once; does nothing for no rows.

    The sealed values of an INSERT are bound to their rows here; for other statements the caller
    binds them.
    """
    if rows:
        if isinstance(statement, Insert) and sealed_columns(statement.table):
            rows = [bound(statement.table, row) for row in rows]
        connection = await unit.session.connection()
        await connection.execute(statement, rows)


async def customers_by_code(unit: ReadUnit, codes: Collection[str]) -> dict[str, int]:
    """The ids of the customers that have these codes, by code."""
    found = await unit.session.execute(
        select(Customer.code, Customer.id).where(Customer.code.in_(codes))
    )
    return {row.code: row.id for row in found}


async def points_by_code(unit: ReadUnit, codes: Collection[str]) -> dict[str, int]:
    """The ids of the supply points that have these codes, by code."""
    found = await unit.session.execute(
        select(SupplyPoint.code, SupplyPoint.id).where(SupplyPoint.code.in_(codes))
    )
    return {row.code: row.id for row in found}


def require(value: object, field: str, reason: str) -> None:
    """Raise ``CellError`` where *value* is None."""
    if value is None:
        raise CellError(reason, field)
