"""What a kind of company file is: a name, columns, a key, a check, and how its rows are written.

A new kind is one small module with a subclass of ``Kind`` and one line in ``importing.KINDS``.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Dialect, Table, TextClause, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.exchange.cells import CellError
from storage.exchange.report import Counts
from storage.exchange.staging import Staging
from storage.exchange.tables import Cells, Column, Layout
from storage.files import FileRoom
from storage.models import Customer, SupplyPoint
from storage.rules.windows import local_day
from storage.unit import ReadUnit, Unit

R = TypeVar("R")

LONGEST_TEXT = 500
"""Characters that a name or an address may have."""


@dataclass(frozen=True)
class Context:
    """What a row is read against: where its file lies, and when and where the import runs.

    ``files`` is where files that a row names are kept; without it, no row may name one. ``known``
    is what a kind has looked up for rows checked earlier, so that it need not do so again.
    """

    path: Path
    zone: ZoneInfo
    now: datetime
    files: FileRoom | None = None
    known: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def today(self) -> date:
        """The local day of the import."""
        return local_day(self.now, self.zone)


class Checked(NamedTuple, Generic[R]):
    """A row that is good in itself, and the line that it stands on."""

    line: int
    row: R


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row when it is held against the database."""

    line: int
    field: str | None
    reason: str


class StaleRowError(Exception):
    """A row that was good when the file was checked, and no longer is when it is written."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


class Kind(ABC, Generic[R]):
    """One kind of file, whose rows are read as ``R``."""

    file_name: ClassVar[str]
    """Its exact name."""

    folder: ClassVar[str | None] = None
    """The folder, below the one that is imported, in which its files lie, if they have one."""

    columns: ClassVar[tuple[Column, ...]]

    batch_size: ClassVar[int] = 1_000
    """Rows per transaction, a thousand at the most; fewer where a row costs much to seal."""

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
        """What may stand in a file once."""

    @abstractmethod
    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[R]], context: Context
    ) -> list[RowProblem]:
        """What is wrong with *rows*, held against the database; nothing is written."""

    async def check_empty(self, _unit: ReadUnit) -> str | None:
        """Why a file with a header and no rows is not taken; most kinds mind nothing."""
        return None

    async def prepare(self, rows: Sequence[Checked[R]], _context: Context) -> Sequence[Checked[R]]:
        """What has to be done for *rows* before the transaction that writes them: the slow part.

        Most kinds have nothing of that sort. Raises ``StaleRowError`` as ``apply`` does.
        """
        return rows

    @abstractmethod
    async def apply(self, unit: Unit, rows: Sequence[Checked[R]], context: Context) -> Counts:
        """Writes *rows*; raises ``StaleRowError`` where one does not fit any more."""

    async def finish(
        self, _unit: Unit, _staging: Staging, _after: int
    ) -> tuple[Counts, int | None]:
        """What is left to do when all rows are written; most kinds have nothing left.

        Returns:
            What was done in this transaction, and, where more is left, what to hand over as
            *after* in the next (the first call gets 0).
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
    """An INSERT that updates the columns *update* where a row with the same *key* stands already.

    Args:
        dialect: of the database at hand.
        table: what is written.
        key: the columns of a unique index.
        update: the columns that change; with none, the row that stands there stays.
        where: the condition of that index, if it is a partial one.
    """
    names = list(update)
    # Two branches alike: the two dialects share no type that knows ON CONFLICT.
    if dialect.name == "postgresql":
        on_postgresql = postgresql.insert(table)
        if not names:
            return on_postgresql.on_conflict_do_nothing(index_elements=key, index_where=where)
        return on_postgresql.on_conflict_do_update(
            index_elements=key,
            index_where=where,
            set_={name: on_postgresql.excluded[name] for name in names},
        )
    on_sqlite = sqlite.insert(table)
    if not names:
        return on_sqlite.on_conflict_do_nothing(index_elements=key, index_where=where)
    return on_sqlite.on_conflict_do_update(
        index_elements=key,
        index_where=where,
        set_={name: on_sqlite.excluded[name] for name in names},
    )


async def write(unit: Unit, statement: Any, rows: list[dict[str, Any]]) -> None:
    """Runs *statement* for all of *rows* in one go; for none, nothing happens."""
    if rows:
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
    """Raises ``CellError`` where *value* is None."""
    if value is None:
        raise CellError(reason, field)
