"""Counts updates by result; the counters begin at zero with each start."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum


class Turns(Enum):
    """The result of an update."""

    HANDLED = "handled"
    APOLOGISED = "apologised"  # a step failed: the customer got a reference that is in the log
    PUT_OFF = "put_off"  # the database was unavailable; it is tried again
    FLOODED = "flooded"  # beyond its chat's limit


@dataclass(slots=True)
class Meter:
    """The number of updates by result, and of mails that were not accepted."""

    turns: Counter[Turns] = field(default_factory=Counter)
    mails_failed: Counter[str] = field(default_factory=Counter)
