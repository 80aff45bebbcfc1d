"""``documenti.csv``: documents of customers and forms for everybody, with their files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Table, and_, insert, or_, select, tuple_, update

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
    write,
)
from storage.exchange.report import Counts
from storage.exchange.tables import Cells, Column
from storage.models import Document
from storage.unit import ReadUnit, Unit

_TABLE: Table = Document.metadata.tables["documents"]
_LONGEST_TITLE = 200
_UNKNOWN = "unknown customer"
_FIELDS = ("suffix", "file_name", "file_hash", "file_size")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document; without a customer it is a form for everybody."""

    customer: str | None
    title: str
    day: date
    file: Attachment


class Documents(Kind[DocumentRow]):
    """A row per customer, title and day; an empty customer makes it a form."""

    file_name: ClassVar[str] = "documenti.csv"
    batch_size: ClassVar[int] = 500
    columns: ClassVar[tuple[Column, ...]] = (
        Column("codice_cliente", read.customer_code, empty=True),
        Column("titolo", read.text(_LONGEST_TITLE)),
        Column("data", read.day),
        Column("file", attachments.path),
    )

    def row(self, cells: Cells, context: Context) -> DocumentRow:
        return DocumentRow(
            customer=cells["codice_cliente"],
            title=cells["titolo"],
            day=cells["data"],
            file=attachments.find(cells["file"], "file", context),
        )

    def key(self, row: DocumentRow) -> str:
        return f"{row.customer or ''}|{row.day.isoformat()}|{row.title}"

    async def check(
        self, unit: ReadUnit, rows: Sequence[Checked[DocumentRow]], _context: Context
    ) -> list[RowProblem]:
        known = await _customers(unit, rows)
        return [
            RowProblem(checked.line, "codice_cliente", _UNKNOWN)
            for checked in rows
            if checked.row.customer not in known
        ]

    async def prepare(
        self, rows: Sequence[Checked[DocumentRow]], context: Context
    ) -> Sequence[Checked[DocumentRow]]:
        prepared = []
        for line, row in ((checked.line, checked.row) for checked in rows):
            kept = await attachments.keep(row.file, line, "file", context)
            prepared.append(Checked(line, replace(row, file=replace(row.file, kept=kept))))
        return prepared

    async def apply(
        self, unit: Unit, rows: Sequence[Checked[DocumentRow]], _context: Context
    ) -> Counts:
        customers = await _customers(unit, rows)
        for checked in rows:
            if checked.row.customer not in customers:
                raise StaleRowError(RowProblem(checked.line, "codice_cliente", _UNKNOWN))
        keys = {(customers[each.row.customer], each.row.title, each.row.day) for each in rows}
        own = [key for key in keys if key[0] is not None]
        forms = [key[1:] for key in keys if key[0] is None]
        # An empty customer equals no other in SQL, so forms are looked up separately.
        found = await unit.session.scalars(
            select(Document).where(
                or_(
                    tuple_(Document.customer_id, Document.title, Document.day).in_(own),
                    and_(
                        Document.customer_id.is_(None),
                        tuple_(Document.title, Document.day).in_(forms),
                    ),
                )
            )
        )
        known = {(each.customer_id, each.title, each.day): each for each in found}
        counts = Counts()
        written: list[dict[str, Any]] = []
        for row in (checked.row for checked in rows):
            values = _values(row)
            customer_id = customers[row.customer]
            before = known.get((customer_id, row.title, row.day))
            differs = differ(before, values, _FIELDS)
            counts.count(is_known=before is not None, differs=differs)
            if before is None:
                key = {"customer_id": customer_id, "title": row.title, "day": row.day}
                written.append(values | key)
            elif differs:
                await unit.session.execute(
                    update(Document).where(Document.id == before.id).values(**values)
                )
        await write(unit, insert(_TABLE), written)
        return counts


def _values(row: DocumentRow) -> dict[str, Any]:
    kept = row.file.kept
    if kept is None:
        raise ValueError("the row was not prepared")
    return {
        "suffix": row.file.suffix,
        "file_name": kept.name,
        "file_hash": kept.content_hash,
        "file_size": kept.size,
    }


async def _customers(
    unit: ReadUnit, rows: Sequence[Checked[DocumentRow]]
) -> dict[str | None, int | None]:
    """The ids of the customers that *rows* name, by code; None for forms."""
    codes = {checked.row.customer for checked in rows if checked.row.customer is not None}
    known: dict[str | None, int | None] = {None: None}
    known.update(await customers_by_code(unit, codes))
    return known
