"""The scheduler's list: what is on it, when, and that it runs by itself."""

import asyncio
from datetime import timedelta

import pytest
from telegram.ext import JobQueue

from bot.application import Service
from bot.jobs.job import ServiceJob
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from conversations.kit.context import Context
from storage.engine import Store
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, add_open_window, link_chat
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice
from tests.support.readings import reads, self_readings


def queue_of(service: Service) -> JobQueue[Context]:
    queue = service.application.job_queue
    assert queue is not None
    return queue


async def test_every_job_is_on_the_list_and_patient(
    settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    service = Service(settings, clock=clock, post=post, pictures=PlainPictures())
    async with service:
        jobs = {job.name: job.job for job in queue_of(service).jobs()}
        assert set(jobs) == {
            "acquisition",
            "outbox",
            "reminders",
            "housekeeping",
            "letters",
            "attachments",
            "retention",
        }
        for job in jobs.values():
            assert job.misfire_grace_time is None, "a late job would be skipped"
            assert job.coalesce


async def test_a_job_that_is_called_while_it_runs_does_not_run_beside_itself() -> None:
    class Slow(ServiceJob[None]):
        __name__ = "slow"
        runs = 0
        goes_on = asyncio.Event()

        async def _run(self) -> None:
            self.runs += 1
            await self.goes_on.wait()

    job = Slow()
    first = asyncio.create_task(job(None))  # type: ignore[arg-type]  # as the scheduler calls it
    await asyncio.sleep(0)
    await job(None)  # type: ignore[arg-type]
    assert job.runs == 1
    job.goes_on.set()
    await first
    await job(None)  # type: ignore[arg-type]
    assert job.runs == 2


@pytest.mark.parametrize(
    ("interval", "minutes"), [(timedelta(minutes=30), 30), (timedelta(hours=1), 60)]
)
async def test_acquisitions_stand_on_the_multiples_of_their_interval(
    settings: Settings, clock: MovableClock, interval: timedelta, minutes: int
) -> None:
    clock.set(2099, 2, 15, 10, 7)  # ahead of the machine's own clock, which the scheduler asks
    every = settings.model_copy(update={"acquisition_interval": interval})
    service = Service(every, clock=clock, pictures=PlainPictures())
    async with service:
        (job,) = queue_of(service).get_jobs_by_name("acquisition")
        due = job.next_t
        assert due is not None
        assert due == service.services.next_acquisition(clock.now())
        assert due - clock.now() == timedelta(minutes=minutes - 7)
        assert job.job.trigger.interval == interval


async def test_a_reading_is_acquired_and_told_without_anybody_asking(
    telegram: LocalTelegram, settings: Settings, post: PostOffice
) -> None:
    every = settings.model_copy(update={"acquisition_interval": timedelta(seconds=3)})
    service = Service(every, post=post, pictures=PlainPictures())
    async with service:
        counter = Counter(telegram, service)
        chat = counter.visitor("Anna")
        await _linked(service.store, chat, service)
        told = asyncio.Event()
        telegram.subscribe(lambda event: told.set() if "Acquisita" in str(event.message) else None)
        await reads(chat, "45000")
        async with asyncio.timeout(60):
            await told.wait()
        (reading,) = await self_readings(service.store)
        assert reading.acquisition_id == 1
        assert (every.exports_dir / "autoletture_000001.csv").is_file()


async def _linked(store: Store, chat: ChatDriver, service: Service) -> None:
    now = service.clock.now()
    customer = await add_customer(store)
    await add_gas_point(store, customer)
    await add_open_window(store, now)
    await link_chat(store, chat.id, customer, now)
