"""``sportello review``: lists the self-readings that a person at the company should check."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from bot.commands.runtime import opened, work

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.models import OutcomeAside, Reading

_DAYS = 30
_MOST_DAYS = 3_650

_WORDS = {
    "meter_rollover": "the meter went past its highest number",
    "corrector_rollover": "the corrector went past its highest number",
    "past_ceiling": "more than the meter lets through, and sent all the same",
    "swapped": "meter and corrector looked swapped, and confirmed",
    "no_consumption": "no consumption, and confirmed",
    "unusually_high": "unusually high, and confirmed",
    "unusually_low": "unusually low, and confirmed",
    "corrector_ratio": "corrector and meter do not go together as usual, and confirmed",
    "meter_not_comparable": "the meter could not be compared: the last value has too many digits",
    "corrector_not_comparable": (
        "the corrector could not be compared: the last value has too many digits"
    ),
    "confirmed_unusual": "unusual, and confirmed",
    "differs_from_company": "letture.csv has another number",
}


@click.command(epilog="Example: sportello review --days 60")
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=_DAYS,
    show_default=True,
    help="How many days of readings to look at.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line, for scripts.")
def review(days: int, as_json: bool) -> None:
    """Lists self-readings that somebody at the company should check, and why.

    Those with a rollover that the customer declared, those that were unusual and confirmed, those
    that could not be compared with the last one, and those that differ from what the company's
    letture.csv has for the same day. They are acquired like all others. The newest come first;
    cancelled ones are left out. Below them are the distributor's outcomes that were set aside: with
    an unknown code, or of another number than the one that was handed over.
    """

    async def gather(settings: "Settings") -> "tuple[list[Reading], list[OutcomeAside]]":
        async with opened(settings) as store, store.reading() as unit:
            today = datetime.now(UTC).astimezone(settings.timezone).date()
            since = today - timedelta(days=days - 1)
            return (
                await unit.readings.to_review(since=since),
                await unit.outcomes.aside(since=since),
            )

    found, aside = work(gather)
    if as_json:
        for line in (*map(_as_json, found), *map(_aside_as_json, aside)):
            click.echo(json.dumps(line))
        return
    for reading in found:
        click.echo(_line(reading))
    for outcome in aside:
        click.echo(_aside_line(outcome))
    if not found and not aside:
        click.echo("nothing to review in these days")


def _line(reading: "Reading") -> str:
    corrector = "" if reading.corrector is None else f" + {reading.corrector}"
    reasons = "; ".join(_WORDS[reason] for reason in _reasons(reading))
    return (
        f"{reading.day:%Y-%m-%d}  {reading.supply_point.code:<15}"
        f"  {f'{reading.meter}{corrector}':<15}  {_standing(reading):<9}  {reasons}"
    )


def _reasons(reading: "Reading") -> list[str]:
    """The reasons why it is listed, in the order of ``_WORDS``."""
    found = {flag.value for flag in reading.flags}
    if reading.differs_from_company:
        found.add("differs_from_company")
    return [reason for reason in _WORDS if reason in found]


def _standing(reading: "Reading") -> str:
    """The state, or the distributor's outcome where there is one, as in ``stats``."""
    from storage.models import Outcome  # noqa: PLC0415

    outcome = reading.outcome
    return reading.state.value if outcome is Outcome.NONE else outcome.value


def _as_json(reading: "Reading") -> dict[str, Any]:
    return {
        "point": reading.supply_point.code,
        "day": reading.day.isoformat(),
        "meter": reading.meter,
        "corrector": reading.corrector,
        "state": _standing(reading),
        "reasons": _reasons(reading),
    }


_ASIDE_WORDS = {
    "unknown_code": "the distributor's outcome has a code that is not known",
    "other_numbers": "the distributor's outcome is of another number",
}


def _aside_line(outcome: "OutcomeAside") -> str:
    meter = "" if outcome.meter is None else str(outcome.meter)
    corrector = "" if outcome.corrector is None else f" + {outcome.corrector}"
    return (
        f"{outcome.day:%Y-%m-%d}  {outcome.supply_point.code:<15}"
        f"  {f'{meter}{corrector}':<15}  {outcome.code:<9}  {_ASIDE_WORDS[outcome.reason.value]}"
    )


def _aside_as_json(outcome: "OutcomeAside") -> dict[str, Any]:
    return {
        "point": outcome.supply_point.code,
        "day": outcome.day.isoformat(),
        "meter": outcome.meter,
        "corrector": outcome.corrector,
        "outcome": outcome.code,
        "reasons": [outcome.reason.value],
    }
