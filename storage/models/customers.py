"""Customers of the supplier, as in its company system."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Fingerprint, Sealed


class Customer(Base):
    """One customer: a person, a firm or a condominium, with a six-digit code.

    The tax identifiers are stored twice: sealed, to be shown to their owner masked, and as keyed
    hashes, to be compared when a chat asks to be linked.
    """

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(6), unique=True)
    name: Mapped[str] = mapped_column(Sealed)
    tax_code: Mapped[str | None] = mapped_column(Sealed)
    tax_code_hash: Mapped[str | None] = mapped_column(Fingerprint)
    vat_number: Mapped[str | None] = mapped_column(Sealed)
    vat_number_hash: Mapped[str | None] = mapped_column(Fingerprint)
    address: Mapped[str] = mapped_column(Sealed)
    email: Mapped[str | None] = mapped_column(Sealed)
    phone: Mapped[str | None] = mapped_column(Sealed)
    fax: Mapped[str | None] = mapped_column(Sealed)
