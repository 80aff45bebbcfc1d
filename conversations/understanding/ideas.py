"""Maps the words of a sentence to ideas, in the language of the sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conversations.understanding.tokens import Kind, Token
from conversations.understanding.vocabulary import (
    ANY_WORDS,
    FILLER,
    LANGUAGES,
    OFF,
    Vocabulary,
    vocabulary,
)

_MENDED = 0.5
"""The weight of a corrected word when the language of a sentence is determined."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text read in one language; ``ideas`` has a set for each of ``tokens``."""

    tokens: Sequence[Token]
    ideas: Sequence[frozenset[str]]
    months: Sequence[int | None]
    known: float

    @property
    def all_ideas(self) -> frozenset[str]:
        return frozenset().union(*self.ideas)

    @property
    def unknown(self) -> list[str]:
        """The words without an idea: names, addresses, other subjects."""
        return [
            token.text
            for token, ideas, month in zip(self.tokens, self.ideas, self.months, strict=True)
            if token.kind is Kind.WORD
            and not ideas
            and month is None
            and len(token.text) > 1
            and token.text.isalpha()
        ]

    def holds_only(self, allowed: frozenset[str]) -> bool:
        """Whether every word has an allowed idea, or does not affect the meaning."""
        return all(
            (ideas & allowed) or ideas == {FILLER} or (not ideas and _is_picture(token))
            for token, ideas in zip(self.tokens, self.ideas, strict=True)
        )


def _is_picture(token: Token) -> bool:
    """Whether a token is an emoji or a single letter, which have no meaning."""
    return token.kind is Kind.WORD and (not token.text.isalpha() or len(token.text) == 1)


def read_in(language: str, tokens: Sequence[Token]) -> Sentence:
    """The sentence as read in one language."""
    words = vocabulary(language)
    typed = [token.text if token.kind is Kind.WORD else "" for token in tokens]
    mended = [words.mend(word) for word in typed]
    ideas = [set(words.ideas.get(word, ())) for word in mended]
    covered = set()
    for name, start, end in [
        *_phrases(words, typed, ideas),
        *_phrases(words, mended, ideas),
    ]:
        covered |= set(range(start, end))
        for each in ideas[start:end]:
            each.add(name)
    known = 0.0
    for place, word in enumerate(typed):
        if word and (words.knows(word) or place in covered):
            known += 1
        elif word and words.knows(mended[place]):
            known += _MENDED
    return Sentence(
        tokens=tokens,
        ideas=[frozenset(found - {FILLER} if len(found) > 1 else found) for found in ideas],
        months=[words.months.get(word) for word in mended],
        known=known,
    )


def readings_of(tokens: Sequence[Token]) -> list[Sentence]:
    """The sentence in each language, the one that knows most of its words first."""
    found: list[Sentence] = []
    for language in LANGUAGES:
        sentence = read_in(language, tokens)
        found.append(sentence)
        if sentence.known >= sum(token.text.isalpha() for token in tokens):
            break  # it knows every word, so no other language knows more
    return sorted(found, key=lambda sentence: -sentence.known)


def is_off(sentence: Sentence) -> bool:
    """Whether the sentence is about other subjects."""
    return OFF in sentence.all_ideas


def _phrases(
    words: Vocabulary, sentence: Sequence[str], ideas: Sequence[set[str]]
) -> Iterator[tuple[str, int, int]]:
    """Each phrase of the vocabulary in the sentence: its idea, its start and its end."""
    single = [frozenset(each) for each in ideas]
    for start, word in enumerate(sentence):
        for first in (word, *(f"@{idea}" for idea in single[start])):
            for name, phrase in words.phrases.get(first, ()):
                end = _match(phrase[1:], sentence, single, start + 1)
                if end is not None:
                    yield name, start, end


def _match(
    phrase: Sequence[str], sentence: Sequence[str], ideas: Sequence[frozenset[str]], at: int
) -> int | None:
    """The end of the phrase that begins at *at*, or ``None``."""
    if not phrase:
        return at
    if phrase[0] == "..":
        ends = (
            _match(phrase[1:], sentence, ideas, at + skipped) for skipped in range(ANY_WORDS + 1)
        )
        return next((end for end in ends if end is not None), None)
    if at >= len(sentence):
        return None
    wanted = phrase[0]
    fits = wanted[1:] in ideas[at] if wanted.startswith("@") else wanted == sentence[at]
    return _match(phrase[1:], sentence, ideas, at + 1) if fits else None
