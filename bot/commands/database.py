"""``sportello db``: the database itself."""

from typing import TYPE_CHECKING

import click

from bot.commands.counter import work

if TYPE_CHECKING:
    from bot.settings import Settings


@click.group()
def db() -> None:
    """Looks after the database."""


@db.command(epilog="Example: sportello db upgrade")
def upgrade() -> None:
    """Makes the database if there is none, and migrates it to what this version needs.

    All of it or nothing: a migration that fails leaves the database as it was. `sportello run` does
    the same when it starts.
    """
    before, after = work(_upgrade)
    if before == after:
        click.echo(f"The database is at {after} already.")
    else:
        click.echo(f"The database is now at {after} (before: {before or 'none'}).")


async def _upgrade(settings: "Settings") -> tuple[str | None, str]:
    from storage import schema  # noqa: PLC0415
    from storage.engine import open_store  # noqa: PLC0415

    vault = settings.vault()
    settings.make_folders()
    store = open_store(settings.database_url, vault)
    try:
        before = await schema.current_revision(store.engine)
        await schema.upgrade(store.engine)
    finally:
        await store.close()
    return before, schema.newest_revision()
