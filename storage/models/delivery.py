"""The inbox of updates, and the outbox of unasked messages."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Instant, enumeration
from storage.models.sealed import Sealed, SealedJson


class InboxUpdate(Base):
    """One update from Telegram, from its arrival until its answer is sent.

    ``content`` is cleared when the update is handled; ``answer`` holds what the handler wants to
    send, from the commit of its effects until Telegram has accepted it.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index(
            "ix_inbox_unfinished",
            "update_id",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index(None, "handled_at"),
    )

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str | None] = mapped_column(Sealed("inbox.content", row=("update_id",)))
    received_at: Mapped[datetime] = mapped_column(Instant)
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[Any | None] = mapped_column(SealedJson("inbox.answer", row=("update_id",)))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class OutboxState(enum.Enum):
    """The state of a message.

    ``SENDING`` is written before a message is sent: after a crash it may have been sent or not,
    and is sent again. ``HELD`` waits until a customer who blocked the bot comes back.
    """

    QUEUED = "queued"
    SENDING = "sending"
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"
    OUTDATED = "outdated"


class OutboxMessage(Base):
    """One message that the bot sends unasked: what, to whom, when, and its unique key.

    ``reading_id`` is the reading that it is about, if any; ``about_id`` is the id of something
    else, depending on its kind: an invoice, an announcement, a round of reminders. ``bulk``
    messages are sent only when nothing else is due. ``carried_by`` is the message that it was
    merged into, where several were due at once.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due",
            "bulk",
            "not_before",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_outbox_expiring",
            "not_after",
            sqlite_where=text("state IN ('queued', 'held')"),
            postgresql_where=text("state IN ('queued', 'held')"),
        ),
        Index(
            "ix_outbox_sending",
            "id",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index(
            "ix_outbox_settled",
            "created_at",
            sqlite_where=text("state IN ('sent', 'failed', 'outdated')"),
            postgresql_where=text("state IN ('sent', 'failed', 'outdated')"),
        ),
        Index(None, "kind", "about_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    reading_id: Mapped[int | None] = mapped_column(ForeignKey("readings.id"))
    about_id: Mapped[int | None]
    bulk: Mapped[bool] = mapped_column(default=False)
    content: Mapped[Any | None] = mapped_column(SealedJson("outbox.content", row=("key",)))
    not_before: Mapped[datetime] = mapped_column(Instant)
    not_after: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[OutboxState] = mapped_column(enumeration(OutboxState), default=OutboxState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    carried_by: Mapped[int | None]


class TelegramFile(Base):
    """The ``file_id`` of a file that Telegram already has and the bot sends again."""

    __tablename__ = "telegram_files"

    content_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    file_id: Mapped[str] = mapped_column(String(255))
    seen_at: Mapped[datetime] = mapped_column(Instant)
