"""Only one process serves a database at a time; with PostgreSQL another may stand by."""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Store, is_passing

# Any number will do, as long as nobody else who locks in this database uses it.
_ADVISORY_KEY = 0x5350_4F52_5445_4C4C
STANDBY_SECONDS = 2.0
HEARTBEAT_SECONDS = 1.0
ANSWER_SECONDS = 3.0
"""How long the server may take to say that the lock is still ours."""
SILENCE_SECONDS = 5
"""After so long without a sign of life the server ends the session, and the lock with it.

A machine that lost its power or its network closes no connection, and the operating system of the
database's host would believe in it for hours.
"""


Rest = Callable[[float], Awaitable[None]]

_LONGEST_REST = 0.1  # seconds


class AlreadyServedError(Exception):
    """Another process serves this database; the words name it where that is known."""


class ServingLock(Protocol):
    """The right to serve a database."""

    async def acquire(self, *, stand_by: bool = True) -> bool:
        """Takes the lock, if need be after standing by; True where it had to wait.

        Args:
            stand_by: wait where the database lets a second process wait for the first.

        Raises:
            AlreadyServedError: another process has it, and there is no standing by.
        """
        ...

    async def hold(self) -> None:
        """Runs until cancelled.

        Raises:
            AlreadyServedError: the lock was lost, and another process has it now.
        """
        ...

    async def is_ours(self) -> bool:
        """Whether this process has the lock at this moment, asked of whoever keeps it."""
        ...

    async def release(self) -> None:
        """Gives the lock up."""
        ...


def serving_lock(store: Store) -> ServingLock:
    """The lock that fits the database."""
    if store.is_sqlite:
        return _FileLock(Path(store.engine.url.database or ""))
    return _AdvisoryLock(store)


async def give_way(store: Store, held: float, *, rest: Rest = asyncio.sleep) -> None:
    """Waits as long as was just written, where another process serves the same SQLite database.

    SQLite lets one process write, and whoever waits only knocks now and then: a long job that
    begins its next transaction at once would leave no gap to be met.

    Args:
        store: the database.
        held: how many seconds the transaction took.
        rest: what waits.
    """
    if store.is_sqlite and _served_by_another(Path(store.engine.url.database or "")):
        await rest(min(held, _LONGEST_REST))


def _served_by_another(database: Path) -> bool:
    """Whether the process that took the lock last still runs; to try the lock might refuse it."""
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
    """For PostgreSQL: an advisory lock, which the server frees when our connection ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: AsyncConnection | None = None
        self._held = False
        # One connection answers one question at a time.
        self._asking = asyncio.Lock()

    async def acquire(self, *, stand_by: bool = True) -> bool:
        waited = False
        while True:
            try:
                if await self._try():
                    return waited
            except Exception as error:
                # At the start somebody is there to read that the database is away; whoever has
                # stood by for days must still stand by when it is back.
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
                # The database is away: nobody can serve it, and turns are put off by themselves.
                continue
            if lost:
                raise AlreadyServedError("another process took over and serves this database")

    async def is_ours(self) -> bool:
        # The lock lives and dies with the connection: as long as that answers, it is ours.
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
    """Ends a connection for good: not back into the pool, for the lock belongs to it."""
    try:
        await connection.invalidate()
        await connection.close()
    except Exception as error:
        if not is_passing(error):
            raise
