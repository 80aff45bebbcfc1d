"""Runs the jobs that send messages unasked, and reads the outbox."""

from datetime import datetime

from sqlalchemy import select

from storage.engine import Store
from storage.models import OutboxMessage, OutboxState
from tests.support.chat import Counter
from tests.support.clock import ROME


def rome(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A local time in Rome, as an instant."""
    return datetime(year, month, day, hour, minute, tzinfo=ROME)


async def speak(counter: Counter) -> None:
    """Run both jobs, as the scheduler would now."""
    await counter.service.reminders.run()
    await counter.service.outbox.run()
    await counter.settle()


async def outbox(store: Store, *kinds: str) -> list[OutboxMessage]:
    """The messages of these kinds, or all, in the order in which they were queued."""
    statement = select(OutboxMessage).order_by(OutboxMessage.id)
    if kinds:
        statement = statement.where(OutboxMessage.kind.in_(kinds))
    async with store.reading() as unit:
        return list(await unit.session.scalars(statement))


async def states(store: Store, *kinds: str) -> list[OutboxState]:
    """The states of these messages."""
    return [each.state for each in await outbox(store, *kinds)]
