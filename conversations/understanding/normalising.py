"""Normalises texts for comparison: removes invisible characters, accents, case, apostrophes."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_RUNS = re.compile(r"([a-z])\1{2,}")
_DOUBLES = re.compile(r"([a-z])\1")


def visible(text: str) -> str:
    """*text* without invisible characters, with one kind of apostrophe and space."""
    text = _SKIN_TONES.sub("", _INVISIBLE.sub("", text))
    text = re.sub("[\u2018\u2019\u201b\u02bc\u00b4`\u2032]", "'", text)
    return re.sub("[\u00a0\u2000-\u200a\u202f\u205f\u3000\t\r\n\v\f]", " ", text)


def fold(text: str) -> str:
    """*text* in lower case without accents; «ß» becomes «ss»."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def shorten(word: str) -> str:
    """A folded word without repeated letters (``graziieee``)."""
    return _RUNS.sub(r"\1", word)


def skeleton(word: str) -> str:
    """A folded word with single letters for double ones, the most common error in Italian."""
    return _DOUBLES.sub(r"\1", word)
