"""Pictures and large files, made in a process of their own.

Matplotlib would stop the event loop for each picture, and costs a second and sixty megabytes to
import: only the worker process does it.
"""

import asyncio
import hashlib
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.drawing import worker

if TYPE_CHECKING:
    # The worker process imports this module on its way in, and needs no conversations.
    from conversations.kit.views import Made

_CODE = Path(__file__).parent


class DrawingRoom:
    """The worker process; it starts at the first picture and is closed with the program."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def key(self, made: "Made") -> str:
        """What the content is known by: its maker, its data, and the code that makes it."""
        data = json.dumps(made.data, sort_keys=True, separators=(",", ":"))
        content = f"{made.what}\0{data}\0{_digest_of_code()}"
        return f"made:{hashlib.sha256(content.encode()).hexdigest()}"

    async def make(self, made: "Made") -> bytes:
        """A picture as a PNG file, or the file that *made* tells of.

        Raises:
            KeyError: there is no maker of that name.
            BrokenProcessPool: the worker process was killed, twice.
        """
        for last_try in (False, True):
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    self._workers(), worker.make, made.what, made.data
                )
            except BrokenProcessPool:
                self._pool = None  # the process was killed: a new one takes its place
                if last_try:
                    raise
        raise AssertionError("unreachable")

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned, not forked: a fork would copy the event loop's sockets and locks.
            self._pool = ProcessPoolExecutor(
                max_workers=1, mp_context=multiprocessing.get_context("spawn")
            )
        return self._pool

    def close(self) -> None:
        """Ends the worker process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


@cache
def _digest_of_code() -> str:
    """Of every module that draws: a picture that looks different is another picture."""
    digest = hashlib.sha256()
    for path in sorted(_CODE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
