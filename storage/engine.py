"""The database: its engine, its transactions, and SQLite's pragmas."""

import asyncio
import errno
import sqlite3
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import event, text
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from storage import sqlite
from storage.unit import ReadUnit, Unit
from storage.vault import Vault

BUSY_TIMEOUT_MS = 5_000

registry.register("sqlite.sportello", "storage.sqlite", "Dialect")


class DatabaseFileError(Exception):
    """The SQLite file cannot be used; the message says why and names the file."""


class StoreAwayError(OSError):
    """The database is unavailable, reported by its driver with a general error.

    A refused connection is an ``OSError``, a slow statement a ``TimeoutError``: with this name,
    they are distinguished from errors in a step's own code.
    """

    def __init__(self, orig: OSError) -> None:
        super().__init__(str(orig))
        self.orig = orig


class _WritersQueue:
    """The queue for SQLite's single writer: in order, but urgent ones first, not twice in a row.

    SQLite's own waiting retries at intervals; within one process, transactions queue here instead.
    """

    def __init__(self) -> None:
        self._is_taken = False
        self._last_was_urgent = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def exclusive(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait until nobody else writes, and keep others out until it is left."""
        await self._acquire(urgent=urgent)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, *, urgent: bool) -> None:
        if not self._is_taken:
            self._is_taken, self._last_was_urgent = True, urgent
            return
        place = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._others).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it has just got its turn
                self._release()
            raise

    def _release(self) -> None:
        self._is_taken = False
        first, then = self._urgent, self._others
        if self._last_was_urgent:
            first, then = then, first
        for line in (first, then):
            while line:
                place = line.popleft()
                if not place.done():
                    self._is_taken, self._last_was_urgent = True, line is self._urgent
                    place.set_result(None)
                    return


class Store:
    """One open database: makes units of work, and is closed when the program ends."""

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self._writing = async_sessionmaker(engine, expire_on_commit=False)
        reading = engine.execution_options(
            sportello_reads_only=True,
            postgresql_readonly=True,
        )
        self._reading = async_sessionmaker(reading, expire_on_commit=False)
        self._writers = _WritersQueue() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def unit(self, *, urgent: bool = False) -> AsyncIterator[Unit]:
        """A transaction that may write. Leaving without ``await unit.commit()`` rolls it back.

        On SQLite it begins ``IMMEDIATE``: a transaction that first reads and then writes would fail
        at once with «database is locked», whatever the busy timeout.

        Args:
            urgent: goes before others that wait to write, where only one can. It is for what
                customers wait for, and short: on SQLite its statements run on the event loop.

        Raises:
            Exception: the database is unavailable (``is_away``).
        """
        writing = nullcontext() if self._writers is None else self._writers.exclusive(urgent=urgent)
        async with writing, self._writing() as session:
            await _begin(session)
            unit = Unit(session)
            if not (urgent and self.is_sqlite):
                yield unit
                return
            driver = await sqlite.driver_of(session)
            driver.inline = True
            try:
                yield unit
            finally:
                driver.inline = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadUnit]:
        """A transaction that only reads, without blocking writers; the database refuses writes.

        Raises:
            Exception: the database is unavailable (``is_away``).
        """
        async with self._reading() as session:
            await _begin(session)
            yield ReadUnit(session)

    async def check_whole(self) -> None:
        """Check that the file of an SQLite database is complete; PostgreSQL checks itself.

        Reads the whole file once, a second or so per gigabyte, and writes nothing.

        Raises:
            DatabaseFileError: it is damaged or incomplete.
        """
        path = self.engine.url.database
        if self.is_sqlite and path and path != ":memory:":
            await asyncio.to_thread(_check_whole, Path(path))

    async def check_key(self) -> None:
        """Check that the vault's keys are those with which this database was written.

        Opens the first and the last sealed values, as an interrupted key rotation has sealed the
        first rows again and not the last ones.

        Raises:
            SealedDataError: they are not.
        """
        async with self.reading() as unit:
            await unit.customers.oldest_and_newest()

    async def check_writable(self) -> None:
        """Write something and roll it back: a database may be read-only in many ways.

        Raises:
            sqlalchemy.exc.DBAPIError: it accepts no writes, or not now.
        """
        async with self.unit() as unit:
            await unit.session.execute(text("UPDATE alembic_version SET version_num = version_num"))
            await unit.session.rollback()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def open_store(url: str | URL, vault: Vault, *, pool_size: int = 10) -> Store:
    """A store on the database at *url*; it does not connect yet.

    Args:
        url: ``sqlite+aiosqlite:///path`` or ``postgresql+asyncpg://…``.
        vault: opens and seals personal columns.
        pool_size: the most connections to PostgreSQL.

    Raises:
        DatabaseFileError: the SQLite file exists and is not a database.
    """
    parsed = make_url(url)
    options: dict[str, Any] = {"hide_parameters": True}
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername=sqlite.DRIVER)
        if parsed.database and parsed.database != ":memory:":
            _check_sqlite_file(Path(parsed.database))
        options["connect_args"] = {"timeout": BUSY_TIMEOUT_MS / 1000}
    else:
        options |= {"pool_size": pool_size, "max_overflow": 5, "pool_pre_ping": True}
        options["connect_args"] = {
            "timeout": 10,
            "command_timeout": 60,
            # Frees the locks of a machine that lost its power after half a minute.
            "server_settings": {
                "tcp_keepalives_idle": "10",
                "tcp_keepalives_interval": "5",
                "tcp_keepalives_count": "4",
                # Days stand in the keys that sealed values are bound to.
                "datestyle": "ISO",
            },
        }
    engine = create_async_engine(parsed, **options)
    # Column types get the keys through the dialect: one per engine, no global.
    engine.sync_engine.dialect.sportello_vault = vault  # type: ignore[attr-defined]
    event.listen(engine.sync_engine, "handle_error", _tell_apart)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _keep_private)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return Store(engine, vault)


_PASSING_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
_DAMAGED_SQLITE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# Connection, resources, serialization, operator intervention, system, unavailable locks, and a
# server that is read-only during a takeover (PostgreSQL, appendix A).
_PASSING_SQLSTATES = ("08", "40", "53", "57", "58", "55P03", "25006")


def is_passing(error: BaseException) -> bool:
    """Whether *error* is passing, such as an unavailable server or a full disk.

    For jobs, which write files as well: a full disk passes. Code that serves customers uses
    ``is_away``.
    """
    return isinstance(error, OSError) or is_away(error)


def is_away(error: BaseException) -> bool:
    """Whether *error* means that the database is unavailable, busy or full."""
    if isinstance(error, StoreAwayError):
        return True
    if not isinstance(error, DBAPIError):
        # While connecting, the driver's own errors are not wrapped.
        state = getattr(error, "sqlstate", None)
        return isinstance(error, PoolTimeoutError) or _is_passing_state(state)
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0)
        return (code & 0xFF) in _PASSING_SQLITE  # the low byte is the primary code
    state = getattr(error.orig, "sqlstate", None)
    return _is_passing_state(state) if state else isinstance(error, InterfaceError)


def _is_passing_state(state: object) -> bool:
    return isinstance(state, str) and state.startswith(_PASSING_SQLSTATES)


def reason_of(error: BaseException) -> str:
    """An error in a word or two, for logs: its class, and the database's or the system's code."""
    orig = getattr(error, "orig", None) or error
    if isinstance(error, StoreAwayError):
        return f"{type(error).__name__} {type(orig).__name__}"
    code = getattr(orig, "sqlite_errorname", None) or getattr(orig, "sqlstate", None)
    if code is None and isinstance(orig, OSError) and orig.errno is not None:
        code = errno.errorcode.get(orig.errno)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _check_sqlite_file(path: Path) -> None:
    if path.is_dir():
        raise DatabaseFileError(f"{path} is a folder, not a database file")
    if not path.parent.is_dir():
        raise DatabaseFileError(f"the folder of the database does not exist: {path.parent}")
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(16) != b"SQLite format 3\x00":
                raise DatabaseFileError(f"{path} is not an SQLite database; it was left untouched")
        return
    # From an empty file SQLite makes a new database, and discards the log beside it.
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise DatabaseFileError(
            f"{path} is empty or missing, and {wal.name} beside it holds changes of a database"
            " that was there; both were left untouched: put a backup in their place"
        )


def _check_whole(path: Path) -> None:
    """Check the file with SQLite itself, over a read-only connection."""
    if not path.exists():
        return
    found = "no answer"
    try:
        try:
            found = _quick_check(path, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            # A rollback-journal transaction was interrupted; only a connection that may write can
            # restore the previous content from the journal.
            found = _quick_check(path, "rw")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED_SQLITE:
            raise
    if found != "ok":
        raise DatabaseFileError(
            f"{path} is damaged, or only part of it is there; it was left untouched:"
            " put a backup in its place"
        )


def _quick_check(path: Path, mode: str) -> str:
    with closing(
        sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_MS / 1000,
        )
    ) as connection:
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


async def _begin(session: AsyncSession) -> None:
    """Begin the transaction of a unit, so that an unavailable database is noticed here."""
    try:
        await session.connection()
    except StoreAwayError:
        raise
    except OSError as error:
        raise StoreAwayError(error) from error


def _tell_apart(context: ExceptionContext) -> None:
    """Wrap a driver's general error in a statement or commit as ``StoreAwayError``."""
    error = context.original_exception
    if isinstance(error, OSError) and not isinstance(error, StoreAwayError):
        raise StoreAwayError(error) from error


def _keep_private(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Make a new database readable by its owner only; its log gets the file's mode.

    An existing one keeps the mode that its operator gave it.
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA database_list")
    for _, name, path in cursor.fetchall():
        if name == "main" and path and not Path(path).stat().st_size:
            Path(path).chmod(0o600)
    cursor.close()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's implicit BEGIN comes too late and is never IMMEDIATE: it is switched off, and
    # `_begin_sqlite` begins instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    # WAL with FULL: a confirmed reading survives a power cut, at one fdatasync per commit.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("sportello_reads_only", False)
    # An option of the connection, not of the transaction: the next one may differ.
    if connection.info.get("sportello_query_only", False) is not reads_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads_only else 'OFF'}")
        connection.info["sportello_query_only"] = reads_only
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
