"""Invitations, by which a customer gives another person access."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, Fingerprint, Instant, enumeration
from storage.models.chats import Access
from storage.models.customers import Customer
from storage.models.sealed import Sealed


class Invitation(Base):
    """A link that gives one chat access: made, accepted by somebody, confirmed by its maker.

    Only a keyed hash of the link's secret is stored. ``guest_name`` is the guest's name in
    Telegram; with ``link_id`` it also names the linked chat in lists. ``closed_at`` says that it is
    finished: withdrawn, declined, refused or confirmed.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index(None, "customer_id"),
        Index(None, "inviter_chat_id"),
        Index(None, "link_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    inviter_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    access: Mapped[Access] = mapped_column(enumeration(Access))
    token_hash: Mapped[str] = mapped_column(Fingerprint, unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    guest_chat_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    guest_name: Mapped[str | None] = mapped_column(Sealed("invitations.guest_name"))
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("chat_links.id"))
    customer: Mapped[Customer] = relationship(lazy="raise")
