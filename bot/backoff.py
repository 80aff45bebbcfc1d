"""Waiting for the world outside — Telegram, the mail server — until a stop cuts it short."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.errors import Unreachable

LONGEST_PAUSE_SECONDS = 60
# The database is our own: whoever waits for an answer should not wait a minute longer than it.
LONGEST_PAUSE_FOR_DATABASE = 5


def growing_pause(tries: int, longest: int = LONGEST_PAUSE_SECONDS) -> float:
    """How long to wait after so many failures in a row: 1, 2, 4 … *longest* seconds."""
    return float(min(2 ** min(max(tries - 1, 0), 10), longest))


class Patience:
    """Knows who waits for somebody outside, so that a stop need not wait along.

    Only such waiting is cut off, never a transaction: that would leave a connection half closed.
    """

    def __init__(self) -> None:
        self._waiting: set[asyncio.Task[Any]] = set()
        self._over = False

    @property
    def is_over(self) -> bool:
        return self._over

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What is awaited within may be cut off.

        Raises:
            Unreachable: it was, or everything is being stopped already.
        """
        task = asyncio.current_task()
        if self._over or task is None:
            raise Unreachable
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            # Somebody else may have cancelled the task as well, and is to be obeyed.
            if not self._over or task.uncancel():
                raise
            raise Unreachable from None
        finally:
            self._waiting.discard(task)

    def end(self) -> None:
        """Cuts off whoever waits, and lets nobody begin to wait."""
        self._over = True
        for task in self._waiting:
            task.cancel()
