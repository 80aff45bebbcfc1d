"""``fatture.csv``: invoices, with their PDFs beside the table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Table, select, tuple_

from storage.exchange import attachments
from storage.exchange import cells as read
from storage.exchange.attachments import Attachment
from storage.exchange.kinds import (
    Checked,
    Context,
    Kind,
    RowProblem,
    StaleRowError,
    customers_by_code,
    differ,
    upsert,
    write,
)
from storage.exchange.report import Counts
from storage.exchange.tables import Cells, Column
from storage.models import Invoice, InvoiceState
from storage.unit import ReadUnit, Unit

_TABLE: Table = Invoice.metadata.tables["invoices"]
_LONGEST_NUMBER = 40
_LARGEST_AMOUNT = 999_999_999
_UNKNOWN = "unknown customer"
_FIELDS = ("day", "due", "amount_cents", "state", "file_name", "file_hash", "file_size")


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice; ``amount_cents`` is below zero for a credit note."""

    customer: str
    number: str
    day: date
    due: date
    amount_cents: int
    state: InvoiceState
    pdf: Attachment | None


class Invoices(Kind[InvoiceRow]):
    """A row per customer and number; an empty ``pdf`` means that there is no PDF."""

    file_name: ClassVar[str] = "fatture.csv"
    batch_size: ClassVar[int] = 500
    columns: ClassVar[tuple[Column, ...]] = (
        Column("codice_cliente", read.customer_code),
        Column("numero", read.text(_LONGEST_NUMBER)),
        Column("data", read.day),
        Column("scadenza", read.day),
        Column(
            "importo",
            read.decimal(places=2, largest=_LARGEST_AMOUNT, smallest=Decimal(-_LARGEST_AMOUNT)),
        ),
        Column("stato", read.member_of(InvoiceState)),
        Column("pdf", attachments.path, empty=True),
    )

    def row(self, cells: Cells, context: Context) -> InvoiceRow:
        name = cells["pdf"]
        return InvoiceRow(
            customer=cells["codice_cliente"],
            number=cells["numero"],
            day=cells["data"],
            due=cells["scadenza"],
            amount_cents=int(cells["importo"] * 100),
            state=cells["stato"],
            pdf=attachments.find(name, "pdf", context, pdf=True) if name else None,
        )

    def key(self, row: InvoiceRow) -> str:
        return f"{row.customer}|{row.number}"

    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[InvoiceRow]], _context: Context
    ) -> list[RowProblem]:
        known = await _customers(unit, rows)
        return [
            RowProblem(checked.line, "codice_cliente", _UNKNOWN)
            for checked in rows
            if checked.row.customer not in known
        ]

    async def prepare(
        self, rows: Sequence[Checked[InvoiceRow]], context: Context
    ) -> Sequence[Checked[InvoiceRow]]:
        prepared = []
        for line, row in ((checked.line, checked.row) for checked in rows):
            if row.pdf is not None:
                kept = await attachments.keep(row.pdf, line, "pdf", context)
                row = replace(row, pdf=replace(row.pdf, kept=kept))  # noqa: PLW2901
            prepared.append(Checked(line, row))
        return prepared

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[InvoiceRow]], context: Context
    ) -> Counts:
        customers = await _customers(unit, rows)
        for checked in rows:
            if checked.row.customer not in customers:
                raise StaleRowError(RowProblem(checked.line, "codice_cliente", _UNKNOWN))
        keys = [(customers[checked.row.customer], checked.row.number) for checked in rows]
        found = await unit.session.scalars(
            select(Invoice).where(tuple_(Invoice.customer_id, Invoice.number).in_(keys))
        )
        known = {(invoice.customer_id, invoice.number): invoice for invoice in found}
        counts = Counts()
        written: list[dict[str, Any]] = []
        for row in (checked.row for checked in rows):
            values = _values(row)
            before = known.get((customers[row.customer], row.number))
            differs = differ(before, values, _FIELDS)
            if counts.count(is_known=before is not None, differs=differs):
                written.append(
                    values
                    | {
                        "customer_id": customers[row.customer],
                        "number": row.number,
                        "listed_at": context.now,
                    }
                )
        statement = upsert(
            unit.invoices.dialect, _TABLE, key=["customer_id", "number"], update=_FIELDS
        )
        await write(unit, statement, written)
        return counts


def _values(row: InvoiceRow) -> dict[str, Any]:
    kept = row.pdf.kept if row.pdf is not None else None
    return {
        "day": row.day,
        "due": row.due,
        "amount_cents": row.amount_cents,
        "state": row.state,
        "file_name": kept.name if kept else None,
        "file_hash": kept.content_hash if kept else None,
        "file_size": kept.size if kept else None,
    }


async def _customers(unit: ReadUnit, rows: Sequence[Checked[InvoiceRow]]) -> dict[str, int]:
    return await customers_by_code(unit, {checked.row.customer for checked in rows})
