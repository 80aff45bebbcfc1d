"""What the bot and the worker process that reads photos say to each other, over two pipes.

Each message is its length in four bytes and then so many bytes. A request is what is known, as
JSON, a zero byte, and the photo; the answer is the reading as JSON, or empty where it failed.
"""

import struct
from functools import cache

from pydantic import TypeAdapter

from bot.photo.values import Known, PhotoReading

HEADER = struct.Struct(">I")


@cache
def _known() -> TypeAdapter[Known]:
    return TypeAdapter(Known)


@cache
def _reading() -> TypeAdapter[PhotoReading]:
    return TypeAdapter(PhotoReading)


def pack_request(photo: bytes, known: Known) -> bytes:
    """A request, its length before it."""
    content = _known().dump_json(known) + b"\0" + photo
    return HEADER.pack(len(content)) + content


def unpack_request(content: bytes) -> tuple[bytes, Known]:
    """The photo of a request, and what is known."""
    known, _, photo = content.partition(b"\0")
    return photo, _known().validate_json(known)


def pack_answer(reading: PhotoReading | None) -> bytes:
    """An answer, its length before it; None where reading failed."""
    content = b"" if reading is None else _reading().dump_json(reading)
    return HEADER.pack(len(content)) + content


def unpack_answer(content: bytes) -> PhotoReading | None:
    """The reading that an answer holds."""
    return _reading().validate_json(content) if content else None
