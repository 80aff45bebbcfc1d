"""Outcomes that were set aside for a person at the company."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import joinedload

from storage.models import OutcomeAside
from storage.repositories.base import Repository


class Outcomes(Repository):
    async def aside(self, *, since: date) -> list[OutcomeAside]:
        """The outcomes of readings from that day on, with their points, newest first."""
        return await self.all(
            select(OutcomeAside)
            .where(OutcomeAside.day >= since)
            .order_by(OutcomeAside.day.desc(), OutcomeAside.id.desc())
            .options(joinedload(OutcomeAside.supply_point))
        )

    async def settle(self, days: Sequence[tuple[int, date]]) -> None:
        """Remove what was set aside for these points and days, whose outcomes were applied."""
        if days:
            await self.session.execute(
                delete(OutcomeAside)
                .where(tuple_(OutcomeAside.supply_point_id, OutcomeAside.day).in_(days))
                .execution_options(synchronize_session=False)
            )
