"""Invisible characters: bidirectional marks, zero widths, soft hyphens, byte order marks.

They come with text copied from a page, a PDF or a chat, and people cannot find them.
"""

import re

_MARKS = (
    "\u00ad"  # soft hyphen
    "\u061c\u200e\u200f"  # marks of direction
    "\u180e\u200b\u2060-\u2064"  # zero widths
    "\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # embeddings, isolates
    "\ufeff\ufff9-\ufffb"  # byte order mark, annotations
)
_MARK = re.compile(f"[{_MARKS}]")
# These stay in words: emoji sequences and scripts that join their letters need them.
_JOINER = re.compile(f"[{_MARKS}\u200c\u200d\ufe00-\ufe0f]")


def visible(text: str) -> str:
    """*text* without invisible characters, except those that emoji and scripts need."""
    return text if text.isascii() else _MARK.sub("", text)


def bare(text: str) -> str:
    """*text* without any invisible character, for codes and numbers."""
    return text if text.isascii() else _JOINER.sub("", text)


def removed_from(text: str) -> list[int]:
    """The places of the characters that ``visible`` removes, in UTF-16 units as Telegram counts."""
    places: list[int] = []
    at = 0
    for each in text:
        if _MARK.match(each):
            places.append(at)
        at += 1 if each <= "\uffff" else 2
    return places


def has_foreign_digits(text: str) -> bool:
    """Whether *text* has digits of a non-Latin script (``٤٥``)."""
    return any(each.isdecimal() and not each.isascii() for each in text)
