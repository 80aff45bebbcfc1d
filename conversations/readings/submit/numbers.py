"""Finds the numbers of a reading in a customer's text, alone or in a sentence."""

from dataclasses import dataclass

from conversations.understanding import Intent, Meaning
from storage.rules.numbers import NumberProblem, looks_like_count, read_count

_MANY_DIGITS = 20
_DIALS = 2
_TELLING = 4
"""From this many digits on, two numbers are two readings, not one number badly grouped."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The number typed for each dial; *unclear* if no words tell two numbers apart."""

    meter: str | None = None
    corrector: str | None = None
    unclear: bool = False


def holds_reading(text: str, meaning: Meaning) -> bool:
    """Whether a text, sent while nothing is open, contains a reading."""
    return looks_like_count(text) or (meaning.intent is Intent.READING and bool(meaning.numbers))


def numbers_in(text: str, meaning: Meaning) -> Typed:
    """The numbers for meter and corrector; a text without numbers is returned for the meter.

    A text that is one number is returned unchanged, so that its exact problem can be told.
    """
    alone = read_count(text, _MANY_DIGITS)
    found = meaning.numbers
    if isinstance(alone, int) or not found or (len(found) > 1 and _is_one(alone, found)):
        return Typed(meter=text)
    if len(found) == 1:
        return Typed(corrector=found[0]) if meaning.corrector else Typed(meter=found[0])
    if len(found) == _DIALS and meaning.meter and meaning.corrector:
        return Typed(meter=meaning.meter, corrector=meaning.corrector)
    return Typed(unclear=True)


def _is_one(alone: NumberProblem, found: tuple[str, ...]) -> bool:
    """Whether several groups of digits are one badly grouped number: ``45 00``."""
    grouped = alone is NumberProblem.GROUPING
    return grouped and any(sum(c.isdigit() for c in each) < _TELLING for each in found)
