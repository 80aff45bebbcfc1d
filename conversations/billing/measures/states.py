"""The states of choosing two dates, and their draft."""

import enum
from dataclasses import dataclass
from datetime import date


class State(enum.Enum):
    FIRST_DAY = "first_day"
    LAST_DAY = "last_day"


@dataclass(slots=True)
class Draft:
    """The point, and the first day once it is chosen."""

    supply_point_id: int = 0
    first: date | None = None
