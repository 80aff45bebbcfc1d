"""When customers are reminded to send readings: stored instants, a few for each entry window."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Instant, enumeration
from storage.rules.reminders import ReminderKind


class ReminderRound(Base):
    """One occasion to remind everybody whose points have the window ``[starts_at, ends_at)``.

    From ``due_at`` on, the chats that have not sent a reading get messages in the outbox, some
    hundreds of points at a time: ``after_point_id`` is the progress, ``done_at`` the end. ``own``
    distinguishes points with their own windows from those with the company's. ``days`` is how many
    are left, for ``CLOSING``.
    """

    __tablename__ = "reminder_rounds"
    __table_args__ = (
        Index(
            "uq_reminder_rounds_window",
            "ends_at",
            "starts_at",
            "own",
            "kind",
            "days",
            unique=True,
        ),
        Index(
            "ix_reminder_rounds_due",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    own: Mapped[bool]
    kind: Mapped[ReminderKind] = mapped_column(enumeration(ReminderKind))
    days: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(Instant)
    after_point_id: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class WithdrawnWindow(Base):
    """An entry window that an import removed, until those who were told about it are informed.

    ``after_message_id`` is the progress of that, for a window of the company's.
    """

    __tablename__ = "withdrawn_windows"

    id: Mapped[int] = mapped_column(primary_key=True)
    supply_point_id: Mapped[int | None] = mapped_column(ForeignKey("supply_points.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    after_message_id: Mapped[int] = mapped_column(default=0)
