"""``prelievi.csv``: billed withdrawals by month: energy by band and power, or Smc."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Table, select, tuple_

from storage.exchange import cells as read
from storage.exchange.cells import CellError
from storage.exchange.kinds import (
    Checked,
    Context,
    Kind,
    RowProblem,
    StaleRowError,
    differ,
    points_by_code,
    upsert,
    write,
)
from storage.exchange.report import Counts
from storage.exchange.tables import Cells, Column
from storage.models import Withdrawal
from storage.rules.identifiers import SupplyPointProblem, read_pod
from storage.unit import ReadUnit, Unit

_TABLE: Table = Withdrawal.metadata.tables["withdrawals"]
_KEY = ("supply_point_id", "year", "month")
_AMOUNTS = ("f1_wh", "f2_wh", "f3_wh", "power_w", "smc")
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2199
_MONTHS = 12
_MILLI = 1_000
_LARGEST = 1_000_000_000
_UNKNOWN = "unknown supply point"
_ELECTRIC_COLUMNS = ("f1_kwh", "f2_kwh", "f3_kwh", "potenza_kw")

_thousandths = read.decimal(places=3, largest=_LARGEST)
_whole_year = read.whole(_LATEST_YEAR)
_whole_month = read.whole(_MONTHS)


def _year(cell: str) -> int:
    year: int = _whole_year(cell)
    if year < _EARLIEST_YEAR:
        raise CellError(f"expected a year from {_EARLIEST_YEAR} to {_LATEST_YEAR}")
    return year


def _month(cell: str) -> int:
    month: int = _whole_month(cell)
    if not month:
        raise CellError("expected a month from 1 to 12")
    return month


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """One month of one point: Wh and W, or Smc; None where the cell is empty."""

    point: str
    year: int
    month: int
    f1_wh: int | None
    f2_wh: int | None
    f3_wh: int | None
    power_w: int | None
    smc: Decimal | None


class Withdrawals(Kind[WithdrawalRow]):
    """A row per point, year and month."""

    file_name: ClassVar[str] = "prelievi.csv"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("punto", read.supply_point),
        Column("anno", _year),
        Column("mese", _month),
        Column("f1_kwh", _thousandths, empty=True),
        Column("f2_kwh", _thousandths, empty=True),
        Column("f3_kwh", _thousandths, empty=True),
        Column("potenza_kw", _thousandths, empty=True),
        Column("smc", _thousandths, empty=True),
    )

    def row(self, cells: Cells, context: Context) -> WithdrawalRow:
        point: str = cells["punto"]
        today = context.today
        if (cells["anno"], cells["mese"]) > (today.year, today.month):
            raise CellError("lies in the future", "anno" if cells["anno"] > today.year else "mese")
        # A PDR has only digits and a POD never does, so the code tells the service.
        electric = not isinstance(read_pod(point), SupplyPointProblem)
        if electric and cells["smc"] is not None:
            raise CellError("electricity is not billed in Smc: expected an empty cell", "smc")
        if not electric:
            for column in _ELECTRIC_COLUMNS:
                if cells[column] is not None:
                    raise CellError("gas has no bands and no power: expected an empty cell", column)
        return WithdrawalRow(
            point=point,
            year=cells["anno"],
            month=cells["mese"],
            f1_wh=_milli(cells["f1_kwh"]),
            f2_wh=_milli(cells["f2_kwh"]),
            f3_wh=_milli(cells["f3_kwh"]),
            power_w=_milli(cells["potenza_kw"]),
            smc=cells["smc"],
        )

    def key(self, row: WithdrawalRow) -> str:
        return f"{row.point}|{row.year}|{row.month}"

    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[WithdrawalRow]], _context: Context
    ) -> list[RowProblem]:
        known = await points_by_code(unit, {checked.row.point for checked in rows})
        return [
            RowProblem(checked.line, "punto", _UNKNOWN)
            for checked in rows
            if checked.row.point not in known
        ]

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[WithdrawalRow]], _context: Context
    ) -> Counts:
        points = await points_by_code(unit, {checked.row.point for checked in rows})
        for checked in rows:
            if checked.row.point not in points:
                raise StaleRowError(RowProblem(checked.line, "punto", _UNKNOWN))
        written_as = [_values(checked.row, points) for checked in rows]
        keys = [tuple(values[name] for name in _KEY) for values in written_as]
        found = await unit.session.scalars(
            select(Withdrawal).where(
                tuple_(Withdrawal.supply_point_id, Withdrawal.year, Withdrawal.month).in_(keys)
            )
        )
        known = {(each.supply_point_id, each.year, each.month): each for each in found}
        counts = Counts()
        written: list[dict[str, Any]] = []
        for values, (point_id, year, month) in zip(written_as, keys, strict=True):
            before = known.get((point_id, year, month))
            differs = differ(before, values, _AMOUNTS)
            if counts.count(is_known=before is not None, differs=differs):
                written.append(values)
        statement = upsert(unit.withdrawals.dialect, _TABLE, key=_KEY, update=_AMOUNTS)
        await write(unit, statement, written)
        return counts


def _milli(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * _MILLI)


def _values(row: WithdrawalRow, points: dict[str, int]) -> dict[str, Any]:
    return {
        "supply_point_id": points[row.point],
        "year": row.year,
        "month": row.month,
        **{name: getattr(row, name) for name in _AMOUNTS},
    }
