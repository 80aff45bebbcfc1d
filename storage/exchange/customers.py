"""``clienti.csv``: the customers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Table, select

from storage.exchange import cells as read
from storage.exchange.kinds import (
    LONGEST_TEXT,
    Checked,
    Context,
    Kind,
    RowProblem,
    upsert,
    write,
)
from storage.exchange.report import Counts
from storage.exchange.tables import Cells, Column
from storage.models import ContactChange, ContactField, Customer
from storage.unit import ReadUnit, Unit

_LONGEST_PHONE = 60
_TABLE: Table = Customer.metadata.tables["customers"]
_OPTIONAL = {"email": "email", "telefono": "phone", "fax": "fax"}
_ALWAYS = ("name", "tax_code", "vat_number", "address")


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer; ``silent`` names the fields for which the file has no column."""

    code: str
    name: str
    tax_code: str | None
    vat_number: str | None
    address: str
    email: str | None
    phone: str | None
    fax: str | None
    silent: frozenset[str]


class Customers(Kind[CustomerRow]):
    """A row per customer; a contact column that the file leaves out changes nothing.

    A contact that the customer has replaced since is kept too (see ``_with_own_changes``).
    """

    file_name: ClassVar[str] = "clienti.csv"
    # Every field is sealed: a thousand rows would block the event loop for most of a second.
    batch_size: ClassVar[int] = 200
    columns: ClassVar[tuple[Column, ...]] = (
        Column("codice_cliente", read.customer_code),
        Column("denominazione", read.text(LONGEST_TEXT)),
        Column("codice_fiscale", read.tax_id, empty=True),
        Column("partita_iva", read.vat_number, empty=True),
        Column("indirizzo", read.text(LONGEST_TEXT)),
        Column("email", read.email, empty=True, missing=True),
        Column("telefono", read.text(_LONGEST_PHONE), empty=True, missing=True),
        Column("fax", read.text(_LONGEST_PHONE), empty=True, missing=True),
    )

    def row(self, cells: Cells, _context: Context) -> CustomerRow:
        silent = frozenset(
            field for column, field in _OPTIONAL.items() if column not in cells.present
        )
        return CustomerRow(
            code=cells["codice_cliente"],
            name=cells["denominazione"],
            tax_code=cells["codice_fiscale"],
            vat_number=cells["partita_iva"],
            address=cells["indirizzo"],
            email=cells["email"],
            phone=cells["telefono"],
            fax=cells["fax"],
            silent=silent,
        )

    def key(self, row: CustomerRow) -> str:
        return row.code

    async def check(
        self, _unit: ReadUnit, _rows: Sequence[Checked[CustomerRow]], _context: Context
    ) -> list[RowProblem]:
        return []  # customers refer to nothing

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[CustomerRow]], context: Context
    ) -> Counts:
        # Locked, so that a customer's change of contact at this moment waits and is not lost.
        found = await unit.session.scalars(
            select(Customer)
            .where(Customer.code.in_([checked.row.code for checked in rows]))
            .order_by(Customer.id)
            .with_for_update()
        )
        known = {customer.code: customer for customer in found}
        own = await unit.contacts.unsettled([customer.id for customer in known.values()])
        counts = Counts()
        written: list[dict[str, Any]] = []
        for row in (checked.row for checked in rows):
            customer = known.get(row.code)
            if customer is not None:
                changes = own.get(customer.id, [])
                row = _with_own_changes(customer, row, changes, context.now)  # noqa: PLW2901
            differs = customer is not None and _differs(customer, row)
            if counts.count(is_known=customer is not None, differs=differs):
                written.append(_values(row))
        if written:
            fields = [field for field in written[0] if field != "code"]
            statement = upsert(
                unit.customers.dialect,
                _TABLE,
                key=["code"],
                update=[field for field in fields if field not in rows[0].row.silent],
            )
            await write(unit, statement, written)
        return counts


def _with_own_changes(
    customer: Customer, row: CustomerRow, changes: list[ContactChange], now: datetime
) -> CustomerRow:
    """The row with the customer's own contacts where it only repeats what they replaced.

    A file written before the company's system stored a change does not undo it (*Imports* in the
    product's settled details). Once a file has the customer's value after it was handed over, or
    a third value, the change is settled, and files apply as usual again.
    """
    for field in ContactField:
        chain = [change for change in changes if change.field is field]
        if not chain or field.column in row.silent:
            continue
        brought, newest = getattr(row, field.column), chain[-1]
        if brought == newest.new:
            settled = newest.acquisition_id is not None
        else:
            settled = all(brought != change.old for change in chain)
            if not settled:
                row = replace(row, **{field.column: getattr(customer, field.column)})
        if settled:
            for change in chain:
                change.settled_at = now
    return row


def _differs(customer: Customer, row: CustomerRow) -> bool:
    fields = [*_ALWAYS, *(field for field in _OPTIONAL.values() if field not in row.silent)]
    return any(getattr(customer, field) != getattr(row, field) for field in fields)


def _values(row: CustomerRow) -> dict[str, Any]:
    values = asdict(row)
    del values["silent"]
    # Linking compares the hashes; the column types compute them from the plain text.
    return values | {"tax_code_hash": row.tax_code, "vat_number_hash": row.vat_number}
