"""Measures of a point that its customer may see: those of their own days."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from storage.models import MeasuredDay, SupplyPoint
from storage.repositories.base import Repository
from storage.repositories.supplies import holds_day


class Measures(Repository):
    """The point comes from ``supply_points.one_of_chat``, which checks that the chat may see it."""

    async def days(
        self, point: SupplyPoint, first: date, last: date
    ) -> dict[date, Sequence[int | None]]:
        """The quarter hours, in Wh, of each measured day from *first* to *last*, both included.

        Days without any value are left out, also where the company sent a row of empty cells.
        """
        found = await self.session.execute(
            select(MeasuredDay.day, MeasuredDay.quarters_wh)
            .where(
                MeasuredDay.supply_point_id == point.id,
                MeasuredDay.day.between(first, last),
                holds_day(point, MeasuredDay.day),
            )
            .order_by(MeasuredDay.day)
        )
        return {
            day: quarters
            for day, quarters in found
            if any(quarter is not None for quarter in quarters)
        }

    async def span(self, point: SupplyPoint) -> tuple[date, date] | None:
        """The first and the last measured day, or None."""
        found = await self.session.execute(
            select(func.min(MeasuredDay.day), func.max(MeasuredDay.day)).where(
                MeasuredDay.supply_point_id == point.id, holds_day(point, MeasuredDay.day)
            )
        )
        first, last = found.one()
        return None if first is None else (first, last)
