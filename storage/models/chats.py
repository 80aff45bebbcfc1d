"""Chats, their links to customers, and how each link was made."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, Fingerprint, Instant, enumeration
from storage.models.customers import Customer
from storage.models.sealed import SealedJson


class Chat(Base):
    """A private chat that has written to the bot, with Telegram's id.

    ``language`` is the language of its messages: the telephone's at first, until another is
    chosen. ``last_session_at`` is the chat's last activity before the current session (*Ultimo
    accesso*).
    """

    __tablename__ = "chats"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    language: Mapped[str | None] = mapped_column(String(8))
    supply_point_id: Mapped[int | None] = mapped_column(ForeignKey("supply_points.id"))
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    last_session_at: Mapped[datetime | None] = mapped_column(Instant)
    blocked_at: Mapped[datetime | None] = mapped_column(Instant)


class Access(enum.Enum):
    FULL = "full"
    VIEW = "view"


class Proof(enum.Enum):
    """The evidence by which a chat was linked."""

    MAILED_CODE = "mailed_code"
    INVITATION = "invitation"
    TRIAL = "trial"


class ChatLink(Base):
    """A chat may act for a customer, from ``linked_at`` until ``revoked_at``."""

    __tablename__ = "chat_links"
    __table_args__ = (
        Index(
            "uq_chat_links_live",
            "chat_id",
            "customer_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(None, "chat_id"),
        Index(None, "customer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    access: Mapped[Access] = mapped_column(enumeration(Access))
    proof: Mapped[Proof] = mapped_column(enumeration(Proof))
    linked_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    customer: Mapped[Customer] = relationship(lazy="raise")


class AttemptOutcome(enum.Enum):
    MATCHED = "matched"
    NO_MATCH = "no_match"
    NO_EMAIL = "no_email"
    REFUSED = "refused"
    CODE_SENT = "code_sent"
    WRONG_CODE = "wrong_code"
    LINKED = "linked"


class LinkAttempt(Base):
    """One entry of the audit of linking; the tried code is stored as a keyed hash.

    ``forgiven_at`` is when the operator lifted the locks to which it had contributed.
    """

    __tablename__ = "link_attempts"
    __table_args__ = (
        Index(None, "chat_id", "at"),
        Index(None, "code_hash", "at"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    code_hash: Mapped[str] = mapped_column(Fingerprint)
    at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[AttemptOutcome] = mapped_column(enumeration(AttemptOutcome))
    forgiven_at: Mapped[datetime | None] = mapped_column(Instant)


class OneTimeCode(Base):
    """A six-digit code sent by mail, stored as a keyed hash, with the attempts that are left.

    ``address_hash`` is of the new address that the code verifies; a code that links a chat has
    none, and neither can be used as the other. ``mailed_to`` is of the address that it was sent
    to: once that no longer gives access, the code is invalid. So is a code that is ``lost``,
    because the mail server refused it.
    """

    __tablename__ = "one_time_codes"
    __table_args__ = (Index(None, "chat_id", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    code_hash: Mapped[str] = mapped_column(Fingerprint)
    address_hash: Mapped[str | None] = mapped_column(Fingerprint)
    mailed_to: Mapped[str | None] = mapped_column(Fingerprint)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries_left: Mapped[int]
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    lost: Mapped[bool] = mapped_column(default=False)


class Conversation(Base):
    """The open conversation of a chat: its state and its draft."""

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "expires_at"),)

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    flow: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(40))
    draft: Mapped[dict[str, Any]] = mapped_column(
        SealedJson("conversations.draft", row=("chat_id",))
    )
    token: Mapped[str] = mapped_column(String(8))
    expires_at: Mapped[datetime] = mapped_column(Instant)
