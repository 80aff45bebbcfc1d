"""For how long what is not needed any more is kept."""

import re
from dataclasses import dataclass
from datetime import timedelta

_PERIOD = re.compile(r"([0-9]{1,5})\s*([dmy])")
_DAYS = {"d": 1, "m": 30, "y": 365}
_NEVER = "never"
LONGEST = timedelta(days=100 * 365)


def parse_period(text: str) -> timedelta | None:
    """A period as settings write it: ``90d``, ``6m`` (of 30 days), ``10y`` (of 365), ``never``.

    None means that nothing is ever removed. Raises ``ValueError``, with what was expected, for
    anything else, for zero, and past a hundred years.
    """
    words = text.strip().lower()
    if words == _NEVER:
        return None
    match = _PERIOD.fullmatch(words)
    if not match or not int(match[1]):
        raise ValueError("expected a number and a unit, such as 90d, 6m or 10y, or never")
    period = timedelta(days=int(match[1]) * _DAYS[match[2]])
    if period > LONGEST:
        raise ValueError("expected at most 100y")
    return period


@dataclass(frozen=True, slots=True)
class Retention:
    """Periods; None keeps for ever.

    Args:
        customers: data of a customer whose last supply has ended, after everything of theirs.
        tickets: closed tickets, and what was written in them.
        attachments: photographs and files of closed tickets.
        link_attempts: attempts to link, and what was mailed for them.
        exports: files handed over to the company's system.
    """

    customers: timedelta | None = timedelta(days=10 * 365)
    tickets: timedelta | None = timedelta(days=2 * 365)
    attachments: timedelta | None = timedelta(days=180)
    link_attempts: timedelta | None = timedelta(days=90)
    exports: timedelta | None = timedelta(days=365)


DEFAULT = Retention()
"""The periods where the operator sets none."""
