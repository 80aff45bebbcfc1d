"""Waiting for Telegram and the mail server, with growing pauses, until the service stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.errors import Unreachable

LONGEST_PAUSE_SECONDS = 60
# The database is ours: an answer should not wait a minute longer than it is unavailable.
LONGEST_PAUSE_FOR_DATABASE = 5


def growing_pause(tries: int, longest: int = LONGEST_PAUSE_SECONDS) -> float:
    """The pause after so many failures in a row, in seconds: 1, 2, 4 … *longest*."""
    return float(min(2 ** min(max(tries - 1, 0), 10), longest))


class StoppableWaits:
    """The tasks that wait for an outside server, so that stopping the service cancels them.

    Only such waits are cancelled, never a transaction: that would leave a connection half closed.
    """

    def __init__(self) -> None:
        self._waiting: set[asyncio.Task[Any]] = set()
        self._over = False

    @property
    def is_over(self) -> bool:
        return self._over

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let a stop cancel what is awaited within.

        Raises:
            Unreachable: it was cancelled, or the service is stopping already.
        """
        task = asyncio.current_task()
        if self._over or task is None:
            raise Unreachable
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            # The task may also have been cancelled by others, which must take effect.
            if not self._over or task.uncancel():
                raise
            raise Unreachable from None
        finally:
            self._waiting.discard(task)

    def end(self) -> None:
        """Cancel all waits, and refuse new ones."""
        self._over = True
        for task in self._waiting:
            task.cancel()
