"""Withdrawals of a point that its customer may see: those of their own months."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, select

from storage.models import SupplyPoint, Withdrawal
from storage.repositories.base import Repository
from storage.repositories.supplies import POINT, PointToCome, given, holds_month


class Withdrawals(Repository):
    """The point comes from ``supply_points.one_of_chat``, which checks that the chat may see it."""

    async def years(self, point: SupplyPoint) -> list[int]:
        """The years with withdrawals, oldest first."""
        found = await self.session.scalars(
            select(Withdrawal.year).where(_own(point)).distinct().order_by(Withdrawal.year)
        )
        return list(found)

    async def of_year(self, point: SupplyPoint, year: int) -> list[Withdrawal]:
        """The known months of a year, in order."""
        return await self.all(
            select(Withdrawal)
            .where(_own(point), Withdrawal.year == year)
            .order_by(Withdrawal.month)
        )

    async def of_points(self, points: Sequence[SupplyPoint]) -> dict[int, list[Withdrawal]]:
        """All known months of these points, oldest first, by point; in one query."""
        found: dict[int, list[Withdrawal]] = {point.id: [] for point in points}
        for row in await self.all(
            select(Withdrawal)
            .join(SupplyPoint, SupplyPoint.id == Withdrawal.supply_point_id)
            .where(SupplyPoint.id.in_(found), holds_month(SupplyPoint))
            .order_by(Withdrawal.year, Withdrawal.month)
        ):
            found[row.supply_point_id].append(row)
        return found

    async def monthly_smc(self, point: SupplyPoint) -> dict[tuple[int, int], Decimal]:
        """Billed Smc by (year, month), from which a gas reading's expected value is computed."""
        found = await self.session.execute(_MONTHLY_SMC, given(point))
        return {(year, month): smc for year, month, smc in found if smc is not None}


def _own(point: SupplyPoint | PointToCome) -> ColumnElement[bool]:
    return and_(Withdrawal.supply_point_id == point.id, holds_month(point))


# Built once: every reading asks for it.
_MONTHLY_SMC = select(Withdrawal.year, Withdrawal.month, Withdrawal.smc).where(
    _own(POINT), Withdrawal.smc.is_not(None)
)
