"""Rows for every table, made from the columns, so that no table is missed."""

import enum
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Enum, Integer, String, Table, Time, insert

from storage.engine import Store
from storage.models import TicketState
from storage.models.base import Base, Exact, Instant, Members
from storage.models.sealed import SealedJson, SealedQuarters, bound

FIRST = datetime(2026, 3, 29, 0, 59, 59, 123_456, tzinfo=UTC)
ROWS = 7
"""Of each table."""


async def fill_every_table(store: Store) -> None:
    """Add ``ROWS`` rows to every table, some with NULLs where columns allow it."""
    ids: dict[str, list[dict[str, Any]]] = {}
    async with store.unit() as unit:
        for table in Base.metadata.sorted_tables:
            rows = [made_up(table, number, ids) for number in range(ROWS)]
            await unit.session.execute(insert(table), [bound(table, row) for row in rows])
            ids[table.name] = rows
        await unit.commit()


def made_up(table: Table, number: int, ids: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A row of *table*; ``ids`` has the rows of the tables before it."""
    empty = number % 3 == 2
    row: dict[str, Any] = {}
    for place, column in enumerate(table.columns):
        if column.nullable and empty:
            row[column.name] = None
        elif column.foreign_keys:
            (key,) = column.foreign_keys
            row[column.name] = ids[key.column.table.name][number][key.column.name]
        else:
            row[column.name] = _value(column, number, place)
    if row.get("ends_on") is not None:  # a day after it starts
        row["ends_on"] += timedelta(days=1)
    if table.name == "tickets":
        row["state"] = TicketState.OPEN if empty else TicketState.CLOSED
    return row


def _value(column: Column[Any], number: int, place: int) -> Any:  # noqa: PLR0911
    kind = column.type
    if isinstance(
        kind, Instant
    ):  # a later column is a later instant: windows start before they end
        return FIRST + timedelta(days=number, hours=place)
    if isinstance(kind, SealedJson):
        words = {"number": number, "words": ["perché", None, True, 1.5]}
        return [number, None, 230] if isinstance(kind, SealedQuarters) else words
    if isinstance(kind, Exact):
        return Decimal(f"1.027{number}0")
    if isinstance(kind, (Enum, Members)):
        return _member(kind, number)
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Date):
        return date(2024, 2, 29) + timedelta(days=number)
    if isinstance(kind, Time):
        return time(21, number)
    if isinstance(kind, BigInteger):
        grand = 10**12 + number
        return -grand if column.name.endswith("id") else grand  # Telegram numbers supergroups so
    if isinstance(kind, Integer):
        return number + 1
    text = f"{number} Nicolò, {column.table.name}.{column.name} «€»"
    return text[: kind.length] if isinstance(kind, String) else text


def _member(kind: Enum | Members, number: int) -> enum.Enum | frozenset[enum.Enum]:
    if isinstance(kind, Members):
        return frozenset(list(kind.kind)[: 1 + number % 2])
    members: list[enum.Enum] = list(kind.enum_class or ())
    return members[number % len(members)]
