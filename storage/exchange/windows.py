"""``finestre.csv``: the entry windows; a file replaces all existing ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import Table, delete, insert, or_, select

from storage.exchange import cells as read
from storage.exchange.cells import CellError
from storage.exchange.kinds import (
    Checked,
    Context,
    Kind,
    RowProblem,
    points_by_code,
    write,
)
from storage.exchange.report import Counts
from storage.exchange.staging import Staging
from storage.exchange.tables import Cells, Column
from storage.models import EntryWindow, SupplyPoint
from storage.rules.windows import Hour
from storage.unit import ReadUnit, Unit

_WOULD_EMPTY = (
    "holds no window, and would remove all that there are; to close them, give one that is over"
)
_TABLE: Table = EntryWindow.metadata.tables["entry_windows"]


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A half-open window in UTC; without a point, it is the company's."""

    point: str | None
    starts_at: datetime
    ends_at: datetime


class Windows(Kind[WindowRow]):
    """A row per window. New ones are written before old ones are removed, so some always exist."""

    file_name: ClassVar[str] = "finestre.csv"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("punto", read.supply_point, empty=True),
        Column("dal", read.day),
        Column("dalle", read.hour),
        Column("al", read.day),
        Column("alle", read.hour),
    )

    def row(self, cells: Cells, context: Context) -> WindowRow:
        opens, closes = cells["dalle"], cells["alle"]
        assert isinstance(opens, Hour)  # noqa: S101 - what `read.hour` gives
        assert isinstance(closes, Hour)  # noqa: S101
        row = WindowRow(
            point=cells["punto"],
            starts_at=opens.on(cells["dal"], context.zone),
            ends_at=closes.on(cells["al"], context.zone),
        )
        if row.starts_at >= row.ends_at:
            raise CellError("the window ends before it starts, or at once", "al")
        return row

    def key(self, row: WindowRow) -> str:
        return _key(row.point, row.starts_at, row.ends_at)

    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[WindowRow]], _context: Context
    ) -> list[RowProblem]:
        known = await points_by_code(unit, _points(rows))
        return [
            RowProblem(checked.line, "punto", "unknown supply point")
            for checked in rows
            if checked.row.point is not None and checked.row.point not in known
        ]

    async def check_empty(self, unit: ReadUnit) -> str | None:
        # This would be a failed export, after which customers could submit no readings.
        there = await unit.session.scalar(select(EntryWindow.id).limit(1))
        return None if there is None else _WOULD_EMPTY

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[WindowRow]], context: Context
    ) -> Counts:
        points = await points_by_code(unit, _points(rows))
        found = await unit.session.execute(
            select(SupplyPoint.code, EntryWindow.starts_at, EntryWindow.ends_at)
            .select_from(EntryWindow)
            .outerjoin(SupplyPoint, SupplyPoint.id == EntryWindow.supply_point_id)
            .where(
                or_(
                    EntryWindow.supply_point_id.is_(None),
                    EntryWindow.supply_point_id.in_(points.values()),
                ),
                EntryWindow.ends_at.in_({checked.row.ends_at for checked in rows}),
            )
        )
        known = {_key(point, starts, ends) for point, starts, ends in found}
        counts = Counts()
        written: list[dict[str, Any]] = [
            {
                "supply_point_id": None if row.point is None else points[row.point],
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
            }
            for row in (checked.row for checked in rows)
            if counts.count(is_known=self.key(row) in known, differs=False)
        ]
        own = {row["supply_point_id"] for row in written} - {None}
        if own:
            await unit.reminders.note_first_own(sorted(own), now=context.now)
        await write(unit, insert(_TABLE), written)
        return counts

    async def finish(self, unit: Unit, staging: Staging, after: int) -> tuple[Counts, int | None]:
        found = await unit.session.execute(
            select(EntryWindow.id, SupplyPoint.code, EntryWindow.starts_at, EntryWindow.ends_at)
            .select_from(EntryWindow)
            .outerjoin(SupplyPoint, SupplyPoint.id == EntryWindow.supply_point_id)
            .where(EntryWindow.id > after)
            .order_by(EntryWindow.id)
            .limit(self.batch_size)
        )
        windows = [(number, _key(point, starts, ends)) for number, point, starts, ends in found]
        held = staging.held([key for _, key in windows])
        gone = [number for number, key in windows if key not in held]
        if gone:
            await unit.reminders.withdraw(gone)
            await unit.session.execute(delete(EntryWindow).where(EntryWindow.id.in_(gone)))
        more = len(windows) == self.batch_size
        return Counts(removed=len(gone)), windows[-1][0] if more else None


def _points(rows: Sequence[Checked[WindowRow]]) -> set[str]:
    return {checked.row.point for checked in rows if checked.row.point is not None}


def _key(point: str | None, starts_at: datetime, ends_at: datetime) -> str:
    return "|".join((point or "", *(at.astimezone(UTC).isoformat() for at in (starts_at, ends_at))))
