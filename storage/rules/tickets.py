"""How what was written into a ticket goes out again: in messages that Telegram takes.

Pure. Lengths are code points, as Telegram counts them (Bot API: 4096 in a text, 1024 in a caption,
after the markup is read).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, unique

MOST_WORDS = 8_000
"""What one message to the counter may hold, however many messages of the chat it came in."""

MOST_FILES = 5
"""Photos and files that one message to the counter may bring."""

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of a customer's file: a larger one could not be fetched (``getFile``), and so not kept."""

LONGEST_SUBJECT = 100

MOST_OPEN = 10
"""Open tickets that one customer may have."""

DAY = timedelta(days=1)
MOST_MESSAGES_A_DAY = 20
"""Tickets, and additions to them, that all chats of one customer may send within ``DAY``."""
MOST_FILES_A_DAY = 20
MOST_BYTES_A_DAY = 100 * 1024 * 1024
"""What their photos and files may weigh together; the disk is everybody's."""

POSTS_AT_ONCE = 6
"""Messages to the staff's group that one customer may cause in a row before others go first."""
POST_STEP = timedelta(seconds=3)
"""What a message to a group takes: Telegram lets a bot send twenty a minute there."""

_TEXT_ROOM = 3_500  # of 4096; the rest is for the head: number, name, subject
_CAPTION_ROOM = 600  # of 1024


@unique
class Quota(Enum):
    """Whether a customer may send one more message to the counter now."""

    ROOM = "room"
    TOO_MANY_MESSAGES = "too_many_messages"
    TOO_MANY_FILES = "too_many_files"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Sent:
    """What all chats of a customer have sent to the counter within ``DAY``; ``size`` in bytes."""

    messages: int = 0
    files: int = 0
    size: int = 0


def quota_for(sent: Sent, sizes: Sequence[int | None]) -> Quota:
    """Whether there is room for a message with files of these sizes; unknown ones count as full."""
    if sent.messages + 1 > MOST_MESSAGES_A_DAY:
        return Quota.TOO_MANY_MESSAGES
    if sizes and sent.files + len(sizes) > MOST_FILES_A_DAY:
        return Quota.TOO_MANY_FILES
    if sizes and sent.size + sum(size or LARGEST_FILE for size in sizes) > MOST_BYTES_A_DAY:
        return Quota.TOO_LARGE
    return Quota.ROOM


def delays(earlier: Sequence[tuple[datetime, int]], now: datetime, posts: int) -> list[timedelta]:
    """How long each post of a message to the staff stands back, so that others go first.

    A customer's posts fill a bucket that empties by one each ``POST_STEP``; what is beyond
    ``POSTS_AT_ONCE`` waits for its place. Who writes a message now and then never waits.

    Args:
        earlier: the customer's messages before this one, oldest first: when, and how many posts.
        now: the instant of this one.
        posts: how many posts it is.
    """
    level, at = 0.0, now
    for instant, count in earlier:
        level = max(0.0, level - max(instant - at, timedelta()) / POST_STEP) + count
        at = instant
    level = max(0.0, level - max(now - at, timedelta()) / POST_STEP)
    return [POST_STEP * max(0.0, level + place + 1 - POSTS_AT_ONCE) for place in range(posts)]


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
