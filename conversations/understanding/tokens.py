"""Splits a text into words, numbers and what looks like numbers (dates, hours, links, codes)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from conversations.understanding.normalising import fold, visible

_LONGEST_PREFIX = 3
"""With this many letters before digits, a piece is a serial number and no word."""
LONGEST_COUNTER = 9
"""The most digits of a counter; longer numbers are codes."""


@unique
class Kind(Enum):
    """The kind of a token."""

    WORD = "word"
    NUMBER = "number"
    DATE = "date"
    HOUR = "hour"
    SHORT_YEAR = "short_year"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text: words are folded, others are as typed."""

    kind: Kind
    text: str

    @property
    def digits(self) -> str:
        """Its ASCII digits, one after the other."""
        return "".join(c for c in self.text if c in "0123456789")


_PIECES: Final = re.compile(
    r"""
      (?P<other>  (?:https?://|www\.)\S+ | \S+@\S+\.\S+ )
    | (?P<phone>  \+[0-9][0-9 ./-]{7,}[0-9] | \b0[0-9]{1,3}[ /-][0-9]{5,8}\b
                | \b3[0-9]{2}[ .-]?[0-9]{3}[ .-]?[0-9]{4}\b )
    | (?P<date>   \b[0-9]{1,2}(?P<mark>[./-])[0-9]{1,2}(?P=mark)(?:[0-9]{4}|[0-9]{2})\b
                | \b(?:0?[1-9]|[12][0-9]|3[01])/(?:0?[1-9]|1[0-2])\b(?![/.,0-9])
                | \b[0-9]{4}-[0-9]{2}-[0-9]{2}\b )
    | (?P<hour>   \b[0-9]{1,2}:[0-9]{2}\b | (?<=\bore\ )[0-9]{1,2}[.,][0-9]{2}\b
                | (?<=\balle\ )[0-9]{1,2}[.,][0-9]{2}\b | (?<=\bdelle\ )[0-9]{1,2}[.,][0-9]{2}\b
                | (?<=\bdalle\ )[0-9]{1,2}[.,][0-9]{2}\b )
    | (?P<year>   (?<![0-9])'[0-9]{2}\b(?!') )
    | (?P<unit>   \b(?:m3|m³|sm3|sm³|smc|mc)\b\.? | m³ )
    | (?P<long>   \b[0-9]{4}(?:\ [0-9]{4}){2,}\b )
    | (?P<spelt>  (?<![0-9.,])[0-9](?:\ [0-9]){3,}(?![0-9.,]) )
    | (?P<number> (?:(?<![0-9A-Za-z])[-+\u2212\u2010-\u2014]\ ?)?
                  (?: [0-9]{1,3}(?:\ [0-9]{3})+(?:,[0-9]+)?(?![0-9.,']?[0-9])
                    | [0-9]+(?:[.,'][0-9]+)* ) )
    | (?P<word>   [^\W\d_]+ )
    | (?P<sign>   [^\w\s] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MIXED: Final = re.compile(
    r"\b(?=\w*[0-9])(?=\w*[^\W\d_])\w{7,}\b | \b(?![0-9]+s?m3\b)[0-9]+[^\W\d_]+[0-9]\w*\b",
    re.VERBOSE | re.IGNORECASE,
)
_UNIT: Final = re.compile(r"(?<=[0-9])(?=s?m[3³]\b)", re.IGNORECASE)
_GLUED: Final = re.compile(
    r"([^\W\d_]{2,})([0-9]+(?:[.,'][0-9]+)*)|([0-9]+(?:[.,'][0-9]+)*)([^\W\d_]{2,})"
)


def tokens_of(text: str) -> list[Token]:
    """The tokens of *text*, in order; punctuation is dropped, emoji are words."""
    return list(_tokens(_take_apart(visible(text))))


def _take_apart(text: str) -> str:
    """*text* with ``lettura5567`` and ``5567mc`` split in two; other mixtures are codes."""

    def replaced(found: re.Match[str]) -> str:
        glued = _GLUED.fullmatch(found[0])
        letters = (glued[1] or glued[4]) if glued else ""
        if glued and (glued[3] or len(letters) > _LONGEST_PREFIX):
            return " ".join(part for part in glued.groups() if part)
        return " \u2042 "

    return _MIXED.sub(replaced, _UNIT.sub(" ", text))


def _tokens(text: str) -> Iterator[Token]:
    for found in _PIECES.finditer(text):
        piece = found[0]
        match found.lastgroup:
            case "word" | "unit":
                yield Token(Kind.WORD, fold(piece).rstrip("."))
            case "number" | "spelt":
                yield _number(piece)
            case "date":
                yield Token(Kind.DATE, piece)
            case "hour":
                yield Token(Kind.HOUR, piece)
            case "year":
                yield Token(Kind.SHORT_YEAR, piece)
            case "sign" if unicodedata.category(piece) in {"So", "Sc"} or piece == "%":
                yield Token(Kind.WORD, piece)
            case "sign":
                pass
            case _:
                yield Token(Kind.OTHER, piece)


def _number(piece: str) -> Token:
    token = Token(Kind.NUMBER, piece)
    too_long = len(token.digits.lstrip("0")) > LONGEST_COUNTER
    return Token(Kind.OTHER, piece) if too_long else token
