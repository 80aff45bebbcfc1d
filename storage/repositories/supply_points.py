"""Supply points that a chat may see, and their windows."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from sqlalchemy import Select, bindparam, func, or_, select

from storage.models import EntryWindow, SelfReadingKind, Service, SupplyPoint
from storage.repositories.base import Repository, linked_customers
from storage.rules.windows import Window

# Built once each: building a statement takes longer than running it, and a turn asks for several.
_WINDOWS = (
    select(EntryWindow)
    .where(
        or_(
            EntryWindow.supply_point_id.is_(None),
            EntryWindow.supply_point_id.in_(bindparam("supply_point_ids", expanding=True)),
        )
    )
    .order_by(EntryWindow.starts_at)
)


@cache
def _of_chat(
    service: Service | None, *, self_reading_only: bool, to_write: bool
) -> Select[SupplyPoint]:
    asking = linked_customers(bindparam("asking_chat_id"), to_write=to_write)
    statement = (
        select(SupplyPoint)
        .where(SupplyPoint.customer_id.in_(asking))
        .order_by(SupplyPoint.customer_id, SupplyPoint.service, SupplyPoint.code)
    )
    if service is not None:
        statement = statement.where(SupplyPoint.service == service)
    if self_reading_only:
        statement = statement.where(SupplyPoint.self_reading != SelfReadingKind.NONE)
    return statement


@cache
def _one_of_chat(*, to_write: bool, hold: bool) -> Select[SupplyPoint]:
    asking = linked_customers(bindparam("asking_chat_id"), to_write=to_write)
    statement = select(SupplyPoint).where(
        SupplyPoint.id == bindparam("supply_point_id"), SupplyPoint.customer_id.in_(asking)
    )
    return statement.with_for_update(of=SupplyPoint, key_share=True) if hold else statement


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
        statement = _of_chat(service, self_reading_only=self_reading_only, to_write=to_write)
        return await self.all(statement, {"asking_chat_id": chat_id})

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
        return await self.session.scalar(
            _one_of_chat(to_write=to_write, hold=hold),
            {"asking_chat_id": chat_id, "supply_point_id": supply_point_id},
        )

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
        rows = await self.all(_WINDOWS, {"supply_point_ids": [point.id for point in points]})
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
