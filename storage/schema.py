"""The migration state of the database, and migrating it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import numbering, shape

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic takes a tenth of a second and ten megabytes to load, and serving never migrates: it is
# imported where something is migrated.

HEAD = "head"
BASE = "base"

_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^revision(?:: str)? = "(\w+)"$', re.MULTILINE)
_BEFORE_IT = re.compile(r'^down_revision(?:: .*)? = "(\w+)"$', re.MULTILINE)


class SchemaError(Exception):
    """The tables are not what this program needs, or cannot be migrated; the message says why."""


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


@lru_cache(maxsize=1)
def _revisions() -> dict[str, str | None]:
    """Every migration of this program, with the one before it."""
    found: dict[str, str | None] = {}
    for file in (_MIGRATIONS / "versions").glob("*.py"):
        words = file.read_text(encoding="utf-8")
        before = _BEFORE_IT.search(words)
        if revision := _REVISION.search(words):
            found[revision[1]] = before[1] if before else None
    return found


def newest_revision() -> str:
    """The revision that this program's models need."""
    heads = _revisions().keys() - _revisions().values()
    if len(heads) != 1:
        raise RuntimeError("the program came without its migrations")
    return heads.pop()


def what_to_do_at(current: str | None) -> str | None:
    """Why a database at migration *current* does not fit this program, and what to do; or None."""
    newest = newest_revision()
    if current == newest:
        return None
    if current is not None and current not in _revisions():
        return (
            f"at migration {current}, which this program does not know: it was made by a newer"
            " version of sportello, install that"
        )
    return (
        f"at migration {current or 'none'}, and this program needs {newest}:"
        " run `sportello db upgrade`"
    )


async def current_revision(engine: AsyncEngine) -> str | None:
    """The revision of the database; None for an empty one."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


async def upgrade(engine: AsyncEngine, revision: str = HEAD) -> None:
    """Migrate up to *revision*, in one transaction."""
    if revision == HEAD and await current_revision(engine) == newest_revision():
        return
    from alembic import command  # noqa: PLC0415

    async with engine.connect() as connection:
        await connection.run_sync(_migrate, command.upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str = BASE) -> None:
    """Migrate down to *revision*, in one transaction."""
    from alembic import command  # noqa: PLC0415

    async with engine.connect() as connection:
        await connection.run_sync(_migrate, command.downgrade, revision)


def _migrate(connection: Connection, run: "Callable[[Config, str], None]", revision: str) -> None:
    with _foreign_keys_checked_last(connection), connection.begin():
        before = _revision(connection)
        numbers = numbering.last_numbers(connection)
        run(_config(connection), revision)
        # The check reads all rows, so it runs only where something was migrated.
        if connection.dialect.name == "sqlite" and _revision(connection) != before:
            _refuse_broken_references(connection)
            numbering.restore_sqlite(connection, numbers)


@contextmanager
def _foreign_keys_checked_last(connection: Connection) -> Iterator[None]:
    """Let migrations recreate tables that others refer to; only outside of a transaction.

    SQLite changes most of a table by copying it, dropping it and renaming the copy. With foreign
    keys enforced, the first row that refers to it would forbid that.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    _set_foreign_keys(connection, "OFF")
    try:
        yield
    finally:
        _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, value: str) -> None:
    # Not through SQLAlchemy, which begins a transaction, in which SQLite ignores this statement.
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA foreign_keys={value}")
    finally:
        cursor.close()


def _refuse_broken_references(connection: Connection) -> None:
    broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if broken:
        raise SchemaError(
            f"a migration would leave rows in {', '.join(sorted(broken))} that point to nothing;"
            " the database was left as it was"
        )


async def differences(engine: AsyncEngine) -> list[str]:
    """The differences between the models and the database, one line each."""
    async with engine.connect() as connection:
        try:
            return await connection.run_sync(shape.differences)
        finally:
            await connection.rollback()


async def what_is_wrong(engine: AsyncEngine) -> str | None:
    """Why this program cannot use a database, and what to do; None: it can.

    Checks the database's migration, and whether its tables match it. Other tables in it are
    ignored.
    """
    if wrong := what_to_do_at(await current_revision(engine)):
        return wrong
    found = [line for line in await differences(engine) if not line.endswith(shape.STRANGE)]
    if not found:
        return None
    more = f", and {len(found) - 1} more" if found[1:] else ""
    return (
        f"at migration {newest_revision()} by its own account, but its tables are not"
        f" ({found[0]}{more}): put a backup in its place"
    )


async def require(engine: AsyncEngine) -> None:
    """Check that the database is what this program needs.

    Raises:
        SchemaError: it is not; the message says what to do.
    """
    if wrong := await what_is_wrong(engine):
        raise SchemaError(f"the database is {wrong}")


async def write_revision(engine: AsyncEngine, message: str) -> None:
    """For developers: write the migration from the current database to the models.

    Migrations are numbered in the order in which they are applied: it gets the next number.
    """
    from alembic import command  # noqa: PLC0415

    number = f"{int(newest_revision()) + 1:04}"
    async with engine.begin() as connection:
        await connection.run_sync(
            lambda sync: command.revision(
                _config(sync), message=message, autogenerate=True, rev_id=number
            )
        )
