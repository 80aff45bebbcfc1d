"""SQLAlchemy's aiosqlite dialect, with fewer switches to the driver's thread.

The dialect's cursor uses the thread of its connection four times per statement: to create, execute,
fetch and close. Each time costs more than a small statement itself. Here it does so once; and in a
transaction with ``inline``, statements run directly on the event loop, as they wait for nothing:
the transaction is the only writer already, and its data is mostly in memory. What may wait (begin,
commit, roll back) always runs in the thread.

The replaced classes are the dialect's extension points: ``_cursor_cls`` of the connection, and the
connection that its module's ``connect`` returns.
"""

# ruff: noqa: SLF001  # these classes share private names with their bases

from collections import deque
from typing import Any

from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_

DRIVER = "sqlite+sportello"
"""The name of the dialect in a URL."""

_Found = tuple[Any, "deque[Any]", int, int | None]


def _run(connection: Any, statement: str, parameters: Any, *, many: bool) -> _Found:
    """Run one statement completely, with the driver itself."""
    cursor = connection.cursor()
    try:
        if many:
            cursor.executemany(statement, parameters)
        elif parameters is None:
            cursor.execute(statement)
        else:
            cursor.execute(statement, parameters)
        rows = deque(cursor.fetchall()) if cursor.description else deque()
        return cursor.description, rows, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes, fetches and closes at once."""

    __slots__ = ("_description", "_lastrowid", "_rowcount")

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor = None  # type: ignore[assignment]  # there is none between two statements
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()
        self._description: Any = None
        self._rowcount = -1
        self._lastrowid: int | None = None

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> Any:
        return self._lastrowid

    async def _async_soft_close(self) -> None:
        return

    def close(self) -> None:
        """Discard rows that were not fetched."""
        self._rows.clear()

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        """Execute a statement, and fetch all of its rows."""
        self._take(operation, parameters, many=False)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        """Execute a statement for each of many parameter sets."""
        self._take(operation, seq_of_parameters, many=True)

    def _take(self, statement: str, parameters: Any, *, many: bool) -> None:
        adapted = self._adapt_connection
        try:
            if isinstance(adapted, Connection) and adapted.inline:
                found = _run(self._connection._conn, statement, parameters, many=many)
            else:
                found = await_(self._in_thread(statement, parameters, many=many))
        except Exception as error:  # noqa: BLE001  # the dialect raises it as its own
            adapted._handle_exception(error)
        self._description, self._rows, self._rowcount, self._lastrowid = found

    async def _in_thread(self, statement: str, parameters: Any, *, many: bool) -> _Found:
        connection = self._connection
        async with self._adapt_connection._execute_mutex:
            found: _Found = await connection._execute(
                _run, connection._conn, statement, parameters, many=many
            )
        return found


class Connection(AsyncAdapt_aiosqlite_connection):
    """One connection; ``inline`` while its statements run on the event loop."""

    __slots__ = ("inline",)

    _cursor_cls = Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.inline = False


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *given: Any, **named: Any) -> Connection:
        made = super().connect(*given, **named)
        return Connection(self, made._connection)


class Dialect(SQLiteDialect_aiosqlite):
    """The dialect, registered as ``DRIVER``."""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        return _Driver(__import__("aiosqlite"), __import__("sqlite3"))


async def driver_of(session: AsyncSession) -> Connection:
    """The driver's connection of a session on SQLite."""
    connection = (await session.connection()).sync_connection
    driver = connection.connection.dbapi_connection if connection is not None else None
    if not isinstance(driver, Connection):
        raise TypeError("another driver than the store's own")
    return driver


dialect = Dialect
