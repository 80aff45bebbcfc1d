"""What the worker process runs; it imports what a drawing needs when it is first asked for.

It reads from its standard input, each time a length and that much JSON: the maker's name, and its
data. It writes to its standard output whether that went well, a length, and the content, or the
name of the error. When its input ends, which it does with the program that began it, it ends at
once, whatever it is at.
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
"""Where each picture and each file is made: ``module:function``."""
LENGTH = struct.Struct("!Q")
"""How the length of what follows is written."""


def make(what: str, data: Any) -> bytes:
    """A picture as a PNG file, or another file.

    Args:
        what: the maker's name.
        data: what goes into it; the maker's own docstring says in which form.

    Raises:
        KeyError: there is no maker of that name.
    """
    module, _, function = MAKERS[what].partition(":")
    made: bytes = getattr(import_module(module), function)(data)
    return made


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Makes what is asked for, one after the other; never returns."""
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
    """Takes in what is asked for; in a thread of its own, so that the end is seen while drawing."""
    while len(head := asked.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        waiting.put(asked.read(length))
    os._exit(0)


if __name__ == "__main__":
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints is none of what is asked for
    serve(sys.stdin.buffer, out)
