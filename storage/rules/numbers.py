"""Whole numbers as customers type them: what a counter shows, left of the comma.

Only cubic metres left of the comma are reported, so that a decimal is always a mistake, and a
``45,000`` is a decimal too: the comma is never taken for a thousands separator (*Numbers* in the
product's settled details).
"""

import re
from enum import Enum, unique
from typing import Final

from storage.rules.invisible import bare

LONGEST_TEXT = 40
"""Characters past which a text is no number that anybody read from a counter."""

LONGEST_COUNTER = 9
"""Digits that a bare number may have to be taken for a reading: no counter in use shows more."""

_UNIT = re.compile(r"(?<=[0-9])\s*(?:smc|sm3|sm³|mc|m3|m³)\.?$", re.IGNORECASE)
_SIGNS: Final = frozenset("+-\u2212\u2010\u2011\u2012\u2013\u2014")
# Each kind under one name: phones replace a typed space or apostrophe by its typographic relative.
_SEPARATORS: Final = {
    ".": ".",
    " ": " ",
    "\u00a0": " ",
    "\u2009": " ",
    "\u202f": " ",
    "'": "'",
    "\u2019": "'",
}
_GROUPED = re.compile(r"[0-9]{1,3}(?:([. '])[0-9]{3})(?:\1[0-9]{3})*")
_POINT_AS_COMMA = re.compile(r"[0-9]+\.[0-9]{1,2}")


@unique
class NumberProblem(Enum):
    """Why a text is not a count of cubic metres."""

    EMPTY = "empty"
    SIGN = "sign"
    DECIMALS = "decimals"
    LETTERS = "letters"
    FOREIGN_DIGITS = "foreign_digits"
    GROUPING = "grouping"
    TOO_MANY_DIGITS = "too_many_digits"
    NOT_A_NUMBER = "not_a_number"
    TOO_LONG = "too_long"


def read_count(text: str, digits: int) -> int | NumberProblem:
    """The number that a counter of ``digits`` digits shows, or the first thing wrong with the text.

    ``45000``, ``45.000``, ``45 000`` and ``45'000`` are one number: ASCII digits, in exact groups
    of three by one kind of separator, or in none. Leading zeros do not count as digits, and a unit
    after the number (``mc``, ``m³``, ``Smc``) is passed over, and so is the full stop of a
    sentence. ``45.5`` is told as a decimal.

    Raises ``ValueError`` when ``digits`` is not positive: that is the supply point's data, not the
    customer's.
    """
    if digits < 1:
        raise ValueError("a counter has at least one digit")
    number = bare(text).strip()
    if number.endswith(".") and number[:-1].isdigit():
        number = number[:-1]  # the full stop of a sentence
    if not number:
        return NumberProblem.EMPTY
    if len(number) > LONGEST_TEXT:
        return NumberProblem.TOO_LONG
    number = "".join(_SEPARATORS.get(c, c) for c in _UNIT.sub("", number))
    if problem := _wrong_characters(number) or _wrong_grouping(number):
        return problem
    significant = re.sub(r"[. ']", "", number).lstrip("0")
    if len(significant) > digits:
        return NumberProblem.TOO_MANY_DIGITS
    return int(significant or "0")


def looks_like_count(text: str) -> bool:
    """Whether a text sent with no conversation open is meant as a reading.

    So is a whole number of at most ``LONGEST_COUNTER`` digits, and one with decimals, which then
    gets the precise answer. Telephone numbers, dates and supply point codes are not.
    """
    number = read_count(text, LONGEST_COUNTER)
    return isinstance(number, int) or number is NumberProblem.DECIMALS


def _wrong_characters(number: str) -> NumberProblem | None:
    """What of the text is no digit and no separator, the most telling first."""
    verdict: NumberProblem | None = None
    if any(c.isalpha() for c in number):
        verdict = NumberProblem.LETTERS
    elif any(c.isnumeric() and not c.isascii() for c in number):
        verdict = NumberProblem.FOREIGN_DIGITS
    elif not any(c.isdigit() for c in number):
        verdict = NumberProblem.NOT_A_NUMBER
    elif number[0] in _SIGNS or number[-1] in _SIGNS:
        verdict = NumberProblem.SIGN
    elif any(not c.isdigit() and c not in ",. '" for c in number):
        verdict = NumberProblem.NOT_A_NUMBER
    elif "," in number:
        verdict = NumberProblem.DECIMALS
    return verdict


def _wrong_grouping(number: str) -> NumberProblem | None:
    if number.isdigit() or _GROUPED.fullmatch(number):
        return None
    if _POINT_AS_COMMA.fullmatch(number):
        return NumberProblem.DECIMALS
    return NumberProblem.GROUPING
