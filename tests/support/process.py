"""Runs `sportello run` as a process that can be killed, and other commands beside it."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.settings import Settings
from tests.support.forking import ForkedProcess, fork

_ROOT = Path(__file__).parents[2]


class RunningBot:
    """One `sportello run`, which can be started, killed and restarted with the same settings.

    Args:
        environment: its settings.
        log: the file of its log.
        guarded: whether flooding chats are limited, as in production; customers of a load write
            faster than people do.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, *, guarded: bool = False) -> None:
        self._guarded = guarded
        self._environment = clean(environment)
        self._log = log
        self._process: ForkedProcess | None = None
        self.kills = 0

    async def start(self) -> None:
        self._process = await fork(
            "run",
            environment=self._environment,
            folder=self._log.parent,
            out=self._log,
            errors=self._log,
            guarded=self._guarded,
        )

    async def kill(self) -> None:
        """Kill it as the kernel would, without any clean-up."""
        await self._end(signal.SIGKILL)
        self.kills += 1

    def freeze(self) -> None:
        """Suspend it: its connections stay open, and send nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def terminate(self) -> int:
        """Stop it as a service manager would; return the exit code."""
        return await self._end(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait until it has ended by itself; return the exit code."""
        assert self._process is not None
        return await self._process.wait()

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def logged(self, words: str, *, times: int = 1, patience: float = 60.0) -> None:
        """Wait until *words* are in the log so often; fail if it ends before that."""
        async with asyncio.timeout(patience):
            while self.log.count(words) < times:
                assert self.is_alive, self.log
                await asyncio.sleep(0.02)

    async def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""


async def sportello(
    environment: Mapping[str, str], folder: Path, *arguments: str
) -> tuple[int, str, str]:
    """Run one command; return its exit code, its output and its errors."""
    with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("r") as errors:
        process = await fork(
            *arguments,
            environment=clean(environment),
            folder=folder,
            out=Path(out.name),
            errors=Path(errors.name),
        )
        code = await process.wait()
        return code, out.read(), errors.read()


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without any settings, plus the given ones."""
    inherited = {k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields}
    return {**inherited, **environment, "LOG_FORMAT": "json", "PYTHONPATH": str(_ROOT)}
