"""Readings of meters and correctors, and the acquisitions that hand them over."""

import enum
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, Instant, Members, enumeration
from storage.models.sealed import Sealed
from storage.models.supply_points import SupplyPoint
from storage.rules.plausibility import ReviewFlag


class ReadingSource(enum.Enum):
    MEASURED = "rilevata"
    SELF = "autolettura"
    ESTIMATED = "stimata"


class ReadingState(enum.Enum):
    """The state of a self-reading; the supplier's own readings are ``ACQUIRED`` at once."""

    PENDING = "pending"
    CLAIMED = "claimed"
    ACQUIRED = "acquired"
    CANCELLED = "cancelled"


class Outcome(enum.Enum):
    """The distributor's answer about a reading, separate from its state."""

    NONE = "none"
    VALID = "valid"
    REFUSED = "refused"


LIVE_SELF_READING = "source = 'autolettura' AND state <> 'cancelled' AND outcome <> 'refused'"


class Acquisition(Base):
    """One hand-over to the company's system: claimed, written to files, then marked.

    Everything that the files depend on is stored with the claim, so that a repeat after a crash
    writes the same bytes under the same names.
    """

    __tablename__ = "acquisitions"

    id: Mapped[int] = mapped_column(primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    company_vat: Mapped[str | None] = mapped_column(String(11))


class Reading(Base):
    """One reading: what the counters showed on a local day, in whole m³.

    ``receipt_message_id`` is the message in ``chat_id`` that shows the customer its state;
    ``distributor`` is the point's at the claim. ``flags`` are what the rules found questionable
    when it was submitted, ``differs_from_company`` what an import found afterwards.
    """

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint("meter >= 0", name="meter_not_negative"),
        CheckConstraint("corrector >= 0", name="corrector_not_negative"),
        Index(
            "uq_readings_one_live_self_reading_a_day",
            "supply_point_id",
            "day",
            unique=True,
            sqlite_where=text(LIVE_SELF_READING),
            postgresql_where=text(LIVE_SELF_READING),
        ),
        Index(
            "uq_readings_supplier_key",
            "supply_point_id",
            "day",
            "source",
            text("coalesce(meter_serial, '')"),
            unique=True,
            sqlite_where=text("source <> 'autolettura'"),
            postgresql_where=text("source <> 'autolettura'"),
        ),
        Index(
            "ix_readings_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_readings_of_chat",
            "chat_id",
            "receipt_message_id",
            sqlite_where=text("chat_id IS NOT NULL"),
            postgresql_where=text("chat_id IS NOT NULL"),
        ),
        Index(None, "acquisition_id"),
        Index(None, "supply_point_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supply_point_id: Mapped[int] = mapped_column(ForeignKey("supply_points.id"))
    day: Mapped[date]
    source: Mapped[ReadingSource] = mapped_column(enumeration(ReadingSource))
    state: Mapped[ReadingState] = mapped_column(enumeration(ReadingState))
    meter: Mapped[int] = mapped_column(BigInteger)
    corrector: Mapped[int | None] = mapped_column(BigInteger)
    meter_serial: Mapped[str | None] = mapped_column(String(40))
    corrector_serial: Mapped[str | None] = mapped_column(String(40))
    flags: Mapped[frozenset[ReviewFlag]] = mapped_column(
        Members(ReviewFlag), nullable=True, default=frozenset
    )
    differs_from_company: Mapped[bool] = mapped_column(default=False)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    receipt_message_id: Mapped[int | None] = mapped_column(BigInteger)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    acquired_at: Mapped[datetime | None] = mapped_column(Instant)
    acquisition_id: Mapped[int | None] = mapped_column(ForeignKey("acquisitions.id"))
    distributor: Mapped[str | None] = mapped_column(String(11))
    outcome: Mapped[Outcome] = mapped_column(enumeration(Outcome), default=Outcome.NONE)
    outcome_note: Mapped[str | None] = mapped_column(Sealed("readings.outcome_note"))
    outcome_at: Mapped[datetime | None] = mapped_column(Instant)
    supply_point: Mapped[SupplyPoint] = relationship(lazy="raise")
