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
    """The SQLite file cannot be used as it is; the words say why and name the file."""


class StoreAwayError(OSError):
    """The database is away, and its driver said so with an error that anybody's code may raise.

    A refused connection is an ``OSError``, a statement that takes too long a ``TimeoutError``: told
    by this name they are not taken for a defect of the step that ran into them, nor it for them.
    """

    def __init__(self, orig: OSError) -> None:
        super().__init__(str(orig))
        self.orig = orig


class _WritersQueue:
    """SQLite's one writer: in order, but who is urgent goes first, if not twice in a row.

    SQLite lets whoever waits knock again and again; within one process they queue here instead,
    without a busy loop.
    """

    def __init__(self) -> None:
        self._is_taken = False
        self._last_was_urgent = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Returns when nobody else writes; the next one may when it is left."""
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
            if place.done() and not place.cancelled():  # it was let in just now
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

        On SQLite it begins ``IMMEDIATE``: one that began as a reader and then writes would fail at
        once with «database is locked», whatever the busy timeout.

        Args:
            urgent: whether it goes before others that wait to write, where only one can. It is for
                what customers wait for, and short: on SQLite its statements run on the event loop.

        Raises:
            Exception: the database is away (``is_away``).
        """
        turn = nullcontext() if self._writers is None else self._writers.turn(urgent=urgent)
        async with turn, self._writing() as session:
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
        """A transaction that only reads, beside whoever writes; the database lets it do no more.

        Raises:
            Exception: the database is away (``is_away``).
        """
        async with self._reading() as session:
            await _begin(session)
            yield ReadUnit(session)

    async def check_whole(self) -> None:
        """Looks whether the file of an SQLite database is whole; PostgreSQL looks after itself.

        Reads all of it once, a second or so for each gigabyte, and writes nothing.

        Raises:
            DatabaseFileError: it is damaged, or only part of it is there.
        """
        path = self.engine.url.database
        if self.is_sqlite and path and path != ":memory:":
            await asyncio.to_thread(_check_whole, Path(path))

    async def check_key(self) -> None:
        """Looks whether the vault's keys are the ones that this database was written with.

        Opens what was sealed first and last: between the two lie those that a change of keys which
        broke off has done, and those that it has not.

        Raises:
            SealedDataError: they are not.
        """
        async with self.reading() as unit:
            await unit.customers.oldest_and_newest()

    async def check_writable(self) -> None:
        """Writes something and takes it back: a database may be read-only in many ways.

        Raises:
            sqlalchemy.exc.DBAPIError: it takes no writes, or not now.
        """
        async with self.unit() as unit:
            await unit.session.execute(text("UPDATE alembic_version SET version_num = version_num"))
            await unit.session.rollback()

    async def close(self) -> None:
        """Ends every connection."""
        await self.engine.dispose()


def open_store(url: str | URL, vault: Vault, *, pool_size: int = 10) -> Store:
    """A store on the database at *url*; nothing is connected yet.

    Args:
        url: ``sqlite+aiosqlite:///path`` or ``postgresql+asyncpg://…``.
        vault: what opens and seals personal columns.
        pool_size: how many connections PostgreSQL is asked for at the most.

    Raises:
        DatabaseFileError: an SQLite file that exists and is no database.
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
            # What a machine that lost its power left locked is free again after half a minute.
            "server_settings": {
                "tcp_keepalives_idle": "10",
                "tcp_keepalives_interval": "5",
                "tcp_keepalives_count": "4",
            },
        }
    engine = create_async_engine(parsed, **options)
    # Column types get at the keys through the dialect: one per engine, no global.
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
# Connection, resources, serialization, operator intervention, system, a lock not to be had, and a
# server that only reads because another one takes over (PostgreSQL, appendix A).
_PASSING_SQLSTATES = ("08", "40", "53", "57", "58", "55P03", "25006")


def is_passing(error: BaseException) -> bool:
    """Whether *error* is something outside being away or full, so that the same may go well later.

    For jobs, which write files as well: a disk that is full passes. Who serves customers asks
    ``is_away``.
    """
    return isinstance(error, OSError) or is_away(error)


def is_away(error: BaseException) -> bool:
    """Whether *error* is the database being away, busy or full, and nothing else's doing."""
    if isinstance(error, StoreAwayError):
        return True
    if not isinstance(error, DBAPIError):
        # While a connection is being made the driver's own errors come as they are.
        state = getattr(error, "sqlstate", None)
        return isinstance(error, PoolTimeoutError) or _is_passing_state(state)
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0)
        return (code & 0xFF) in _PASSING_SQLITE  # the low byte, without its refinements
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
    # Of an empty file SQLite makes a new database, and throws away the log that lies beside it.
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise DatabaseFileError(
            f"{path} is empty or missing, and {wal.name} beside it holds changes of a database"
            " that was there; both were left untouched: put a backup in their place"
        )


def _check_whole(path: Path) -> None:
    """Asks SQLite itself, over a connection that cannot write."""
    if not path.exists():
        return
    found = "no answer"
    try:
        try:
            found = _quick_check(path, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            # A transaction of the old kind broke off. Its journal holds what was there before, and
            # only who may write can put that back.
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
    """Begins the transaction of a unit, so that a database out of reach is met here."""
    try:
        await session.connection()
    except StoreAwayError:
        raise
    except OSError as error:
        raise StoreAwayError(error) from error


def _tell_apart(context: ExceptionContext) -> None:
    """What a driver raises in a statement or a commit, if it is no database error by its class."""
    error = context.original_exception
    if isinstance(error, OSError) and not isinstance(error, StoreAwayError):
        raise StoreAwayError(error) from error


def _keep_private(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Lets nobody else read a database that is being made; its log takes over the file's mode.

    One that is there already keeps the mode that its operator gave it.
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA database_list")
    for _, name, path in cursor.fetchall():
        if name == "main" and path and not Path(path).stat().st_size:
            Path(path).chmod(0o600)
    cursor.close()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own implicit BEGIN comes too late and is never IMMEDIATE: it is switched off,
    # and `_begin_sqlite` says it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    # WAL with FULL: a reading that was confirmed survives a power cut, at one fdatasync a commit.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("sportello_reads_only", False)
    # Of the connection, not of the transaction: it is another's next time.
    if connection.info.get("sportello_query_only", False) is not reads_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads_only else 'OFF'}")
        connection.info["sportello_query_only"] = reads_only
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
