"""Pictures, drawn in a process of their own: matplotlib would stop the event loop for each."""

import asyncio
import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

_CODE = Path(__file__).parent


class DrawingRoom:
    """The worker process; it starts at the first picture and is closed with the program."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def key(self, name: str) -> str:
        """What the picture's content is known by: its name, and the code that draws it."""
        code = (_CODE / "pictures.py").read_bytes()
        return f"picture:{name}:{hashlib.sha256(code).hexdigest()[:16]}"

    async def draw(self, name: str) -> bytes:
        """A picture as a PNG file.

        Raises:
            KeyError: there is no picture of that name.
        """
        from bot.drawing import worker  # noqa: PLC0415

        for last_try in (False, True):
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    self._workers(), worker.draw, name
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
