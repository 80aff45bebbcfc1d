"""Reads and writes many readings with one SQL statement, per database engine.

A file brings a thousand rows per transaction: existing ones are looked up together, and new or
changed ones are written together. SQLAlchemy's own way costs more per row than the database does,
so the SQL is written here, for SQLite and for PostgreSQL.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from storage.models import ReadingSource
from storage.unit import ReadUnit, Unit

_SOURCES = {source.value: source for source in ReadingSource}


class Range(NamedTuple):
    """A range of days of one supply point, both ends included."""

    point_id: int
    first: date
    last: date


class Key(NamedTuple):
    """Point, day and kind of company readings; each meter has its own reading under a key."""

    point_id: int
    day: date
    source: ReadingSource


class Numbers(NamedTuple):
    """What the counters showed, in whole m³, and their serial numbers."""

    meter: int
    corrector: int | None
    meter_serial: str | None
    corrector_serial: str | None


_POINTS = (
    "SELECT p.code, p.id, p.meter_serial, p.meter_digits, p.corrector_serial, p.corrector_digits"
)
_POINTS_SQLITE = (
    f"{_POINTS} FROM json_each(?) AS wanted CROSS JOIN supply_points AS p ON p.code = wanted.value"
)
_POINTS_POSTGRESQL = f"{_POINTS} FROM supply_points AS p WHERE p.code = ANY($1::varchar[])"
_FOUND = "SELECT r.supply_point_id, r.day, r.source, r.meter, r.corrector, r.meter_serial,"
_FOUND_SQLITE = (
    f"{_FOUND} r.corrector_serial FROM json_each(?) AS wanted"
    " CROSS JOIN readings AS r ON r.supply_point_id = json_extract(wanted.value, '$[0]')"
    " AND r.day BETWEEN json_extract(wanted.value, '$[1]') AND json_extract(wanted.value, '$[2]')"
    " WHERE r.source <> 'autolettura'"
)
_FOUND_POSTGRESQL = (
    f"{_FOUND} r.corrector_serial"
    " FROM unnest($1::integer[], $2::date[], $3::date[]) AS wanted (point_id, first, last)"
    " JOIN readings AS r ON r.supply_point_id = wanted.point_id"
    " AND r.day BETWEEN wanted.first AND wanted.last WHERE r.source <> 'autolettura'"
)
_INTO = (
    "INSERT INTO readings (supply_point_id, day, source, meter, corrector, meter_serial,"
    " corrector_serial, state, differs_from_company, outcome)"
)
_FIXED = "'acquired', false, 'none'"
# The exact condition of the partial unique index, without which the database does not use it.
_OR_CHANGED = (
    " ON CONFLICT (supply_point_id, day, source, coalesce(meter_serial, ''))"
    " WHERE source <> 'autolettura' DO UPDATE SET"
    " meter = excluded.meter, corrector = excluded.corrector,"
    " corrector_serial = excluded.corrector_serial"
)
_MERGE_SQLITE = f"{_INTO} VALUES (?, ?, ?, ?, ?, ?, ?, {_FIXED}){_OR_CHANGED}"
_ARRAYS = (
    "unnest($1::integer[], $2::date[], $3::varchar[], $4::bigint[], $5::bigint[], $6::varchar[],"
    " $7::varchar[])"
)
_MERGE_POSTGRESQL = f"{_INTO} SELECT *, {_FIXED} FROM {_ARRAYS}{_OR_CHANGED}"  # noqa: S608


def ranges(days: Iterable[tuple[int, date]]) -> list[Range]:
    """For each point in *days*, the smallest range that holds all of its days."""
    found: dict[int, tuple[date, date]] = {}
    for point_id, day in days:
        known = found.get(point_id)
        if known is None:
            found[point_id] = day, day
        elif day < known[0]:
            found[point_id] = day, known[1]
        elif day > known[1]:
            found[point_id] = known[0], day
    return [Range(point_id, first, last) for point_id, (first, last) in found.items()]


async def supply_points(unit: ReadUnit, codes: Collection[str]) -> Iterable[Sequence[Any]]:
    """Code, id, meter serial and digits, corrector serial and digits of the points with *codes*."""
    connection = await unit.session.connection()
    if connection.dialect.name == "postgresql":
        return await connection.exec_driver_sql(_POINTS_POSTGRESQL, ([*codes],))
    return await connection.exec_driver_sql(_POINTS_SQLITE, (json.dumps([*codes]),))


async def company_readings(unit: Unit, wanted: Sequence[Range]) -> dict[Key, list[Numbers]]:
    """The measured and estimated readings within these ranges."""
    found: dict[Key, list[Numbers]] = {}
    for key, numbers in await _company_readings(unit, wanted):
        found.setdefault(key, []).append(numbers)
    return found


async def _company_readings(unit: Unit, wanted: Sequence[Range]) -> Iterable[tuple[Key, Numbers]]:
    connection = await unit.session.connection()
    if connection.dialect.name == "postgresql":
        await use_indexes(unit)
        rows = await connection.exec_driver_sql(_FOUND_POSTGRESQL, _columns(wanted))
        return [(Key(row[0], row[1], _SOURCES[row[2]]), Numbers(*row[3:])) for row in _plain(rows)]
    texts = [(each.point_id, each.first.isoformat(), each.last.isoformat()) for each in wanted]
    rows = await connection.exec_driver_sql(_FOUND_SQLITE, (json.dumps(texts),))
    return [
        (Key(row[0], date.fromisoformat(row[1]), _SOURCES[row[2]]), Numbers(*row[3:]))
        for row in _plain(rows)
    ]


async def merge_company_readings(unit: Unit, rows: Sequence[tuple[Key, Numbers]]) -> None:
    """Write measured and estimated readings, replacing those of the same key and meter."""
    if not rows:
        return
    connection = await unit.session.connection()
    if connection.dialect.name == "postgresql":
        records = (
            (point_id, day, source.value, *numbers) for (point_id, day, source), numbers in rows
        )
        await connection.exec_driver_sql(_MERGE_POSTGRESQL, _columns(records))
        return
    await connection.exec_driver_sql(
        _MERGE_SQLITE,
        [
            (point_id, day.isoformat(), source.value, *numbers)
            for (point_id, day, source), numbers in rows
        ],
    )


def _plain(rows: Iterable[Any]) -> Iterable[Sequence[Any]]:
    """Rows without static types."""
    return rows


def _columns(rows: Iterable[Sequence[Any]]) -> tuple[list[Any], ...]:
    """The values of *rows* by column, as PostgreSQL takes arrays of them."""
    return tuple([*column] for column in zip(*rows, strict=True))


async def use_indexes(unit: Unit) -> None:
    """Make PostgreSQL plan with indexes until the end of this transaction; SQLite always does.

    A plan that was cached while a table was small would scan the whole table for each batch.
    """
    connection = await unit.session.connection()
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
