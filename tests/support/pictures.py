"""Pictures without the second that matplotlib takes to start: the drawing has tests of its own."""

import struct
import zlib


class PlainPictures:
    def key(self, name: str) -> str:
        return f"test:{name}"

    async def draw(self, name: str) -> bytes:  # noqa: ARG002
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
