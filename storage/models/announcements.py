"""Announcements from the operator to many customers."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Instant, enumeration


class Audience(enum.Enum):
    """The recipients of an announcement."""

    ALL = "all"
    GAS = "gas"
    ELECTRICITY = "electricity"
    CODES = "codes"


class Announcement(Base):
    """One announcement; its messages are in the outbox, under its id.

    ``digest`` covers all of its content: the same file announced again is the same announcement,
    and nobody gets it twice. ``text`` is Telegram's HTML. The picture is in the file store
    (``storage.files``).
    """

    __tablename__ = "announcements"
    __table_args__ = (
        Index(
            "ix_announcements_kept",
            "file_name",
            sqlite_where=text("file_name IS NOT NULL"),
            postgresql_where=text("file_name IS NOT NULL"),
        ),
        CheckConstraint("(file_name IS NULL) = (file_hash IS NULL)", name="file_is_whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    audience: Mapped[Audience] = mapped_column(enumeration(Audience))
    text: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(String(64))
    file_hash: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
