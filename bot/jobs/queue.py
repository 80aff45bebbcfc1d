"""The scheduler's list of jobs, as a service needs it that may be stopped, or not be the only one.

A job runs only while this process is the one that serves; a stop waits for it a moment, no longer;
and a clock that is set back does not send everything to sleep until the former time is reached.
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
"""Seconds that running jobs get to finish; what they do survives being cut off.

A little longer than turns get: once those are over, nothing waits for Telegram any more.
"""

_LOOK_AT_CLOCK_EVERY = 1.0
_SLACK = timedelta(seconds=2)

# APScheduler's own grace is one second: a job that is late by two would be skipped. Here a late
# one runs, once, however many times it was due meanwhile. That it never runs beside itself is the
# jobs' own doing (``ServiceJob``): a broadcast takes its time, and the scheduler, which would keep
# to one as well, need not complain of every tick that falls into it.
_PATIENT: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 2}

Callback = Callable[[Context], Coroutine[Any, Any, object]]


class ServingQueue(JobQueue[Context]):
    """python-telegram-bot's ``JobQueue`` with these three habits.

    Args:
        may_run: asked before each job; a process that has lost the right to serve says no.
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
        """Puts a job on the list, to run every *interval* from *first* on."""
        return self.run_repeating(
            self._guarded(callback), interval, first=first, name=name, job_kwargs=_PATIENT
        )

    async def start(self) -> None:
        """Begins to run what is on the list."""
        self._ending = False
        await super().start()
        self._watch = asyncio.create_task(self._watch_clock(), name="clock")

    async def wind_up(self) -> None:
        """Begins no further job, and gives those under way ``STOP_WITHIN`` to finish."""
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
        """Ends the scheduler."""
        await self.wind_up()
        await super().stop(wait=wait)

    def bring_forward(self, now: datetime) -> int:
        """Moves jobs that are due later than their interval explains; gives how many there were.

        The scheduler remembers when a job is due as a time of day. When the clock steps back, that
        is further away than it ever should be.
        """
        moved = 0
        for job in self.scheduler.get_jobs():
            interval = getattr(job.trigger, "interval", None)
            if interval is None or job.next_run_time is None:
                continue
            ahead = job.next_run_time - now
            if ahead > interval + _SLACK:
                # By whole intervals: an acquisition stays on its half hour.
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
