"""Where a self-reading can stand, and what is kept of it in between."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

NAME = "submit_reading"
"""What the conversation is kept under."""


class State(enum.Enum):
    POINT = "point"
    METER = "meter"
    CORRECTOR = "corrector"
    QUESTION = "question"
    SUMMARY = "summary"


@dataclass(slots=True)
class Draft:
    """What was typed and answered so far; everything it points to is read again at each step.

    ``bare`` and ``bare_corrector`` are numbers that came before their point was known. ``dials`` is
    what its numbers are read from (see ``dials_of``): an import may put another meter there
    meanwhile. ``shown_at`` is when the summary was shown, whose day the customer agreed to.
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
        """What *Scambia* does: other numbers raise other questions."""
        if self.meter is not None and self.corrector is not None:
            meter, corrector = self.corrector, self.meter
            self.forget_numbers()
            self.meter, self.corrector = meter, corrector

    def forget_numbers(self) -> None:
        """What *Correggi* does: other numbers raise other questions."""
        self.meter = self.corrector = None
        self.meter_rolled_over = self.corrector_rolled_over = False
        self.confirmed = []
        self.shown_at = None
