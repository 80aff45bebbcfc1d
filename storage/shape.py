"""Checks that a database matches its migration: compares its real tables with the models.

It compares what the engine has recorded: on SQLite the SQL in ``sqlite_master``, on PostgreSQL the
catalogues of columns, constraints and indexes. So differences in CHECKs, enumerations and the
predicates of partial indexes are found too.
"""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import Dialect, MetaData, text
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.models import Base

_MIGRATION_TABLE = "alembic_version"

STRANGE = "a table that is not of this program"
"""The end of the line about a table that the models do not have."""

Shape = dict[str, frozenset[str]]
"""By table, a line for each column, constraint and index."""

_WANTED: dict[object, Shape] = {}
"""Cached results for each kind and version of engine: asking PostgreSQL is slow."""


def differences(connection: Connection) -> list[str]:
    """The differences between the models and the database; empty where it fits.

    Args:
        connection: to a migrated database. On PostgreSQL in a transaction, in which temporary
            tables are created: roll it back, or continue with it.

    Returns:
        A line for each difference: the table, and what is missing or too much.
    """
    there = found(connection)
    dialect = connection.dialect
    engine = (dialect.name, dialect.server_version_info)
    if (wanted := _WANTED.get(engine)) is None:
        if dialect.name == "sqlite":
            wanted = _sqlite_wanted(Base.metadata, dialect)
        else:
            wanted = _postgres_wanted(Base.metadata, connection)
        _WANTED[engine] = wanted
    return list(_compared(wanted, there))


def found(connection: Connection) -> Shape:
    """The tables of a database, except the one that stores its migration."""
    if connection.dialect.name == "sqlite":
        shape = _sqlite_found(connection)
    else:
        shape = _postgres_shape(connection, "current_schema()")
    return {table: lines for table, lines in shape.items() if table != _MIGRATION_TABLE}


def _compared(wanted: Shape, there: Shape) -> Iterator[str]:
    for table in sorted(wanted.keys() | there.keys()):
        if table not in there:
            yield f"{table}: the table is missing"
        elif table not in wanted:
            yield f"{table}: {STRANGE}"
        else:
            for line in sorted(wanted[table] - there[table]):
                yield f"{table}: missing: {line}"
            for line in sorted(there[table] - wanted[table]):
                yield f"{table}: too much: {line}"


# SQLite


def _sqlite_wanted(metadata: MetaData, dialect: Dialect) -> Shape:
    shape = {}
    for table in metadata.tables.values():
        lines = set(_parts_of_table(str(CreateTable(table).compile(dialect=dialect))))
        lines |= {
            _plain(str(CreateIndex(index).compile(dialect=dialect))) for index in table.indexes
        }
        shape[table.name] = frozenset(lines)
    return shape


def _sqlite_found(connection: Connection) -> Shape:
    lines: dict[str, set[str]] = {}
    # Indexes and tables that SQLite makes by itself, for keys and numbering, have no SQL.
    rows = connection.exec_driver_sql(
        "SELECT tbl_name, type, sql FROM sqlite_master"
        " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    for table, kind, words in rows:
        parts = _parts_of_table(words) if kind == "table" else [_plain(words)]
        lines.setdefault(table, set()).update(parts)
    return {table: frozenset(parts) for table, parts in lines.items()}


def _parts_of_table(words: str) -> Iterable[str]:
    """The columns and constraints of a CREATE TABLE, and what follows its bracket.

    Unordered: a column that a migration adds is the last.
    """
    start, end = words.index("("), words.rindex(")")
    parts, depth, quoted, part = [], 0, "", ""
    for sign in words[start + 1 : end]:
        if quoted:
            quoted = "" if sign == quoted else quoted
        elif sign in "'\"":
            quoted = sign
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif sign == "," and not depth:
            parts.append(part)
            part = ""
            continue
        part += sign
    parts.append(part)
    return [_plain(part) for part in (*parts, words[end + 1 :]) if part.strip()]


def _plain(words: str) -> str:
    """The same SQL without line breaks and unnecessary quotes."""
    return re.sub(r'"([a-z_][a-z_0-9]*)"', r"\1", re.sub(r"\s+", " ", words)).strip()


# PostgreSQL


def _postgres_wanted(metadata: MetaData, connection: Connection) -> Shape:
    """The tables that PostgreSQL makes of the models: only it knows how it rewrites expressions.

    Temporary tables are used because they need no right to create permanent ones.
    """
    aside = connection.execution_options(schema_translate_map={None: "pg_temp"})
    try:
        with aside.begin_nested() as trial:
            metadata.create_all(aside, checkfirst=False)
            shape = _postgres_shape(aside, "pg_my_temp_schema()::regnamespace::text")
            trial.rollback()
    finally:
        connection.execution_options(schema_translate_map={})
    return shape


_POSTGRES_LINES = """
WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = ({schema})::regnamespace
)
SELECT relname, 'column ' || attname || ' ' || format_type(atttypid, atttypmod)
        || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
        || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '')
    FROM tables JOIN pg_attribute ON attrelid = tables.oid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT relname, 'constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
        || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END
    FROM tables JOIN pg_constraint ON conrelid = tables.oid
    WHERE contype <> 'n'  -- newer servers list NOT NULL, which is in the column's line
UNION ALL
SELECT relname, 'index ' || pg_get_indexdef(indexrelid)
        || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
    FROM tables JOIN pg_index ON indrelid = tables.oid
"""


def _postgres_shape(connection: Connection, schema: str) -> Shape:
    lines: dict[str, set[str]] = {}
    for table, line in connection.execute(text(_POSTGRES_LINES.format(schema=schema))):
        lines.setdefault(table, set()).add(_canonical(line))
    return {table: frozenset(parts) for table, parts in lines.items()}


def _canonical(line: str) -> str:
    """The same line for every schema, and for tables that were created or restored from a dump.

    Schema names are left out, and the casts that PostgreSQL writes differently when it reads its
    own output again.
    """
    line = re.sub(r" (ON|REFERENCES) (?:\w+|\"[^\"]+\")\.", r" \1 ", line)
    line = re.sub(r"nextval\('(?:[^'.]+\.)?([^']+)'", r"nextval('\1'", line)
    line = re.sub(r"::(?:character varying|text)(?:\[\])?", "", line)
    changed = ""
    while changed != line:
        changed, line = line, re.sub(r"\(('[^']*'|ARRAY\[[^]]*\])\)", r"\1", line)
    return line
