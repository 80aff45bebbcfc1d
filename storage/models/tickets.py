"""Tickets: customers' messages to the staff, the answers, and their topics in the staff's group."""

import enum
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, Instant, enumeration
from storage.models.customers import Customer
from storage.models.sealed import Sealed


class TicketState(enum.Enum):
    OPEN = "open"
    CLOSED = "closed"


class TicketAuthor(enum.Enum):
    CUSTOMER = "customer"
    STAFF = "staff"


class MediaKind(enum.Enum):
    """How Telegram stores a file: it can be sent again only as the same kind."""

    PHOTO = "photo"
    DOCUMENT = "document"


class Ticket(Base):
    """A conversation between a customer and the staff; customers are told its id as a number.

    ``chat_id`` is the chat that opened it, ``receipt_message_id`` the message whose *Invia* did.
    ``thread_id`` is its topic in the staff's forum group or, where ``thread_is_topic`` is off, the
    message of a plain group that begins its thread of replies.
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
    subject: Mapped[str] = mapped_column(Sealed("tickets.subject"))
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
    """One message in a ticket, by the customer or by the staff.

    ``chat_id`` is the customer's chat that wrote it; the staff's messages have none.
    """

    __tablename__ = "ticket_messages"
    __table_args__ = (Index(None, "ticket_id"), Index(None, "chat_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    author: Mapped[TicketAuthor] = mapped_column(enumeration(TicketAuthor))
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(Sealed("ticket_messages.words"))
    at: Mapped[datetime] = mapped_column(Instant)
    files: Mapped[list["TicketFile"]] = relationship(lazy="raise", order_by="TicketFile.id")
    ticket: Mapped[Ticket] = relationship(lazy="raise")


class TicketFile(Base):
    """A photo or file of a ticket, with Telegram's ``file_id``.

    ``room_name`` is its name in the file store (``storage.files``), once it has been fetched.
    ``lost`` says that Telegram does not give it out: too large, or no longer there.
    """

    __tablename__ = "ticket_files"
    __table_args__ = (
        Index(None, "message_id"),
        Index(
            "ix_ticket_files_to_fetch",
            "id",
            # SQLite uses the index only for exactly this condition.
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
    file_id: Mapped[str] = mapped_column(Sealed("ticket_files.file_id"))
    name: Mapped[str] = mapped_column(Sealed("ticket_files.name"))
    size: Mapped[int | None] = mapped_column(BigInteger)
    room_name: Mapped[str | None] = mapped_column(String(64))
    lost: Mapped[bool] = mapped_column(default=False)


class TicketPost(Base):
    """A message about a ticket in the staff's group: replies to it belong to the ticket."""

    __tablename__ = "ticket_posts"

    group_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)


class StaffGroup(Base):
    """The new id of a staff group: Telegram changes it when a group grows."""

    __tablename__ = "staff_groups"

    former_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    current_id: Mapped[int] = mapped_column(BigInteger, index=True)
    moved_at: Mapped[datetime] = mapped_column(Instant)
