"""Supply points, and the windows in which self-readings are accepted."""

import enum
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, or_, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from storage.models.base import Base, Exact, Instant, enumeration
from storage.models.customers import Customer
from storage.models.sealed import Sealed
from storage.models.supplies import Supply


class Service(enum.Enum):
    GAS = "gas"
    ELECTRICITY = "luce"


class SelfReadingKind(enum.Enum):
    """Which values a customer may report for a point."""

    NONE = "nessuna"
    METER = "contatore"
    METER_AND_CORRECTOR = "contatore+correttore"


class SupplyPoint(Base):
    """One supply point: a PDR (gas) or a POD (electricity), with its meter and corrector.

    ``customer_id`` is the current holder; ``since`` and ``until`` are the company's dates of their
    contract. ``Supply`` says which days are theirs, ``first_day`` the first of them.
    """

    __tablename__ = "supply_points"
    __table_args__ = (
        CheckConstraint("meter_digits BETWEEN 1 AND 12", name="meter_digits"),
        CheckConstraint("corrector_digits BETWEEN 1 AND 12", name="corrector_digits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(15), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    service: Mapped[Service] = mapped_column(enumeration(Service))
    address: Mapped[str] = mapped_column(Sealed("supply_points.address", row=("code",)))
    self_reading: Mapped[SelfReadingKind] = mapped_column(enumeration(SelfReadingKind))
    meter_serial: Mapped[str | None] = mapped_column(String(40))
    meter_digits: Mapped[int | None]
    corrector_serial: Mapped[str | None] = mapped_column(String(40))
    corrector_digits: Mapped[int | None]
    meter_class: Mapped[str | None] = mapped_column(String(8))
    coefficient_c: Mapped[Decimal | None] = mapped_column(Exact)
    contracted_power_w: Mapped[int | None]
    distributor: Mapped[str | None] = mapped_column(String(11))
    contract: Mapped[str | None] = mapped_column(Sealed("supply_points.contract", row=("code",)))
    offer: Mapped[str | None] = mapped_column(String(120))
    since: Mapped[date]
    until: Mapped[date | None]
    customer: Mapped[Customer] = relationship(lazy="raise")
    first_day: Mapped[date] = column_property(
        select(func.min(Supply.starts_on))
        .where(
            Supply.supply_point_id == id,  # noqa: A003  # the column above
            Supply.customer_id == customer_id,
            or_(Supply.ends_on.is_(None), Supply.ends_on > Supply.starts_on),
        )
        .correlate_except(Supply)
        .scalar_subquery()
    )

    @property
    def takes_self_readings(self) -> bool:
        return self.self_reading is not SelfReadingKind.NONE

    @property
    def has_corrector(self) -> bool:
        return self.self_reading is SelfReadingKind.METER_AND_CORRECTOR


class EntryWindow(Base):
    """A half-open interval in which readings are accepted; without a point, the company's.

    ``planned_at`` is when its rounds of reminders were stored (see ``ReminderRound``).
    """

    __tablename__ = "entry_windows"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        Index(None, "ends_at", "starts_at", "supply_point_id"),
        Index(
            "ix_entry_windows_unplanned",
            "id",
            sqlite_where=text("planned_at IS NULL"),
            postgresql_where=text("planned_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supply_point_id: Mapped[int | None] = mapped_column(ForeignKey("supply_points.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    planned_at: Mapped[datetime | None] = mapped_column(Instant)
