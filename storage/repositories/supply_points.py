"""Supply points that a chat may see, and their windows."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, or_, select

from storage.models import EntryWindow, SelfReadingKind, Service, SupplyPoint
from storage.repositories.base import Repository, linked_customers
from storage.rules.windows import Window


class SupplyPoints(Repository):
    async def of_chat(
        self,
        chat_id: int,
        *,
        service: Service | None = None,
        self_reading_only: bool = False,
        to_write: bool = False,
    ) -> list[SupplyPoint]:
        """Every point of the customers linked to the chat now, by customer and code.

        Args:
            chat_id: the chat that asks.
            service: only gas, or only electricity.
            self_reading_only: only points for which a customer may submit a reading.
            to_write: only those of customers for whom the chat may act, not merely look.
        """
        statement = (
            select(SupplyPoint)
            .where(SupplyPoint.customer_id.in_(linked_customers(chat_id, to_write=to_write)))
            .order_by(SupplyPoint.customer_id, SupplyPoint.service, SupplyPoint.code)
        )
        if service is not None:
            statement = statement.where(SupplyPoint.service == service)
        if self_reading_only:
            statement = statement.where(SupplyPoint.self_reading != SelfReadingKind.NONE)
        return await self.all(statement)

    async def one_of_chat(
        self, chat_id: int, supply_point_id: int, *, to_write: bool = False, hold: bool = False
    ) -> SupplyPoint | None:
        """That point, if it belongs to a customer linked to the chat now.

        Args:
            chat_id: the chat that asks.
            supply_point_id: the point it asks for.
            to_write: only if the chat may submit and cancel, not merely look.
            hold: lock the point until this transaction ends, so that what is read next stays true
                while others save for it. SQLite has one writer at a time anyway.
        """
        statement = select(SupplyPoint).where(
            SupplyPoint.id == supply_point_id,
            SupplyPoint.customer_id.in_(linked_customers(chat_id, to_write=to_write)),
        )
        if hold:
            statement = statement.with_for_update(of=SupplyPoint, key_share=True)
        return await self.session.scalar(statement)

    async def count_of_chat(self, chat_id: int) -> int:
        """How many points the chat may see."""
        found = await self.session.scalar(
            select(func.count())
            .select_from(SupplyPoint)
            .where(SupplyPoint.customer_id.in_(linked_customers(chat_id)))
        )
        return found or 0

    async def count_readable(self, chat_id: int, today: date) -> int:
        """How many points the chat may read: those supplied today or, if there are none, all."""
        supplied = (SupplyPoint.since <= today) & (
            SupplyPoint.until.is_(None) | (SupplyPoint.until > today)
        )
        found = await self.session.execute(
            select(func.count().filter(supplied), func.count()).where(
                SupplyPoint.customer_id.in_(linked_customers(chat_id, to_write=True)),
                SupplyPoint.self_reading != SelfReadingKind.NONE,
            )
        )
        now, ever = found.one()
        return int(now or ever)

    async def windows_of(self, point: SupplyPoint) -> list[Window]:
        """The windows that apply to *point*: its own, or the company's where it has none."""
        return (await self.windows_of_all([point]))[point.id]

    async def windows_of_all(self, points: Sequence[SupplyPoint]) -> dict[int, list[Window]]:
        """The windows of many points at once, by the point's id."""
        rows = await self.all(
            select(EntryWindow)
            .where(
                or_(
                    EntryWindow.supply_point_id.is_(None),
                    EntryWindow.supply_point_id.in_([point.id for point in points]),
                )
            )
            .order_by(EntryWindow.starts_at)
        )
        company: list[Window] = []
        own: dict[int, list[Window]] = {}
        for row in rows:
            window = Window(row.starts_at, row.ends_at)
            if row.supply_point_id is None:
                company.append(window)
            else:
                own.setdefault(row.supply_point_id, []).append(window)
        return {point.id: own.get(point.id, company) for point in points}


def is_supplied_on(point: SupplyPoint, day: date) -> bool:
    """Whether *point* takes readings on *day*: from ``decorrenza``, until ``cessazione``."""
    return point.since <= day and (point.until is None or day < point.until)
