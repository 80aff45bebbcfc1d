"""Whose a supply point was, is, and since when."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Supply(Base):
    """The days of a point that are a customer's: ``[starts_on, ends_on)``, open for who has it now.

    One that ends as it starts has no days: the point was lost before the first. ``lost_on`` is the
    day of the import that gave the point to somebody else. How the rows follow from what the
    company says stands in ``rules.supplies``.
    """

    __tablename__ = "supplies"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        Index(None, "supply_point_id", "customer_id", "starts_on"),
        Index(None, "customer_id"),
        Index(
            "uq_supplies_one_open",
            "supply_point_id",
            unique=True,
            sqlite_where=text("ends_on IS NULL"),
            postgresql_where=text("ends_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supply_point_id: Mapped[int] = mapped_column(ForeignKey("supply_points.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    lost_on: Mapped[date | None]
