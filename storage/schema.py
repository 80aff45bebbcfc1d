"""The shape of the database: how far it is migrated, and migrating it."""

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

# Alembic takes a tenth of a second and ten megabytes, and serving never migrates: it is loaded
# where something is migrated.

HEAD = "head"
BASE = "base"

_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^revision(?:: str)? = "(\w+)"$', re.MULTILINE)
_BEFORE_IT = re.compile(r'^down_revision(?:: .*)? = "(\w+)"$', re.MULTILINE)


class SchemaError(Exception):
    """The tables are not what this program needs, or cannot be made so; the words say why."""


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
    """Every migration of this program, with the one that it comes after."""
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
    """Why a database at migration *current* is not this program's, and what helps; None: it is."""
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
    """The revision that the database is at; None for an empty one."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


async def upgrade(engine: AsyncEngine, revision: str = HEAD) -> None:
    """Migrates up to *revision*, in one transaction: all of it or nothing."""
    if revision == HEAD and await current_revision(engine) == newest_revision():
        return
    from alembic import command  # noqa: PLC0415

    async with engine.connect() as connection:
        await connection.run_sync(_migrate, command.upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str = BASE) -> None:
    """Migrates down to *revision*, in one transaction."""
    from alembic import command  # noqa: PLC0415

    async with engine.connect() as connection:
        await connection.run_sync(_migrate, command.downgrade, revision)


def _migrate(connection: Connection, run: "Callable[[Config, str], None]", revision: str) -> None:
    with _foreign_keys_checked_last(connection), connection.begin():
        before = _revision(connection)
        numbers = numbering.last_numbers(connection)
        run(_config(connection), revision)
        # Looking takes as long as all rows do: only where something was done.
        if connection.dialect.name == "sqlite" and _revision(connection) != before:
            _refuse_broken_references(connection)
            numbering.restore_sqlite(connection, numbers)


@contextmanager
def _foreign_keys_checked_last(connection: Connection) -> Iterator[None]:
    """Lets migrations make tables anew that others point to; only outside of a transaction.

    SQLite changes most of a table by copying it, dropping it and renaming the copy. With foreign
    keys enforced, the first row that points to it would forbid that.
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
    # Past SQLAlchemy, which would begin a transaction, in which SQLite passes this over in silence.
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
    """What the models have and the database has not, or the other way round; a line for each."""
    async with engine.connect() as connection:
        try:
            return await connection.run_sync(shape.differences)
        finally:
            await connection.rollback()


async def what_is_wrong(engine: AsyncEngine) -> str | None:
    """Why a database cannot be used by this program, and what helps; None: it can.

    Looks at the migration that it says it is at, and whether the tables of this program bear that
    out. Others beside them are nobody's business.
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
    """Nothing, where the database is what this program needs.

    Raises:
        SchemaError: it is not; the words say what helps.
    """
    if wrong := await what_is_wrong(engine):
        raise SchemaError(f"the database is {wrong}")


async def write_revision(engine: AsyncEngine, message: str) -> None:
    """For developers: writes the migration from what the database is to what the models say."""
    from alembic import command  # noqa: PLC0415

    async with engine.begin() as connection:
        await connection.run_sync(
            lambda sync: command.revision(_config(sync), message=message, autogenerate=True)
        )
