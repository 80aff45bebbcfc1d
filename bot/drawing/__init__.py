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

PROCESSES = 2
"""The second starts where two drawings are asked for at once: a long file holds up no picture."""

_CODE = Path(__file__).parent


class DrawingRoom:
    """The worker processes; they start when they are needed and are closed with the program."""

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
            workers = self._workers()
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    workers, worker.make, made.what, made.data
                )
            except BrokenProcessPool:
                if self._pool is workers:
                    self._pool = None  # a process was killed: new ones take their place
                if last_try:
                    raise
        raise AssertionError("unreachable")

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned, not forked: a fork would copy the event loop's sockets and locks.
            self._pool = ProcessPoolExecutor(
                max_workers=PROCESSES, mp_context=multiprocessing.get_context("spawn")
            )
        return self._pool

    def close(self) -> None:
        """Ends the worker processes."""
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
