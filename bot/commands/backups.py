"""``sportello backup`` and ``sportello restore``: everything in one file, and back."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.progress import Bar
from bot.commands.runtime import opened, work

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.backup import Manifest


@click.command(epilog="Example: sportello backup /srv/backup/sportello-2026-11-24.zip")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--force", is_flag=True, help="Replace a file of that name.")
def backup(file: Path, force: bool) -> None:
    """Copies everything but the key into one ZIP, while `sportello run` serves.

    That is the database at one instant, the sealed files, and the files for the company. FILE
    appears when it is complete, readable by this user only. Its disk needs room for two copies of
    the database. ENCRYPTION_KEY is not in it, and without that key nobody can open it: keep a copy
    of the key elsewhere.
    """

    async def go(settings: "Settings") -> "Manifest":
        from storage.backup import back_up  # noqa: PLC0415

        async with opened(settings) as store:
            with Bar("packing", 1) as bar:
                return await back_up(
                    store,
                    file,
                    files=settings.files_dir,
                    exports=settings.exports_dir,
                    made_by=version("sportello"),
                    now=datetime.now(UTC),
                    replace=force,
                    progress=bar.show,
                )

    made = work(go)
    click.echo(f"{file}: {_summary(made)}.")
    click.echo("ENCRYPTION_KEY is not in it; it takes that key to restore it.")


@click.command(epilog="Example: sportello restore /srv/backup/sportello-2026-11-24.zip")
@click.argument(
    "file",
    type=click.Path(exists=True, readable=True, dir_okay=False, path_type=Path),
    metavar="FILE",
)
@click.option(
    "--last-acquisition",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="The highest number of an acquisition whose files the company has: it takes each name"
    " once, so that the next ones must be numbered after it.",
)
def restore(file: Path, last_acquisition: int) -> None:
    """Restores a backup into an empty database and an empty DATA_DIR.

    Completely or not at all: a file that is incomplete, was changed, or was made with another key
    is refused before anything is written. The database may be of another kind than before, SQLite
    or PostgreSQL; it is migrated to what this version needs.
    """

    async def go(settings: "Settings") -> "Manifest":
        from storage.backup import restore as put_back  # noqa: PLC0415
        from storage.engine import open_store  # noqa: PLC0415

        vault = settings.vault()
        settings.make_folders()
        store = open_store(settings.database_url, vault)
        try:
            with Bar("unpacking", 1) as bar:
                return await put_back(
                    file,
                    store,
                    files=settings.files_dir,
                    exports=settings.exports_dir,
                    now=datetime.now(UTC),
                    last_acquisition=last_acquisition,
                    progress=bar.show,
                )
        finally:
            await store.close()

    found = work(go)
    click.echo(f"Restored what was there on {found.made_at}: {_summary(found)}.")
    following = max(last_acquisition, found.last_acquisition) + 1
    click.echo(
        f"The next acquisition has the number {following:06}. If the company has files of that"
        " number or later ones, empty everything and restore with --last-acquisition."
    )


def _summary(manifest: "Manifest") -> str:
    return (
        f"{manifest.rows} rows in {len(manifest.tables)} tables, {manifest.count('files')} kept"
        f" files, {manifest.count('exports')} files for the company"
    )
