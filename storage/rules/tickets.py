"""How what was written into a ticket goes out again: in messages that Telegram takes.

Pure. Lengths are code points, as Telegram counts them (Bot API: 4096 in a text, 1024 in a caption,
after the markup is read).
"""

from dataclasses import dataclass

MOST_WORDS = 8_000
"""What one message to the counter may hold, however many messages of the chat it came in."""

MOST_FILES = 5
"""Photos and files that one message to the counter may bring."""

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of a customer's file: a larger one could not be fetched (``getFile``), and so not kept."""

LONGEST_SUBJECT = 100

MOST_OPEN = 10
"""Open tickets that one customer may have."""

_TEXT_ROOM = 3_500  # of 4096; the rest is for the head: number, name, subject
_CAPTION_ROOM = 600  # of 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One Telegram message of several: some words, or the file at a place in the list, or both."""

    words: str
    file: int | None = None


def parts_of(words: str, files: int) -> list[Part]:
    """Everything that was written and attached, as the messages that it goes out in.

    Args:
        words: what was written; may be empty.
        files: how many photos and files came with it.
    """
    if files == 1 and len(words) <= _CAPTION_ROOM:
        return [Part(words, 0)]
    texts = [Part(piece) for piece in pieces(words, _TEXT_ROOM)]
    return texts + [Part("", place) for place in range(files)]


def pieces(text: str, room: int) -> list[str]:
    """*text* cut into pieces of at most *room* signs, between lines or words where there are any.

    Nothing but the white space at a cut is lost; an empty text has no pieces.
    """
    cut: list[str] = []
    rest = text.strip()
    while len(rest) > room:
        end = _end_of_piece(rest, room)
        cut.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*cut, rest] if rest else cut


def _end_of_piece(text: str, room: int) -> int:
    head = text[: room + 1]
    for sign in ("\n", " "):
        end = head.rfind(sign)
        if end > room // 2:  # an early break would make many small pieces
            return end
    return room
