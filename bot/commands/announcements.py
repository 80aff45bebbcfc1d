"""``sportello announce``: sends a message from the operator to many customers."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.progress import Bar
from bot.commands.runtime import Refusal, expected_errors, opened, work

if TYPE_CHECKING:
    from bot.announcing import Draft
    from bot.settings import Settings
    from storage.engine import Store
    from storage.models import Announcement
    from storage.repositories.announcements import Standing

_LOOK_EVERY = 0.5
_SILENCE_IS_WORTH_A_LINE = 15.0
_LASTS = timedelta(days=3)


@click.command(epilog="Example: sportello announce --yes --no-wait avviso.txt")
@click.argument("file", type=click.Path(exists=True, readable=True, dir_okay=False, path_type=Path))
@click.option("--yes", "sure", is_flag=True, help="Do not ask before it goes out.")
@click.option(
    "--wait/--no-wait",
    default=True,
    help="Watch until it has been sent; without, only put it into the outbox.",
)
@click.option(
    "--at-once", is_flag=True, help="Do not heed the customers' quiet hours: for emergencies."
)
def announce(file: Path, sure: bool, wait: bool, at_once: bool) -> None:
    """Announces what FILE says to all linked customers, or to some of them.

    FILE begins with lines `whom: all` (or gas, electricity, or the name of a file with a customer
    code on each line) and, if there is a picture, `picture: name.jpg`; then a line `---`, then the
    text, which may use <b>, <i>, <u>, <s>, <code> and <a href="…">. Shows what will be sent and to
    how many, asks, and lets `sportello run` send it. Announcing the same file again continues where
    it stopped, and sends it to nobody twice.
    """
    from bot.announcing import read_draft  # noqa: PLC0415

    with expected_errors():
        draft = read_draft(file)
    _preview(draft)

    async def go(settings: "Settings") -> None:
        async with opened(settings) as store:
            await _announce(settings, store, draft, sure=sure, wait=wait, at_once=at_once)

    work(go)


def _preview(draft: "Draft") -> None:
    line = "─" * 60
    click.echo(line)
    if draft.picture is not None:
        click.echo(f"[{draft.picture_name}, {len(draft.picture) // 1024 + 1} KB]")
    click.echo(draft.text)
    click.echo(line)


async def _announce(
    settings: "Settings", store: "Store", draft: "Draft", *, sure: bool, wait: bool, at_once: bool
) -> None:
    from bot.announcing import keep, put_into_outbox, unknown_codes  # noqa: PLC0415

    now = datetime.now(UTC)
    today = now.astimezone(settings.timezone).date()
    if strangers := await unknown_codes(store, draft):
        raise Refusal("\n".join(f"no customer has the code {code}" for code in strangers))
    async with store.reading() as unit:
        known = await unit.announcements.by_digest(draft.digest)
        chats, blocked = await unit.announcements.count_chats(
            draft.audience, draft.codes, today=today
        )
    if known is not None and known.queued_at is not None:
        click.echo(f"This was announced on {known.made_at:%Y-%m-%d %H:%M} UTC already.")
    else:
        _ask(draft, chats, blocked, sure=sure)
        announcement = known or await keep(settings, store, draft, now=now)
        with Bar("queueing", chats) as bar:
            await put_into_outbox(
                settings,
                store,
                announcement,
                draft.codes,
                at_once=at_once,
                not_after=now + _LASTS,
                progress=bar.show,
            )
        known = announcement
    if wait:
        await _watch(store, known)
    else:
        click.echo("It is in the outbox; `sportello run` sends it.")


def _ask(draft: "Draft", chats: int, blocked: int, *, sure: bool) -> None:
    away = f" ({blocked} more have blocked the bot)" if blocked else ""
    click.echo(f"To {draft.whom}: {chats} chats{away}.")
    if not chats:
        raise Refusal("nobody to announce it to")
    if not sure and not click.confirm(f"Send it to {chats} chats?", default=False):
        raise Refusal("not sent")


async def _watch(store: "Store", announcement: "Announcement") -> None:
    """Show the progress until nothing is left to send, then the result."""
    from storage.models import OutboxState  # noqa: PLC0415

    still_for = 0.0
    ended = -1
    standing = await _standing(store, announcement)
    with Bar("sending", standing.total - standing.later) as bar:
        while standing.under_way > 0:
            done = standing.total - standing.later - standing.under_way
            bar.show(done)
            still_for = 0.0 if done != ended else still_for + _LOOK_EVERY
            ended = done
            if still_for == _SILENCE_IS_WORTH_A_LINE:
                click.echo("Nothing moves: is `sportello run` at work?", err=True)
            await asyncio.sleep(_LOOK_EVERY)
            standing = await _standing(store, announcement)
        bar.show(standing.total - standing.later)
    words = {
        OutboxState.SENT: "sent",
        OutboxState.HELD: "blocked the bot",
        OutboxState.OUTDATED: "unlinked or too late",
        OutboxState.FAILED: "failed",
    }
    for state, word in words.items():
        if number := standing.count(state):
            click.echo(f"{word:<22}{number:>8}")
    if standing.later:
        click.echo(f"{'wait for their hours':<22}{standing.later:>8}")


async def _standing(store: "Store", announcement: "Announcement") -> "Standing":
    async with store.reading() as unit:
        return await unit.announcements.standing(announcement.id, datetime.now(UTC))
