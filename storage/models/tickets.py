"""Tickets: what customers ask of the staff, what is answered, and where the staff talk of it."""

import enum
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, Instant, Sealed, enumeration
from storage.models.customers import Customer


class TicketState(enum.Enum):
    OPEN = "open"
    CLOSED = "closed"


class TicketAuthor(enum.Enum):
    CUSTOMER = "customer"
    STAFF = "staff"


class MediaKind(enum.Enum):
    """As what Telegram holds a file: it can be sent again only as the same."""

    PHOTO = "photo"
    DOCUMENT = "document"


class Ticket(Base):
    """One matter of a customer with the staff; its id is the number that customers are told.

    ``chat_id`` is the chat that opened it, with ``receipt_message_id`` the message whose *Invia*
    did. ``thread_id`` is the topic of the staff's forum group in which it is talked of or, where
    ``thread_is_topic`` is off, the message of a plain group that the thread of replies hangs on.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index(None, "customer_id"),
        Index(None, "chat_id", "receipt_message_id"),
        Index(None, "thread_chat_id", "thread_id"),
        Index(
            "ix_tickets_waiting",
            "id",
            sqlite_where=text("state = 'open' AND last_author = 'customer'"),
            postgresql_where=text("state = 'open' AND last_author = 'customer'"),
        ),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    receipt_message_id: Mapped[int | None] = mapped_column(BigInteger)
    subject: Mapped[str] = mapped_column(Sealed)
    state: Mapped[TicketState] = mapped_column(enumeration(TicketState))
    last_author: Mapped[TicketAuthor] = mapped_column(enumeration(TicketAuthor))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    thread_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    thread_is_topic: Mapped[bool] = mapped_column(default=False)
    customer: Mapped[Customer] = relationship(lazy="raise")


class TicketMessage(Base):
    """What was written into a ticket at one time, by the customer or by the staff.

    ``chat_id`` is the customer's chat that wrote it; the staff have none.
    """

    __tablename__ = "ticket_messages"
    __table_args__ = (Index(None, "ticket_id"), Index(None, "chat_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    author: Mapped[TicketAuthor] = mapped_column(enumeration(TicketAuthor))
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(Sealed)
    at: Mapped[datetime] = mapped_column(Instant)
    files: Mapped[list["TicketFile"]] = relationship(lazy="raise", order_by="TicketFile.id")
    ticket: Mapped[Ticket] = relationship(lazy="raise")


class TicketFile(Base):
    """A photo or file of a ticket: Telegram's name for it and, once fetched, the room's.

    ``room_name`` is its name in the room of kept files (``storage.files``). ``lost`` says that
    Telegram does not give it out: too large, or no longer there.
    """

    __tablename__ = "ticket_files"
    __table_args__ = (
        Index(None, "message_id"),
        Index(
            "ix_ticket_files_to_fetch",
            "id",
            # SQLite knows its index again by these very words only.
            sqlite_where=text("room_name IS NULL AND lost = 0"),
            postgresql_where=text("room_name IS NULL AND NOT lost"),
        ),
        Index(
            "ix_ticket_files_kept",
            "room_name",
            sqlite_where=text("room_name IS NOT NULL"),
            postgresql_where=text("room_name IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("ticket_messages.id"))
    media: Mapped[MediaKind] = mapped_column(enumeration(MediaKind))
    file_id: Mapped[str] = mapped_column(Sealed)
    name: Mapped[str] = mapped_column(Sealed)
    size: Mapped[int | None] = mapped_column(BigInteger)
    room_name: Mapped[str | None] = mapped_column(String(64))
    lost: Mapped[bool] = mapped_column(default=False)


class TicketPost(Base):
    """A message by which the bot told the staff of a ticket: what answers it is for that ticket."""

    __tablename__ = "ticket_posts"

    group_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)


class StaffGroup(Base):
    """Where a group of the staff has moved to: Telegram gives it a new number when it grows."""

    __tablename__ = "staff_groups"

    former_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    current_id: Mapped[int] = mapped_column(BigInteger, index=True)
    moved_at: Mapped[datetime] = mapped_column(Instant)
