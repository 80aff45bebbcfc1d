"""Removing what the company no longer needs, by periods that the operator sets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from storage.engine import Store
from storage.rules.retention import Retention
from storage.unit import Unit

_EXPORTS = ("autoletture_*.csv", "contatti_*.csv", "*.xml")
"""What the company's system was given; nothing else in that folder is touched."""


@dataclass(slots=True)
class Removed:
    """How much went of each kind; a field for each period of ``Retention``."""

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
    """Removes what is older than its period, in small units.

    What was interrupted goes on with the next call. Kept files follow within days, by the sweep of
    their room.

    Args:
        store: where the rows are.
        retention: for how long what is kept.
        exports: the folder of what was handed over.
        now: the present instant.
        only_count: to say what would go, and leave it: of each kind as much as one unit takes.

    Returns:
        How much went, or would go.

    Raises:
        sqlalchemy.exc.DBAPIError: the database is away; what was removed stays so.
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
                    return count  # and what was done in this unit is undone
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
