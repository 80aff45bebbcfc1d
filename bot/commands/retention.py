"""``sportello retention``: removes data that is no longer needed."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bot.commands.runtime import opened, work

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.retention import Removed

_WORDS = {
    "customers": "former customers, with all their data",
    "tickets": "closed tickets, with what was written in them",
    "attachments": "photographs and files of closed tickets",
    "link_attempts": "attempts to link",
    "exports": "files that were handed over",
}


@click.command(epilog="Example: sportello retention --dry-run")
@click.option("--dry-run", is_flag=True, help="Say what would go, and leave it.")
def retention(*, dry_run: bool) -> None:
    """Removes what is older than the settings KEEP_… say.

    `sportello run` does the same once a day. After an interruption, the next call continues. With
    --dry-run at most some hundreds of each kind are counted.
    """

    async def remove(settings: "Settings") -> "Removed":
        from storage.retention import remove_old  # noqa: PLC0415

        async with opened(settings) as store:
            return await remove_old(
                store,
                settings.retention,
                exports=settings.exports_dir,
                now=datetime.now(UTC),
                only_count=dry_run,
            )

    removed = work(remove)
    for kind, words in _WORDS.items():
        if number := getattr(removed, kind):
            click.echo(f"{number} {words}")
    if not removed.anything:
        click.echo("Nothing is older than its period.")
    elif dry_run:
        click.echo("Nothing was removed: this was a dry run.")
