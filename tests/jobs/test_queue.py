"""The scheduler's list itself, with the machine's clock stepping back under it while it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import apscheduler.executors.base
import apscheduler.schedulers.base
import pytest
from telegram.ext import Application

import bot.jobs.queue
from bot.jobs.queue import ServingQueue
from conversations.kit.context import Context

HALF_HOUR = timedelta(minutes=30)
SHORT = timedelta(seconds=1)
PATIENCE_SECONDS = 60


class MachineClock(datetime):
    """What ``datetime.now`` is asked of, `ahead` of the real one by what a test sets."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "MachineClock":
        return super().now(tz) + cls.ahead


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> type[MachineClock]:
    """The clock that the queue and its scheduler look at; everything else keeps the real one."""
    monkeypatch.setattr(MachineClock, "ahead", timedelta())
    for module in (bot.jobs.queue, apscheduler.schedulers.base, apscheduler.executors.base):
        monkeypatch.setattr(module, "datetime", MachineClock)
    return MachineClock


@pytest.fixture
async def queue() -> AsyncIterator[ServingQueue]:
    """A queue that is started and empty; its jobs get a context without a service."""

    async def always() -> bool:
        return True

    made = ServingQueue(always)
    application: Any = Application.builder().token("1:nobody").job_queue(made).build()
    await made.start()
    yield made
    await made.stop()
    del application  # the queue itself holds it only weakly


def put(
    queue: ServingQueue,
    job: Callable[[Context], Coroutine[Any, Any, object]],
    interval: timedelta,
    first: datetime,
) -> Any:
    """Puts a job on the list, and gives what the scheduler knows of it."""
    return queue.every(interval, job, first=first, name="trial").job


def next_on_the_grid(now: datetime, interval: timedelta) -> datetime:
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    return epoch + ((now - epoch) // interval + 1) * interval


async def brought_forward(job: Any, now: Callable[[], datetime], interval: timedelta) -> None:
    """Waits until a job is due as its interval explains, a breath of slack allowed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while job.next_run_time - now() > interval + timedelta(seconds=2):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_job_runs_on_although_the_clock_stepped_back_an_hour(
    queue: ServingQueue, machine: type[MachineClock]
) -> None:
    ran = asyncio.Event()

    async def note(_: Context) -> None:
        ran.set()

    machine.ahead = timedelta(hours=1)
    job = put(queue, note, SHORT, next_on_the_grid(machine.now(UTC), SHORT))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ran.wait()
    machine.ahead = timedelta()
    # A run that was under way at the step may end after it; the one after that is the proof.
    await brought_forward(job, lambda: machine.now(UTC), SHORT)
    ran.clear()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ran.wait()
    assert job.next_run_time.microsecond == 0, "it left its grid"


@pytest.mark.parametrize(
    "step", [timedelta(hours=1), timedelta(minutes=47), timedelta(days=1, minutes=10)], ids=str
)
async def test_the_half_hours_are_kept(
    queue: ServingQueue, machine: type[MachineClock], step: timedelta
) -> None:
    async def nothing(_: Context) -> None:
        pass

    machine.ahead = step
    job = put(queue, nothing, HALF_HOUR, next_on_the_grid(machine.now(UTC), HALF_HOUR))
    machine.ahead = timedelta()
    await brought_forward(job, lambda: machine.now(UTC), HALF_HOUR)
    due = job.next_run_time.astimezone(UTC)
    assert (due.minute % 30, due.second, due.microsecond) == (0, 0, 0)
    assert due > datetime.now(UTC) - HALF_HOUR


async def test_a_job_that_is_due_in_time_stays_where_it_is(
    queue: ServingQueue, machine: type[MachineClock]
) -> None:
    async def nothing(_: Context) -> None:
        pass

    now = machine.now(UTC)
    job = put(queue, nothing, HALF_HOUR, now + HALF_HOUR)
    assert queue.bring_forward(now) == 0
    assert job.next_run_time == now + HALF_HOUR
