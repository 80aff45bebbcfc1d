"""What every job of the scheduler's has in common."""

import asyncio
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import structlog

from conversations.kit.context import Context
from storage.engine import is_passing, reason_of

log = structlog.get_logger()

T = TypeVar("T")


class ServiceJob(ABC, Generic[T]):
    """One run at a time, and none lost to a database or a disk that is away for a moment.

    ``__name__`` is what the scheduler and the log call it. A run that fails half-way is made good
    by the next one: each job finds in the database what is still to be done.
    """

    __name__: str

    def __init__(self) -> None:
        self._running = asyncio.Lock()

    async def __call__(self, _context: Context) -> None:
        """As the scheduler calls it; while one run lasts, no other begins."""
        if self._running.locked():
            return
        try:
            await self.run()
        except Exception as error:
            if not is_passing(error):
                raise
            self.note_put_off(error)

    async def run(self) -> T:
        """Everything that is due now, after a run that may be under way."""
        async with self._running:
            return await self._run()

    def note_put_off(self, error: Exception) -> None:
        """Logs why a run ended before its end."""
        log.warning("job_put_off", job=self.__name__, reason=reason_of(error))

    @abstractmethod
    async def _run(self) -> T:
        """One run."""
