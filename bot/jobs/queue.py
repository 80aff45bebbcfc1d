"""The scheduler's queue of jobs, for a service that may be stopped, or may not be the only one.

Jobs run only in the process that serves; stopping waits for them only briefly; and when the clock
is set back, jobs do not wait until the former time is reached.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from telegram.ext import Job, JobQueue

from conversations.kit.context import Context

log = structlog.get_logger()

STOP_WITHIN = 2.0
"""Seconds that running jobs get to finish; interrupting them loses nothing.

Slightly longer than turns get, so that nothing waits for Telegram any more by then.
"""

_LOOK_AT_CLOCK_EVERY = 1.0
_SLACK = timedelta(seconds=2)

# By default APScheduler skips a job that is late by more than a second. Here a late job runs, once,
# however many times it was due meanwhile. Jobs themselves ensure that they run once at a time
# (``ServiceJob``); the scheduler's own limit would log a warning for each tick during a long run.
_PATIENT: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 2}

Callback = Callable[[Context], Coroutine[Any, Any, object]]


class ServingQueue(JobQueue[Context]):
    """python-telegram-bot's ``JobQueue`` with these three changes.

    Args:
        may_run: asked before each job; False in a process that has lost the right to serve.
    """

    def __init__(self, may_run: Callable[[], Awaitable[bool]]) -> None:
        super().__init__()
        self._may_run = may_run
        self._under_way: set[asyncio.Future[object]] = set()
        self._ending = False
        self._watch: asyncio.Task[None] | None = None

    def every(
        self, interval: timedelta, callback: Callback, *, first: float | datetime, name: str
    ) -> Job[Context]:
        """Add a job that runs every *interval* from *first* on."""
        return self.run_repeating(
            self._guarded(callback), interval, first=first, name=name, job_kwargs=_PATIENT
        )

    async def start(self) -> None:
        """Begin to run jobs."""
        self._ending = False
        await super().start()
        self._watch = asyncio.create_task(self._watch_clock(), name="clock")

    async def wind_up(self) -> None:
        """Begin no further job, and give running ones ``STOP_WITHIN`` to finish."""
        self._ending = True
        if self._watch is not None:
            self._watch.cancel()
        if not self._under_way:
            return
        _, late = await asyncio.wait(set(self._under_way), timeout=STOP_WITHIN)
        for work in late:
            work.cancel()
        if late:
            log.info("jobs_cut_off", count=len(late))
            await asyncio.wait(late, timeout=STOP_WITHIN)

    async def stop(self, wait: bool = True) -> None:
        """Stop the scheduler."""
        await self.wind_up()
        await super().stop(wait=wait)

    def bring_forward(self, now: datetime) -> int:
        """Move jobs that are due later than one interval from now; return how many.

        The scheduler stores when a job is due as a time of day, which is too far away after the
        clock was set back.
        """
        moved = 0
        for job in self.scheduler.get_jobs():
            interval = getattr(job.trigger, "interval", None)
            if interval is None or job.next_run_time is None:
                continue
            ahead = job.next_run_time - now
            if ahead > interval + _SLACK:
                # By whole intervals, so that an acquisition stays on its half hour.
                job.modify(next_run_time=job.next_run_time - (ahead // interval) * interval)
                moved += 1
        return moved

    def _guarded(self, callback: Callback) -> Callable[[Context], Coroutine[Any, Any, None]]:
        async def guarded(context: Context) -> None:
            if self._ending or not await self._may_run():
                return
            work: asyncio.Future[object] = asyncio.ensure_future(callback(context))
            self._under_way.add(work)
            try:
                await asyncio.wait({work})
            finally:
                self._under_way.discard(work)
            if not (work.cancelled() and self._ending):
                work.result()

        return guarded

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AT_CLOCK_EVERY)
            if moved := self.bring_forward(datetime.now(UTC)):
                log.warning("clock_stepped_back", jobs=moved)
