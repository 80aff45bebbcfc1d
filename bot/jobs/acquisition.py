"""The acquisition: hands pending readings to the company's system, every half hour or as set."""

from pathlib import Path

import structlog

from bot.jobs.job import ServiceJob
from conversations.kit.services import Services
from storage.engine import Store, is_passing
from storage.exchange.acquisition import AcquisitionReport, acquire, finish_unfinished

log = structlog.get_logger()


class AcquisitionJob(ServiceJob[AcquisitionReport]):
    """Runs one acquisition, after completing those that earlier runs began."""

    __name__ = "acquisition"

    def __init__(
        self, store: Store, services: Services, exports: Path, company_vat: str | None
    ) -> None:
        super().__init__()
        self._store = store
        self._services = services
        self._exports = exports
        self._company_vat = company_vat

    async def complete_earlier(self) -> None:
        """At start, complete what an earlier run claimed and could not hand over.

        A full disk does not keep the service from starting: the next run tries again.
        """
        try:
            report = await finish_unfinished(
                self._store,
                exports=self._exports,
                zone=self._services.zone,
                now=self._services.clock.now(),
                quiet_hours=self._services.quiet_hours,
            )
        except Exception as error:
            if not is_passing(error):
                raise
            self.note_put_off(error)
            return
        _note(report)

    async def _run(self) -> AcquisitionReport:
        """Run one acquisition now."""
        report = await acquire(
            self._store,
            exports=self._exports,
            company_vat=self._company_vat,
            zone=self._services.zone,
            now=self._services.clock.now(),
            quiet_hours=self._services.quiet_hours,
        )
        _note(report)
        return report


def _note(report: AcquisitionReport) -> None:
    """Log what was handed over, and what the operator should check; nothing for an empty run."""
    for handover in report.handovers:
        log.info(
            "acquisition",
            id=handover.acquisition_id,
            readings=handover.readings,
            contacts=handover.contacts,
            files=[file.name for file in handover.files],
            repeated=handover.repeated,
        )
        for warning in handover.warnings:
            log.warning("acquisition_warning", id=handover.acquisition_id, warning=warning)
