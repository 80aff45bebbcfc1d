"""Removes data that is no longer needed, after periods that the operator sets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from storage.engine import Store
from storage.rules.retention import Retention
from storage.unit import Unit

_EXPORTS = ("autoletture_*.csv", "contatti_*.csv", "*.xml")
"""Files handed over to the company's system; nothing else in that folder is touched."""


@dataclass(slots=True)
class Removed:
    """How much was removed of each kind; one field for each period of ``Retention``."""

    customers: int = 0
    tickets: int = 0
    attachments: int = 0
    link_attempts: int = 0
    exports: int = 0

    @property
    def anything(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


async def remove_old(
    store: Store, retention: Retention, *, exports: Path, now: datetime, only_count: bool = False
) -> Removed:
    """Remove what is older than its period, in small transactions.

    After an interruption, the next call continues. Stored files follow within days, by the sweep of
    the file store.

    Args:
        store: where the rows are.
        retention: how long what is kept.
        exports: the folder of files that were handed over.
        now: the current instant.
        only_count: count without removing: of each kind at most what one transaction takes.

    Returns:
        How much was, or would be, removed.

    Raises:
        sqlalchemy.exc.DBAPIError: the database is unavailable; what was removed stays removed.
        OSError: a file cannot be removed.
    """
    removed = Removed()

    async def remove(
        period: timedelta | None, forget: Callable[[Unit, datetime], Awaitable[int]]
    ) -> int:
        if period is None:
            return 0
        count = 0
        while True:
            async with store.unit() as unit:
                some = await forget(unit, now - period)
                count += some
                if not some or only_count:
                    return count  # without a commit
                await unit.commit()

    removed.attachments = await remove(
        retention.attachments, lambda unit, before: unit.retention.forget_attachments(before)
    )
    removed.tickets = await remove(
        retention.tickets, lambda unit, before: unit.retention.forget_tickets(before)
    )
    removed.link_attempts = await remove(
        retention.link_attempts,
        lambda unit, before: unit.retention.forget_link_attempts(before, now=now),
    )
    removed.customers = await remove(
        retention.customers, lambda unit, before: unit.retention.forget_customers(before)
    )
    if retention.exports is not None:
        limit = now - retention.exports
        removed.exports = await asyncio.to_thread(_remove_files, exports, limit, only_count)
    return removed


def _remove_files(folder: Path, before: datetime, only_count: bool) -> int:
    count = 0
    for pattern in _EXPORTS:
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and path.stat().st_mtime < before.timestamp():
                if not only_count:
                    path.unlink(missing_ok=True)
                count += 1
    return count
