"""Finds answers to the questions of linking in sentences."""

from collections.abc import Iterator

from conversations.understanding import Meaning
from storage.rules.identifiers import (
    COMPANY_TAX_ID_LENGTH,
    CUSTOMER_CODE_LENGTH,
    PERSONAL_TAX_ID_LENGTH,
    TaxIdProblem,
    normalise_tax_id,
    read_tax_id,
)

_AROUND_A_WORD = ".,;:!?()«»\"'"
_ATTEMPT = COMPANY_TAX_ID_LENGTH - 2
"""From this length on, a word with a digit may be a mistyped or truncated tax code."""
_WORDS_OF_AN_ATTEMPT = 6
"""The most groups into which a typed code may be split."""


def six_digits(meaning: Meaning) -> str | None:
    """The code of six digits in a sentence: called one, or the only number with six digits."""
    if meaning.code is not None:
        return meaning.code
    bare = meaning.number or ""
    digits = "".join(c for c in bare if c not in " .'")
    found = digits.isascii() and digits.isdigit() and len(digits) == CUSTOMER_CODE_LENGTH
    return digits if found else None


def tax_id_in(text: str) -> str | TaxIdProblem | None:
    """The tax code in a text, alone or in a sentence; or what is wrong with one.

    ``None`` for a sentence without any, which is no answer and need not be deleted.
    """
    alone = read_tax_id(text)
    if not isinstance(alone, TaxIdProblem):
        return alone
    words = [word.strip(_AROUND_A_WORD) for word in text.split()]
    for candidate in _candidates(words):
        found = read_tax_id(candidate)
        if not isinstance(found, TaxIdProblem):
            return found
    return alone if _was_tried(text, words) else None


def _candidates(words: list[str]) -> Iterator[str]:
    """Each word, and neighbouring words that are as long as a tax code together."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + _WORDS_OF_AN_ATTEMPT, len(words)) + 1):
            joined = "".join(words[start:end])
            if len(joined) in {COMPANY_TAX_ID_LENGTH, PERSONAL_TAX_ID_LENGTH}:
                yield joined


def _was_tried(text: str, words: list[str]) -> bool:
    if any(len(word) >= _ATTEMPT and any(c.isdigit() for c in word) for word in words):
        return True
    code = normalise_tax_id(text)
    short = len(words) <= _WORDS_OF_AN_ATTEMPT and len(code) <= PERSONAL_TAX_ID_LENGTH + 2
    return short and (any(c.isdigit() for c in code) or len(code) >= _ATTEMPT > len(words))
