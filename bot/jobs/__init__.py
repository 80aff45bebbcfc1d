"""The scheduler's jobs: python-telegram-bot's JobQueue, on APScheduler."""

from datetime import timedelta

from bot.jobs.acquisition import AcquisitionJob
from bot.jobs.attachments import AttachmentsJob
from bot.jobs.housekeeping import Housekeeping
from bot.jobs.letters import LettersJob
from bot.jobs.outbox import OutboxJob
from bot.jobs.queue import ServingQueue
from bot.jobs.reminders import RemindersJob
from bot.jobs.retention import RetentionJob
from conversations.kit.services import Services

OUTBOX_TICK = timedelta(seconds=1)
REMINDERS_TICK = timedelta(seconds=20)
HOUSEKEEPING_TICK = timedelta(seconds=20)
LETTERS_TICK = timedelta(seconds=5)
ATTACHMENTS_TICK = timedelta(seconds=5)
RETENTION_TICK = timedelta(days=1)
_RETENTION_STARTS = 600  # seconds after the start of the service, which is busy at first


def schedule(
    queue: ServingQueue,
    services: Services,
    *,
    acquisition: AcquisitionJob,
    outbox: OutboxJob,
    reminders: RemindersJob,
    housekeeping: Housekeeping,
    letters: LettersJob,
    attachments: AttachmentsJob,
    retention: RetentionJob,
) -> None:
    """Add every job to the scheduler."""
    first = services.next_acquisition(services.clock.now())
    queue.every(services.acquisition_interval, acquisition, first=first, name="acquisition")
    queue.every(OUTBOX_TICK, outbox, first=0, name="outbox")
    queue.every(REMINDERS_TICK, reminders, first=2, name="reminders")
    queue.every(HOUSEKEEPING_TICK, housekeeping, first=1, name="housekeeping")
    queue.every(LETTERS_TICK, letters, first=2, name="letters")
    queue.every(ATTACHMENTS_TICK, attachments, first=3, name="attachments")
    queue.every(RETENTION_TICK, retention, first=_RETENTION_STARTS, name="retention")
