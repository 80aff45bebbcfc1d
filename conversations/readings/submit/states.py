"""The states of a self-reading, and its draft."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

NAME = "submit_reading"
"""The name of the conversation."""


class State(enum.Enum):
    POINT = "point"
    METER = "meter"
    CORRECTOR = "corrector"
    QUESTION = "question"
    SUMMARY = "summary"


@dataclass(slots=True)
class Draft:
    """The numbers and answers so far; everything else is read again at each step.

    ``bare`` and ``bare_corrector`` are numbers sent before their point was known. ``dials`` are the
    counters that the numbers are from (see ``dials_of``): an import may change them meanwhile.
    ``shown_at`` is when the summary was shown, whose day the customer agreed to.
    """

    supply_point_id: int | None = None
    bare: str | None = None
    bare_corrector: str | None = None
    dials: list[str | None] = field(default_factory=list)
    meter: int | None = None
    corrector: int | None = None
    meter_rolled_over: bool = False
    corrector_rolled_over: bool = False
    confirmed: list[str] = field(default_factory=list)
    shown_at: datetime | None = None

    def swap_numbers(self) -> None:
        """Swap the numbers (*Scambia*); the answers to questions are cleared."""
        if self.meter is not None and self.corrector is not None:
            meter, corrector = self.corrector, self.meter
            self.forget_numbers()
            self.meter, self.corrector = meter, corrector

    def forget_numbers(self) -> None:
        """Clear the numbers and answers (*Correggi*)."""
        self.meter = self.corrector = None
        self.meter_rolled_over = self.corrector_rolled_over = False
        self.confirmed = []
        self.shown_at = None
