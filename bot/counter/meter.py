"""What is counted of updates while the program runs; it begins at nought with each start."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum


class Turns(Enum):
    """What became of an update."""

    HANDLED = "handled"
    APOLOGISED = "apologised"  # a step failed: the customer has a number, and the log has it too
    PUT_OFF = "put_off"  # the database was away; it comes again
    FLOODED = "flooded"  # one too many of its chat


@dataclass(slots=True)
class Meter:
    """How many updates there were, by what became of them, and mails that were not taken."""

    turns: Counter[Turns] = field(default_factory=Counter)
    mails_failed: Counter[str] = field(default_factory=Counter)
