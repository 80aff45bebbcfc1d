"""Changes that customers made to their own contact data."""

import enum
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, Instant, enumeration
from storage.models.customers import Customer
from storage.models.sealed import Sealed


class ContactField(enum.Enum):
    """The contact data that customers may change themselves; values as in company files."""

    PHONE = "telefono"
    FAX = "fax"
    EMAIL = "email"

    @property
    def column(self) -> str:
        """The attribute of ``Customer`` with this value."""
        return {"telefono": "phone"}.get(self.value, self.value)


class ContactChange(Base):
    """One change: who made it (a chat, until that is forgotten), when, from what, to what.

    ``acquisition_id`` is the acquisition that handed it over to the company's system;
    ``settled_at`` is when a file from the company had the new value, or a third one.

    Until ``gives_access_at`` a new e-mail is contact data only: the codes that link chats are sent
    to ``access_before``. ``stopped_at`` is set if it never gave access, because it was undone or
    changed again.
    """

    __tablename__ = "contact_changes"
    __table_args__ = (
        Index(None, "chat_id"),
        Index(None, "customer_id"),
        Index(None, "acquisition_id"),
        Index(
            "ix_contact_changes_unclaimed",
            "id",
            sqlite_where=text("acquisition_id IS NULL"),
            postgresql_where=text("acquisition_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    field: Mapped[ContactField] = mapped_column(enumeration(ContactField))
    old: Mapped[str | None] = mapped_column(Sealed("contact_changes.old"))
    new: Mapped[str | None] = mapped_column(Sealed("contact_changes.new"))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    gives_access_at: Mapped[datetime | None] = mapped_column(Instant)
    access_before: Mapped[str | None] = mapped_column(Sealed("contact_changes.access_before"))
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    acquisition_id: Mapped[int | None] = mapped_column(ForeignKey("acquisitions.id"))
    customer: Mapped[Customer] = relationship(lazy="raise")
