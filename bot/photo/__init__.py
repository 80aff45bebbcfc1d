"""Reading the number of a meter from a photo, in a process of its own.

``PhotoReader`` is all that the rest of the program needs; it imports neither models nor OpenCV.
The worker process loads them (about a second), reads one picture at a time, is killed and
replaced where a picture takes too long, and ends when nothing came for a while.
"""

import asyncio
import contextlib
import sys
from importlib.util import find_spec

from bot.photo.messages import HEADER, pack_request, unpack_answer
from bot.photo.values import (
    Declined,
    Known,
    KnownDial,
    PhotoReading,
    Proposed,
    Serial,
    Why,
)

__all__ = [
    "Declined",
    "Known",
    "KnownDial",
    "PhotoReader",
    "PhotoReading",
    "Proposed",
    "Serial",
    "Why",
    "available",
]

SECONDS = 20.0
"""How long one picture may take, the loading of the models included."""

IDLE = 180.0
"""After so many seconds without a picture the worker process ends."""

MODULES = ("rapidocr", "onnxruntime", "cv2", "zxingcpp")


def available() -> bool:
    """Whether the extra ``sportello[photo]`` is installed."""
    return all(find_spec(module) is not None for module in MODULES)


class PhotoReader:
    """The worker process that reads photos; it starts with the first one.

    Args:
        seconds: the time limit of one picture.
        idle: after so many seconds without a picture the process ends.
        worker: the module that the process runs; tests have others.
    """

    def __init__(
        self, *, seconds: float = SECONDS, idle: float = IDLE, worker: str = "bot.photo.worker"
    ) -> None:
        self._seconds = seconds
        self._idle = idle
        self._worker = worker
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._past: list[asyncio.subprocess.Process] = []
        self._rest: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether there is a worker process now."""
        return self._process is not None

    async def read(self, photo: bytes, known: Known) -> PhotoReading:
        """What *photo* shows: a number to propose, or why there is none.

        Photos wait for each other. One that takes too long, or on which the worker process ends,
        is declined as ``Why.TOO_LONG`` or ``Why.FAILED``, and the next one has a new process.
        """
        async with self._turn:
            self._stay()
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._ask(pack_request(photo, known))
            except TimeoutError:
                await self._end()
                return _declined(Why.TOO_LONG, known)
            except (OSError, asyncio.IncompleteReadError):
                await self._end()
                return _declined(Why.FAILED, known)
            except BaseException:  # cancelled: the answer would be taken for the next one's
                await self._end()
                raise
            self._rest = asyncio.get_running_loop().call_later(self._idle, self._fall_asleep)
            return answer or _declined(Why.FAILED, known)

    async def close(self) -> None:
        """Ends the worker process, and with it the picture that it may be reading."""
        self._stay()
        await self._end()

    async def _ask(self, request: bytes) -> PhotoReading | None:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._worker,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the bot, which ends it in good order
            )
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise AssertionError("both are pipes")
        to.write(request)
        await to.drain()
        (length,) = HEADER.unpack(await back.readexactly(HEADER.size))
        return unpack_answer(await back.readexactly(length))

    def _stay(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _fall_asleep(self) -> None:
        self._rest = None
        if not self._turn.locked():
            self._kill()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._past.append(process)
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _end(self) -> None:
        self._kill()
        while self._past:
            process = self._past.pop()
            if process.stdout is not None:
                await process.stdout.read()  # to its end: the pipes are closed then
            await process.wait()


def _declined(why: Why, known: Known) -> PhotoReading:
    return PhotoReading(Declined(why), Declined(why) if known.corrector else None)
