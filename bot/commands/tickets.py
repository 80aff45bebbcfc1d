"""``sportello tickets``: reads and answers customers' messages to the staff.

It works beside ``sportello run``, which sends the answers, with or without a staff group. What
customers write is shown on the operator's terminal and nowhere else.
"""

import json
import os
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.runtime import Refusal, opened, work

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.settings import Settings
    from storage.engine import Store
    from storage.models import Ticket, TicketFile, TicketMessage
    from storage.repositories.tickets import Answered
    from storage.unit import ReadUnit

_NUMBER = click.IntRange(1, 2**31 - 1)
_FROM_INPUT = "-"
_MOST_WORDS = 8_000
_LONGEST_NAME = 100
_HEAD = "number  state     last word         customer"


@click.group(epilog="Example: sportello tickets answer 12 'Abbiamo corretto la bolletta.'")
def tickets() -> None:
    """Lists, shows, answers and closes customers' messages to the staff.

    Works beside `sportello run`, which delivers the answers. Where STAFF_CHAT_ID is set, the
    staff's group is told as well.
    """


@tickets.command("list", epilog="Example: sportello tickets list --all")
@click.option("--all", "closed", is_flag=True, help="The closed ones as well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line, for scripts.")
def list_(closed: bool, as_json: bool) -> None:
    """Lists the open tickets, the one that has waited longest first."""

    async def gather(settings: "Settings") -> None:
        async with opened(settings) as store, store.reading() as unit:
            found = await unit.tickets.listed(closed=closed)
        if found and not as_json:
            click.echo(_HEAD)
        for ticket in found:
            if as_json:
                click.echo(json.dumps(_as_json(ticket), ensure_ascii=False))
            else:
                click.echo(_line(ticket, settings.timezone))
        if not found and not as_json:
            click.echo("no tickets" if closed else "no open tickets")

    work(gather)


@tickets.command(epilog="Example: sportello tickets show 17 --save /srv/tickets/17")
@click.argument("number", type=_NUMBER)
@click.option(
    "--save",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also put the photos and files of the ticket into this folder.",
)
def show(number: int, folder: Path | None) -> None:
    """Shows ticket NUMBER with all of its messages.

    With --save, photos and files are written into a folder, unencrypted; nothing in it is
    overwritten. Ends with 1 if one of them is missing.
    """

    async def gather(settings: "Settings") -> int:
        async with opened(settings) as store:
            async with store.reading() as unit:
                ticket = await _ticket(unit, number)
                messages = await unit.tickets.messages(ticket.id)
            _tell(ticket, messages, settings.timezone)
            return 0 if folder is None else await _save(settings, store, messages, folder)

    if missing := work(gather):
        raise Refusal(f"{missing} of the files could not be had")


@tickets.command(epilog='Example: sportello tickets answer 17 "Buongiorno, la fattura è corretta."')
@click.argument("number", type=_NUMBER)
@click.argument("text")
def answer(number: int, text: str) -> None:
    """Answers ticket NUMBER with TEXT; a TEXT of `-` is read from standard input."""
    words = (sys.stdin.read() if text == _FROM_INPUT else text).strip()
    if not words:
        raise click.UsageError("there is nothing in TEXT to answer with")
    if len(words) > _MOST_WORDS:
        raise click.UsageError(f"TEXT has {len(words)} characters; {_MOST_WORDS} is the most")

    async def give(settings: "Settings") -> "Answered":
        async with opened(settings) as store, store.unit() as unit:
            ticket = await _ticket(unit, number)
            group = await unit.tickets.staff_group(settings.staff_chat_id)
            given = await unit.tickets.answer(ticket, words, tell_staff=group, now=_now())
            if given is None:
                raise Refusal(
                    f"ticket {number} is closed; `sportello tickets reopen {number}` opens it again"
                )
            await unit.commit()
            return given

    given = work(give)
    blocked = sum(chat.blocked_at is not None for chat in given.recipients)
    if not given.recipients:
        click.echo("Kept with the ticket; no chat is linked to its customer, so nobody reads it.")
    elif blocked == len(given.recipients):
        click.echo("Kept; the customer has blocked the bot and gets it when they come back.")
    else:
        click.echo("Answered; `sportello run` sends it.")


@tickets.command(epilog="Example: sportello tickets close 17")
@click.argument("number", type=_NUMBER)
def close(number: int) -> None:
    """Closes ticket NUMBER and tells the customer; closing a closed one changes nothing."""
    if work(lambda settings: _set_state(settings, number, is_open=False)):
        click.echo("Closed; `sportello run` tells the customer.")
    else:
        click.echo("It is closed already.")


@tickets.command(epilog="Example: sportello tickets reopen 17")
@click.argument("number", type=_NUMBER)
def reopen(number: int) -> None:
    """Reopens ticket NUMBER; reopening an open one changes nothing."""
    if work(lambda settings: _set_state(settings, number, is_open=True)):
        click.echo("Open again.")
    else:
        click.echo("It is open already.")


async def _set_state(settings: "Settings", number: int, *, is_open: bool) -> bool:
    async with opened(settings) as store, store.unit() as unit:
        ticket = await _ticket(unit, number)
        group = await unit.tickets.staff_group(settings.staff_chat_id)
        change = unit.tickets.reopen if is_open else unit.tickets.close
        changed = await change(ticket, staff_group=group, now=_now())
        await unit.commit()
        return changed


async def _ticket(unit: "ReadUnit", number: int) -> "Ticket":
    """The ticket of that number.

    Raises:
        Refusal: there is none.
    """
    ticket = await unit.tickets.by_id(number)
    if ticket is None:
        raise Refusal(f"there is no ticket {number}")
    return ticket


def _now() -> datetime:
    return datetime.now(UTC)


# -- what is shown --


def _line(ticket: "Ticket", zone: "ZoneInfo") -> str:
    subject = shown(ticket.subject).replace("\n", " ")
    return (
        f"{ticket.id:>6}  {_standing(ticket):<8}  {_local(ticket.changed_at, zone)}"
        f"  {ticket.customer.code}  {shown(ticket.customer.name)} · {subject}"
    )


def _standing(ticket: "Ticket") -> str:
    """Whose answer it waits for."""
    from storage.models import TicketAuthor, TicketState  # noqa: PLC0415

    if ticket.state is TicketState.CLOSED:
        return "closed"
    return "waits" if ticket.last_author is TicketAuthor.CUSTOMER else "answered"


def _as_json(ticket: "Ticket") -> dict[str, Any]:
    return {
        "number": ticket.id,
        "state": _standing(ticket),
        "customer": ticket.customer.code,
        "subject": ticket.subject,
        "opened_at": ticket.opened_at.isoformat(),
        "changed_at": ticket.changed_at.isoformat(),
        "closed_at": ticket.closed_at and ticket.closed_at.isoformat(),
    }


def _tell(ticket: "Ticket", messages: "list[TicketMessage]", zone: "ZoneInfo") -> None:
    from storage.models import TicketAuthor  # noqa: PLC0415

    customer = ticket.customer
    click.echo(f"Ticket {ticket.id} ({_standing(ticket)}): {shown(ticket.subject)}")
    click.echo(f"Customer {customer.code}, {shown(customer.name)}")
    click.echo(f"Opened {_local(ticket.opened_at, zone)}")
    if ticket.closed_at is not None:
        click.echo(f"Closed {_local(ticket.closed_at, zone)}")
    for message in messages:
        who = "customer" if message.author is TicketAuthor.CUSTOMER else "staff"
        click.echo(f"\n── {who}, {_local(message.at, zone)}")
        if message.words:
            click.echo(shown(message.words))
        for file in message.files:
            click.echo(f"[{shown(file.name)}{_size(file)}{_whereabouts(file)}]")


def _local(instant: datetime, zone: "ZoneInfo") -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _size(file: "TicketFile") -> str:
    return f", {file.size // 1024 + 1} KB" if file.size is not None else ""


def _whereabouts(file: "TicketFile") -> str:
    if file.lost:
        return ", lost: Telegram does not give it out"
    return "" if file.room_name is not None else ", not fetched yet"


def shown(text: str) -> str:
    """A customer's text, made safe for a terminal.

    Control characters, and those that change the direction of writing, are replaced: a customer
    must not be able to clear the operator's screen or type on it.
    """
    return "".join(
        sign if sign in "\n\t" or not _steers(sign) else "\N{REPLACEMENT CHARACTER}"
        for sign in text
    )


def _steers(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc" or unicodedata.bidirectional(sign) in {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip


# -- photos and files --


async def _save(
    settings: "Settings", store: "Store", messages: "list[TicketMessage]", folder: Path
) -> int:
    """Write a ticket's files into a folder; return how many are missing."""
    from storage.files import FileGoneError, FileStore  # noqa: PLC0415

    files = FileStore(settings.files_dir, store.vault)
    missing = 0
    click.echo()
    for file in (file for message in messages for file in message.files):
        if file.room_name is None:
            missing += 1
            continue
        try:
            content = await files.read(file.room_name)
        except FileGoneError as gone:
            click.echo(f"{shown(file.name)}: {gone.reason}", err=True)
            missing += 1
            continue
        path = folder / f"{file.id:06d}-{_safe_name(file.name)}"
        click.echo(f"{path}{_put(path, content)}")
    return missing


def _put(path: Path, content: bytes) -> str:
    """Write a file that only the operator may read; return a remark if it exists already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "xb", opener=_for_owner) as file:
            file.write(content)
    except FileExistsError:
        if path.read_bytes() != content:
            raise Refusal(f"{path} is there already, with something else in it") from None
        return " (was there already)"
    return ""


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _safe_name(name: str) -> str:
    """A customer's name for a file, made safe so that it cannot lead out of a folder."""
    kept = "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in name).strip(". ")
    return kept[-_LONGEST_NAME:] or "file"
