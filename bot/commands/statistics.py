"""``sportello stats``: shows how the service is used, in numbers."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click

from bot.commands.runtime import opened, work

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.settings import Settings
    from storage.engine import Store
    from storage.unit import ReadUnit

_DAYS = 14
_MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of ``stats``; counts only, no personal data.

    ``readings`` are self-readings by local day, newest first, and by state; ``outbox`` the messages
    that the bot sends unasked, by state; ``reminders`` the results of each kind of reminder in
    these days, and ``notices`` those of notices and announcements; ``linking`` the attempts at
    linking in these days, by outcome; ``to_review`` the self-readings of these days to check
    (``review``).
    """

    customers: int
    customers_linked: int
    chats_linked: int
    chats_blocked: int
    readings: dict[date, dict[str, int]]
    outbox: dict[str, int]
    reminders: dict[str, dict[str, int]]
    linking: dict[str, int]
    to_review: int
    notices: dict[str, dict[str, int]]
    inbox_waiting: int
    tickets_open: int
    tickets_waiting: int
    acquisitions: int
    last_acquisition: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "customers": self.customers,
            "customers_linked": self.customers_linked,
            "chats_linked": self.chats_linked,
            "chats_blocked": self.chats_blocked,
            "readings": {day.isoformat(): counts for day, counts in self.readings.items()},
            "outbox": self.outbox,
            "reminders": self.reminders,
            "linking": self.linking,
            "to_review": self.to_review,
            "notices": self.notices,
            "inbox_waiting": self.inbox_waiting,
            "tickets_open": self.tickets_open,
            "tickets_waiting": self.tickets_waiting,
            "acquisitions": self.acquisitions,
            "last_acquisition": self.last_acquisition and self.last_acquisition.isoformat(),
        }


@click.command(epilog="Example: sportello stats --days 30")
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=_DAYS,
    show_default=True,
    help="How many days of readings to show.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def stats(days: int, as_json: bool) -> None:
    """Shows customers linked, readings by state and day, results of reminders, and what is waiting.

    A reading counts for the last reminder that its chat got before it in the same window. A notice
    is answered where a reading came from its chat within two days.
    """

    async def gather(settings: "Settings") -> Statistics:
        async with opened(settings) as store:
            today = datetime.now(UTC).astimezone(settings.timezone).date()
            first = today - timedelta(days=days - 1)
            return await count(store, since=first, zone=settings.timezone)

    found = work(gather)
    if as_json:
        click.echo(json.dumps(found.as_json()))
    else:
        _tell(found)


async def count(store: "Store", *, since: date, zone: "ZoneInfo") -> Statistics:
    """Count everything in one read transaction.

    Args:
        store: the database.
        since: the first local day of readings and reminders to count.
        zone: of the local days.
    """
    from storage.rules.windows import local_instant  # noqa: PLC0415

    async with store.reading() as unit:
        figures = unit.figures
        reach, waiting = await figures.reach(), await figures.waiting()
        acquisitions, last_acquisition = await figures.acquisitions()
        effects = await unit.reminders.effects(since=local_instant(since, time(0), zone))
        return Statistics(
            customers=reach.customers,
            customers_linked=reach.customers_linked,
            chats_linked=reach.chats_linked,
            chats_blocked=reach.chats_blocked,
            readings=await figures.readings(since=since),
            outbox=await figures.messages(),
            reminders={kind: asdict(effect) for kind, effect in effects.items()},
            notices=await _notices(unit, since=local_instant(since, time(0), zone)),
            linking=await figures.linking(since=local_instant(since, time(0), zone)),
            to_review=await unit.readings.count_to_review(since=since),
            inbox_waiting=waiting.updates,
            tickets_open=await figures.tickets_open(),
            tickets_waiting=waiting.tickets,
            acquisitions=acquisitions,
            last_acquisition=last_acquisition,
        )


async def _notices(unit: "ReadUnit", *, since: datetime) -> dict[str, dict[str, int]]:
    from storage import notices  # noqa: PLC0415
    from storage.models import OutboxState  # noqa: PLC0415

    counted = (
        notices.ReadingOutcome,
        notices.ReadingAcquired,
        notices.NewInvoice,
        notices.WindowChanged,
        notices.Announced,
        notices.AnnouncedAtOnce,
    )
    kinds = tuple(each.kind for each in counted)
    counts = await unit.outbox.counts(kinds, since=since)
    answered = await unit.outbox.answered(kinds, since=since)
    waiting = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.HELD)
    return {
        kind: {
            "sent": by_state.get(OutboxState.SENT, 0),
            "answered": answered[kind],
            "failed": by_state.get(OutboxState.FAILED, 0),
            "outdated": by_state.get(OutboxState.OUTDATED, 0),
            "waiting": sum(by_state.get(state, 0) for state in waiting),
        }
        for kind, by_state in counts.items()
    }


_NOTICED = ("sent", "answered", "failed", "outdated", "waiting")
_EFFECTS = ("sent", "answered", "readings", "failed", "outdated", "waiting")
_STATES = ("pending", "claimed", "acquired", "valid", "refused", "cancelled")


def _tell(found: Statistics) -> None:
    click.echo(f"customers          {found.customers:>8}")
    click.echo(f"  linked           {found.customers_linked:>8}")
    click.echo(f"chats linked       {found.chats_linked:>8}")
    click.echo(f"  blocked the bot  {found.chats_blocked:>8}")
    last = found.last_acquisition
    when = f"  (last: {last:%Y-%m-%d %H:%M} UTC)" if last is not None else ""
    click.echo(f"acquisitions       {found.acquisitions:>8}{when}")
    click.echo(f"updates to answer  {found.inbox_waiting:>8}")
    click.echo(f"tickets open       {found.tickets_open:>8}")
    click.echo(f"  to be answered   {found.tickets_waiting:>8}")
    click.echo(f"readings to review {found.to_review:>8}")
    for state in ("queued", "sending", "held", "sent", "failed", "outdated"):
        click.echo(f"messages {state:<9} {found.outbox.get(state, 0):>8}")
    click.echo()
    click.echo("linking, in these days")
    for outcome, how_many in found.linking.items():
        click.echo(f"  {outcome.replace('_', ' '):<17}{how_many:>8}")
    click.echo()
    click.echo("reminders        " + "".join(f"{name:>10}" for name in _EFFECTS))
    for kind, effect in found.reminders.items():
        words = "  " + kind.removeprefix("reminder_").replace("_", " ")
        click.echo(f"{words:<17}" + "".join(f"{effect[name]:>10}" for name in _EFFECTS))
    click.echo()
    click.echo("notices               " + "".join(f"{name:>10}" for name in _NOTICED))
    for kind, effect in found.notices.items():
        words = "  " + kind.replace("_", " ")
        click.echo(f"{words:<22}" + "".join(f"{effect[name]:>10}" for name in _NOTICED))
    click.echo()
    click.echo("self-readings" + "".join(f"{state:>10}" for state in _STATES))
    for day, counts in found.readings.items():
        click.echo(f"{day:%Y-%m-%d}   " + "".join(f"{counts.get(s, 0):>10}" for s in _STATES))
    if not found.readings:
        click.echo("none in these days")
