"""Whether a database is what its migration says: its real tables, held against the models.

Compared is what the engine itself has written down: on SQLite the words of ``sqlite_master``, on
PostgreSQL what its catalogues say of columns, constraints and indexes. So a CHECK, a word of an
enumeration or the predicate of a partial index that differs is seen as well.
"""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import Dialect, MetaData, text
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.models import Base

_MIGRATION_TABLE = "alembic_version"

STRANGE = "a table that is not of this program"
"""How the line ends that tells of one."""

Shape = dict[str, frozenset[str]]
"""By table, what is said of it: a line for each column, constraint and index."""

_WANTED: dict[object, Shape] = {}
"""What each kind and version of engine makes of the models: asking PostgreSQL takes a while."""


def differences(connection: Connection) -> list[str]:
    """What the models say and the database has not, or the other way round; none where it fits.

    Args:
        connection: to a database that was migrated. On PostgreSQL in a transaction, in which tables
            are made that last only as long: roll it back, or go on with it.

    Returns:
        a line for each difference: the table, and what is missing or too much.
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
    """The tables that a database has, but for the one that its migration stands in."""
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
    # What SQLite makes by itself, for keys and for numbering, has no words or a name of its own.
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

    Their order does not count: a column that a migration adds stands last.
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
    """The same words whoever wrote them down: without line breaks, and quotes that do nothing."""
    return re.sub(r'"([a-z_][a-z_0-9]*)"', r"\1", re.sub(r"\s+", " ", words)).strip()


# PostgreSQL


def _postgres_wanted(metadata: MetaData, connection: Connection) -> Shape:
    """What PostgreSQL makes of the models: only itself knows how it writes an expression down.

    Temporary tables need no right to make lasting ones.
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
    """The same line wherever its table lies, and whether it was made or restored from a dump.

    Names of schemas are left out, and the casts that PostgreSQL writes differently when it reads
    its own words again.
    """
    line = re.sub(r" (ON|REFERENCES) (?:\w+|\"[^\"]+\")\.", r" \1 ", line)
    line = re.sub(r"nextval\('(?:[^'.]+\.)?([^']+)'", r"nextval('\1'", line)
    line = re.sub(r"::(?:character varying|text)(?:\[\])?", "", line)
    changed = ""
    while changed != line:
        changed, line = line, re.sub(r"\(('[^']*'|ARRAY\[[^]]*\])\)", r"\1", line)
    return line
