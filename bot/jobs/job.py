"""The base of all scheduler jobs."""

import asyncio
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import structlog

from conversations.kit.context import Context
from storage.engine import is_passing, reason_of

log = structlog.get_logger()

T = TypeVar("T")


class ServiceJob(ABC, Generic[T]):
    """Runs once at a time, and survives a database or a disk that is briefly unavailable.

    ``__name__`` is its name in the scheduler and the log. After a failed run, the next one
    continues: each job finds in the database what is still to be done.
    """

    __name__: str

    def __init__(self) -> None:
        self._running = asyncio.Lock()

    async def __call__(self, _context: Context) -> None:
        """Run it for the scheduler, unless a run is going on."""
        if self._running.locked():
            return
        try:
            await self.run()
        except Exception as error:
            if not is_passing(error):
                raise
            self.note_put_off(error)

    async def run(self) -> T:
        """Do everything that is due now, after waiting for a run that is going on."""
        async with self._running:
            return await self._run()

    def note_put_off(self, error: Exception) -> None:
        """Log why a run stopped early."""
        log.warning("job_put_off", job=self.__name__, reason=reason_of(error))

    @abstractmethod
    async def _run(self) -> T:
        """Do one run."""
