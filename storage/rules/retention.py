"""How long data is kept that is no longer needed."""

import re
from dataclasses import dataclass
from datetime import timedelta

_PERIOD = re.compile(r"([0-9]{1,5})\s*([dmy])")
_DAYS = {"d": 1, "m": 30, "y": 365}
_NEVER = "never"
LONGEST = timedelta(days=100 * 365)


def parse_period(text: str) -> timedelta | None:
    """A period as settings write it: ``90d``, ``6m`` (of 30 days), ``10y`` (of 365), ``never``.

    None means that nothing is ever removed. Raises ``ValueError`` with the expected form for
    anything else, for zero, and for more than a hundred years.
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
    """Periods after which data is removed; None keeps it for ever.

    Args:
        customers: data of a customer whose last supply has ended, counted from their latest record.
        tickets: closed tickets with their messages.
        attachments: photos and files of closed tickets.
        link_attempts: attempts to link, with the codes mailed for them.
        exports: files handed over to the company's system.
    """

    customers: timedelta | None = timedelta(days=10 * 365)
    tickets: timedelta | None = timedelta(days=2 * 365)
    attachments: timedelta | None = timedelta(days=180)
    link_attempts: timedelta | None = timedelta(days=90)
    exports: timedelta | None = timedelta(days=365)


DEFAULT = Retention()
"""The default periods."""
