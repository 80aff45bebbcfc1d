"""Only one process serves a database at a time; with PostgreSQL another may stand by."""

import asyncio
import fcntl
import os
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Store, is_passing

# Any number will do, as long as nobody else who locks in this database uses it.
_ADVISORY_KEY = 0x5350_4F52_5445_4C4C
STANDBY_SECONDS = 2.0
HEARTBEAT_SECONDS = 1.0


class AlreadyServedError(Exception):
    """Another process serves this database; the words name it where that is known."""


class ServingLock(Protocol):
    """The right to serve a database."""

    async def acquire(self) -> bool:
        """Takes the lock, if need be after standing by; True where it had to wait."""
        ...

    async def hold(self) -> None:
        """Runs until cancelled.

        Raises:
            AlreadyServedError: the lock was lost, and another process has it now.
        """
        ...

    async def release(self) -> None:
        """Gives the lock up."""
        ...


def serving_lock(store: Store) -> ServingLock:
    """The lock that fits the database."""
    if store.is_sqlite:
        return _FileLock(Path(store.engine.url.database or ""))
    return _AdvisoryLock(store)


class _FileLock:
    """For SQLite: a lock on a file beside the database, which ends with the process."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".serving")
        self._file: IO[str] | None = None

    async def acquire(self) -> bool:
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

    async def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _AdvisoryLock:
    """For PostgreSQL: an advisory lock, which the server frees when our connection ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: AsyncConnection | None = None

    async def acquire(self) -> bool:
        waited = False
        while not await self._try():
            waited = True
            await asyncio.sleep(STANDBY_SECONDS)
        return waited

    async def hold(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._still_ours()
            except Exception as error:
                if not is_passing(error):
                    raise
                # The database is away: nobody can serve it, and turns are put off by themselves.
                await self._drop()

    async def release(self) -> None:
        await self._drop()

    async def _still_ours(self) -> None:
        if self._connection is not None:
            await self._connection.execute(text("SELECT 1"))
        elif not await self._try():
            raise AlreadyServedError("another process took over")

    async def _try(self) -> bool:
        if self._connection is None:
            connection = await self._store.engine.connect()
            self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        got = await self._connection.scalar(
            text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}
        )
        return bool(got)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            # Not back into the pool: the lock belongs to the connection itself.
            await connection.invalidate()
            await connection.close()
        except Exception as error:
            if not is_passing(error):
                raise
