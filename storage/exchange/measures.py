"""``misure/<POD>.csv``: quarter-hour measures, in the layout of the largest Italian distributor.

``Giorno;00:00-00:15;…;23:45-00:00``, a row per day, energy in kWh with comma decimals, often in
quotes, and often with one empty field more at the end of a row than the header has names. Only the
file's name holds the POD. Where the clock goes forward, the cells of the skipped hour are empty.
Where it goes back there are either a hundred columns, the repeated hour's after the first's, or the
usual ones, whose values for that hour are the sum of both passages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from storage.exchange import cells as read
from storage.exchange.cells import CellError
from storage.exchange.kinds import (
    Checked,
    Context,
    Kind,
    RowProblem,
    StaleRowError,
    upsert,
    write,
)
from storage.exchange.report import Counts
from storage.exchange.tables import Cells, Column, FileError, Layout
from storage.models import MeasuredDay, Service, SupplyPoint
from storage.rules.bands import quarter_instants
from storage.rules.identifiers import read_pod
from storage.rules.measures import USUAL_QUARTERS, quarters_in
from storage.unit import ReadUnit, Unit

_TABLE: Table = MeasuredDay.metadata.tables["measured_days"]
_FOLDER = "misure"
_DAY = "giorno"
_ENERGY = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{1,12}))?")
_WH_DIGITS = 3

_CLOCKS = [f"{n // 4:02}:{n % 4 * 15:02}" for n in range(USUAL_QUARTERS)]
_USUAL = [f"{a}-{b}" for a, b in zip(_CLOCKS, [*_CLOCKS[1:], _CLOCKS[0]], strict=True)]
# In Italy the clock goes back at three: the hour from two to three is repeated.
_AGAIN = slice(8, 12)
_LONG = _USUAL[: _AGAIN.stop] + _USUAL[_AGAIN] + _USUAL[_AGAIN.stop :]
_NO_POINT = "no supply point has the POD that the file is named after"
_NOT_ELECTRIC = "the point that the file is named after is not one of electricity"
_NO_POD = "the file is not named after a POD: expected IT, three digits, E, eight digits"


@lru_cache(maxsize=65_536)
def _energy(cell: str) -> int:
    """Energy in Wh from a cell in kWh, with at most three decimals."""
    match = _ENERGY.fullmatch(cell)
    if match is None:
        raise CellError("expected kWh, with a comma or a point before the decimals")
    decimals = (match[2] or "").rstrip("0")
    if len(decimals) > _WH_DIGITS:
        raise CellError(f"expected at most {_WH_DIGITS} decimals")
    return int(match[1] + decimals.ljust(_WH_DIGITS, "0"))


class MeasuresLayout(Layout):
    """A day and its quarters; column names occur twice for the repeated hour."""

    def __init__(self, header: Sequence[str]) -> None:
        """Compare *header* with the distributor's; raises ``FileError``."""
        names = [name.strip().casefold() for name in header]
        if names and not names[-1]:
            names.pop()
        if not names or names[0] != _DAY:
            raise FileError("the first line does not name the columns", line=1)
        if names[1:] not in (_USUAL, _LONG):
            raise FileError(
                "expected a column for each quarter hour of a day, from 00:00-00:15 to"
                " 23:45-00:00, or with those of 02:00-03:00 twice",
                line=1,
            )
        self.names = names
        self._fields: int | None = None
        self.is_long = len(names) > len(_USUAL) + 1
        self.present = frozenset({_DAY})

    def read(self, cells: Sequence[str]) -> Cells:
        """The day, its ``quarters`` in Wh, and ``again``: those of the repeated hour."""
        self._check_number(cells)
        try:
            day = read.day(cells[0].strip())
        except CellError as error:
            raise CellError(error.reason, _DAY) from error
        values: list[int | None] = []
        for name, cell in zip(self.names[1:], cells[1 : len(self.names)], strict=True):
            content = cell.strip()
            try:
                values.append(_energy(content) if content else None)
            except CellError as error:
                raise CellError(error.reason, name) from error
        again: list[int | None] = []
        if self.is_long:
            start, stop = _AGAIN.stop, _AGAIN.stop + (_AGAIN.stop - _AGAIN.start)
            again = values[start:stop]
            del values[start:stop]
        return Cells({_DAY: day, "quarters": values, "again": again}, self.present)

    def _check_number(self, cells: Sequence[str]) -> None:
        """Check that rows have as many fields as the header, or all of them one empty one more.

        The first row decides which it is: a later one with a field less has lost a quarter hour.
        """
        usual = len(self.names)
        if self._fields is None:
            self._fields = usual + 1 if len(cells) == usual + 1 else usual
        if len(cells) != self._fields:
            raise CellError(f"expected {self._fields} fields, found {len(cells)}")
        if cells[usual:] and cells[usual].strip():
            raise CellError("there are more fields than the header has names")


@dataclass(frozen=True, slots=True)
class MeasuresRow:
    """One local day and its quarters in Wh, in order of time; None where a cell is empty."""

    day: date
    quarters_wh: tuple[int | None, ...]


class Measures(Kind[MeasuresRow]):
    """A row per day of one point."""

    file_name: ClassVar[str] = f"{_FOLDER}/<POD>.csv"
    folder: ClassVar[str | None] = _FOLDER
    columns: ClassVar[tuple[Column, ...]] = ()
    batch_size: ClassVar[int] = 400

    def matches(self, path: Path) -> bool:
        if path.suffix.casefold() != ".csv":
            return False
        return path.parent.name == _FOLDER or isinstance(read_pod(path.stem), str)

    def layout(self, header: Sequence[str]) -> Layout:
        return MeasuresLayout(header)

    def row(self, cells: Cells, context: Context) -> MeasuresRow:
        day: date = cells[_DAY]
        if day > context.today:
            raise CellError("lies in the future", _DAY)
        return MeasuresRow(day, _quarters(day, cells["quarters"], cells["again"], context.zone))

    def key(self, row: MeasuresRow) -> str:
        return row.day.isoformat()

    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[MeasuresRow]], context: Context
    ) -> list[RowProblem]:
        found = await _point(unit, context)
        return [] if isinstance(found, int) else [RowProblem(rows[0].line, None, found)]

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[MeasuresRow]], context: Context
    ) -> Counts:
        point_id = await _point(unit, context)
        if isinstance(point_id, str):
            raise StaleRowError(RowProblem(rows[0].line, None, point_id))
        found = await unit.session.execute(
            select(MeasuredDay.day, MeasuredDay.quarters_wh).where(
                MeasuredDay.supply_point_id == point_id,
                MeasuredDay.day.in_([checked.row.day for checked in rows]),
            )
        )
        known = {day: tuple(quarters) for day, quarters in found}
        counts = Counts()
        written: list[dict[str, Any]] = []
        for row in (checked.row for checked in rows):
            before = known.get(row.day)
            if counts.count(is_known=before is not None, differs=before != row.quarters_wh):
                written.append(
                    {
                        "supply_point_id": point_id,
                        "day": row.day,
                        "quarters_wh": list(row.quarters_wh),
                    }
                )
        statement = upsert(
            unit.measures.dialect,
            _TABLE,
            key=["supply_point_id", "day"],
            update=["quarters_wh"],
        )
        await write(unit, statement, written)
        return counts


def _quarters(
    day: date, values: list[int | None], again: list[int | None], zone: ZoneInfo
) -> tuple[int | None, ...]:
    """A day's values in order of time, from the columns of the file."""
    real = quarters_in(day, zone)
    if real > USUAL_QUARTERS:
        return tuple(values[: _AGAIN.stop] + again + values[_AGAIN.stop :])
    if any(again):
        raise CellError("no hour of this day occurs twice", _USUAL[_AGAIN.start])
    if real == USUAL_QUARTERS:
        return tuple(values)
    clocks = {f"{at.astimezone(zone):%H:%M}" for at in quarter_instants(day, zone)}
    kept: list[int | None] = []
    for name, clock, value in zip(_USUAL, _CLOCKS, values, strict=True):
        if clock in clocks:
            kept.append(value)
        elif value:
            raise CellError("the clock change skips this hour", name)
    return tuple(kept)


async def _point(unit: ReadUnit, context: Context) -> int | str:
    """The id of the point in the file's name, or why there is none."""
    code = read_pod(context.path.stem)
    if not isinstance(code, str):
        return _NO_POD
    found = (
        await unit.session.execute(
            select(SupplyPoint.id, SupplyPoint.service).where(SupplyPoint.code == code)
        )
    ).first()
    if found is None:
        return _NO_POINT
    return found.id if found.service is Service.ELECTRICITY else _NOT_ELECTRIC
