"""Files as Excel saves them: taken where there is no doubt, else named with the way out."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.exchange import cells as read
from storage.exchange.cells import CellError
from storage.exchange.report import FileStatus
from storage.models import Customer, Reading
from tests.support.company_files import (
    CUSTOMERS,
    METER,
    READINGS_HEADER,
    reasons,
    take,
    take_customers_and_points,
)

HEADER, ANNA, AURORA = CUSTOMERS.splitlines(keepends=True)


async def names(store: Store) -> list[str]:
    async with store.reading() as unit:
        return [each.name for each in await unit.session.scalars(select(Customer))]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CUSTOMERS + ";;;;;;;\n;;;;;;;\n", id="empty rows at the end"),
        pytest.param(HEADER + ";;;;;;;\n" + ANNA + AURORA, id="an empty row in the middle"),
        pytest.param(CUSTOMERS.replace("\n", ";;\n"), id="empty columns at the end"),
        pytest.param(HEADER.replace("\n", ";;\n") + ANNA + AURORA, id="of the header alone"),
        pytest.param("sep=;\n" + CUSTOMERS, id="a line that tells the separator"),
        pytest.param("\ufeffSEP=;\r\n" + CUSTOMERS, id="the same after a byte order mark"),
        pytest.param(CUSTOMERS.replace(";", "\t"), id="tabs"),
        pytest.param("sep=\t\n" + CUSTOMERS.replace(";", "\t"), id="tabs that are told"),
        pytest.param(HEADER + ANNA + HEADER + AURORA, id="two files joined"),
    ],
)
async def test_what_excel_adds_is_taken_where_there_is_no_doubt(
    store: Store, tmp_path: Path, content: str
) -> None:
    report = await take(store, tmp_path, "clienti.csv", content)
    assert report.status is FileStatus.TAKEN, reasons(report)
    assert sorted(await names(store)) == ["Anna Rossi", "Condominio Aurora"]


async def test_a_field_too_many_is_still_an_error_where_the_header_has_none(
    store: Store, tmp_path: Path
) -> None:
    """An empty field in the middle moves all that follows: that is no empty column at the end."""
    moved = CUSTOMERS.replace(";Via Roma", ";;Via Roma")
    report = await take(store, tmp_path, "clienti.csv", moved)
    assert reasons(report) == [(2, None, "expected 8 fields, found 9")]


async def test_lines_are_counted_as_an_editor_counts_them(store: Store, tmp_path: Path) -> None:
    wrong = "sep=;\n" + HEADER + ANNA.replace("028680", "2868x")
    report = await take(store, tmp_path, "clienti.csv", wrong)
    assert [line for line, _, _ in reasons(report)] == [3]


@pytest.mark.parametrize(
    ("content", "field", "reason"),
    [
        (
            CUSTOMERS.replace("+39 011 123456", "3,90547E+11"),
            "telefono",
            "Excel turned this number into 3,90547E+11",
        ),
        (
            CUSTOMERS.replace("00743110157", "743110157"),
            "partita_iva",
            "expected 16 characters or 11 digits, found 9: Excel drops leading zeros",
        ),
    ],
)
async def test_what_excel_spoiled_is_named_with_the_way_out(
    store: Store, tmp_path: Path, content: str, field: str, reason: str
) -> None:
    report = await take(store, tmp_path, "clienti.csv", content)
    ((_, named, words),) = reasons(report)
    assert named == field
    assert words.startswith(reason)
    assert "format the column as text" in words


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("881234567890", "found 12: Excel drops leading zeros"),
        ("8812345678901", "found 13: Excel drops leading zeros"),
        ("123456", "expected a PDR of 14 digits, or a POD"),
    ],
)
def test_a_supply_point_without_its_zeros(cell: str, reason: str) -> None:
    with pytest.raises(CellError, match=reason):
        read.supply_point(cell)


@pytest.mark.parametrize(
    "written",
    [
        "28/11/2026",
        "28-11-2026",
        "28/11/26",
        "28-11-26",
        "28/11/2026 00:00",
        "28/11/2026 0:00:00",
        "2026-11-28 00:00:00",
        "2026-11-28T00:00:00",
    ],
)
def test_the_forms_of_a_day(written: str) -> None:
    assert read.day(written) == date(2026, 11, 28)


def test_a_year_of_two_digits_is_read_as_excel_reads_it() -> None:
    assert read.day("01/02/29") == date(2029, 2, 1)
    assert read.day("01/02/30") == date(1930, 2, 1)


@pytest.mark.parametrize("written", ["28/11-2026", "28/11/2026 08:00", "28.11.2026", "11/28/2026"])
def test_no_day(written: str) -> None:
    with pytest.raises(CellError):
        read.day(written)


async def test_dates_of_every_form_in_a_file(store: Store, tmp_path: Path) -> None:
    await take_customers_and_points(store, tmp_path)
    rows = [
        f"{METER};{day};4500{n};;rilevata\n" for n, day in enumerate(["01/02/26", "02-02-2026"])
    ]
    report = await take(store, tmp_path, "letture.csv", READINGS_HEADER + "".join(rows))
    assert report.status is FileStatus.TAKEN, reasons(report)
    async with store.reading() as unit:
        days = await unit.session.scalars(select(Reading.day).order_by(Reading.day))
    assert list(days) == [date(2026, 2, 1), date(2026, 2, 2)]
