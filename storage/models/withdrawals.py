"""Billed withdrawals by month."""

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Exact


class Withdrawal(Base):
    """What a supply point withdrew in one month.

    Electricity: energy by band in Wh, and the month's peak power in W. Gas: Smc. What the company
    does not know is None, never zero.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (CheckConstraint("month BETWEEN 1 AND 12", name="month"),)

    supply_point_id: Mapped[int] = mapped_column(ForeignKey("supply_points.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    f1_wh: Mapped[int | None] = mapped_column(BigInteger)
    f2_wh: Mapped[int | None] = mapped_column(BigInteger)
    f3_wh: Mapped[int | None] = mapped_column(BigInteger)
    power_w: Mapped[int | None] = mapped_column(BigInteger)
    smc: Mapped[Decimal | None] = mapped_column(Exact)

    @property
    def energy_wh(self) -> int | None:
        """The sum of the bands, in Wh; None where one of them is not known."""
        if self.f1_wh is None or self.f2_wh is None or self.f3_wh is None:
            return None
        return self.f1_wh + self.f2_wh + self.f3_wh
