"""Measures of electricity meters, quarter hour by quarter hour."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.models.sealed import SealedQuarters


class MeasuredDay(Base):
    """The quarter hours of one local day, in order, in Wh; None where one was not measured.

    A row holds a whole day: two hundred meters make 73 000 rows a year instead of seven million.
    There are 96 values, or 92 in spring and 100 in autumn where the clock changes; with 96 in
    autumn, those of the repeated hour cover both its passages. Sealed, because they show when
    somebody is at home.
    """

    __tablename__ = "measured_days"

    supply_point_id: Mapped[int] = mapped_column(ForeignKey("supply_points.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    quarters_wh: Mapped[list[int | None]] = mapped_column(
        SealedQuarters("measured_days.quarters_wh", row=("supply_point_id", "day"))
    )
