"""``letture.csv``: readings from the company: measured, estimated or reported by customers.

An ``autolettura`` for the day of a reading that was submitted here is that same reading coming
back. It confirms an acquired one; where it has another number, the customer's stays and the
difference is marked for a person to check (*Imports* in the product's settled details).
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Table, insert, select, text, tuple_, update

from storage.exchange import cells as read
from storage.exchange.cells import CellError
from storage.exchange.kinds import (
    Checked,
    Context,
    Kind,
    RowProblem,
    StaleRowError,
    write,
)
from storage.exchange.merging import (
    Key,
    Numbers,
    company_readings,
    merge_company_readings,
    ranges,
    supply_points,
)
from storage.exchange.report import Counts
from storage.exchange.tables import Cells, Column
from storage.models import Outcome, Reading, ReadingSource, ReadingState
from storage.unit import ReadUnit, Unit

_NAMES = {source: source.value for source in ReadingSource}
_TABLE: Table = Reading.metadata.tables["readings"]
_SELF = ReadingSource.SELF
_LONGEST_SERIAL = 40
_LARGEST = 10**12 - 1

_SELF_READING = text("source = 'autolettura'")
_MOST_REMEMBERED = 50_000  # points of the file being checked: some twenty MiB
_NOT_ACQUIRED = "the customer's self-reading of that day is not acquired yet"


class ReadingRow(NamedTuple):
    """One reading in whole m³; an empty serial means the counter that is installed now."""

    point: str
    day: date
    meter: int
    corrector: int | None
    source: ReadingSource
    meter_serial: str | None
    corrector_serial: str | None


class _Point(NamedTuple):
    """The data of a point that rows are checked against."""

    id: int
    meter_serial: str | None
    meter_limit: int
    """The lowest number that its meter cannot show."""
    corrector_serial: str | None
    corrector_limit: int


class Readings(Kind[ReadingRow]):
    """A row per point, day, kind of reading and meter."""

    file_name: ClassVar[str] = "letture.csv"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("punto", read.supply_point),
        Column("data", read.day),
        Column("contatore", read.whole(_LARGEST)),
        Column("correttore", read.whole(_LARGEST), empty=True),
        Column("tipo", read.member_of(ReadingSource)),
        Column("matricola_contatore", read.text(_LONGEST_SERIAL), empty=True, missing=True),
        Column("matricola_correttore", read.text(_LONGEST_SERIAL), empty=True, missing=True),
    )

    def row(self, cells: Cells, context: Context) -> ReadingRow:
        if cells["data"] > context.today:
            raise CellError("lies in the future", "data")
        return ReadingRow(
            cells["punto"],
            cells["data"],
            cells["contatore"],
            cells["correttore"],
            cells["tipo"],
            cells["matricola_contatore"],
            cells["matricola_correttore"],
        )

    def key(self, row: ReadingRow) -> str:
        # A replaced meter closes on the day on which the new one opens.
        meter = "" if row.source is _SELF else row.meter_serial or ""
        return f"{row.point}|{row.day}|{_NAMES[row.source]}|{meter}"

    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[ReadingRow]], context: Context
    ) -> list[RowProblem]:
        points: dict[str, _Point] = context.known
        if len(points) > _MOST_REMEMBERED:
            points.clear()
        points |= await _points(unit, {row.point for _, row in rows} - points.keys())
        reported = await _self_readings(unit, _days(rows, points))
        problems: list[RowProblem] = []
        lines: dict[tuple[int, date, ReadingSource, str | None], int] = {}
        for line, row in rows:
            point = points.get(row.point)
            if point is None:
                problems.append(RowProblem(line, "punto", "unknown supply point"))
            elif field := _too_long(row, point):
                reason = "has more digits than the counter of that point"
                problems.append(RowProblem(line, field, reason))
            elif row.source is _SELF and _waits(reported.get((point.id, row.day), [])):
                problems.append(RowProblem(line, "data", _NOT_ACQUIRED))
            elif row.source is not _SELF:
                # A row without a meter is about the present one, which another row may name.
                meter = row.meter_serial or point.meter_serial
                first = lines.setdefault((point.id, row.day, row.source, meter), line)
                if first != line:
                    problems.append(RowProblem(line, None, f"the same key as in line {first}"))
        return problems

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[ReadingRow]], _context: Context
    ) -> Counts:
        points = await _points(unit, {row.point for _, row in rows})
        counts = Counts()
        ours = [checked for checked in rows if checked.row.source is not _SELF]
        theirs = [checked for checked in rows if checked.row.source is _SELF]
        if ours:
            counts.add(await _write_company_readings(unit, ours, points))
        if theirs:
            counts.add(await _write_self_readings(unit, theirs, points))
        return counts


async def _write_company_readings(
    unit: Unit, rows: Sequence[Checked[ReadingRow]], points: dict[str, _Point]
) -> Counts:
    """Write measured and estimated readings: the newest file wins."""
    known = await company_readings(unit, ranges((points[row.point].id, row.day) for _, row in rows))
    counts = Counts()
    written: dict[tuple[Key, str | None], Numbers] = {}
    for _, row in rows:
        point = points[row.point]
        key = Key(point.id, row.day, row.source)
        before = _same_meter(row, point, known.get(key, []))
        if before is None:
            serials = (point.meter_serial, _corrector_serial(row, point))
        else:
            # A row that names no counter was written for the counter of its time: the reading
            # keeps that one, also when another is installed now.
            serials = (before.meter_serial, before.corrector_serial)
        after = Numbers(
            row.meter,
            row.corrector,
            row.meter_serial or serials[0],
            row.corrector_serial or serials[1],
        )
        if counts.count(is_known=before is not None, differs=before != after):
            # PostgreSQL takes a row once a statement; of two about a reading the later counts.
            written[key, after.meter_serial] = after
    await merge_company_readings(unit, [(key, numbers) for (key, _), numbers in written.items()])
    return counts


def _same_meter(row: ReadingRow, point: _Point, there: Sequence[Numbers]) -> Numbers | None:
    """Which reading of that day a row is about: where a meter was replaced there are two.

    A row that names no meter is about the only one that is there, or that of the present meter.
    """
    if row.meter_serial is None and len(there) == 1:
        return there[0]
    serial = row.meter_serial or point.meter_serial
    return next((each for each in there if each.meter_serial == serial), None)


async def _write_self_readings(
    unit: Unit, rows: Sequence[Checked[ReadingRow]], points: dict[str, _Point]
) -> Counts:
    """Write self-readings: those submitted here are confirmed or marked, others are stored."""
    reported = await _self_readings(unit, _days(rows, points))
    counts = Counts()
    written: list[dict[str, Any]] = []
    for checked in rows:
        row = checked.row
        point = points[row.point]
        there = reported.get((point.id, row.day), [])
        if _waits(there):
            raise StaleRowError(RowProblem(checked.line, "data", _NOT_ACQUIRED))
        same = _counterpart(row, there)
        if same is None:
            counts.count(is_known=False, differs=False)
            written.append(
                _values(row, point.id, point.meter_serial, _corrector_serial(row, point))
            )
            continue
        if same.submitted_at is not None and _differs(row, same):
            counts.differing.append(checked.line)
        changes = _changes(row, same)
        if counts.count(is_known=True, differs=bool(changes)):
            await unit.session.execute(
                update(Reading)
                .where(Reading.id == same.id)
                .values(**changes)
                .execution_options(synchronize_session=False)
            )
    await write(unit, insert(_TABLE), written)
    return counts


def _waits(there: Sequence[Reading]) -> bool:
    return any(reading.state in {ReadingState.PENDING, ReadingState.CLAIMED} for reading in there)


def _counterpart(row: ReadingRow, there: Sequence[Reading]) -> Reading | None:
    """The reading of that day that the row is about.

    The one that is not refused; else a refused one with the same numbers, which stays refused.
    """
    for reading in there:
        if reading.outcome is not Outcome.REFUSED:
            return reading
    for reading in there:
        if not _differs(row, reading):
            return reading
    return None


def _changes(row: ReadingRow, reading: Reading) -> dict[str, Any]:
    """The columns that the row changes in an existing reading."""
    submitted_here = reading.submitted_at is not None
    if submitted_here:
        differs = _differs(row, reading)
        return {} if differs is reading.differs_from_company else {"differs_from_company": differs}
    new = _values(row, reading.supply_point_id, reading.meter_serial, reading.corrector_serial)
    return {
        field: new[field]
        for field in ("meter", "corrector", "meter_serial", "corrector_serial")
        if new[field] != getattr(reading, field)
    }


def _differs(row: ReadingRow, reading: Reading) -> bool:
    """Whether the company has another number; a corrector that it leaves out does not count."""
    if row.corrector is not None and row.corrector != reading.corrector:
        return True
    return row.meter != reading.meter


def _values(
    row: ReadingRow, point_id: int, meter_serial: str | None, corrector_serial: str | None
) -> dict[str, Any]:
    """The columns of a reading from the company; the serials apply where the row has none."""
    return {
        "supply_point_id": point_id,
        "day": row.day,
        "source": row.source,
        "state": ReadingState.ACQUIRED,
        "meter": row.meter,
        "corrector": row.corrector,
        "meter_serial": row.meter_serial or meter_serial,
        "corrector_serial": row.corrector_serial or corrector_serial,
        "flags": frozenset(),
        "differs_from_company": False,
        "outcome": Outcome.NONE,
    }


def _corrector_serial(row: ReadingRow, point: _Point) -> str | None:
    return None if row.corrector is None else point.corrector_serial


def _too_long(row: ReadingRow, point: _Point) -> str | None:
    """The field with more digits than the installed counter has, if there is one."""
    if row.meter >= point.meter_limit and row.meter_serial in {None, point.meter_serial}:
        return "contatore"
    if (
        row.corrector is not None
        and row.corrector >= point.corrector_limit
        and row.corrector_serial in {None, point.corrector_serial}
    ):
        return "correttore"
    return None


def _keys(rows: Sequence[Checked[ReadingRow]], points: dict[str, _Point]) -> list[tuple[int, date]]:
    return list({(points[row.point].id, row.day) for _, row in rows})


def _days(rows: Sequence[Checked[ReadingRow]], points: dict[str, _Point]) -> list[tuple[int, date]]:
    """Point and day of the self-readings among *rows*."""
    return _keys(
        [
            checked
            for checked in rows
            if checked.row.source is _SELF and checked.row.point in points
        ],
        points,
    )


async def _self_readings(
    unit: ReadUnit, keys: Sequence[tuple[int, date]]
) -> dict[tuple[int, date], list[Reading]]:
    """The self-readings of these points and days that are not cancelled, newest first."""
    if not keys:
        return {}
    found = await unit.session.scalars(
        select(Reading)
        .where(
            _SELF_READING,
            Reading.state != ReadingState.CANCELLED,
            tuple_(Reading.supply_point_id, Reading.day).in_(keys),
        )
        .order_by(Reading.id.desc())
    )
    readings: dict[tuple[int, date], list[Reading]] = {}
    for reading in found:
        readings.setdefault((reading.supply_point_id, reading.day), []).append(reading)
    return readings


async def _points(unit: ReadUnit, codes: Collection[str]) -> dict[str, _Point]:
    found = await supply_points(unit, codes) if codes else ()
    return {
        code: _Point(
            point_id,
            meter_serial,
            _limit(meter_digits),
            corrector_serial,
            _limit(corrector_digits),
        )
        for code, point_id, meter_serial, meter_digits, corrector_serial, corrector_digits in found
    }


def _limit(digits: int | None) -> int:
    return _LARGEST + 1 if digits is None else 10**digits
