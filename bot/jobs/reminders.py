"""Queues notices in the outbox: reminders, changed windows, new invoices.

Each run looks into a few indexes for what is new or due, and continues in small transactions until
nothing is left. The database computes who is reminded and when, so a restart loses nothing.
"""

from datetime import timedelta

import structlog

from bot.jobs.job import ServiceJob
from conversations.kit.services import Services
from storage.engine import Store
from storage.repositories.hours import Hours, everybodys_hours
from storage.unit import Unit

log = structlog.get_logger()

MEMORY = timedelta(days=400)
"""How long sent messages are remembered: a little more than a year of windows."""


class RemindersJob(ServiceJob[None]):
    """Plans windows, runs the rounds that are due, and queues notices of changes and invoices."""

    __name__ = "reminders"

    def __init__(self, store: Store, services: Services) -> None:
        super().__init__()
        self._store = store
        self._services = services

    async def _run(self) -> None:
        """Do everything that is due now."""
        await self._plan()
        await self._tell_of_changes()
        await self._fire()
        await self._tell_of_invoices()
        await self._expire()
        await self._forget()

    async def _plan(self) -> None:
        planned = 1
        while planned:
            async with self._store.unit() as unit:
                now = self._services.clock.now()
                planned = await unit.reminders.plan(self._services.zone, now=now)
                await unit.commit()

    async def _tell_of_changes(self) -> None:
        more = True
        while more:
            async with self._store.unit() as unit:
                more = await unit.reminders.tell_of_changes(
                    hours=await self._hours(unit), now=self._services.clock.now()
                )
                await unit.commit()

    async def _fire(self) -> None:
        hours: Hours | None = None
        while True:
            async with self._store.unit() as unit:
                now = self._services.clock.now()
                occasion = await unit.reminders.due_round(now)
                if occasion is None:
                    return
                hours = hours or await self._hours(unit)
                goes_on = await unit.reminders.fire(occasion, hours=hours, now=now)
                await unit.commit()
            if not goes_on:
                log.info("reminder_round", round_id=occasion.id, kind=occasion.kind.value)

    async def _tell_of_invoices(self) -> None:
        looked_at = 1
        while looked_at:
            async with self._store.unit() as unit:
                now = self._services.clock.now()
                looked_at = await unit.invoices.tell_of_new(
                    self._services.today(now), hours=await self._hours(unit), now=now
                )
                await unit.commit()

    async def _hours(self, unit: Unit) -> Hours:
        return await everybodys_hours(
            unit.preferences, self._services.quiet_hours, self._services.zone
        )

    async def _expire(self) -> None:
        """Settle messages that are not worth sending any more, in bulk."""
        expired = 1
        while expired:
            async with self._store.unit() as unit:
                expired = await unit.outbox.expire(self._services.clock.now())
                await unit.commit()

    async def _forget(self) -> None:
        """Remove messages and rounds from long ago."""
        before = self._services.clock.now() - MEMORY
        gone = 1
        while gone:
            async with self._store.unit() as unit:
                gone = await unit.outbox.forget(before=before)
                if gone:
                    await unit.reminders.forget(before=before)
                await unit.commit()
