"""Readings: submitting, listing and cancelling them, and what new ones are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from storage.models import (
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
    SupplyPoint,
)
from storage.repositories.base import Repository, linked_customers
from storage.repositories.supplies import POINT, PointToCome, given, holds_reading
from storage.rules.plausibility import ReviewFlag

LIVE = and_(
    Reading.source == ReadingSource.SELF,
    Reading.state != ReadingState.CANCELLED,
    Reading.outcome != Outcome.REFUSED,
)


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading from a customer: whole m³, for a local day, after the questions were answered.

    ``flags`` are what the company should check.
    """

    day: date
    meter: int
    corrector: int | None
    flags: frozenset[ReviewFlag] = frozenset()


@dataclass(frozen=True, slots=True)
class LiveReading:
    """That a point was read on a day; the reading is None where it is a former customer's."""

    reading: Reading | None


def read_already(today: date) -> ColumnElement[bool]:
    """Whether a live reading, joined to its point, means that the customer need not read now."""
    return or_(Reading.day == today, holds_reading(SupplyPoint))


class Readings(Repository):
    async def submit(
        self,
        point: SupplyPoint,
        new: NewReading,
        *,
        chat_id: int,
        receipt_message_id: int | None,
        now: datetime,
    ) -> Reading | None:
        """Store *new* as pending, or return None where the day has a live self-reading already.

        A unique index decides: of two chats that save at once, one gets None.
        """
        return await self.session.scalar(
            self.insert(Reading)
            .values(
                supply_point_id=point.id,
                day=new.day,
                source=ReadingSource.SELF,
                state=ReadingState.PENDING,
                meter=new.meter,
                corrector=new.corrector,
                meter_serial=point.meter_serial,
                corrector_serial=point.corrector_serial if point.has_corrector else None,
                flags=new.flags,
                differs_from_company=False,
                customer_id=point.customer_id,
                chat_id=chat_id,
                receipt_message_id=receipt_message_id,
                submitted_at=now,
                outcome=Outcome.NONE,
            )
            .on_conflict_do_nothing()
            .returning(Reading)
        )

    async def live_on(self, point: SupplyPoint, day: date) -> LiveReading | None:
        """The live self-reading of a point on a local day, if there is one."""
        found = await self.session.execute(_LIVE_ON, {**given(point), "day": day})
        row = found.one_or_none()
        return None if row is None else LiveReading(row[0] if row[1] else None)

    async def points_read_since(
        self, supply_point_ids: Sequence[int], day: date, *, today: date
    ) -> set[int]:
        """The ids of those of these points whose customers need not read them any more.

        They have a live self-reading by the customer on *day* or later, or one of *today* by
        anybody, as only one is accepted a day.
        """
        rows = await self.session.scalars(
            select(Reading.supply_point_id)
            .join(SupplyPoint, SupplyPoint.id == Reading.supply_point_id)
            .where(
                Reading.supply_point_id.in_(supply_point_ids),
                Reading.day >= day,
                LIVE,
                read_already(today),
            )
        )
        return set(rows)

    async def recent(self, point: SupplyPoint, *, limit: int = 400) -> list[Reading]:
        """The readings of a point to show, newest first: with estimates, without refused ones."""
        return await self.all(_RECENT, {**given(point), "most": limit})

    async def page(self, point: SupplyPoint, *, page: int, size: int) -> list[Reading]:
        """One page of the point's self-readings, newest first; the first page is 0."""
        return await self.all(
            select(Reading)
            .where(*_listed(point))
            .order_by(*_NEWEST_FIRST)
            .offset(page * size)
            .limit(size)
        )

    async def count(self, point: SupplyPoint) -> int:
        """How many rows ``page`` can show in all."""
        found = await self.session.scalar(
            select(func.count()).select_from(Reading).where(*_listed(point))
        )
        return found or 0

    async def count_to_review(self, *, since: date) -> int:
        """How many self-readings from that day on a person at the company should check."""
        found = await self.session.scalar(
            select(func.count()).select_from(Reading).where(*_to_review(since))
        )
        return found or 0

    async def to_review(self, *, since: date) -> list[Reading]:
        """These readings with their points, newest first."""
        return await self.all(
            select(Reading)
            .where(*_to_review(since))
            .order_by(*_NEWEST_FIRST)
            .options(joinedload(Reading.supply_point))
        )

    async def histories(self, points: Sequence[SupplyPoint]) -> dict[int, list[Reading]]:
        """Every reading of these points that their customers may see, oldest first, by point.

        Of every kind, in one query for all points.
        """
        found: dict[int, list[Reading]] = {point.id: [] for point in points}
        rows = await self.session.scalars(
            select(Reading)
            .join(SupplyPoint, SupplyPoint.id == Reading.supply_point_id)
            .where(
                SupplyPoint.id.in_(found),
                Reading.state != ReadingState.CANCELLED,
                holds_reading(SupplyPoint),
            )
            .order_by(Reading.day, Reading.id)
        )
        for row in rows:
            found[row.supply_point_id].append(row)
        return found

    async def one_of_chat(
        self, chat_id: int, reading_id: int, *, to_write: bool = False
    ) -> Reading | None:
        """A reading with its point, if its customer is linked to the chat now."""
        return await self.session.scalar(
            _ONE_OF_CHAT[to_write], {"asking_chat_id": chat_id, "reading_id": reading_id}
        )

    async def by_receipt(self, chat_id: int, message_id: int) -> Reading | None:
        """The reading whose receipt is this message of this chat."""
        return await self.session.scalar(
            select(Reading).where(
                Reading.chat_id == chat_id, Reading.receipt_message_id == message_id
            )
        )

    async def with_point(self, reading_id: int) -> Reading | None:
        """A reading with its point, for the bot's own notices."""
        return await self.session.scalar(
            select(Reading)
            .where(Reading.id == reading_id)
            .options(joinedload(Reading.supply_point))
        )

    async def cancel(self, reading: Reading, *, now: datetime) -> bool:
        """Cancel a pending reading; False where an acquisition or another tap was first."""
        cancelled = await self.session.scalar(
            update(Reading)
            .where(Reading.id == reading.id, Reading.state == ReadingState.PENDING)
            .values(state=ReadingState.CANCELLED, cancelled_at=now)
            .returning(Reading.id)
            .execution_options(synchronize_session=False)
        )
        if cancelled is None:
            await self.session.refresh(reading, ["state", "cancelled_at"])
            return False
        set_committed_value(reading, "state", ReadingState.CANCELLED)
        set_committed_value(reading, "cancelled_at", now)
        return True

    async def set_receipt(self, reading_id: int, chat_id: int, message_id: int) -> None:
        """Store the message that shows the state of a reading to the chat that submitted it.

        Does nothing where that chat was forgotten meanwhile.
        """
        await self.session.execute(
            update(Reading)
            .where(Reading.id == reading_id, Reading.chat_id == chat_id)
            .values(receipt_message_id=message_id)
        )


def comparable(
    readings: Sequence[Reading], point: SupplyPoint, *, until: date | None = None
) -> list[Reading]:
    """Those of a point's ``recent`` readings that a new one may be compared with, newest first.

    Of the same meter, and not estimated; pending ones count, cancelled and refused ones do not
    (*Baseline* in the product's settled details).

    Args:
        readings: the readings that may be shown.
        point: the point.
        until: the day of the new reading; readings measured on that day count.
    """
    return [
        reading
        for reading in readings
        if reading.source is not ReadingSource.ESTIMATED
        and reading.meter_serial == point.meter_serial
        and (until is None or reading.day <= until)
    ]


_NEWEST_FIRST = (Reading.day.desc(), Reading.id.desc())


def _visible(point: SupplyPoint | PointToCome) -> list[ColumnElement[bool]]:
    """The conditions for readings to show: the customer's own, and not cancelled."""
    return [
        Reading.supply_point_id == point.id,
        Reading.state != ReadingState.CANCELLED,
        holds_reading(point),
    ]


# Built once: a turn asks for all of these.
_LIVE_ON = select(Reading, holds_reading(POINT)).where(
    Reading.supply_point_id == POINT.id, Reading.day == bindparam("day"), LIVE
)
_RECENT = (
    select(Reading)
    .where(*_visible(POINT), Reading.outcome != Outcome.REFUSED)
    .order_by(*_NEWEST_FIRST)
    .limit(bindparam("most"))
)
_ONE_OF_CHAT = {
    to_write: (
        select(Reading)
        .join(SupplyPoint, SupplyPoint.id == Reading.supply_point_id)
        .where(
            Reading.id == bindparam("reading_id"),
            SupplyPoint.customer_id.in_(
                linked_customers(bindparam("asking_chat_id"), to_write=to_write)
            ),
            holds_reading(SupplyPoint),
        )
        .options(joinedload(Reading.supply_point))
    )
    for to_write in (False, True)
}


def _listed(point: SupplyPoint) -> list[ColumnElement[bool]]:
    return [*_visible(point), Reading.source == ReadingSource.SELF]


def _to_review(since: date) -> list[ColumnElement[bool]]:
    return [
        Reading.source == ReadingSource.SELF,
        Reading.state != ReadingState.CANCELLED,
        Reading.day >= since,
        or_(Reading.flags.is_not(None), Reading.differs_from_company),
    ]
