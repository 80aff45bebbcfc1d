"""The notices and reminders that each chat wants, and when."""

from datetime import time

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class ChatPreferences(Base):
    """One chat's own choices; a chat that made none has no row (see ``rules.preferences``).

    ``quiet_from`` and ``quiet_until`` are both set, or both NULL: then the company's hours apply.
    """

    __tablename__ = "chat_preferences"
    __table_args__ = (
        CheckConstraint("days_before_close BETWEEN 1 AND 30", name="days_before_close"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours"),
        Index(
            "ix_chat_preferences_quiet",
            "quiet_from",
            "quiet_until",
            sqlite_where=text("quiet_from IS NOT NULL"),
            postgresql_where=text("quiet_from IS NOT NULL"),
        ),
    )

    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), primary_key=True)
    remind_when_open: Mapped[bool]
    remind_before_close: Mapped[bool]
    days_before_close: Mapped[int]
    remind_last_day: Mapped[bool]
    tell_acquired: Mapped[bool]
    tell_outcome: Mapped[bool]
    tell_invoice: Mapped[bool]
    tell_window: Mapped[bool]
    tell_of_others: Mapped[bool]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
