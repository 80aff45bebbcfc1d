"""Which customer held a supply point on which days."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Supply(Base):
    """The days on which a customer held a point: ``[starts_on, ends_on)``, open for the current.

    One that ends on its start has no days: the customer lost the point before the first.
    ``lost_on`` is the day of the import that gave the point to somebody else. ``rules.supplies``
    computes the rows from the company's files.
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
