"""Columns that are encrypted at rest, each value bound to its column and its row.

A value opens only in the column and the row that it was sealed for: both are part of the sealing,
the row by its key (``SealedType.row``), as in «customers.email:028680». A value that was copied to
another row or column is refused like a changed one.

Reading needs no care: a sealed column in a SELECT brings its row's key along. Neither do objects
that the session writes. Code that writes rows with its own statements must call ``bound``; a value
that is not bound is refused.
"""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    String,
    Table,
    Text,
    event,
    func,
    inspect,
    select,
    text,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import InstrumentedAttribute, Mapper
from sqlalchemy.types import TypeDecorator

from storage.models.base import Base, vault_of
from storage.vault import Vault

_BETWEEN = ":"
_AFTER_ROW = "\n"  # occurs in no row's key, and in no sealed value


@dataclass(frozen=True, slots=True, repr=False)
class Bound:
    """A value to seal, with the key of its row."""

    value: Any
    row: str


class SealedType(TypeDecorator[Any]):
    """The base of the sealed column types. They cannot be compared in SQL: see ``Fingerprint``.

    Args:
        column: the table's and the column's name, with a dot between.
        row: the columns of the table that form the key of a row: together unique, never empty and
            never changed.
    """

    impl = Text
    cache_ok = True

    def __init__(self, column: str, row: tuple[str, ...] = ("id",)) -> None:
        super().__init__()
        self.column = column
        self.row = row

    def pack(self, value: Any) -> bytes:
        """The bytes to seal for *value*."""
        raise NotImplementedError

    def unpack(self, data: bytes) -> Any:
        """The value from the result of ``pack``, of this version or an earlier one."""
        raise NotImplementedError

    def sealed_anew(self, vault: Vault, sealed: str, row: str) -> str:
        """The same value sealed again with the vault's first key, in the current format.

        Raises:
            SealedDataError: no key opens it for that row.
        """
        value = self.unpack(vault.open(sealed, self._place(row)))
        return vault.seal(self.pack(value), self._place(row))

    def row_key(self, table: FromClause) -> ColumnElement[str]:
        """The key of a row of *table* as SQL, equal to the result of ``key_of``."""
        first, *others = (_as_text(table.c[name]) for name in self.row)
        for other in others:
            first = first + _BETWEEN + other
        return first

    def key_of(self, row: Mapping[str, Any]) -> str:
        """The key of a row; *row* has at least the values that form it.

        Raises:
            KeyError: one of them is missing.
        """
        return _BETWEEN.join(str(row[name]) for name in self.row)

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        table = getattr(column, "table", None)
        if table is None:
            raise TypeError(f"{self.column} is selected in an expression that tells no row")
        return type_coerce(self.row_key(table) + _AFTER_ROW + type_coerce(column, Text), self)

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Bound):
            raise TypeError(f"a value of {self.column} must be bound to its row: see `bound`")
        return vault_of(dialect).seal(self.pack(value.value), self._place(value.row))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any | None:
        if value is None:
            return None
        row, _, sealed = value.rpartition(_AFTER_ROW)
        return self.unpack(vault_of(dialect).open(sealed, self._place(row)))

    def compare_values(self, x: Any, y: Any) -> bool:
        return bool(_plain(x) == _plain(y))

    def _place(self, row: str) -> str:
        return f"{self.column}{_BETWEEN}{row}"


class Sealed(SealedType):
    """Text that is encrypted at rest."""

    cache_ok = True

    def pack(self, value: str) -> bytes:
        return value.encode()

    def unpack(self, data: bytes) -> str:
        return data.decode()


class SealedJson(SealedType):
    """A JSON value that is encrypted at rest."""

    cache_ok = True

    def pack(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def unpack(self, data: bytes) -> Any:
        return json.loads(data)


class SealedQuarters(SealedJson):
    """The quarter hours of a day in Wh, encrypted at rest.

    Every day has the same length, because the number of digits would show whether somebody was at
    home. Only a quarter of more than 4 GWh, which no meter measures, is written as JSON.
    """

    cache_ok = True

    _MARK = 1  # no JSON begins with this byte
    _MOST = 100
    _WORDS = struct.Struct(f">BB{_MOST}I")
    _NONE = 2**32 - 1

    def pack(self, value: Any) -> bytes:
        if not self._fits(value):
            return super().pack(value)
        words = [self._NONE if quarter is None else quarter for quarter in value]
        rest = [0] * (self._MOST - len(words))
        return self._WORDS.pack(self._MARK, len(words), *words, *rest)

    def unpack(self, data: bytes) -> Any:
        if data[0] != self._MARK:
            return super().unpack(data)
        _, count, *words = self._WORDS.unpack(data)
        return [None if word == self._NONE else word for word in words[:count]]

    def _fits(self, value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) <= self._MOST
            and all(each is None or 0 <= each < self._NONE for each in value)
        )


def sealed_columns(table: FromClause) -> dict[str, SealedType]:
    """The types of the sealed columns of a table, by the columns' names."""
    return {c.name: c.type for c in table.columns if isinstance(c.type, SealedType)}


def bound(table: FromClause, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row to write, with its sealed values bound to it.

    Args:
        table: the table that is written.
        row: the values by column, including those that form the row's key.

    Raises:
        KeyError: one of those is missing.
    """
    values = dict(row)
    for name, kind in _sealed(table).items():
        if values.get(name) is not None:
            values[name] = Bound(values[name], kind.key_of(row))
    return values


def bound_value(column: InstrumentedAttribute[Any], value: Any | None, **row: Any) -> Bound | None:
    """One value to write into *column*, bound to the row whose key *row* gives."""
    kind = cast("SealedType", column.type)
    return None if value is None else Bound(value, kind.key_of(row))


_sealed = cache(sealed_columns)


def _as_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    return column if isinstance(column.type, String) else sql_cast(column, String)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Bound) else value


@event.listens_for(Base, "before_insert", propagate=True)
def _bind_new(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    """Bind the sealed values of an object that the session is about to insert."""
    kinds = _sealed(mapper.local_table)
    if kinds and (names := _filled(target, kinds)):
        table = cast("Table", mapper.local_table)
        numbered = table.autoincrement_column
        if (
            numbered is not None
            and getattr(target, numbered.name) is None
            and any(numbered.name in kinds[name].row for name in names)
        ):
            # The database would give the id only while writing, which is too late here.
            setattr(target, numbered.name, next_number(connection, table, numbered.name))
        _bind(target, kinds, names)


@event.listens_for(Base, "before_update", propagate=True)
def _bind_changed(mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    kinds = _sealed(mapper.local_table)
    if kinds:
        changed = inspect(target).committed_state
        _bind(target, kinds, _filled(target, kinds.keys() & changed.keys()))


@event.listens_for(Base, "after_insert", propagate=True)
@event.listens_for(Base, "after_update", propagate=True)
def _unbind(mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    values = inspect(target).dict
    for name in _sealed(mapper.local_table):
        if isinstance(value := values.get(name), Bound):
            values[name] = value.value


def _filled(target: Any, names: Iterable[str]) -> list[str]:
    values = inspect(target).dict
    return [name for name in names if values.get(name) is not None]


def _bind(target: Any, kinds: Mapping[str, SealedType], names: Iterable[str]) -> None:
    # Bypasses the attributes' own setters, which would record a change where only the form changes.
    values = inspect(target).dict
    for name in names:
        row = {key: getattr(target, key) for key in kinds[name].row}
        if None in row.values():
            raise TypeError(f"{kinds[name].column} is bound to a row that has no key yet")
        values[name] = Bound(_plain(values[name]), kinds[name].key_of(row))


def next_number(connection: Connection, table: Table, column: str) -> int:
    """Draw the id of a new row; like the database's own, it is never given again."""
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, column)
        number: int = connection.execute(select(func.nextval(sequence))).scalar_one()
        return number
    drawn = connection.scalar(
        text("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = :name RETURNING seq"),
        {"name": table.name},
    )
    if drawn is None:
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, 1)"), {"name": table.name}
        )
        return 1
    return int(drawn)
