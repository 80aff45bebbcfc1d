"""Plain pictures for tests, which save the second that matplotlib takes to start."""

import hashlib
import json
import struct
import zlib

from bot.drawing import worker
from conversations.kit.views import Made


class PlainPictures:
    """Makes grey pictures and real files, and records the requests."""

    def __init__(self) -> None:
        self.drawn: list[Made] = []
        self.broken = False

    def key(self, made: Made) -> str:
        data = json.dumps(made.data, sort_keys=True)
        return f"test:{made.what}:{hashlib.sha256(data.encode()).hexdigest()[:32]}"

    async def make(self, made: Made) -> bytes:
        if self.broken:
            raise RuntimeError("the worker process is unwell")
        self.drawn.append(made)
        if made.what in {"measures_csv", "measures_excel"}:
            return worker.make(made.what, made.data)
        return plain_png(40, 30)


def plain_png(width: int, height: int) -> bytes:
    """A grey PNG of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\x80" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
