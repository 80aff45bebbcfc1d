"""Whole numbers as customers type them: what a counter shows, left of the decimal comma.

Only whole cubic metres are reported, so a decimal is always a mistake. ``45,000`` is a decimal too:
a comma is never read as a thousands separator (*Numbers* in the product's settled details).
"""

import re
from enum import Enum, unique
from typing import Final

from storage.rules.invisible import bare

LONGEST_TEXT = 40
"""Longer texts, in characters, are not read as a number."""

LONGEST_COUNTER = 9
"""Most digits of a bare number that is read as a reading: no counter in use has more."""

_UNIT = re.compile(r"(?<=[0-9])\s*(?:smc|sm3|sm³|mc|m3|m³)\.?$", re.IGNORECASE)
_SIGNS: Final = frozenset("+-\u2212\u2010\u2011\u2012\u2013\u2014")
# Separators by kind: phones replace a typed space or apostrophe by a typographic one.
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
    """The number that a counter of ``digits`` digits shows, or the first problem with the text.

    ``45000``, ``45.000``, ``45 000`` and ``45'000`` are one number: ASCII digits, without
    separators or in exact groups of three with one kind of separator. Leading zeros do not count as
    digits. A unit after the number (``mc``, ``m³``, ``Smc``) and a final full stop are ignored.
    ``45.5`` is reported as a decimal.

    Raises ``ValueError`` when ``digits`` is not positive: that comes from the supply point, not
    from the customer.
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
    """Whether a text sent outside any conversation is meant as a reading.

    True for a whole number of at most ``LONGEST_COUNTER`` digits, and for a decimal, which then
    gets its own explanation. False for telephone numbers, dates and supply point codes.
    """
    number = read_count(text, LONGEST_COUNTER)
    return isinstance(number, int) or number is NumberProblem.DECIMALS


def _wrong_characters(number: str) -> NumberProblem | None:
    """The problem with characters that are neither digits nor separators, the clearest first."""
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
