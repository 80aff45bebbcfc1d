"""The ``sportello`` command; ``bot.commands`` has its sub-commands."""

from importlib.metadata import version

import click

from bot.commands.announcements import announce
from bot.commands.backups import backup, restore
from bot.commands.customers import customers
from bot.commands.database import db
from bot.commands.exchange import acquire, import_, outcomes
from bot.commands.health import check
from bot.commands.invoices import qr
from bot.commands.retention import retention
from bot.commands.review import review
from bot.commands.service import demo, run
from bot.commands.statistics import stats
from bot.commands.tickets import tickets


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings come from the environment and from `.env` in the current folder; see"
    " `.env.example`. Exit codes: 0 done, 1 refused, 2 wrong use.",
)
@click.version_option(version("sportello"), package_name="sportello")
def main() -> None:
    """Sportello: the service counter of a gas and electricity supplier, on Telegram."""


for command in (
    run,
    demo,
    check,
    db,
    import_,
    acquire,
    outcomes,
    announce,
    stats,
    review,
    retention,
    backup,
    restore,
    qr,
    tickets,
    customers,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
