"""Lets one process at a time serve a database; with PostgreSQL another may stand by."""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Store, is_passing

# Any number that no other program uses for an advisory lock in this database.
_ADVISORY_KEY = 0x5350_4F52_5445_4C4C
STANDBY_SECONDS = 2.0
HEARTBEAT_SECONDS = 1.0
ANSWER_SECONDS = 3.0
"""How long the server may take to confirm that the lock is still held."""
SILENCE_SECONDS = 5
"""The server ends the session, and with it the lock, after this time without a request.

Otherwise, after a power or network failure, the database's host would keep the connection open for
hours.
"""


Rest = Callable[[float], Awaitable[None]]

_LONGEST_REST = 0.1  # seconds


class AlreadyServedError(Exception):
    """Another process serves this database; the message names it where that is known."""


class ServingLock(Protocol):
    """The right to serve a database."""

    async def acquire(self, *, stand_by: bool = True) -> bool:
        """Take the lock, waiting if necessary; returns whether it had to wait.

        Args:
            stand_by: wait where the database lets a second process wait for the first.

        Raises:
            AlreadyServedError: another process has it, and this one does not wait.
        """
        ...

    async def hold(self) -> None:
        """Run until cancelled.

        Raises:
            AlreadyServedError: the lock was lost, and another process has it now.
        """
        ...

    async def is_ours(self) -> bool:
        """Whether this process has the lock now, as the lock's keeper says."""
        ...

    async def release(self) -> None:
        """Give up the lock."""
        ...


def serving_lock(store: Store) -> ServingLock:
    """The lock for the kind of database."""
    if store.is_sqlite:
        return _FileLock(Path(store.engine.url.database or ""))
    return _AdvisoryLock(store)


async def give_way(store: Store, held: float, *, rest: Rest = asyncio.sleep) -> None:
    """Wait as long as a transaction took, where another process serves the same SQLite database.

    Only one process can write to SQLite, and others retry at intervals: a long job without gaps
    between its transactions would lock them out.

    Args:
        store: the database.
        held: how many seconds the transaction took.
        rest: the function that waits.
    """
    if store.is_sqlite and _served_by_another(Path(store.engine.url.database or "")):
        await rest(min(held, _LONGEST_REST))


def _served_by_another(database: Path) -> bool:
    """Whether the process that last took the lock still runs, without trying to take the lock."""
    try:
        process = _lock_file(database).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return False
    if not process.isdigit() or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".serving")


class _FileLock:
    """For SQLite: a lock on a file beside the database, which ends with the process."""

    def __init__(self, database: Path) -> None:
        self._path = _lock_file(database)
        self._file: IO[str] | None = None

    async def acquire(self, *, stand_by: bool = True) -> bool:  # noqa: ARG002 - a file has no queue
        file = self._path.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            process = file.read(20).strip()
            file.close()
            who = f" (process {process})" if process.isdigit() else ""
            raise AlreadyServedError(
                f"another program is serving this database already{who}; "
                "SQLite takes one at a time, PostgreSQL lets a second stand by"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return False

    async def hold(self) -> None:
        await asyncio.Event().wait()

    async def is_ours(self) -> bool:
        return self._file is not None

    async def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _AdvisoryLock:
    """For PostgreSQL: an advisory lock, which the server releases when the connection ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: AsyncConnection | None = None
        self._held = False
        # A connection runs one statement at a time.
        self._asking = asyncio.Lock()

    async def acquire(self, *, stand_by: bool = True) -> bool:
        waited = False
        while True:
            try:
                if await self._try():
                    return waited
            except Exception as error:
                # At the start an unavailable database is an error for whoever starts the program; a
                # process that has been waiting must go on waiting until it is back.
                if not (waited and is_passing(error)):
                    raise
            if not stand_by:
                await self.release()
                raise AlreadyServedError("another program is serving this database already")
            waited = True
            await asyncio.sleep(STANDBY_SECONDS)

    async def hold(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                lost = not await self.is_ours() and not await self._try()
            except Exception as error:
                if not is_passing(error):
                    raise
                # The database is unavailable: no other process can serve it either.
                continue
            if lost:
                raise AlreadyServedError("another process took over and serves this database")

    async def is_ours(self) -> bool:
        # The lock ends with the connection: while that works, the lock is held.
        async with self._asking:
            if self._connection is None or not self._held:
                return False
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._connection.execute(text("SELECT 1"))
            except TimeoutError:
                await self._drop()
                return False
            except Exception as error:
                await self._drop()
                if not is_passing(error):
                    raise
                return False
            return True

    async def release(self) -> None:
        async with self._asking:
            await self._drop()

    async def _try(self) -> bool:
        async with self._asking:
            try:
                if self._connection is None:
                    connection = await self._store.engine.connect()
                    self._connection = await connection.execution_options(
                        isolation_level="AUTOCOMMIT"
                    )
                    await self._connection.execute(
                        text(
                            "SELECT set_config('idle_session_timeout', :silence, false)"
                            " WHERE current_setting('server_version_num')::int >= 140000"
                        ),
                        {"silence": f"{SILENCE_SECONDS}s"},
                    )
                got = await self._connection.scalar(
                    text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}
                )
            except BaseException:
                await self._drop()
                raise
            self._held = bool(got)
            return self._held

    async def _drop(self) -> None:
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            await _end(connection)


async def _end(connection: AsyncConnection) -> None:
    """Close a connection, not back into the pool: the lock belongs to it."""
    try:
        await connection.invalidate()
        await connection.close()
    except Exception as error:
        if not is_passing(error):
            raise
