"""Makes pictures and large files in worker processes.

Matplotlib would block the event loop for each picture, and costs a second and sixty megabytes to
import: only workers import it. An idle worker ends after some time; one that takes too long is
killed, and the next picture gets a new one.
"""

import asyncio
import contextlib
import hashlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.drawing import worker

if TYPE_CHECKING:
    # Workers import this module, and need no conversations.
    from conversations.kit.views import Made

PROCESSES = 2
"""The second starts when two pictures are requested at once: long files delay no picture."""
LONGEST_SECONDS = 60.0
"""The longest time for one picture, such as a workbook with a year of quarter hours."""
IDLE_SECONDS = 120.0
"""After this time an idle worker ends."""

_CODE = Path(__file__).parent


class NotDrawnError(Exception):
    """A maker failed, or its process died or took too long."""


class DrawingWorkers:
    """The worker processes; they start when they are needed and are closed with the program.

    Args:
        longest: seconds that one picture may take.
        idle: seconds after which an idle worker ends.
    """

    def __init__(self, *, longest: float = LONGEST_SECONDS, idle: float = IDLE_SECONDS) -> None:
        self._longest = longest
        self._idle_seconds = idle
        self._places = asyncio.Semaphore(PROCESSES)
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._killed: set[Process] = set()
        self._endings: dict[Process, asyncio.TimerHandle] = {}

    def key(self, made: "Made") -> str:
        """The key of a content: the digest of its maker, its data, and the drawing code."""
        data = json.dumps(made.data, sort_keys=True, separators=(",", ":"))
        content = f"{made.what}\0{data}\0{_digest_of_code()}"
        return f"made:{hashlib.sha256(content.encode()).hexdigest()}"

    async def make(self, made: "Made") -> bytes:
        """Make a picture as a PNG file, or another file.

        Raises:
            KeyError: there is no maker of that name.
            NotDrawnError: the maker failed, took too long, or its process was killed, twice.
        """
        if made.what not in worker.MAKERS:
            raise KeyError(made.what)
        async with self._places:
            for last_try in (False, True):
                process = await self._process()
                try:
                    async with asyncio.timeout(self._longest):
                        content = await _ask(process, made)
                except TimeoutError:
                    self._kill(process)
                    raise NotDrawnError(f"{made.what} took too long") from None
                except (asyncio.IncompleteReadError, ConnectionError):
                    self._kill(process)  # the process has died: use a new one
                    if last_try:
                        raise NotDrawnError(f"the process of {made.what} was killed") from None
                    continue
                except asyncio.CancelledError:
                    self._kill(process)  # its result would be taken for the next picture's
                    raise
                self._rest(process)
                return content
        raise AssertionError("unreachable")

    async def _process(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if (ending := self._endings.pop(process, None)) is not None:
                ending.cancel()
            if process.returncode is None:
                return process
            self._all.discard(process)
        # A new process, not a fork, which would copy the event loop's sockets and locks. It holds
        # the only other end of the pipe, so it reads the end of file when this program ends.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.drawing.worker", stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        self._all.add(process)
        return process

    def _rest(self, process: Process) -> None:
        self._idle.append(process)
        self._endings[process] = asyncio.get_running_loop().call_later(
            self._idle_seconds, self._end, process
        )

    def _end(self, process: Process) -> None:
        if process in self._idle:
            self._idle.remove(process)
            self._kill(process)

    def _kill(self, process: Process) -> None:
        self._all.discard(process)
        self._killed = {each for each in self._killed if each.returncode is None} | {process}
        if (ending := self._endings.pop(process, None)) is not None:
            ending.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()

    async def close(self) -> None:
        """End the worker processes; returns when they have ended.

        The event loop must not end before: it closes their pipes.
        """
        idle = list(self._idle)
        self._idle.clear()
        for process in list(self._all):
            self._kill(process)
        for process in idle:
            if process.stdout is not None:
                await process.stdout.read()
        for process in self._killed:
            await process.wait()
        self._killed.clear()


async def _ask(process: Process, made: "Made") -> bytes:
    """Send a request to a worker, and return its result.

    Raises:
        NotDrawnError: the maker failed.
        IncompleteReadError: the process ended.
    """
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a worker without pipes")
    asked = json.dumps([made.what, made.data]).encode()
    process.stdin.write(worker.LENGTH.pack(len(asked)) + asked)
    await process.stdin.drain()
    (succeeded,) = await process.stdout.readexactly(1)
    (length,) = worker.LENGTH.unpack(await process.stdout.readexactly(worker.LENGTH.size))
    content = await process.stdout.readexactly(length)
    if not succeeded:
        raise NotDrawnError(content.decode(errors="replace"))
    return content


@cache
def _digest_of_code() -> str:
    """The digest of every module that draws, so that changed code makes new pictures."""
    digest = hashlib.sha256()
    for path in sorted(_CODE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
