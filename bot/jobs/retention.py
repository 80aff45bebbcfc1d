"""Removes data that is no longer needed, once a day."""

from dataclasses import asdict
from pathlib import Path

import structlog

from bot.jobs.job import ServiceJob
from conversations.kit.services import Services
from storage.engine import Store
from storage.retention import Removed, remove_old
from storage.rules.retention import Retention

log = structlog.get_logger()


class RetentionJob(ServiceJob[Removed]):
    """Removes what is older than its period.

    Args:
        store: where the rows are.
        services: the clock.
        retention: the periods.
        exports: the folder of files that were handed over.
    """

    __name__ = "retention"

    def __init__(
        self, store: Store, services: Services, retention: Retention, exports: Path
    ) -> None:
        super().__init__()
        self._store = store
        self._services = services
        self._retention = retention
        self._exports = exports

    async def _run(self) -> Removed:
        """Remove it; return how much."""
        removed = await remove_old(
            self._store,
            self._retention,
            exports=self._exports,
            now=self._services.clock.now(),
        )
        if removed.anything:
            log.info("removed_what_is_old", **asdict(removed))
        return removed
