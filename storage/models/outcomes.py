"""Outcomes of the distributor that were set aside for a person at the company to check."""

import enum
from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, Instant, enumeration
from storage.models.sealed import Sealed
from storage.models.supply_points import SupplyPoint


class AsideReason(enum.Enum):
    """Why an outcome was not applied to its reading."""

    UNKNOWN_CODE = "unknown_code"  # neither valid nor a known refusal
    OTHER_NUMBERS = "other_numbers"  # its values are not those of our reading


class OutcomeAside(Base):
    """One outcome that was set aside, as the distributor wrote it.

    ``code`` is the value of ``esito_val``; ``meter`` and ``corrector`` are in whole m³, where the
    file had them. ``key`` is the same for the same outcome, so that importing it again adds no row.
    """

    __tablename__ = "outcomes_aside"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    supply_point_id: Mapped[int] = mapped_column(ForeignKey("supply_points.id"), index=True)
    day: Mapped[date]
    reason: Mapped[AsideReason] = mapped_column(enumeration(AsideReason))
    code: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Sealed("outcomes_aside.note", row=("key",)))
    meter: Mapped[int | None] = mapped_column(BigInteger)
    corrector: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(Instant)
    supply_point: Mapped[SupplyPoint] = relationship(lazy="raise")
