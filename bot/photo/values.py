"""What is known before a photo is read, and what a reading of it says. Nothing here needs OCR."""

from dataclasses import dataclass
from enum import Enum, unique

CERTAIN = 0.98
"""A digit below this probability is shown as uncertain."""


@unique
class Why(Enum):
    """Why no number is proposed."""

    NOT_A_PICTURE = "not a picture"
    NO_COUNTER = "no counter found"
    UNCERTAIN = "more than one number is likely"
    OUT_OF_RANGE = "the number seen is not plausible"
    TOO_LONG = "reading took too long"
    FAILED = "the worker process ended"


@unique
class Serial(Enum):
    """Whether the serial number of the meter was seen on the photo."""

    NOT_SEEN = "not seen"
    MATCHES = "matches"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class KnownDial:
    """What is known of one counter.

    Args:
        digits: how many digits stand left of the comma.
        last: the last reading in whole cubic metres, or None where there is none.
        low: the least plausible reading.
        high: the greatest plausible one; a counter that passes zero has ``high < low``.
    """

    digits: int
    last: int | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the meter on the photo, and of its corrector where it has one."""

    meter: KnownDial
    corrector: KnownDial | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A number to propose: digits with their zeros, and the probability of each digit."""

    digits: str
    certainty: tuple[float, ...]

    @property
    def value(self) -> int:
        """The number in whole cubic metres."""
        return int(self.digits)

    @property
    def uncertain(self) -> tuple[int, ...]:
        """The places (0 is the first digit) that the customer should look at."""
        return tuple(
            place for place, probability in enumerate(self.certainty) if probability < CERTAIN
        )


@dataclass(frozen=True, slots=True)
class Declined:
    """No number is proposed."""

    why: Why


@dataclass(frozen=True, slots=True)
class PhotoReading:
    """What one photo shows.

    Args:
        meter: the number of the meter, or why there is none.
        corrector: the same for the corrector; None where the meter has none.
        serial: whether the meter's serial number was seen.
        shows: what an electronic display says it shows (``m³``, ``Vb``, ``Vm``), or None.
    """

    meter: Proposed | Declined
    corrector: Proposed | Declined | None = None
    serial: Serial = Serial.NOT_SEEN
    shows: str | None = None
