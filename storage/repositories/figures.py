"""Statistics of the service: counts only, no personal data."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute

from storage.models import (
    Acquisition,
    AttemptOutcome,
    Chat,
    ChatLink,
    Customer,
    InboxUpdate,
    LinkAttempt,
    OutboxMessage,
    Outcome,
    Reading,
    ReadingSource,
    Ticket,
    TicketState,
)
from storage.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is waiting now.

    ``updates`` are stored and not answered, ``messages`` are unasked ones by state; ``tickets`` are
    those in which the customer wrote last.
    """

    updates: int
    messages: dict[str, int]
    readings: int
    tickets: int
    acquisitions: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How many customers and chats there are, and how many of them the bot can reach."""

    customers: int
    customers_linked: int
    chats_linked: int
    chats_blocked: int


class Figures(Repository):
    async def waiting(self) -> Waiting:
        """What is waiting, counted in partial indexes."""
        # Counts the indexed column; otherwise the database does not choose the index.
        due, leaving = OutboxMessage.not_before, OutboxMessage.id
        return Waiting(
            updates=await self._count(InboxUpdate.update_id, "answered_at IS NULL"),
            messages={
                "queued": await self._count(due, "state = 'queued'"),
                "sending": await self._count(leaving, "state = 'sending'"),
            },
            readings=await self._count(Reading.id, "state = 'pending'"),
            tickets=await self._count(Ticket.id, "state = 'open' AND last_author = 'customer'"),
            acquisitions=await self._count(Acquisition.id, "completed_at IS NULL"),
        )

    async def reach(self) -> Reach:
        """Customers and chats."""
        live = ChatLink.revoked_at.is_(None)
        linked = await self.session.execute(
            select(
                func.count(ChatLink.customer_id.distinct()), func.count(ChatLink.chat_id.distinct())
            ).where(live)
        )
        customers_linked, chats_linked = linked.one()
        return Reach(
            customers=await self._count(Customer.id),
            customers_linked=customers_linked,
            chats_linked=chats_linked,
            chats_blocked=await self._count(Chat.id, "blocked_at IS NOT NULL"),
        )

    async def readings(self, *, since: date) -> dict[date, dict[str, int]]:
        """Self-readings by local day, newest first, and by state or, once known, outcome."""
        readings: dict[date, dict[str, int]] = {}
        for day, state, outcome, how_many in await self.session.execute(
            select(Reading.day, Reading.state, Reading.outcome, func.count())
            .where(Reading.source == ReadingSource.SELF, Reading.day >= since)
            .group_by(Reading.day, Reading.state, Reading.outcome)
            .order_by(Reading.day.desc())
        ):
            word = state.value if outcome is Outcome.NONE else outcome.value
            of_day = readings.setdefault(day, {})
            of_day[word] = of_day.get(word, 0) + how_many
        return readings

    async def linking(self, *, since: datetime) -> dict[str, int]:
        """Attempts to link since then, by outcome; every outcome is present."""
        rows = await self.session.execute(
            select(LinkAttempt.outcome, func.count())
            .where(LinkAttempt.at > since)
            .group_by(LinkAttempt.outcome)
        )
        counts = {each.value: 0 for each in AttemptOutcome}
        return counts | {outcome.value: how_many for outcome, how_many in rows}

    async def messages(self) -> dict[str, int]:
        """The messages that the bot sends unasked, by state."""
        rows = await self.session.execute(
            select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
        )
        return {state.value: how_many for state, how_many in rows}

    async def tickets_open(self) -> int:
        """Tickets that are not closed."""
        return await self._count(Ticket.id, f"state = '{TicketState.OPEN.value}'")

    async def acquisitions(self) -> tuple[int, datetime | None]:
        """How many acquisitions were completed, and when the last one was."""
        last = await self.session.scalar(select(func.max(Acquisition.completed_at)))
        return await self._count(Acquisition.id, "completed_at IS NOT NULL"), last

    async def _count(self, column: "InstrumentedAttribute[Any]", condition: str = "") -> int:
        statement = select(func.count(column))
        if condition:
            # A literal and no parameter, so that the database knows that its indexes match.
            statement = statement.where(text(condition))
        return int(await self.session.scalar(statement) or 0)
