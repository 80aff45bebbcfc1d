"""Invoices, documents and forms, as the company's system lists them; their files are elsewhere."""

import enum
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Instant, enumeration


class InvoiceState(enum.Enum):
    """The state of an invoice in the company's system; nothing is computed here."""

    PAID = "pagata"
    TO_PAY = "da pagare"
    OVERDUE = "scaduta"


class Invoice(Base):
    """One invoice of a customer, or a credit note (a negative amount).

    ``file_name`` is the name of its PDF in the file store (``storage.files``), if the company has
    provided one. ``listed_at`` is when it was imported, and ``told_at`` when the notices for the
    chats that want them were queued.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        Index("uq_invoices_customer_number", "customer_id", "number", unique=True),
        Index(None, "customer_id", "day"),
        Index(None, "listed_at"),
        Index(
            "ix_invoices_untold",
            "id",
            sqlite_where=text("told_at IS NULL"),
            postgresql_where=text("told_at IS NULL"),
        ),
        Index(
            "ix_invoices_kept",
            "file_name",
            sqlite_where=text("file_name IS NOT NULL"),
            postgresql_where=text("file_name IS NOT NULL"),
        ),
        CheckConstraint("(file_name IS NULL) = (file_hash IS NULL)", name="file_is_whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    due: Mapped[date]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[InvoiceState] = mapped_column(enumeration(InvoiceState))
    file_name: Mapped[str | None] = mapped_column(String(64))
    file_hash: Mapped[str | None] = mapped_column(String(64))
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    listed_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)


class Document(Base):
    """One document of a customer or, without a customer, a form for everybody.

    ``suffix`` is the end of its file's name, with the dot, which tells a telephone how to open it.
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index(
            "uq_documents_of_customer",
            "customer_id",
            "title",
            "day",
            unique=True,
            sqlite_where=text("customer_id IS NOT NULL"),
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "uq_documents_forms",
            "title",
            "day",
            unique=True,
            sqlite_where=text("customer_id IS NULL"),
            postgresql_where=text("customer_id IS NULL"),
        ),
        Index(None, "file_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    title: Mapped[str] = mapped_column(String(200))
    day: Mapped[date]
    suffix: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(64))
    file_hash: Mapped[str] = mapped_column(String(64))
    file_size: Mapped[int] = mapped_column(BigInteger)
