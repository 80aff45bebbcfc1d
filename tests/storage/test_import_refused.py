"""Files that are not taken: every bad row is named by line, field and reason, and none is written.

What decides here is read from the file alone, save the unknown customers and points: one database
is enough for most of it, and the rest runs on both.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.engine import Store
from storage.exchange.report import FileReport, FileStatus
from storage.models import Customer, EntryWindow, ImportRun, Reading, SupplyPoint
from storage.vault import Vault
from tests.support.company_files import (
    CORRECTOR,
    CORRECTOR_ROW,
    CUSTOMERS,
    ELECTRICITY_ROW,
    METER,
    METER_ROW,
    POINTS,
    POINTS_HEADER,
    READINGS_HEADER,
    WINDOWS_HEADER,
    reasons,
    take,
    take_customers_and_points,
)
from tests.support.databases import SqliteDatabases, opened

CUSTOMERS_HEADER = CUSTOMERS.partition("\n")[0] + "\n"
CUSTOMER_ROW = CUSTOMERS.splitlines(keepends=True)[1]


@pytest.fixture
async def sqlite_store(
    sqlite_databases: SqliteDatabases, tmp_path: Path, vault: Vault
) -> AsyncIterator[Store]:
    async with sqlite_databases.fresh(tmp_path) as url, opened(url, vault) as store:
        yield store


async def written(store: Store) -> dict[str, int]:
    """How many rows there are of what imports write."""
    counts: dict[str, int] = {}
    async with store.reading() as unit:
        for table in (Customer, SupplyPoint, EntryWindow, Reading):
            number = await unit.session.scalar(select(func.count()).select_from(table))
            counts[table.__tablename__] = number or 0
    return counts


async def refused(store: Store, folder: Path, name: str, content: str | bytes) -> FileReport:
    """Imports a file that must be refused and must leave nothing behind."""
    before = await written(store)
    report = await take(store, folder, name, content)
    assert report.status is FileStatus.REFUSED
    assert report.problem_count == len(report.problems)
    assert await written(store) == before
    return report


@pytest.mark.parametrize(
    ("content", "line", "field", "reason"),
    [
        ("", None, None, "the file is empty"),
        ("\n" + CUSTOMERS, None, None, "the first line is empty"),
        (CUSTOMER_ROW, 1, None, "the first line does not name the columns"),
        (CUSTOMERS.replace("fax", "telex"), 1, "telex", "unknown column, number 8"),
        (CUSTOMERS.replace("telefono", "fax", 1), 1, "fax", "the column is there twice"),
        (
            CUSTOMERS.replace("denominazione;", "", 1),
            1,
            "denominazione",
            "the column is missing",
        ),
        (CUSTOMERS.replace(";Via Roma", ";;Via Roma"), 2, None, "expected 8 fields, found 9"),
        (CUSTOMERS[: CUSTOMERS.index("743110157")], 3, None, "expected 8 fields, found 4"),
        (
            CUSTOMERS.replace("Condominio", '"Condominio'),
            3,
            None,
            "a quotation mark is opened and not closed: was the file cut?",
        ),
        (
            CUSTOMERS.replace("Condominio Aurora", '"Condominio" Aurora'),
            3,
            None,
            "the quotation marks do not fit",
        ),
        ("Anagrafica\n" + CUSTOMERS, 1, None, "this line is a title: the columns are named below"),
        (
            CUSTOMERS.replace("028680", "28680"),
            2,
            "codice_cliente",
            "expected six digits, leading zeros included, found 5: Excel drops leading zeros",
        ),
        (CUSTOMERS.replace("anna@", "3,90547E+11;"), 2, None, "expected 8 fields"),
        (CUSTOMERS.replace("028680", "0286800"), 2, "codice_cliente", "expected six digits"),
        (CUSTOMERS.replace("028680", "02868O"), 2, "codice_cliente", "expected six digits"),
        (CUSTOMERS.replace("Anna Rossi", ""), 2, "denominazione", "is empty"),
        (CUSTOMERS.replace("H501L", "H501A"), 2, "codice_fiscale", "the check character"),
        (CUSTOMERS.replace("H501L", "H501"), 2, "codice_fiscale", "expected 16 characters or"),
        (CUSTOMERS.replace("00743110157", "00743110158"), 3, "partita_iva", "the check"),
        (
            CUSTOMERS.replace("00743110157", "RSSNNA80A41H501L"),
            3,
            "partita_iva",
            "expected the eleven digits of a partita IVA",
        ),
        (CUSTOMERS.replace("anna@", "anna"), 2, "email", "expected one e-mail address"),
        (CUSTOMERS.replace("anna@", "a@b.it, c@"), 2, "email", "expected one e-mail address"),
        (CUSTOMERS.replace("anna@", "a..b@"), 2, "email", "expected one e-mail address"),
        (CUSTOMERS.replace("anna@", "anna.@"), 2, "email", "expected one e-mail address"),
        (CUSTOMERS.replace("Via Roma", "Via " + "R" * 500), 2, "indirizzo", "longer than 500"),
        (CUSTOMERS.replace("Anna", "An\x07na"), 2, "denominazione", "holds characters"),
        (CUSTOMERS + CUSTOMER_ROW, 4, None, "the same key as in line 2"),
        (CUSTOMERS_HEADER + "x" * 70_000, 2, None, "the line is too long"),
    ],
)
async def test_a_bad_file_of_customers(
    sqlite_store: Store,
    tmp_path: Path,
    *,
    content: str,
    line: int | None,
    field: str | None,
    reason: str,
) -> None:
    report = await refused(sqlite_store, tmp_path, "clienti.csv", content)
    (problem,) = report.problems
    assert (problem.line, problem.field) == (line, field)
    assert problem.reason.startswith(reason)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (CUSTOMERS.encode("utf-16"), 1, "holds bytes that no text has"),
        (CUSTOMERS.encode() + b"000018;\x00;;;;;;\n", 4, "holds bytes that no text has"),
        (CUSTOMERS.encode() + b"000018;Nicol\x81;;;;;;\n", 4, "is neither UTF-8 nor Windows-1252"),
        (
            CUSTOMERS.replace("Rossi", "Nicolò").encode() + "000018;Perù".encode()[:-1],
            4,
            "ends in the middle of a character: was the file cut?",
        ),
    ],
    ids=["utf-16", "nul", "neither", "cut"],
)
async def test_a_file_in_no_known_encoding(
    sqlite_store: Store, tmp_path: Path, content: bytes, line: int, reason: str
) -> None:
    report = await refused(sqlite_store, tmp_path, "clienti.csv", content)
    (problem,) = report.problems
    assert problem.line == line
    assert problem.reason.startswith(reason)


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (METER_ROW.replace("028680", "999999"), "codice_cliente", "unknown customer"),
        (METER_ROW.replace(METER, METER[:-1]), "punto", "expected a PDR of 14 digits"),
        (METER_ROW.replace(METER, "IT001E12345678"), "punto", "expected a PDR of 14 digits"),
        (ELECTRICITY_ROW.replace("IT001E", "IT001X"), "punto", "expected a POD"),
        (METER_ROW.replace(";gas;", ";acqua;"), "servizio", "expected one of: gas, luce"),
        (
            METER_ROW.replace(";contatore;", ";sì;"),
            "autolettura",
            "expected one of: nessuna, contatore, contatore+correttore",
        ),
        (
            ELECTRICITY_ROW.replace("nessuna", "contatore"),
            "autolettura",
            "electricity takes no self-readings",
        ),
        (METER_ROW.replace(";5;", ";;"), "cifre_contatore", "the self-readings of this point"),
        (METER_ROW.replace(";5;", ";0;"), "cifre_contatore", "a counter has at least one digit"),
        (METER_ROW.replace(";5;", ";13;"), "cifre_contatore", "expected a number of at most 12"),
        (CORRECTOR_ROW.replace(";6;", ";;"), "cifre_contatore", "the self-readings of this"),
        (CORRECTOR_ROW.replace(";8;", ";;"), "cifre_correttore", "the self-readings of this"),
        (METER_ROW.replace("1,027235", "1.027,235"), "coefficiente_c", "expected a number wi"),
        (METER_ROW.replace("1,027235", "uno"), "coefficiente_c", "expected a number, with a"),
        (METER_ROW.replace("1,027235", "0"), "coefficiente_c", "expected a number above zero"),
        (METER_ROW.replace("1,027235", "-1"), "coefficiente_c", "expected a number from 0"),
        (ELECTRICITY_ROW.replace("3,3", "3,3333"), "potenza_kw", "expected at most 3 decimals"),
        (ELECTRICITY_ROW.replace("3,3", "1.234.567"), "potenza_kw", "expected a number with"),
        (ELECTRICITY_ROW.replace("3,3", "9" * 5_000), "potenza_kw", "expected a number of at"),
        (METER_ROW.replace("00743110157", "00743110150"), "distributore", "the check character"),
        (METER_ROW.replace("01/01/2020", "30/02/2020"), "decorrenza", "no such day"),
        (METER_ROW.replace("01/01/2020", "2020/01/01"), "decorrenza", "expected a date as"),
        (METER_ROW.replace("01/01/2020", "01/01/9999"), "decorrenza", "expected a year from"),
        (METER_ROW.replace("01/01/2020", ""), "decorrenza", "is empty"),
    ],
)
async def test_a_bad_supply_point(
    sqlite_store: Store, tmp_path: Path, row: str, field: str, reason: str
) -> None:
    await take(sqlite_store, tmp_path, "clienti.csv", CUSTOMERS)
    good = CORRECTOR_ROW.replace(CORRECTOR, "00889999999999")
    report = await refused(sqlite_store, tmp_path, "punti.csv", POINTS_HEADER + good + row)
    (problem,) = report.problems
    assert (problem.line, problem.field) == (3, field)
    assert problem.reason.startswith(reason)


async def test_an_end_before_the_beginning(sqlite_store: Store, tmp_path: Path) -> None:
    await take(sqlite_store, tmp_path, "clienti.csv", CUSTOMERS)
    content = POINTS_HEADER.replace("offerta\n", "offerta;cessazione\n") + METER_ROW.replace(
        "\n", ";31/12/2019\n"
    )
    report = await refused(sqlite_store, tmp_path, "punti.csv", content)
    assert reasons(report) == [(2, "cessazione", "lies before decorrenza")]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("00880000000000;01/03/2026;8;02/03/2026;8", "punto", "unknown supply point"),
        ("0088;01/03/2026;8;02/03/2026;8", "punto", "expected a PDR of 14 digits, or a POD"),
        (";01/03/2026;25:00;02/03/2026;8", "dalle", "an hour lies between 00:00 and 24:00"),
        (";01/03/2026;otto;02/03/2026;8", "dalle", "an hour is written HH:MM"),
        (";01/03/2026;24:30;02/03/2026;8", "dalle", "an hour lies between 00:00 and 24:00"),
        (";02/03/2026;8;01/03/2026;8", "al", "the window ends before it starts, or at once"),
        (";02/03/2026;8;02/03/2026;8", "al", "the window ends before it starts, or at once"),
        (";29/03/2026;02:10;29/03/2026;02:50", "al", "the window ends before it starts, or"),
        (";;8;02/03/2026;8", "dal", "is empty"),
    ],
)
async def test_a_bad_window(
    sqlite_store: Store, tmp_path: Path, row: str, field: str, reason: str
) -> None:
    await take_customers_and_points(sqlite_store, tmp_path)
    before = WINDOWS_HEADER + ";01/01/2026;8;02/01/2026;8\n"
    await take(sqlite_store, tmp_path, "finestre.csv", before)
    content = WINDOWS_HEADER + f"{METER};01/01/2026;8;02/01/2026;8\n{row}\n"
    report = await refused(sqlite_store, tmp_path, "finestre.csv", content)
    (problem,) = report.problems
    assert (problem.line, problem.field) == (3, field)
    assert problem.reason.startswith(reason)


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (f"{METER};11/03/2026;45000;;rilevata", "data", "lies in the future"),
        (f"{METER};31/11/2025;45000;;rilevata", "data", "no such day in the calendar"),
        (f"{METER};01/03/2026;45.000;;rilevata", "contatore", "expected a whole number without"),
        (f"{METER};01/03/2026;45 000;;rilevata", "contatore", "expected a whole number without"),
        (f"{METER};01/03/2026;45'000;;rilevata", "contatore", "expected a whole number without"),
        (f"{METER};01/03/2026;45000,5;;rilevata", "contatore", "expected a whole number"),
        (f"{METER};01/03/2026;-1;;rilevata", "contatore", "expected a whole number"),
        (f"{METER};01/03/2026;1e5;;rilevata", "contatore", "expected a whole number"),
        (f"{METER};01/03/2026;٤٥;;rilevata", "contatore", "expected a whole number"),
        (f"{METER};01/03/2026;;;rilevata", "contatore", "is empty"),
        (f"{METER};01/03/2026;100000;;rilevata", "contatore", "has more digits than the cou"),
        (f"{METER};01/03/2026;{'9' * 5000};;rilevata", "contatore", "expected a number of at"),
        (f"{CORRECTOR};01/03/2026;1;123456789;rilevata", "correttore", "has more digits than"),
        (f"{METER};01/03/2026;45000;;letta", "tipo", "expected one of: rilevata, autolettura"),
        ("00880000000000;01/03/2026;1;;rilevata", "punto", "unknown supply point"),
        ("00880000000000;01/03/2026;1;;autolettura", "punto", "unknown supply point"),
        (f"{METER};01/03/2026;45000;rilevata", None, "expected 5 fields, found 4"),
        (f"{METER};2026-02-01;44500;;rilevata", None, "the same key as in line 2"),
    ],
)
async def test_a_bad_reading(
    sqlite_store: Store, tmp_path: Path, row: str, field: str | None, reason: str
) -> None:
    await take_customers_and_points(sqlite_store, tmp_path)
    content = READINGS_HEADER + f"{METER};01/02/2026;44000;;rilevata\n{row}\n"
    report = await refused(sqlite_store, tmp_path, "letture.csv", content)
    (problem,) = report.problems
    assert (problem.line, problem.field) == (3, field)
    assert problem.reason.startswith(reason)


async def test_every_bad_row_is_named_and_the_good_ones_are_not_taken(
    store: Store, tmp_path: Path
) -> None:
    await take_customers_and_points(store, tmp_path)
    content = READINGS_HEADER + (
        f"{METER};01/02/2026;44000;;rilevata\n"
        f"{METER};02/02/2026;x;;rilevata\n"
        "00880000000000;01/03/2026;1;;rilevata\n"  # found in the database, told in its place
        f"{METER};01/02/2026;44000;;rilevata\n"
    )
    report = await refused(store, tmp_path, "letture.csv", content)
    assert reasons(report) == [
        (3, "contatore", "expected a whole number"),
        (4, "punto", "unknown supply point"),
        (5, None, "the same key as in line 2"),
    ]
    assert (await written(store))["readings"] == 0


async def test_a_file_without_its_customers(store: Store, tmp_path: Path) -> None:
    report = await refused(store, tmp_path, "punti.csv", POINTS)
    assert reasons(report) == [(line, "codice_cliente", "unknown customer") for line in (2, 3, 4)]


async def test_a_hundred_problems_are_named_and_all_are_counted(
    sqlite_store: Store, tmp_path: Path
) -> None:
    rows = "".join(f"{number:06};;;;Via Po {number};;;\n" for number in range(2_345))
    report = await take(sqlite_store, tmp_path, "clienti.csv", CUSTOMERS_HEADER + rows)
    assert (report.problem_count, len(report.problems)) == (2_345, 100)
    assert [problem.line for problem in report.problems] == list(range(2, 102))


async def test_lines_are_counted_across_quoted_ends_and_blank_lines(
    sqlite_store: Store, tmp_path: Path
) -> None:
    content = CUSTOMERS.replace("Anna Rossi", '"Anna\nRossi"') + "\n\n000018;;;;;;;\n"
    report = await refused(sqlite_store, tmp_path, "clienti.csv", content)
    assert reasons(report) == [(7, "denominazione", "is empty")]


async def test_no_reason_repeats_what_a_cell_holds(sqlite_store: Store, tmp_path: Path) -> None:
    # The columns have slipped by one: each cell holds what another one should.
    secrets = ("Anna Rossi", "RSSNNA80A41H501L", "Via Roma 1", "anna@example.it", "011 123456")
    rows = [
        ";".join(secrets[(shift + place) % len(secrets)] for place in range(8))
        for shift in range(len(secrets))
    ]
    content = CUSTOMERS_HEADER + "\n".join(rows)
    report = await refused(sqlite_store, tmp_path, "clienti.csv", content)
    assert len(report.problems) == len(rows)
    said = "\n".join(map(str, report.problems))
    assert not [secret for secret in secrets if secret in said]
    report = await refused(sqlite_store, tmp_path, "clienti.csv", CUSTOMER_ROW)
    assert not [secret for secret in secrets if secret in str(report.problems)]


async def test_a_refused_file_leaves_no_note_of_progress(
    sqlite_store: Store, tmp_path: Path
) -> None:
    await refused(sqlite_store, tmp_path, "clienti.csv", CUSTOMERS + CUSTOMER_ROW)
    async with sqlite_store.reading() as unit:
        assert await unit.session.scalar(select(func.count()).select_from(ImportRun)) == 0


async def test_a_problem_says_where_it_is(sqlite_store: Store, tmp_path: Path) -> None:
    report = await refused(sqlite_store, tmp_path, "clienti.csv", CUSTOMERS.replace("0286", "x"))
    path = tmp_path / "clienti.csv"
    reason = "expected six digits, leading zeros included"
    assert str(report.problems[0]) == f"{path}:2: codice_cliente: {reason}"


async def test_a_file_that_may_not_be_read(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, _mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "clienti.csv").write_text("")
    with monkeypatch.context() as patch:  # permissions do not stop root, who may run the tests
        patch.setattr(Path, "open", refuse)
        patch.setattr(Path, "write_bytes", lambda *_: 0)
        report = await take(sqlite_store, tmp_path, "clienti.csv", CUSTOMERS)
    assert reasons(report) == [(None, None, "cannot be read: Permission denied")]
