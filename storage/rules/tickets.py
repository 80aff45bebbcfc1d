"""Limits on tickets, and how their texts are split into messages that Telegram accepts.

Lengths are code points, as Telegram counts them (Bot API: 4096 in a text, 1024 in a caption, after
the markup is parsed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, unique

MOST_WORDS = 8_000
"""Most characters in one message to the counter, however many chat messages it came in."""

MOST_FILES = 5
"""Most photos and files in one message to the counter."""

LARGEST_FILE = 20 * 1024 * 1024
"""Most bytes of a customer's file: ``getFile`` does not fetch larger ones."""

LONGEST_SUBJECT = 100

MOST_OPEN = 10
"""Most open tickets of one customer."""

DAY = timedelta(days=1)
MOST_MESSAGES_A_DAY = 20
"""Most new tickets and additions to them within ``DAY``, from all chats of one customer."""
MOST_FILES_A_DAY = 20
MOST_BYTES_A_DAY = 100 * 1024 * 1024
"""Most bytes of one customer's photos and files within ``DAY``, to protect the disk."""

POSTS_AT_ONCE = 6
"""How many messages to the staff's group one customer sends in a row before others go first."""
POST_STEP = timedelta(seconds=3)
"""Time for one message to a group: Telegram lets a bot send twenty a minute there."""

_LONGEST_TEXT = 3_500  # of 4096; the rest is for the head: number, name, subject
_LONGEST_CAPTION = 600  # of 1024


@unique
class Quota(Enum):
    """Whether a customer may send another message to the counter now."""

    WITHIN = "within"
    TOO_MANY_MESSAGES = "too_many_messages"
    TOO_MANY_FILES = "too_many_files"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Sent:
    """What all chats of a customer sent to the counter within ``DAY``; ``size`` is in bytes."""

    messages: int = 0
    files: int = 0
    size: int = 0


def quota_for(sent: Sent, sizes: Sequence[int | None]) -> Quota:
    """Whether a message with files of these sizes is within the limits; None counts as the most."""
    if sent.messages + 1 > MOST_MESSAGES_A_DAY:
        return Quota.TOO_MANY_MESSAGES
    if sizes and sent.files + len(sizes) > MOST_FILES_A_DAY:
        return Quota.TOO_MANY_FILES
    if sizes and sent.size + sum(size or LARGEST_FILE for size in sizes) > MOST_BYTES_A_DAY:
        return Quota.TOO_LARGE
    return Quota.WITHIN


def delays(earlier: Sequence[tuple[datetime, int]], now: datetime, posts: int) -> list[timedelta]:
    """How long each post of a message to the staff is delayed, so that others go first.

    A customer's posts fill a bucket that drains by one each ``POST_STEP``; posts beyond
    ``POSTS_AT_ONCE`` are delayed. Occasional messages are never delayed.

    Args:
        earlier: the customer's earlier messages, oldest first: when, and how many posts.
        now: the instant of this message.
        posts: how many posts it has.
    """
    level, at = 0.0, now
    for instant, count in earlier:
        level = max(0.0, level - max(instant - at, timedelta()) / POST_STEP) + count
        at = instant
    level = max(0.0, level - max(now - at, timedelta()) / POST_STEP)
    return [POST_STEP * max(0.0, level + place + 1 - POSTS_AT_ONCE) for place in range(posts)]


@dataclass(frozen=True, slots=True)
class Part:
    """One Telegram message of several: some text, or the file at an index, or both."""

    words: str
    file: int | None = None


def parts_of(words: str, files: int) -> list[Part]:
    """The Telegram messages in which a text and its files are sent.

    Args:
        words: the text; may be empty.
        files: how many photos and files come with it.
    """
    if files == 1 and len(words) <= _LONGEST_CAPTION:
        return [Part(words, 0)]
    texts = [Part(piece) for piece in pieces(words, _LONGEST_TEXT)]
    return texts + [Part("", place) for place in range(files)]


def pieces(text: str, longest: int) -> list[str]:
    """*text* cut into pieces of at most *longest* characters, between lines or words if possible.

    Only white space at a cut is lost; an empty text has no pieces.
    """
    cut: list[str] = []
    rest = text.strip()
    while len(rest) > longest:
        end = _end_of_piece(rest, longest)
        cut.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*cut, rest] if rest else cut


def _end_of_piece(text: str, longest: int) -> int:
    head = text[: longest + 1]
    for sign in ("\n", " "):
        end = head.rfind(sign)
        if end > longest // 2:  # an early break would make many small pieces
            return end
    return longest
