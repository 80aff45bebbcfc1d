"""What the scheduler runs: python-telegram-bot's JobQueue, on APScheduler."""

from datetime import timedelta
from typing import Any

from telegram.ext import JobQueue

from bot.jobs.acquisition import AcquisitionJob
from bot.jobs.attachments import AttachmentsJob
from bot.jobs.housekeeping import Housekeeping
from bot.jobs.letters import LettersJob
from bot.jobs.outbox import OutboxJob
from bot.jobs.reminders import RemindersJob
from conversations.kit.context import Context
from conversations.kit.desk import Desk

# APScheduler's own grace is one second: a job that is late by two would be skipped. Here a late
# one runs, once, however many times it was due meanwhile, and never beside itself.
PATIENT: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}

OUTBOX_TICK = timedelta(seconds=1)
REMINDERS_TICK = timedelta(seconds=20)
HOUSEKEEPING_TICK = timedelta(seconds=20)
LETTERS_TICK = timedelta(seconds=5)
ATTACHMENTS_TICK = timedelta(seconds=5)


def schedule(
    queue: "JobQueue[Context]",
    desk: Desk,
    *,
    acquisition: AcquisitionJob,
    outbox: OutboxJob,
    reminders: RemindersJob,
    housekeeping: Housekeeping,
    letters: LettersJob,
    attachments: AttachmentsJob,
) -> None:
    """Puts every job on the scheduler's list."""
    queue.run_repeating(
        acquisition,
        desk.acquisition_interval,
        first=desk.next_acquisition(desk.clock.now()),
        name="acquisition",
        job_kwargs=PATIENT,
    )
    # These two see to it themselves that they do not run twice: a broadcast takes its time, and the
    # scheduler need not complain of every tick that falls into it.
    by_themselves = PATIENT | {"max_instances": 2}
    queue.run_repeating(outbox, OUTBOX_TICK, first=0, name="outbox", job_kwargs=by_themselves)
    queue.run_repeating(
        reminders, REMINDERS_TICK, first=2, name="reminders", job_kwargs=by_themselves
    )
    queue.run_repeating(
        housekeeping, HOUSEKEEPING_TICK, first=1, name="housekeeping", job_kwargs=PATIENT
    )
    queue.run_repeating(letters, LETTERS_TICK, first=2, name="letters", job_kwargs=by_themselves)
    queue.run_repeating(
        attachments, ATTACHMENTS_TICK, first=3, name="attachments", job_kwargs=PATIENT
    )
