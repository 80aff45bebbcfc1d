"""Acquisitions: claims what is pending, and marks it once its files are in place."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from storage.models import (
    Acquisition,
    ChatLink,
    ChatPreferences,
    ContactChange,
    ContactField,
    Customer,
    Reading,
    ReadingState,
    SupplyPoint,
)
from storage.notices import ReadingAcquired, ReceiptAcquired
from storage.repositories.base import Repository, rows_changed
from storage.repositories.hours import Hours
from storage.repositories.outbox import Outbox


class ClaimedReading(NamedTuple):
    """One line of an acquisition's files; values in whole m³."""

    id: int
    supply_point: str
    distributor: str | None
    day: date
    meter: int
    meter_serial: str | None
    corrector: int | None
    corrector_serial: str | None


@dataclass(frozen=True, slots=True)
class ClaimedContact:
    """One line of an acquisition's file of contact data."""

    customer_code: str
    field: ContactField
    old: str | None
    new: str | None
    changed_at: datetime


class Acquisitions(Repository):
    async def claim(self, *, company_vat: str | None, now: datetime) -> Acquisition | None:
        """Claim everything that is pending, in one statement, under a new acquisition.

        That is readings, and contact data that customers changed. Once this is committed, none of
        it can be cancelled. Returns None where nothing is pending: then the caller rolls back, so
        that no number is used up.
        """
        pending = select(Reading.id).where(Reading.state == ReadingState.PENDING)
        changes = select(ContactChange.id).where(ContactChange.acquisition_id.is_(None))
        for waiting in (pending, changes):
            if await self.session.scalar(waiting.limit(1)) is not None:
                break
        else:
            return None
        acquisition = Acquisition(claimed_at=now, completed_at=None, company_vat=company_vat)
        self.session.add(acquisition)
        await self.session.flush()
        claimed = await self.session.execute(
            update(Reading)
            .where(Reading.state == ReadingState.PENDING)
            .values(
                state=ReadingState.CLAIMED,
                acquisition_id=acquisition.id,
                distributor=select(SupplyPoint.distributor)
                .where(SupplyPoint.id == Reading.supply_point_id)
                .scalar_subquery(),
            )
            .execution_options(synchronize_session=False)
        )
        told = await self.session.execute(
            update(ContactChange)
            .where(ContactChange.acquisition_id.is_(None))
            .values(acquisition_id=acquisition.id)
            .execution_options(synchronize_session=False)
        )
        return acquisition if rows_changed(claimed) or rows_changed(told) else None

    async def unfinished(self) -> list[Acquisition]:
        """Acquisitions that were claimed and not completed, because of a crash."""
        return await self.all(
            select(Acquisition).where(Acquisition.completed_at.is_(None)).order_by(Acquisition.id)
        )

    async def claimed(
        self, acquisition_id: int, *, at_once: int
    ) -> AsyncGenerator[list[ClaimedReading], None]:
        """The readings of an acquisition in parts, in the same order at every repeat."""
        rows = await self.session.stream(
            select(
                Reading.id,
                SupplyPoint.code,
                Reading.distributor,
                Reading.day,
                Reading.meter,
                Reading.meter_serial,
                Reading.corrector,
                Reading.corrector_serial,
            )
            .join(SupplyPoint, SupplyPoint.id == Reading.supply_point_id)
            .where(Reading.acquisition_id == acquisition_id)
            .order_by(Reading.id)
            .execution_options(yield_per=at_once)
        )
        async for part in rows.partitions(at_once):
            yield [ClaimedReading._make(row) for row in part]

    async def claimed_contacts(self, acquisition_id: int) -> list[ClaimedContact]:
        """The changes of contact data in an acquisition, oldest first."""
        rows = await self.session.execute(
            select(
                Customer.code,
                ContactChange.field,
                ContactChange.old,
                ContactChange.new,
                ContactChange.changed_at,
            )
            .join(Customer, Customer.id == ContactChange.customer_id)
            .where(ContactChange.acquisition_id == acquisition_id)
            .order_by(ContactChange.id)
        )
        return [ClaimedContact(*row) for row in rows]

    async def mark(
        self,
        acquisition: Acquisition,
        part: tuple[int, int],
        *,
        ends: bool,
        hours: Hours,
        now: datetime,
    ) -> int:
        """Mark a part of an acquisition's readings as *Acquisita* and queue the notices.

        Safe to repeat: marked readings stay, and the outbox's unique keys prevent a second notice.

        Args:
            acquisition: whose files are in place.
            part: the first and the last id of the readings to mark.
            ends: whether it is the last part, so that the acquisition is complete.
            hours: when each chat may be notified.
            now: the current instant.

        Returns:
            How many readings were marked.
        """
        of_part = and_(Reading.acquisition_id == acquisition.id, Reading.id.between(*part))
        marked = await self.session.execute(
            update(Reading)
            .where(of_part, Reading.state == ReadingState.CLAIMED)
            .values(state=ReadingState.ACQUIRED, acquired_at=now)
            .execution_options(synchronize_session=False)
        )
        # Edits of receipts are many and silent, so answers to tickets go first.
        await Outbox(self.session).queue_for(
            select(Reading.id).where(of_part, Reading.chat_id.is_not(None)),
            key=(ReceiptAcquired.kind, Reading.id),
            kind=ReceiptAcquired,
            chat_id=Reading.chat_id,
            reading_id=Reading.id,
            bulk=True,
            now=now,
        )
        await self._tell_who_asked(of_part, hours=hours, now=now)
        if ends:
            await self.session.execute(
                update(Acquisition)
                .where(Acquisition.id == acquisition.id, Acquisition.completed_at.is_(None))
                .values(completed_at=now)
                .execution_options(synchronize_session=False)
            )
        return rows_changed(marked)

    async def _tell_who_asked(
        self, of_part: ColumnElement[bool], *, hours: Hours, now: datetime
    ) -> None:
        """Queue a message for the chats that want one besides the edited receipt."""
        asked = (
            select(Reading.id)
            .select_from(Reading)
            .join(ChatLink, ChatLink.customer_id == Reading.customer_id)
            .join(ChatPreferences, ChatPreferences.chat_id == ChatLink.chat_id)
            .where(
                of_part,
                ChatLink.revoked_at.is_(None),
                or_(
                    and_(ChatLink.chat_id == Reading.chat_id, ChatPreferences.tell_acquired),
                    and_(
                        func.coalesce(Reading.chat_id, 0) != ChatLink.chat_id,
                        ChatPreferences.tell_of_others,
                    ),
                ),
            )
        )
        await Outbox(self.session).queue_for(
            asked,
            key=(ReadingAcquired.kind, Reading.id, ChatLink.chat_id),
            kind=ReadingAcquired,
            chat_id=ChatLink.chat_id,
            reading_id=Reading.id,
            bulk=True,
            not_before=hours.first(now),
            now=now,
        )
