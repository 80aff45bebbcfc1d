"""``sportello check``: tests whether everything is in place."""

from typing import TYPE_CHECKING

import click

from bot.commands.runtime import REFUSED, Refusal, work

if TYPE_CHECKING:
    from bot.settings import Settings

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


@click.command(epilog="Example: sportello check && sportello run")
@click.pass_context
def check(context: click.Context) -> None:
    """Shows what is set, reachable and missing: settings, folders, database, mail, Telegram.

    Changes nothing and sends nothing to anybody. Ends with 1 if something fails that
    `sportello run` needs; warnings alone end with 0.
    """
    from bot.settings import unknown_names  # noqa: PLC0415

    for name in unknown_names():
        _tell("warning", name, "stands in .env and is no setting; a typing mistake?")
    try:
        failures = work(_check)
    except Refusal as refusal:  # settings of a wrong form: nothing else can be tested
        for line in refusal.message.splitlines():
            subject, _, words = line.partition(": ")
            _tell("failed", subject, words)
        failures = 1
    if failures:
        context.exit(REFUSED)


async def _check(settings: "Settings") -> int:
    """Show each finding as it comes; return how many are in the way."""
    from bot.check import Level, examine  # noqa: PLC0415

    failures = 0
    async for finding in examine(settings):
        failures += finding.level is Level.FAILED
        _tell(finding.level.value, finding.subject, finding.words)
    return failures


def _tell(level: str, subject: str, words: str) -> None:
    click.echo(f"{click.style(f'{level:<8}', fg=_COLOURS[level])} {subject}: {words}")
