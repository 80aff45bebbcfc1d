"""Databases of released versions: dumps with rows in every table.

``python -m tests.support.released`` writes the dumps of the newest migration. Run it at each
release, and never change existing dumps: they are what operators have.
"""

import asyncio
import base64
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from storage import schema
from storage.numbering import go_on_after
from storage.vault import Vault
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.every_table import fill_every_table

FOLDER = Path(__file__).parents[1] / "storage" / "released"

KEY = base64.urlsafe_b64encode(b"the key of all released dumps 01").decode()
"""The key of the dumps; it is used for nothing else."""


def revisions() -> list[str]:
    """The migrations of released versions, oldest first."""
    return sorted({path.name.split(".")[0] for path in FOLDER.glob("*.sql")})


async def load(url: str, revision: str) -> None:
    """Load the dump of *revision* into the empty database at *url*."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        script = (FOLDER / f"{revision}.sqlite.sql").read_text(encoding="utf-8")
        with closing(sqlite3.connect(str(parsed.database))) as connection:
            connection.executescript(script)
        return
    script = (FOLDER / f"{revision}.postgresql.sql").read_text(encoding="utf-8")
    server = await asyncpg.connect(
        host=parsed.query["host"],
        port=int(str(parsed.query["port"])),
        user=parsed.username,
        database=parsed.database,
    )
    try:
        await server.execute(script)
    finally:
        await server.close()


async def _write() -> None:
    revision = schema.newest_revision()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with SqliteDatabases(folder).fresh(folder) as url:
            await _fill(url)
            with closing(sqlite3.connect(str(make_url(url).database))) as connection:
                _keep(f"{revision}.sqlite.sql", "\n".join(connection.iterdump()))
        servers = PostgresDatabases()
        try:
            async with servers.fresh(folder) as url:
                await _fill(url)
                _keep(f"{revision}.postgresql.sql", _dumped(servers, url))
        finally:
            servers.stop()


async def _fill(url: str) -> None:
    async with opened(url, Vault([KEY])) as store:
        await fill_every_table(store)
        async with store.engine.begin() as connection:
            await connection.run_sync(go_on_after, {})


def _dumped(servers: PostgresDatabases, url: str) -> str:
    parsed = make_url(url)
    dump = subprocess.run(
        [
            servers.program("pg_dump"),
            *("--host", str(parsed.query["host"]), "--port", str(parsed.query["port"])),
            *("--username", str(parsed.username), "--dbname", str(parsed.database)),
            *("--no-owner", "--no-privileges", "--inserts"),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # Commands for `psql`, and settings that older or newer servers may not know.
    lines = [line for line in dump.splitlines() if not line.startswith(("\\", "SET ", "--"))]
    return "\n".join(line for line in lines if line.strip() and "set_config" not in line)


def _keep(name: str, dump: str) -> None:
    (FOLDER / name).write_text(dump.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
