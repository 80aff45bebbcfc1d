"""``sportello customers``: what the operator can do for one customer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bot.commands.runtime import Refusal, opened, work

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.settings import Settings
    from storage.models import Customer
    from storage.rules.lockouts import LocksOfCustomer, Past
    from storage.unit import Unit


@click.group(epilog="Example: sportello customers unlock 028680")
def customers() -> None:
    """Helps a customer whom somebody locks out, or tries to.

    Works beside `sportello run`.
    """


@dataclass(frozen=True, slots=True)
class _Standing:
    """The state of linking for a customer."""

    past: "Past"
    locks: "LocksOfCustomer"
    chats: int
    chats_locked: int


@customers.command(epilog="Example: sportello customers unlock 028680 --show")
@click.argument("code")
@click.option("--show", is_flag=True, help="Only show the locks; lift none.")
def unlock(code: str, show: bool) -> None:
    """Shows what keeps people from linking customer CODE, and lifts it.

    Lifts the locks of this customer, and those of the chats that tried to link it: attempts until
    now no longer count, but stay in the audit. Check first (--show) whether it is the customer who
    asks.
    """

    async def look(settings: "Settings") -> _Standing:
        now = datetime.now(UTC)
        async with opened(settings) as store, store.unit() as unit:
            customer = await _customer(unit, code)
            standing = await _standing(unit, customer.code, now)
            _tell(standing, settings.timezone)
            if not show:
                await unit.linking.forgive(customer.code, now=now)
                await unit.commit()
            return standing

    standing = work(look)
    if show:
        return
    tried = standing.past.wrong_pairs or standing.past.wrong_codes or standing.past.mailed
    click.echo("lifted: who reads the customer's mail can link at once" if tried else "no locks")


async def _standing(unit: "Unit", code: str, now: datetime) -> _Standing:
    from storage.rules import lockouts  # noqa: PLC0415

    past = await unit.linking.past_of_customer(code, now=now)
    chats = await unit.linking.chats_that_tried(code, now=now)
    locked = 0
    for chat_id in chats:
        of_chat = await unit.linking.past_of_chat(chat_id, now=now)
        locked += isinstance(lockouts.of_chat(of_chat, now), lockouts.Locked)
    return _Standing(past, lockouts.of_customer(past, now), len(chats), locked)


def _tell(standing: _Standing, zone: "ZoneInfo") -> None:
    def until(instant: datetime | None, words: str) -> str:
        if instant is None:
            return ""
        return f"   until {instant.astimezone(zone):%Y-%m-%d %H:%M}: {words}"

    past, locks = standing.past, standing.locks
    pairs = until(locks.pairs, "pairs are answered by the mail alone")
    codes = until(locks.codes, "who typed a wrong code waits")
    mails = until(locks.mails, "who was mailed a code waits")
    locked = f"   {standing.chats_locked} of them locked" if standing.chats_locked else ""
    click.echo("in the last 14 days")
    click.echo(f"  wrong pairs   {len(past.wrong_pairs):>6}{pairs}")
    click.echo(f"  wrong codes   {len(past.wrong_codes):>6}{codes}")
    click.echo(f"  codes mailed  {len(past.mailed):>6}{mails}")
    click.echo(f"  by chats      {standing.chats:>6}{locked}")


@customers.command("keep-email", epilog="Example: sportello customers keep-email 028680")
@click.argument("code")
def keep_email(code: str) -> None:
    """Stops a change of the e-mail that customer CODE did not make.

    Possible while the new e-mail gives no access yet (EMAIL_CHANGE_DELAY): whoever reads the old
    address was told to call. The address becomes what it was, for codes and for the company, and
    every linked chat is told.
    """

    async def stop(settings: "Settings") -> None:
        now = datetime.now(UTC)
        async with opened(settings) as store, store.unit() as unit:
            customer = await _customer(unit, code)
            change = await unit.contacts.waiting_for_access(customer, now=now)
            if change is None:
                raise Refusal(
                    f"customer {customer.code} has no change of the e-mail that can be stopped"
                )
            await unit.contacts.stop(change, chat_id=None, now=now)
            await unit.commit()

    work(stop)
    click.echo("stopped: the e-mail is again what it was")


async def _customer(unit: "Unit", code: str) -> "Customer":
    from storage.rules.identifiers import read_customer_code  # noqa: PLC0415

    read = read_customer_code(code)
    if not isinstance(read, str):
        raise click.UsageError("CODE is a customer code: six digits")
    customer = await unit.customers.with_code(read)
    if customer is None:
        raise Refusal(f"there is no customer {read}")
    return customer
