"""The acquisition, every half hour or as set: pending readings go to the company's system."""

from pathlib import Path

import structlog

from conversations.kit.context import Context
from conversations.kit.desk import Desk
from storage.engine import Store, is_passing, reason_of
from storage.exchange.acquisition import AcquisitionReport, acquire, finish_unfinished

log = structlog.get_logger()


class AcquisitionJob:
    """Runs one acquisition; one that an earlier run began is completed first."""

    __name__ = "acquisition"

    def __init__(self, store: Store, desk: Desk, exports: Path, company_vat: str | None) -> None:
        self._store = store
        self._desk = desk
        self._exports = exports
        self._company_vat = company_vat

    async def __call__(self, _context: Context) -> None:
        """As the scheduler calls it: a failure is logged, and the next run makes it good."""
        try:
            await self.run()
        except Exception as error:
            # Nothing is lost: what was claimed is completed by the next run.
            if not is_passing(error):
                raise
            log.warning("acquisition_put_off", reason=reason_of(error))

    async def complete_earlier(self) -> None:
        """At start: what an earlier run claimed and could not hand over.

        A disk that is still full is no reason not to serve: the next run tries again.
        """
        try:
            report = await finish_unfinished(
                self._store,
                exports=self._exports,
                zone=self._desk.zone,
                now=self._desk.clock.now(),
            )
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("acquisition_put_off", reason=reason_of(error))
            return
        if report.handovers:
            log.info("acquisition_completed", report=str(report))

    async def run(self) -> AcquisitionReport:
        """One acquisition now."""
        report = await acquire(
            self._store,
            exports=self._exports,
            company_vat=self._company_vat,
            zone=self._desk.zone,
            now=self._desk.clock.now(),
        )
        log.info("acquisition", report=str(report))
        return report
