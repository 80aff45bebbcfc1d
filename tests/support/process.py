"""`sportello run` as a process of its own, to be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path


class RunningBot:
    """One `sportello run`, started, killed and started again with the same settings."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = {**os.environ, **environment, "LOG_FORMAT": "json"}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self.kills = 0

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", env=self._environment, stderr=log, stdout=log
            )

    async def kill(self) -> None:
        """As the kernel would: no goodbye, nothing flushed."""
        await self._end(signal.SIGKILL)
        self.kills += 1

    async def terminate(self) -> int:
        """As a service manager would; gives the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")
