"""Which customer sees what of a supply point: one rule for all queries, and its rows.

The current holder (``supply_points.customer_id``, the customer of the open supply) may see the
point; of its readings, measures and bills, they see those of their own days.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Insert,
    Table,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    extract,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from storage.models import Reading, Supply, SupplyPoint, Withdrawal
from storage.repositories.base import Repository
from storage.rules.supplies import History, Holding, told

_TABLE: Table = Supply.metadata.tables["supplies"]
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class PointToCome:
    """The point of a statement that is built once; ``given`` makes the values to run it with.

    Building a statement takes longer than running it.
    """

    id: BindParameter[int]
    customer_id: BindParameter[int]


POINT = PointToCome(bindparam("point_id"), bindparam("point_customer_id"))


def given(point: SupplyPoint) -> dict[str, Any]:
    """The values of ``POINT`` for a point."""
    return {"point_id": point.id, "point_customer_id": point.customer_id}


Holder = SupplyPoint | type[SupplyPoint] | PointToCome
"""A supply point, ``POINT``, or the joined table: the holder whose days are meant."""


def holds_day(
    point: Holder, day: "InstrumentedAttribute[date] | ColumnElement[date]"
) -> ColumnElement[bool]:
    """Whether a day of *point* belongs to its customer."""
    return _held(
        point, Supply.starts_on <= day, or_(Supply.ends_on.is_(None), day < Supply.ends_on)
    )


def holds_month(point: Holder) -> ColumnElement[bool]:
    """Whether the whole month of a withdrawal belongs to the customer.

    A month in which the supply changed hands contains two customers' energy, and neither sees it.
    """
    month = Withdrawal.year * _MONTHS + Withdrawal.month
    begun = case((extract("day", Supply.starts_on) > 1, 1), else_=0)
    return _held(
        point,
        month >= _month(Supply.starts_on) + begun,
        or_(Supply.ends_on.is_(None), month < _month(Supply.ends_on)),
    )


def holds_reading(point: Holder) -> ColumnElement[bool]:
    """Whether a reading of *point* belongs to its customer: by its day, or because they sent it.

    A customer's own submission stays theirs when the day is later given to another, who does not
    see it. Like everything else, it is visible from the first of the customer's days on.
    """
    own = Reading.customer_id == point.customer_id
    return and_(
        or_(own, Reading.customer_id.is_(None)),
        _held(
            point,
            Supply.starts_on <= Reading.day,
            or_(
                Supply.ends_on.is_(None),
                Reading.day < Supply.ends_on,
                and_(own, Supply.ends_on > Supply.starts_on),
            ),
        ),
    )


def _held(point: Holder, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a holding of the current customer of *point* meets *conditions*."""
    return (
        exists()
        .where(
            Supply.supply_point_id == point.id,
            Supply.customer_id == point.customer_id,
            *conditions,
        )
        .correlate_except(Supply)
    )


def _month(day: "InstrumentedAttribute[Any]") -> ColumnElement[int]:
    return extract("year", day) * _MONTHS + extract("month", day)


class Supplies(Repository):
    async def of_holder(self, point: SupplyPoint) -> list[Holding]:
        """The days of a point that belong to its customer, oldest first."""
        rows = await self.all(
            select(Supply)
            .where(Supply.supply_point_id == point.id, Supply.customer_id == point.customer_id)
            .order_by(Supply.starts_on)
        )
        return [each for each in map(_holding, rows) if not each.is_empty]

    async def note(self, said: Mapping[int, tuple[int, date]], *, today: date) -> None:
        """Store what the company says about points: by the point's id, the customer and the date.

        Only changes: a repetition of the last statement must not be passed. The caller writes
        ``supply_points.customer_id`` in the same transaction.
        """
        histories: defaultdict[int, History] = defaultdict(tuple)
        for row in await self.all(
            select(Supply)
            .where(Supply.supply_point_id.in_(said))
            .order_by(Supply.supply_point_id, Supply.id)
        ):
            histories[row.supply_point_id] += (_holding(row),)
        gone: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        new: list[dict[str, Any]] = []
        for point_id, (customer_id, since) in said.items():
            before = histories[point_id]
            after = told(before, customer_id, since=since, today=today)
            kept = {each.row for each in after}
            gone += [{"of": each.row} for each in before if each.row not in kept]
            for each in after:
                if each.row is None:
                    new.append(_inserted(point_id, each))
                elif each not in before:
                    changed.append(_updated(each))
        this_row = _TABLE.c.id == bindparam("of")
        await self._run(delete(_TABLE).where(this_row), gone)
        # Holdings are closed before new ones open: a point has one open row at a time.
        changed.sort(key=lambda values: values["end"] is None)
        change = update(_TABLE).values(
            starts_on=bindparam("start"), ends_on=bindparam("end"), lost_on=bindparam("lost")
        )
        await self._run(change.where(this_row), changed)
        await self._run(insert(_TABLE), new)

    async def _run(self, statement: Delete | Insert | Update, rows: list[dict[str, Any]]) -> None:
        if rows:
            await (await self.session.connection()).execute(statement, rows)


def _holding(row: Supply) -> Holding:
    return Holding(row.customer_id, row.starts_on, row.ends_on, row.lost_on, row.id)


def _updated(holding: Holding) -> dict[str, Any]:
    end, lost = holding.end, holding.lost_on
    return {"of": holding.row, "start": holding.start, "end": end, "lost": lost}


def _inserted(point_id: int, holding: Holding) -> dict[str, Any]:
    return {
        "supply_point_id": point_id,
        "customer_id": holding.customer_id,
        "starts_on": holding.start,
        "ends_on": holding.end,
        "lost_on": holding.lost_on,
    }
