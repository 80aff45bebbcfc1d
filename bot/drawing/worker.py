"""The worker process; it imports what a maker needs when it is first requested.

It reads requests from its standard input, each a length and that much JSON: the maker's name and
its data. It writes to its standard output whether it succeeded, a length, and the content or the
name of the error. When its input ends, because the program that started it has ended, it exits at
once.
"""

import json
import os
import queue
import struct
import sys
import threading
from importlib import import_module
from typing import Any, BinaryIO

MAKERS = {
    "invoice_guide": "bot.drawing.pictures:invoice_guide",
    "withdrawals": "bot.drawing.withdrawals:draw",
    "load_curve": "bot.drawing.measures:draw",
    "measures_csv": "bot.drawing.tables:measures_csv",
    "measures_excel": "bot.drawing.tables:measures_excel",
}
"""The function of each maker: ``module:function``."""
LENGTH = struct.Struct("!Q")
"""The format of a length."""


def make(what: str, data: Any) -> bytes:
    """Make a picture as a PNG file, or another file.

    Args:
        what: the maker's name.
        data: the maker's input; see its docstring.

    Raises:
        KeyError: there is no maker of that name.
    """
    module, _, function = MAKERS[what].partition(":")
    made: bytes = getattr(import_module(module), function)(data)
    return made


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Serve requests, one after the other; never returns."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked, waiting), daemon=True).start()
    while True:
        what, data = json.loads(waiting.get())
        try:
            succeeded, content = b"\1", make(what, data)
        except Exception as error:  # noqa: BLE001  # whoever asked is told
            succeeded, content = b"\0", f"{type(error).__name__} of {what}".encode()
        answers.write(succeeded + LENGTH.pack(len(content)) + content)
        answers.flush()


def _listen(asked: BinaryIO, waiting: "queue.SimpleQueue[bytes]") -> None:
    """Read requests, in a thread, so that the end of the input is noticed while drawing."""
    while len(head := asked.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        waiting.put(asked.read(length))
    os._exit(0)


if __name__ == "__main__":
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # keeps the output of libraries out of the answers
    serve(sys.stdin.buffer, out)
