"""From a text to its meaning."""

import re
from typing import Final

from conversations.understanding.emergencies import smells_of_gas
from conversations.understanding.ideas import Sentence, is_off, readings_of
from conversations.understanding.meaning import Intent, Meaning
from conversations.understanding.meanings import meaning_of
from conversations.understanding.normalising import visible
from conversations.understanding.quantities import Quantities, quantities_of
from conversations.understanding.tokens import Kind, Token, tokens_of
from conversations.understanding.vocabulary import FILLER, LANGUAGES, vocabulary

LONGEST_TEXT = 1200
"""How many characters of a text are read; longer ones say what they want before."""

_OF_ADDRESS = 2
"""The most unknown words in an address."""

_TELLING = 3
"""The digits that make a number a reading in a sentence that does not mention readings."""

_OF_A_COUNTER: Final = frozenset({"READING", "SELFREADING", "METER", "METER_LABEL", "CORRECTOR"})
_BESIDE_A_READING: Final = _OF_A_COUNTER | {
    "CUBIC", "READ", "GAS", "GREETING", "THANKS", "KIND", "GOOD", "OK", "YES", "NO", "NOT",
    "NUMBER", "DATE", "DAY", "SEND", "NEW", "LAST", "ADDRESS", "SEE", "CORRECT", "WRONG",
    "SELFREADING", "READINGS", "MY",
    "CHANGE", "HOWMUCH", "RELATIVE", "HOW", "RECEIVED", "CANCEL", "NOTRIGHT", "HELP",
}  # fmt: skip
_OF_A_TIME: Final = frozenset(
    {
        Intent.INVOICES,
        Intent.CONSUMPTION,
        Intent.MEASURES,
        Intent.READINGS,
        Intent.DOCUMENTS,
        Intent.COMPLAINT,
    }
)
_OTHER_MATTERS: Final = frozenset(
    {"INVOICE", "CONSUME", "OWE", "PAY", "MONEY", "CODE", "COMPLAINT"}
)


def understand(text: str) -> Meaning:
    """The meaning of a customer's text, and the values in it; never raises.

    A smell of gas comes first, in any language. The rest is read in the language that knows most of
    the words.
    """
    tokens = [token for token in tokens_of(text[:LONGEST_TEXT]) if _says_something(token)]
    sentences = readings_of(tokens)
    best = sentences[0]
    found = quantities_of(best)
    likely = [each for each in sentences if each.known * 2 >= best.known]
    if any(smells_of_gas(sentence) for sentence in likely):
        return _meaning(Intent.GAS_SMELL, best, found)
    if found.code is not None:
        return _meaning(Intent.CODE, best, found)
    if found.numbers and _is_reading(best, found):
        return _meaning(Intent.READING, best, found)
    if not tokens and visible(text).strip() and set(visible(text).split()) <= {"?", "??", "???"}:
        return _meaning(Intent.HELP, best, found)
    return _meaning(meaning_of(best), best, found)


def _says_something(token: Token) -> bool:
    """Whether a token is more than an unknown emoji."""
    signs = token.kind is Kind.WORD and not token.text[0].isalnum()
    return not signs or any(vocabulary(each).knows(token.text) for each in LANGUAGES)


def _meaning(intent: Intent | None, sentence: Sentence, found: Quantities) -> Meaning:
    return Meaning(
        intent=intent,
        numbers=found.numbers,
        meter=found.meter,
        corrector=found.corrector,
        year=found.year if intent in _OF_A_TIME else None,
        month=found.month if intent in _OF_A_TIME else None,
        code=found.code,
        words=tuple(sentence.unknown),
    )


def _is_reading(sentence: Sentence, found: Quantities) -> bool:
    """Whether the numbers are called a counter's, or nothing in the text says otherwise."""
    ideas = sentence.all_ideas - {FILLER}
    if is_off(sentence) or any(token.kind is Kind.OTHER for token in sentence.tokens):
        plain = ideas & {"SELFREADING", "METER", "CUBIC"} or {"READING", "GAS"} <= ideas
        return bool(plain) or ("READING" in ideas and not is_off(sentence))
    if ideas & _OF_A_COUNTER:
        return True
    if ideas & _OTHER_MATTERS:
        return False
    if ideas & {"CUBIC", "READ"} and len(sentence.unknown) <= 1:
        return True
    return ideas <= _BESIDE_A_READING and _stands_for_itself(sentence, found, ideas)


def _stands_for_itself(sentence: Sentence, found: Quantities, ideas: frozenset[str]) -> bool:
    """Whether a number without a word for counters is a reading all the same."""
    last = sentence.tokens[-1]
    if "ADDRESS" in ideas and last.kind is Kind.NUMBER and len(last.digits) >= _TELLING:
        # «via Manzoni 8: 4411»; a postal code comes before the name of a town.
        return len(sentence.unknown) <= _OF_ADDRESS
    # «siamo in 4» is no reading, «12» is.
    bare = all(FILLER not in each for each in sentence.ideas)
    telling = any(len(re.sub(r"[^0-9]", "", each)) >= _TELLING for each in found.numbers)
    return not sentence.unknown and (bare or telling)
