"""The numbers in what a customer wrote for a reading, alone or inside a sentence."""

from dataclasses import dataclass

from conversations.understanding import Intent, Meaning
from storage.rules.numbers import NumberProblem, looks_like_count, read_count

_MANY_DIGITS = 20
_DIALS = 2
_TELLING = 4
"""Digits from which on two numbers without any word are two readings, not one badly grouped."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for each dial; *unclear* where two numbers are not told apart by words."""

    meter: str | None = None
    corrector: str | None = None
    unclear: bool = False


def holds_reading(text: str, meaning: Meaning) -> bool:
    """Whether a text, sent with nothing open, is meant as a reading that it has in it."""
    return looks_like_count(text) or (meaning.intent is Intent.READING and bool(meaning.numbers))


def numbers_in(text: str, meaning: Meaning) -> Typed:
    """The numbers for meter and corrector; a text without any is given back for the meter.

    A number by itself is taken as it is, so that what is wrong with it is told precisely.
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
    """Whether several groups of digits are one number that was grouped badly: ``45 00``."""
    grouped = alone is NumberProblem.GROUPING
    return grouped and any(sum(c.isdigit() for c in each) < _TELLING for each in found)
