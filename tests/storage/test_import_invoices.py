"""Importing ``fatture.csv`` and ``documenti.csv`` with their files."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.exchange import attachments
from storage.exchange.importing import import_paths
from storage.exchange.report import Counts, FileReport, FileStatus
from storage.files import FileStore
from storage.models import Document, Invoice, InvoiceState
from storage.models.base import Base
from tests.support.company_files import CUSTOMERS, NOW, ROME, reasons

INVOICES = "codice_cliente;numero;data;scadenza;importo;stato;pdf\n"
DOCUMENTS = "codice_cliente;titolo;data;file\n"
PDF = b"%PDF-1.7\nan invoice\n%%EOF\n"
LATER = datetime(2026, 4, 1, tzinfo=UTC)


class Company:
    """The company's folder beside the bot's room for files."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder / "company"
        self.folder.mkdir()
        self.kept = folder / "files"
        self.room = FileStore(self.kept, store.vault)

    def put(self, name: str, content: bytes = PDF) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    async def take(
        self, name: str, content: str, *, now: datetime = NOW, room: bool = True
    ) -> FileReport:
        path = self.folder / name
        path.write_text(content)
        (report,) = (
            await import_paths(
                self.store, [path], zone=ROME, now=now, files=self.room if room else None
            )
        ).files
        return report

    async def every(self, table: type[Base]) -> list[Any]:
        async with self.store.reading() as unit:
            found = await unit.session.scalars(
                select(table).order_by(*table.__mapper__.primary_key)
            )
            return list(found)

    def kept_files(self) -> list[Path]:
        return [path for path in self.kept.rglob("*") if path.is_file()]


@pytest.fixture
async def company(store: Store, tmp_path: Path) -> Company:
    company = Company(store, tmp_path)
    report = await company.take("clienti.csv", CUSTOMERS)
    assert report.status is FileStatus.TAKEN
    return company


async def test_invoices_come_with_their_pdfs(company: Company) -> None:
    company.put("pdf/uno.pdf")
    report = await company.take(
        "fatture.csv",
        INVOICES
        + "028680;2026/1;10/02/2026;2026-03-12;84,20;da pagare;pdf/uno.pdf\n"
        + "028680;2025/9;10/12/2025;10/01/2026;1234.5;pagata;\n"
        + "000017;NC 3;10/12/2025;10/01/2026;-15;scaduta;\n",
    )
    assert report.status is FileStatus.TAKEN, reasons(report)
    invoices = {each.number: each for each in await company.every(Invoice)}
    first, second, third = (invoices[number] for number in ("2026/1", "2025/9", "NC 3"))
    assert (first.day, first.due) == (date(2026, 2, 10), date(2026, 3, 12))
    assert (first.amount_cents, first.state) == (8_420, InvoiceState.TO_PAY)
    assert first.file_size == len(PDF)
    assert await company.room.read(first.file_name) == PDF
    assert (second.amount_cents, second.file_name) == (123_450, None)
    assert (third.amount_cents, third.state) == (-1_500, InvoiceState.OVERDUE)


async def test_the_same_again_changes_nothing(company: Company) -> None:
    company.put("uno.pdf")
    rows = INVOICES + "028680;2026/1;10/02/2026;12/03/2026;84,20;da pagare;uno.pdf\n"
    await company.take("fatture.csv", rows)
    report = await company.take("fatture.csv", rows, now=LATER)
    assert report.status is FileStatus.UNCHANGED
    assert report.counts == Counts(unchanged=1)
    assert len(company.kept_files()) == 1


async def test_a_changed_row_updates_and_keeps_when_it_was_first_listed(company: Company) -> None:
    company.put("uno.pdf")
    row = "028680;2026/1;10/02/2026;12/03/2026;84,20;{};{}\n"
    await company.take("fatture.csv", INVOICES + row.format("da pagare", ""))
    report = await company.take(
        "fatture.csv", INVOICES + row.format("pagata", "uno.pdf"), now=LATER
    )
    assert report.counts == Counts(updated=1)
    (invoice,) = await company.every(Invoice)
    assert invoice.state is InvoiceState.PAID
    assert await company.room.read(invoice.file_name) == PDF
    assert invoice.listed_at == NOW


async def test_a_pdf_that_changed_under_the_same_name_is_taken_anew(company: Company) -> None:
    rows = INVOICES + "028680;2026/1;10/02/2026;12/03/2026;84,20;pagata;uno.pdf\n"
    company.put("uno.pdf")
    await company.take("fatture.csv", rows)
    company.put("uno.pdf", PDF + b"corrected")
    report = await company.take("fatture.csv", rows)
    assert report.counts == Counts(updated=1)
    (invoice,) = await company.every(Invoice)
    assert await company.room.read(invoice.file_name) == PDF + b"corrected"


async def test_a_missing_file_comes_back_with_the_next_import(company: Company) -> None:
    rows = INVOICES + "028680;2026/1;10/02/2026;12/03/2026;84,20;pagata;uno.pdf\n"
    company.put("uno.pdf")
    await company.take("fatture.csv", rows)
    (kept,) = company.kept_files()
    kept.unlink()
    await company.take("fatture.csv", rows)
    (invoice,) = await company.every(Invoice)
    assert await company.room.read(invoice.file_name) == PDF


LEAVES = "leaves the folder of the table: expected a path beside it"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("../secret.pdf", LEAVES),
        ("pdf/../../secret.pdf", LEAVES),
        ("pdf\\..\\..\\secret.pdf", LEAVES),
        ("{outside}/secret.pdf", LEAVES),
        ("\\\\server\\share\\secret.pdf", LEAVES),
        ("C:\\secret.pdf", LEAVES),
        ("way_out.pdf", LEAVES),
        ("way_out/secret.pdf", LEAVES),
        ("pdf", "is not a file"),
        ("nowhere.pdf", "there is no such file beside the table"),
        ("empty.pdf", "the file is empty"),
        ("words.pdf", "the file is not a PDF"),
        ("a" * 300 + ".pdf", "the file cannot be read: File name too long"),
        ("a/" * 300 + "b.pdf", "longer than 500 characters"),
        ("one\x07.pdf", "holds characters that no path has"),
    ],
)
async def test_a_path_that_leads_elsewhere_is_refused(
    company: Company, tmp_path: Path, cell: str, reason: str
) -> None:
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (company.folder / "way_out.pdf").symlink_to(tmp_path / "secret.pdf")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.pdf").write_bytes(PDF)
    (company.folder / "way_out").symlink_to(outside)
    company.put("pdf/uno.pdf")
    company.put("empty.pdf", b"")
    company.put("words.pdf", b"not what it says")
    path = cell.format(outside=outside)
    for name, content, field in (
        (
            "fatture.csv",
            f"{INVOICES}028680;2026/1;10/02/2026;12/03/2026;84,20;pagata;{path}\n",
            "pdf",
        ),
        ("documenti.csv", f"{DOCUMENTS}028680;Contratto;10/02/2026;{path}\n", "file"),
    ):
        if name == "documenti.csv" and cell == "words.pdf":
            continue  # a document may be of any kind
        report = await company.take(name, content)
        assert report.status is FileStatus.REFUSED
        assert reasons(report) == [(2, field, reason)]
    assert await company.every(Invoice) == []
    assert company.kept_files() == []


async def test_a_link_that_stays_inside_is_a_way_like_any_other(company: Company) -> None:
    company.put("pdf/uno.pdf")
    (company.folder / "latest.pdf").symlink_to(company.folder / "pdf" / "uno.pdf")
    report = await company.take(
        "fatture.csv",
        INVOICES + "028680;2026/1;10/02/2026;12/03/2026;84,20;pagata;latest.pdf\n",
    )
    assert report.status is FileStatus.TAKEN, reasons(report)


async def test_a_backslash_between_folders_is_what_windows_writes(company: Company) -> None:
    company.put("pdf/uno.pdf")
    report = await company.take(
        "fatture.csv",
        INVOICES + "028680;2026/1;10/02/2026;12/03/2026;84,20;pagata;pdf\\uno.pdf\n",
    )
    assert report.status is FileStatus.TAKEN, reasons(report)


async def test_a_file_past_fifty_megabytes_is_refused(company: Company) -> None:
    company.put("big.pdf")
    with (company.folder / "big.pdf").open("r+b") as file:
        file.truncate(50_000_001)  # a hole: no disk is filled
    report = await company.take(
        "fatture.csv",
        INVOICES + "028680;2026/1;10/02/2026;12/03/2026;84,20;pagata;big.pdf\n",
    )
    assert reasons(report) == [(2, "pdf", "the file is larger than 50 MB")]


async def test_a_file_that_went_after_the_check_stops_the_import(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.put("uno.pdf")
    rows = INVOICES + "028680;2026/1;10/02/2026;12/03/2026;84,20;pagata;uno.pdf\n"
    check = attachments.find

    def find_and_lose(*args: Any, **options: Any) -> attachments.Attachment:
        found = check(*args, **options)
        found.path.unlink()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(attachments, "find", find_and_lose)
        report = await company.take("fatture.csv", rows)
    assert report.status is FileStatus.STOPPED
    assert reasons(report) == [(2, "pdf", "there is no such file beside the table")]
    company.put("uno.pdf")
    assert (await company.take("fatture.csv", rows)).status is FileStatus.TAKEN


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("999999;1;10/02/2026;12/03/2026;1;pagata;", "codice_cliente", "unknown customer"),
        (
            "028680;1;31/02/2026;12/03/2026;1;pagata;",
            "data",
            "no such day in the calendar",
        ),
        (
            "028680;1;10/02/2026;12/03/2026;1.234,50;pagata;",
            "importo",
            "expected a number without thousands separators",
        ),
        ("028680;1;10/02/2026;12/03/2026;1,234;pagata;", "importo", "expected at most 2 decimals"),
        # Twelve hundred euros, and not one and twenty.
        (
            "028680;1;10/02/2026;12/03/2026;1.200;pagata;",
            "importo",
            "expected a number without thousands separators",
        ),
        (
            "028680;1;10/02/2026;12/03/2026;-12.000;pagata;",
            "importo",
            "expected a number without thousands separators",
        ),
        ("028680;1;10/02/2026;12/03/2026;1,200;pagata;", "importo", "expected at most 2 decimals"),
        (
            "028680;1;10/02/2026;12/03/2026;1;saldata;",
            "stato",
            "expected one of: pagata, da pagare, scaduta",
        ),
        ("028680;1;10/02/2026;;1;pagata;", "scadenza", "is empty"),
        ("028680;1;10/02/2026;12/03/2026;1;pagata", None, "expected 7 fields, found 6"),
    ],
)
async def test_a_bad_invoice_is_named_by_line_and_field(
    company: Company, row: str, field: str | None, reason: str
) -> None:
    good = "028680;2;10/02/2026;12/03/2026;1;pagata;\n"
    report = await company.take("fatture.csv", INVOICES + good + row + "\n")
    assert report.status is FileStatus.REFUSED
    assert reasons(report) == [(3, field, reason)]
    assert await company.every(Invoice) == []


async def test_a_number_twice_for_one_customer_is_refused(company: Company) -> None:
    rows = (
        "028680;1;10/02/2026;12/03/2026;1;pagata;\n"
        "000017;1;10/02/2026;12/03/2026;1;pagata;\n"
        "028680;1;11/02/2026;12/03/2026;1;pagata;\n"
    )
    report = await company.take("fatture.csv", INVOICES + rows)
    assert reasons(report) == [(4, None, "the same key as in line 2")]


async def test_without_a_room_for_files_no_row_may_name_one(company: Company) -> None:
    company.put("uno.pdf")
    row = "028680;1;10/02/2026;12/03/2026;1;pagata;uno.pdf\n"
    report = await company.take("fatture.csv", INVOICES + row, room=False)
    assert reasons(report) == [(2, "pdf", "files cannot be kept here: leave the column empty")]


async def test_a_full_disk_takes_nothing_and_the_next_import_goes_on(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.put("uno.pdf")
    rows = INVOICES + "028680;1;10/02/2026;12/03/2026;1;pagata;uno.pdf\n"

    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match=os.strerror(28)):
            await company.take("fatture.csv", rows)
    assert await company.every(Invoice) == []
    assert company.kept_files() == []
    assert (await company.take("fatture.csv", rows)).status is FileStatus.TAKEN


async def test_documents_and_forms(company: Company) -> None:
    company.put("moduli/voltura.PDF")
    company.put("moduli/voltura.docx", b"PK a form to fill in")
    rows = (
        "028680;Contratto di fornitura;01/01/2020;moduli/voltura.PDF\n"
        ";Modulo di voltura;01/01/2026;moduli/voltura.docx\n"
        ";Modulo di voltura;01/01/2025;moduli/voltura.PDF\n"
        "000017;Modulo di voltura;01/01/2026;moduli/voltura.docx\n"
    )
    report = await company.take("documenti.csv", DOCUMENTS + rows)
    assert report.status is FileStatus.TAKEN, reasons(report)
    documents = await company.every(Document)
    assert len(documents) == 4
    (contract,) = [each for each in documents if each.title == "Contratto di fornitura"]
    assert contract.suffix == ".pdf"
    (form,) = [each for each in documents if each.customer_id is None and each.day.year == 2026]
    assert (form.title, form.suffix) == ("Modulo di voltura", ".docx")
    assert await company.room.read(form.file_name) == b"PK a form to fill in"
    again = await company.take("documenti.csv", DOCUMENTS + rows)
    assert again.counts == Counts(unchanged=4)
    company.put("moduli/voltura.docx", b"PK a better form")
    changed = await company.take("documenti.csv", DOCUMENTS + rows)
    assert changed.counts == Counts(updated=2, unchanged=2)


async def test_a_document_of_nobody_known_and_a_form_twice(company: Company) -> None:
    company.put("m.pdf")
    rows = "999999;Contratto;01/01/2020;m.pdf\n;Modulo;01/01/2026;m.pdf\n;Modulo;2026-01-01;m.pdf\n"
    report = await company.take("documenti.csv", DOCUMENTS + rows)
    assert sorted(reasons(report), key=str) == [
        (2, "codice_cliente", "unknown customer"),
        (4, None, "the same key as in line 3"),
    ]
