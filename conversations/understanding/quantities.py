"""Classifies the numbers of a sentence: readings, years, days, amounts, house numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conversations.understanding.ideas import Sentence
from conversations.understanding.tokens import Kind, Token

_YEARS: Final = range(1990, 2051)
_LONGEST_CIVIC = 3
_DAYS_OF_MONTH = 31
_HOURS = 24
_CODE_DIGITS = 6
_COUNTERS: Final = {"METER": "meter", "METER_LABEL": "meter", "CORRECTOR": "corrector"}


@dataclass(frozen=True, slots=True)
class Quantities:
    """The numbers of a sentence by kind; see ``Meaning``."""

    numbers: tuple[str, ...]
    meter: str | None
    corrector: str | None
    year: int | None
    month: int | None
    code: str | None


def quantities_of(sentence: Sentence) -> Quantities:
    """Classify each number of the sentence by the words around it."""
    places = [i for i, token in enumerate(sentence.tokens) if token.kind is Kind.NUMBER]
    months = [month for month in sentence.months if month is not None]
    left = [i for i in places if not _is_of_other_kind(sentence, i)]
    dated = [i for i in left if _is_day(sentence, i) and len(left) > 1]
    left = [i for i in left if i not in dated]
    years = [i for i in left if _is_year(sentence, i)]
    counters = [i for i in left if i not in years]
    named = _named(sentence, counters)
    code = _code(sentence, counters)
    return Quantities(
        numbers=tuple(_typed(sentence.tokens[i]) for i in counters),
        meter=named.get("meter"),
        corrector=named.get("corrector"),
        year=_year(sentence, years),
        month=months[0] if months else None,
        code=code,
    )


def _typed(token: Token) -> str:
    return token.text.replace(" ", " ").strip()


def _before(sentence: Sentence, place: int, words: int = 1) -> frozenset[str]:
    """The ideas of the last words before a place."""
    return frozenset().union(*sentence.ideas[max(0, place - words) : place])


def _after(sentence: Sentence, place: int) -> frozenset[str]:
    return sentence.ideas[place + 1] if place + 1 < len(sentence.ideas) else frozenset()


def _is_of_other_kind(sentence: Sentence, place: int) -> bool:
    """Whether a number is an amount, an age, an hour, a house number, or a day of the month."""
    token = sentence.tokens[place]
    small = len(token.digits) <= _LONGEST_CIVIC
    if "UNIT" in _after(sentence, place) and "CUBIC" not in _after(sentence, place):
        return True
    if _before(sentence, place) & {"MONEY", "DATUM"}:  # «matricola 12345678»
        return True
    next_month = place + 1 < len(sentence.months) and sentence.months[place + 1] is not None
    if next_month and token.digits and int(token.digits) <= _DAYS_OF_MONTH:
        return True
    last_month = place > 0 and sentence.months[place - 1] is not None
    day_before = place > 1 and sentence.tokens[place - 2].kind is Kind.NUMBER
    if (
        last_month
        and day_before
        and len(token.digits) == len("1821")
        and int(token.digits) < _YEARS.stop
    ):
        return True
    if "HOUR" in _before(sentence, place) and int(token.digits or 0) <= _HOURS:
        return True
    # «via Mazzini 91», «corso della Repubblica 12»; a longer number after an address is a reading.
    return small and ("ADDRESS" in _before(sentence, place, 1) or _is_civic(sentence, place))


def _is_civic(sentence: Sentence, place: int) -> bool:
    for words in range(1, 5):
        at = place - words
        if at < 0 or sentence.tokens[at].kind is not Kind.WORD:
            return False
        ideas = sentence.ideas[at]
        if "ADDRESS" in ideas:
            return True
        if ideas - {"FILLER", "NUMBER"}:
            return False
    return False


def _is_day(sentence: Sentence, place: int) -> bool:
    """«lettura del 3: 45000»."""
    token = sentence.tokens[place]
    before = sentence.tokens[place - 1].text if place else ""
    return (
        before in {"del", "il", "al", "dal", "giorno", "di", "the", "am"}
        and token.text.isdigit()
        and 0 < int(token.text) <= _DAYS_OF_MONTH
    )


def _is_year(sentence: Sentence, place: int) -> bool:
    text = sentence.tokens[place].text
    if not (text.isdigit() and len(text) == len("2025") and int(text) in _YEARS):
        return False
    last_month = place > 0 and sentence.months[place - 1] is not None
    ideas = sentence.all_ideas
    about_years = ideas & {"INVOICE", "CONSUME", "MEASURE", "OWE", "READINGS", "DOCUMENT", "SPEND"}
    return (
        last_month
        or "YEAR" in _before(sentence, place, 2)
        or bool(about_years and not ideas & {"METER", "READING"})
    )


def _year(sentence: Sentence, places: Sequence[int]) -> int | None:
    if places:
        return int(sentence.tokens[places[0]].text)
    short = [token for token in sentence.tokens if token.kind is Kind.SHORT_YEAR]
    return 2000 + int(short[0].digits) if short else None


def _named(sentence: Sentence, counters: Sequence[int]) -> dict[str, str]:
    """The numbers of the meter and of the corrector, if words name them.

    The words before a number name it, «contatore 45000 correttore 91000»; words after it only if
    nothing is before the first.
    """
    named: dict[str, str] = {}
    start = 0
    for place in counters:
        for ideas in reversed(sentence.ideas[start:place]):
            found = next((_COUNTERS[idea] for idea in ideas if idea in _COUNTERS), None)
            if found is None and "READING" in ideas and len(counters) > 1:
                found = "meter"
            if found is not None and found not in named:
                named[found] = _typed(sentence.tokens[place])
                break
        start = place + 1
    return named


def _code(sentence: Sentence, counters: Sequence[int]) -> str | None:
    """The six digits that the text calls a code."""
    ideas = sentence.all_ideas
    if not ideas & {"CODE", "CUSTOMER"}:
        return None
    for place in counters:
        text = re.sub(r"[ .]", "", sentence.tokens[place].text)
        if text.isdigit() and len(text) == _CODE_DIGITS:
            return text
    return None
