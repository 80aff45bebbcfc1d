"""When pending readings are handed over to the company's system."""

import re
from datetime import UTC, datetime, timedelta

LONGEST_INTERVAL = timedelta(days=1)

_INTERVAL = re.compile(r"([0-9]{1,6})\s*([smh])")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_interval(text: str, longest: timedelta = LONGEST_INTERVAL) -> timedelta:
    """Parse a duration as settings write it: ``30m``, ``5s``, ``1h``.

    Raises ``ValueError`` with the expected form for anything else, for zero, and for more than
    *longest*, which is a whole number of hours.
    """
    match = _INTERVAL.fullmatch(text.strip().lower())
    if not match:
        raise ValueError("expected a number and a unit, such as 30m, 5s or 1h")
    interval = int(match[1]) * _UNITS[match[2]]
    if not interval:
        raise ValueError("expected an interval above zero, such as 30m, 5s or 1h")
    if interval > longest:
        raise ValueError(f"expected an interval of at most {longest // _UNITS['h']}h")
    return interval


def next_due(now: datetime, interval: timedelta) -> datetime:
    """The UTC instant of the next acquisition, always after ``now``.

    Acquisitions fall on multiples of the interval since 1970 in UTC, so every process computes the
    same instants and a restart changes none.

    Raises ``ValueError`` for a naive ``now`` or an interval that is not positive.
    """
    if now.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    if interval <= timedelta(0):
        raise ValueError("the interval must be above zero")
    return _EPOCH + ((now - _EPOCH) // interval + 1) * interval
