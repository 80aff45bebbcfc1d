"""Removes data that is no longer needed: a little at a time, so that nobody waits long.

Each method removes at most *limit* rows in its transaction, and returns how many; the caller calls
again, in a new transaction each time, until it returns 0.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, delete, exists, not_, or_, select, update

from storage.models import (
    ChatLink,
    ContactChange,
    Customer,
    Document,
    Invoice,
    LinkAttempt,
    MeasuredDay,
    OneTimeCode,
    Reading,
    ReadingState,
    Supply,
    SupplyPoint,
    Ticket,
    TicketFile,
    TicketMessage,
    TicketPost,
    TicketState,
    Withdrawal,
)
from storage.models.base import Base
from storage.models.sealed import bound
from storage.repositories.base import Repository
from storage.rules import lockouts

AT_ONCE = 200


class RetentionOfData(Repository):
    async def forget_tickets(self, before: datetime, *, limit: int = AT_ONCE) -> int:
        """Remove tickets that were closed before an instant, with everything in them.

        Their files are removed by the sweep of the file store, once no row names them.
        """
        tickets = await self.all(
            select(Ticket.id)
            .where(Ticket.state == TicketState.CLOSED, Ticket.closed_at < before)
            .order_by(Ticket.id)
            .limit(limit)
        )
        await self.remove_tickets(tickets)
        return len(tickets)

    async def remove_tickets(self, tickets: Sequence[int]) -> None:
        """Remove these tickets, with everything in them."""
        messages = select(TicketMessage.id).where(TicketMessage.ticket_id.in_(tickets))
        await self.session.execute(delete(TicketFile).where(TicketFile.message_id.in_(messages)))
        for table in (TicketMessage, TicketPost):
            await self.session.execute(delete(table).where(table.ticket_id.in_(tickets)))
        await self.session.execute(delete(Ticket).where(Ticket.id.in_(tickets)))

    async def forget_attachments(self, before: datetime, *, limit: int = AT_ONCE) -> int:
        """Remove the photos and files of tickets that were closed before an instant.

        A nameless row for each file stays.
        """
        files = await self.all(
            select(TicketFile.id)
            .join(TicketMessage, TicketMessage.id == TicketFile.message_id)
            .join(Ticket, Ticket.id == TicketMessage.ticket_id)
            .where(
                Ticket.state == TicketState.CLOSED,
                Ticket.closed_at < before,
                or_(TicketFile.room_name.is_not(None), not_(TicketFile.lost)),
            )
            .order_by(TicketFile.id)
            .limit(limit)
        )
        nothing = {"file_id": "", "name": "", "room_name": None, "lost": True}
        if files:
            await self.session.execute(
                update(TicketFile),
                [bound(TicketFile.__table__, {"id": number, **nothing}) for number in files],
            )
        return len(files)

    async def forget_customers(self, before: datetime) -> int:
        """Remove one former customer, with all their data; return 0 where there is none.

        Their supplies have all ended or gone to others, none of their data is newer than *before*,
        and nothing is still to be handed over to the company.
        """
        day = before.date()
        points, mine = SupplyPoint, SupplyPoint.customer_id == Customer.id
        found = await self.session.scalar(
            select(Customer.id)
            .where(
                # Customers that never had anything are left for the company to clear up.
                or_(
                    exists().where(mine),
                    exists().where(Supply.customer_id == Customer.id),
                    exists().where(Reading.customer_id == Customer.id),
                    exists().where(Invoice.customer_id == Customer.id),
                    exists().where(ChatLink.customer_id == Customer.id),
                ),
                ~exists().where(mine, or_(points.until.is_(None), points.until >= day)),
                ~exists().where(Supply.customer_id == Customer.id, Supply.ends_on >= day),
                ~exists().where(
                    Reading.customer_id == Customer.id,
                    or_(
                        Reading.day >= day,
                        Reading.submitted_at >= before,
                        Reading.state.in_((ReadingState.PENDING, ReadingState.CLAIMED)),
                    ),
                ),
                ~exists().where(
                    Invoice.customer_id == Customer.id,
                    or_(Invoice.day >= day, Invoice.due >= day),
                ),
                ~exists().where(Document.customer_id == Customer.id, Document.day >= day),
                ~exists().where(
                    Ticket.customer_id == Customer.id,
                    or_(Ticket.state == TicketState.OPEN, Ticket.changed_at >= before),
                ),
                ~exists().where(
                    ContactChange.customer_id == Customer.id,
                    or_(ContactChange.acquisition_id.is_(None), ContactChange.changed_at >= before),
                ),
                ~exists().where(ChatLink.customer_id == Customer.id, ChatLink.linked_at >= before),
            )
            .order_by(Customer.id)
            .limit(1)
        )
        if found is None:
            return 0
        for supply in await self.all(
            select(Supply).where(Supply.customer_id == found, Supply.ends_on.is_not(None))
        ):
            await self._forget_days(supply)
        await self._remove(Base.metadata.tables["customers"], [found])
        return 1

    async def _forget_days(self, supply: Supply) -> None:
        """Remove what the company read, measured and billed in a supply that has ended."""
        point, first, end = supply.supply_point_id, supply.starts_on, supply.ends_on
        assert end is not None  # noqa: S101 - asked for
        month = Withdrawal.year * 12 + Withdrawal.month
        readings = await self.all(
            select(Reading.id).where(
                Reading.supply_point_id == point,
                Reading.customer_id.is_(None),
                Reading.day >= first,
                Reading.day < end,
            )
        )
        await self._remove(Base.metadata.tables["readings"], readings)
        await self.session.execute(
            delete(MeasuredDay).where(
                MeasuredDay.supply_point_id == point,
                MeasuredDay.day >= first,
                MeasuredDay.day < end,
            )
        )
        await self.session.execute(
            delete(Withdrawal).where(
                Withdrawal.supply_point_id == point,
                month >= first.year * 12 + first.month,
                month < end.year * 12 + end.month,
            )
        )

    async def _remove(self, table: Table, ids: Sequence[int]) -> None:
        """Remove rows of a table, and first all rows that refer to them through foreign keys.

        Chats belong to no customer: they only lose their chosen point.
        """
        for child, column in _children(table):
            if child.name == "chats":
                await self.session.execute(
                    update(child).where(column.in_(ids)).values({column.name: None})
                )
            elif "id" in child.c:
                below = await self.all(select(child.c.id).where(column.in_(ids)))
                for start in range(0, len(below), AT_ONCE):
                    await self._remove(child, below[start : start + AT_ONCE])
            else:
                await self.session.execute(delete(child).where(column.in_(ids)))
        await self.session.execute(delete(table).where(table.c.id.in_(ids)))

    async def forget_link_attempts(
        self, before: datetime, *, now: datetime, limit: int = AT_ONCE
    ) -> int:
        """Remove attempts to link, and mailed codes, from before an instant.

        Those that locks and limits still count stay.
        """
        attempts = await self.all(
            select(LinkAttempt.id)
            .where(LinkAttempt.at < min(before, now - lockouts.HISTORY))
            .order_by(LinkAttempt.id)
            .limit(limit)
        )
        await self.session.execute(delete(LinkAttempt).where(LinkAttempt.id.in_(attempts)))
        codes = await self.all(
            select(OneTimeCode.id)
            .where(OneTimeCode.sent_at < min(before, now - lockouts.HISTORY))
            .order_by(OneTimeCode.id)
            .limit(limit)
        )
        await self.session.execute(delete(OneTimeCode).where(OneTimeCode.id.in_(codes)))
        return len(attempts) + len(codes)


@cache
def _children(table: Table) -> list[tuple[Table, Column[Any]]]:
    """The tables that refer to a table, each with the column that does."""
    return [
        (child, key.parent)
        for child in Base.metadata.sorted_tables
        for key in sorted(child.foreign_keys, key=lambda each: each.parent.name)
        if key.column.table is table
    ]
