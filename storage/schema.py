"""The shape of the database: how far it is migrated, and migrating it."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.models import Base

HEAD = "head"
BASE = "base"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    """The revision that this program's models need."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("the program came without its migrations")
    return head


def what_to_do_at(current: str | None) -> str | None:
    """Why a database at migration *current* is not this program's, and what helps; None: it is."""
    newest = newest_revision()
    if current == newest:
        return None
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
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
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def upgrade(engine: AsyncEngine, revision: str = HEAD) -> None:
    """Migrates up to *revision*, in one transaction: all of it or nothing."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))


async def downgrade(engine: AsyncEngine, revision: str = BASE) -> None:
    """Migrates down to *revision*, in one transaction."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync), revision))


async def differences(engine: AsyncEngine) -> list[object]:
    """What the models have and the database has not, or the other way round."""
    async with engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: list(
                compare_metadata(
                    MigrationContext.configure(sync, opts={"compare_type": True}), Base.metadata
                )
            )
        )


async def write_revision(engine: AsyncEngine, message: str) -> None:
    """For developers: writes the migration from what the database is to what the models say."""
    async with engine.begin() as connection:
        await connection.run_sync(
            lambda sync: command.revision(_config(sync), message=message, autogenerate=True)
        )
