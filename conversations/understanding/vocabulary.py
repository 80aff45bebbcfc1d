"""The vocabularies of the three languages, which map words to ideas, with tolerance for errors.

A vocabulary is a TOML file; the head of ``italian.toml`` explains its format.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from conversations.understanding.normalising import shorten, skeleton

LANGUAGES: Final = ("italian", "english", "german")
FILLER = "FILLER"
"""The idea of words that do not affect the meaning of a sentence."""
OFF = "OFF"
"""The idea of words about other subjects."""
ANY_WORDS = 2
"""The most words that «..» in a phrase stands for."""

_FOLDER: Final = Path(__file__).parent
_SUPERLATIVE = re.compile(r"issim[aeio]$")
_SHORTEST_STEM = 4
_ENDINGS = re.compile(r"(\S*?)\(([^)]*)\)")
_SHORTEST_MENDED = 4
_SHORTEST_GUESSED = 5
_LONG = 8


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words and phrases of one language; phrases by their first word."""

    ideas: Mapping[str, frozenset[str]]
    phrases: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]
    months: Mapping[str, int]
    near: frozenset[str]
    stemmed: Callable[[str], str]
    _stems: Mapping[str, str] = field(default_factory=dict)
    _skeletons: Mapping[str, str] = field(default_factory=dict)
    _telling: Mapping[str, str] = field(default_factory=dict)

    def knows(self, word: str) -> bool:
        """Whether the vocabulary has exactly this word."""
        return word in self.ideas or word in self.months

    def mend(self, word: str) -> str:
        """The word of the vocabulary that was meant, or the word itself.

        Corrects repeated letters, other endings, wrong single or double letters, and one error (two
        in long words); words of the language that resemble the vocabulary's (``near``) are left
        alone.
        """
        for form in (word, shorten(word)):
            if self.knows(form) or form in self.near:
                return form
        word = shorten(word)
        if len(word) < _SHORTEST_MENDED:
            return word
        return (
            self._stems.get(self.stemmed(word))
            or self._skeletons.get(skeleton(word))
            or self._guess(skeleton(word))
            or word
        )

    def _guess(self, bare: str) -> str | None:
        """The word whose skeleton differs by one letter, or by two in a long word."""
        if len(bare) < _SHORTEST_GUESSED:
            return None
        found = process.extractOne(
            bare,
            self._telling.keys(),
            scorer=OSA.distance,
            score_cutoff=2 if len(bare) >= _LONG else 1,
        )
        if found is None or len(found[0]) < _SHORTEST_MENDED or found[0][0] != bare[0]:
            return None
        return self._telling[found[0]]


@cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of one of ``LANGUAGES``."""
    raw = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    ideas: dict[str, set[str]] = {}
    for name, words in ((FILLER, raw["filler"]), (OFF, raw["off"]), *raw["words"].items()):
        for word in _expanded(words):
            ideas.setdefault(word, set()).add(name)
    for found in ideas.values():
        if len(found) > 1:
            found.discard(FILLER)
    phrases: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name, listed in raw["phrases"].items():
        for phrase in listed:
            found_words = tuple(phrase.split())
            phrases.setdefault(found_words[0], []).append((name, found_words))
    off = {word for word, found in ideas.items() if found == {OFF}}
    filler = {word for word, found in ideas.items() if found == {FILLER}}
    near = frozenset(_expanded(raw.get("near", "")))
    stemmer = snowballstemmer.stemmer(language)

    def stemmed(word: str) -> str:
        return str(stemmer.stemWord(_SUPERLATIVE.sub("o", word)))

    words = [word for word in (*ideas, *raw["months"]) if word.isalpha()]
    return Vocabulary(
        stemmed=stemmed,
        _stems={
            stem: word
            for word in reversed(words)
            if word not in raw["months"]
            and word not in off
            and len(stem := stemmed(word)) >= _SHORTEST_STEM
        },
        ideas={word: frozenset(found) for word, found in ideas.items()},
        phrases=phrases,
        months=raw["months"],
        near=near,
        _skeletons=_by_skeleton([word for word in words if word not in off]),
        _telling=_by_skeleton([word for word in words if word not in off | filler]),
    )


def _expanded(words: str) -> Iterable[str]:
    """Each word of a list, ``bollett(a e)`` as *bolletta* and *bollette*."""
    for stem, endings in _ENDINGS.findall(words):
        yield from (stem + ending for ending in endings.split())
        if not endings.split():
            yield stem
    yield from _ENDINGS.sub(" ", words).split()


def _by_skeleton(words: Iterable[str]) -> dict[str, str]:
    """The forms with which misspelt words are compared, of words that are long enough."""
    found: dict[str, str] = {}
    for word in words:
        if len(word) >= _SHORTEST_MENDED and word.isalpha():
            found.setdefault(skeleton(word), word)
    return found
