"""``sportello db``: the database itself."""

from typing import TYPE_CHECKING

import click

from bot.commands.counter import opened, work

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.rotation import RotationReport


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


@db.command("rotate-key", epilog="Example: sportello db rotate-key")
def rotate_key() -> None:
    """Seals everything anew under the first key of ENCRYPTION_KEY.

    Put the new key first in the setting, a comma, then the old one; restart `sportello run`, and
    rotate while it serves. The old key may be dropped two weeks later: until then it still finds
    attempts at linking and invitations from before. Interrupted, it can be run again.
    """
    report, days = work(_rotate)
    for table, values in report.values.items():
        click.echo(f"{table}: {values}")
    click.echo(f"files: {report.files}")
    click.echo(f"Sealed anew under the first key. The old one may be dropped in {days} days.")


async def _rotate(settings: "Settings") -> "tuple[RotationReport, int]":
    import asyncio  # noqa: PLC0415

    from storage.files import FileRoom  # noqa: PLC0415
    from storage.rotation import HASHES_LIVE_ON, rotate  # noqa: PLC0415

    async with opened(settings) as store:
        report = await rotate(store)
        room = FileRoom(settings.files_dir, store.vault)
        report.files = await asyncio.to_thread(room.reseal)
    return report, HASHES_LIVE_ON.days
