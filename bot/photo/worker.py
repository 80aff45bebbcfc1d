"""The process that reads photos: one after the other, until nothing more comes."""

import os
import sys
from typing import BinaryIO

from bot.photo.messages import HEADER, pack_answer, unpack_request
from bot.photo.reading import read


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answers each photo that is *asked* about, until the bot closes its end."""
    while len(header := asked.read(HEADER.size)) == HEADER.size:
        (length,) = HEADER.unpack(header)
        try:
            answer = pack_answer(read(*unpack_request(asked.read(length))))
        except Exception:  # noqa: BLE001 — a picture that breaks a library must not stop the next
            answer = pack_answer(None)
        answers.write(answer)
        answers.flush()


if __name__ == "__main__":
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    serve(sys.stdin.buffer, own)
