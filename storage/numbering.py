"""The last id that each table gave, also to rows that are gone.

An id is never given twice. Copying rows or recreating a table must carry these numbers over: the
highest id in a table says nothing about removed rows.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, func, select, text

from storage.models.base import Base


def last_numbers(connection: Connection) -> dict[str, int]:
    """The last id that each table gave, by its name; tables that gave none are left out.

    Args:
        connection: to a database at any migration.
    """
    if connection.dialect.name == "sqlite":
        if not _has_sequences(connection):
            return {}
        rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        return {name: number for name, number in rows if number}
    rows = connection.execute(text(_POSTGRES_SEQUENCES))
    return {name: number for name, number in rows if number is not None}


_POSTGRES_SEQUENCES = """
    SELECT tables.relname, pg_sequence_last_value(seqrelid)
    FROM pg_sequence JOIN pg_depend ON objid = seqrelid AND deptype = 'a'
        JOIN pg_class AS tables ON tables.oid = refobjid
    WHERE tables.relnamespace = current_schema()::regnamespace
"""


def go_on_after(connection: Connection, numbers: Mapping[str, int]) -> None:
    """Make each table number new rows after *numbers*, and after its existing rows.

    Args:
        connection: to a database that is migrated to what this program needs.
        numbers: from ``last_numbers``; for tables that it does not name, only their rows count.
    """
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        highest = connection.scalar(select(func.max(column))) or 0
        last = max(highest, numbers.get(table.name, 0))
        if last:
            _set(connection, table, column.name, last)


def restore_sqlite(connection: Connection, numbers: Mapping[str, int]) -> None:
    """The same for an SQLite database at any migration, after a table was recreated.

    Args:
        connection: to the database; its tables may differ from those in *numbers*.
        numbers: from ``last_numbers``, before.
    """
    if not _has_sequences(connection):
        return
    rows = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
    )
    for (name,) in rows.all():
        if name in numbers:
            _set_sqlite(connection, name, numbers[name])


def _has_sequences(connection: Connection) -> bool:
    # SQLite creates that table together with the first that needs it.
    query = "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'"
    return bool(connection.exec_driver_sql(query).scalar())


def _set(connection: Connection, table: Table, column: str, last: int) -> None:
    if connection.dialect.name == "sqlite":
        _set_sqlite(connection, table.name, last)
    elif not connection.scalar(
        select(func.setval(func.pg_get_serial_sequence(table.name, column), last))
    ):
        raise RuntimeError(f"nothing numbers the rows of {table.name}")


def _set_sqlite(connection: Connection, table: str, last: int) -> None:
    values = {"name": table, "last": last}
    changed = connection.execute(
        text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :name"), values
    )
    if not changed.rowcount:
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values
        )
