"""Customers of the supplier, as in its company system."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Fingerprint
from storage.models.sealed import Sealed


class Customer(Base):
    """One customer: a person, a firm or a condominium, with a six-digit code.

    The tax identifiers are stored twice: sealed, to be shown to their owner masked, and as keyed
    hashes, to be compared when a chat asks to be linked.
    """

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(6), unique=True)
    name: Mapped[str] = mapped_column(Sealed("customers.name", row=("code",)))
    tax_code: Mapped[str | None] = mapped_column(Sealed("customers.tax_code", row=("code",)))
    tax_code_hash: Mapped[str | None] = mapped_column(Fingerprint)
    vat_number: Mapped[str | None] = mapped_column(Sealed("customers.vat_number", row=("code",)))
    vat_number_hash: Mapped[str | None] = mapped_column(Fingerprint)
    address: Mapped[str] = mapped_column(Sealed("customers.address", row=("code",)))
    email: Mapped[str | None] = mapped_column(Sealed("customers.email", row=("code",)))
    phone: Mapped[str | None] = mapped_column(Sealed("customers.phone", row=("code",)))
    fax: Mapped[str | None] = mapped_column(Sealed("customers.fax", row=("code",)))
