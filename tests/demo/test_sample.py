import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.demo.sample import CUSTOMERS, ROLES, SUPPLIER, Point, Sample, write_sample
from bot.demo.sample.histories import (
    counters_on,
    last_reading_day,
    months,
    quarters,
    readings,
)
from bot.demo.sample.invoice import euro
from bot.demo.sample.tax_codes import tax_code
from storage.engine import Store
from storage.exchange.importing import import_paths
from storage.exchange.report import FileStatus, ImportReport
from storage.files import FileStore
from storage.models import Customer, Reading, ReadingSource, SupplyPoint
from storage.rules.identifiers import (
    read_customer_code,
    read_pdr,
    read_pod,
    read_tax_id,
)
from storage.rules.plausibility import (
    Accepted,
    Baseline,
    Question,
    QuestionKind,
    expected_smc,
    judge,
)
from storage.rules.windows import Closed, Open, state_at

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 2, 11, 9, 30, tzinfo=UTC)
TODAY = date(2026, 2, 11)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write_sample(
        tmp_path_factory.mktemp("sample") / "company", NOW, bot_username="sample_bot"
    )


def rows(sample: Sample, name: str) -> list[dict[str, str]]:
    with (sample.folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def point(code: str) -> Point:
    return next(p for customer in CUSTOMERS for p in customer.points if p.code == code)


def decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def test_every_code_is_one_that_the_rules_take() -> None:
    for customer in CUSTOMERS:
        assert read_customer_code(customer.code) == customer.code
        assert read_tax_id(customer.tax_id) == customer.tax_id
        for each in customer.points:
            assert (read_pdr if each.is_gas else read_pod)(each.code) == each.code
            assert read_tax_id(each.distributor) == each.distributor
    assert read_tax_id(SUPPLIER.vat) == SUPPLIER.vat
    codes = [p.code for customer in CUSTOMERS for p in customer.points]
    assert len(codes) == len(set(codes))


def test_tax_codes_are_built_as_the_decree_has_it() -> None:
    assert tax_code("Rossi", "Mario", date(1985, 12, 10), woman=False)[:11] == "RSSMRA85T10"
    assert tax_code("Fo", "Gianfranco", date(1926, 3, 4), woman=False)[:11] == "FOXGFR26C04"
    assert tax_code("Aiello", "Lia", date(2001, 1, 1), woman=True)[:11] == "LLALIA01A41"


async def import_sample(store: Store, sample: Sample, folder: Path) -> ImportReport:
    files = FileStore(folder / "files", store.vault)
    return await import_paths(store, [sample.folder], zone=ROME, now=NOW, files=files)


async def test_the_company_s_files_are_taken_without_a_word(
    store: Store, sample: Sample, tmp_path: Path
) -> None:
    report = await import_sample(store, sample, tmp_path)
    statuses = {Path(file.file).name: file.status for file in report.files}
    assert [problem for file in report.files for problem in file.problems] == []
    assert {
        statuses[name] for name in ("clienti.csv", "punti.csv", "finestre.csv", "letture.csv")
    } == {FileStatus.TAKEN}
    async with store.reading() as unit:
        names = set(await unit.session.scalars(select(Customer.name)))
        assert names == {customer.name for customer in CUSTOMERS}
        newest = await unit.session.scalar(
            select(Reading)
            .join(SupplyPoint)
            .where(SupplyPoint.code == "00990000028681")
            .order_by(Reading.day.desc())
        )
        assert newest is not None
        assert (newest.meter, newest.day) == (44_870, last_reading_day(TODAY))
    again = await import_sample(store, sample, tmp_path)
    assert FileStatus.TAKEN not in {file.status for file in again.files}
    assert again.succeeded


async def test_windows_are_open_but_for_one_point_that_opens_soon(
    store: Store, sample: Sample, tmp_path: Path
) -> None:
    await import_sample(store, sample, tmp_path)
    states = {}
    async with store.reading() as unit:
        for each in await unit.session.scalars(select(SupplyPoint)):
            states[each.code] = state_at(await unit.supply_points.windows_of(each), NOW)
    closed = {code: state for code, state in states.items() if not isinstance(state, Open)}
    (nadia,) = closed.values()
    assert isinstance(nadia, Closed)
    assert nadia.next is not None
    assert timedelta(days=3) < nadia.next.start - NOW < timedelta(days=5)
    assert list(closed) == ["00990000040077"]


@pytest.mark.parametrize("month", range(1, 13))
def test_what_the_panel_proposes_is_taken_in_every_month(month: int) -> None:
    today = date(2026, month, 15)
    home = point("00990000028681")
    assert isinstance(judged(home, today, 45_000), Accepted)
    assert isinstance(judged(home, today, 44_000), Question)
    lab = point("00990000028682")
    assert isinstance(judged(lab, today, 118_860, 172_804), Accepted)
    bakery = point("00990000027004")
    assert isinstance(judged(bakery, today, 403_550, 615_600), Accepted)
    turning = judged(point("00990000031415"), today, 5)
    assert isinstance(turning, Question)
    assert turning.kind is QuestionKind.LOWER_THAN_LAST
    assert isinstance(
        judged(point("00990000031415"), today, 5, declared_rollover_meter=True), Accepted
    )


def judged(
    of: Point, today: date, meter: int, corrector: int | None = None, **options: bool
) -> object:
    last = readings(of, today)[-1]
    monthly = {(m.year, m.month): m.total for m in months(of, today)}
    return judge(
        meter=meter,
        meter_digits=of.meter_digits,
        corrector=corrector,
        corrector_digits=of.corrector_digits or None,
        today=today,
        baseline=Baseline(last.day, last.meter, last.corrector),
        meter_class=of.meter_class,
        coefficient=of.coefficient,
        expected=expected_smc(monthly, None, last.day, today),
        **options,  # type: ignore[arg-type]
    )


def test_histories_go_up_and_reach_back_two_years() -> None:
    for customer in CUSTOMERS:
        for each in customer.points:
            assert len(months(each, TODAY)) == 24
            if not each.is_gas:
                continue
            history = readings(each, TODAY)
            assert len(history) == 24
            assert (TODAY - history[0].day).days > 700
            assert history[-1].day == last_reading_day(TODAY)
            assert history[-1].meter == each.last_meter
            assert [r.meter for r in history] == sorted({r.meter for r in history})
            assert {r.source for r in history} == set(ReadingSource)
            assert all((r.corrector is not None) == each.has_corrector for r in history)


def test_readings_and_withdrawals_tell_the_same_story() -> None:
    home = point("00990000028681")
    for month in months(home, TODAY)[-6:]:
        first = date(month.year, month.month, 1)
        after = (first + timedelta(days=32)).replace(day=1)
        used = counters_on(home, after, TODAY)[0] - counters_on(home, first, TODAY)[0]
        assert abs(month.total - used * home.coefficient) < 3


def test_measures_have_the_quarters_that_the_clock_had() -> None:
    luce = point("IT999E00028680")
    assert None not in quarters(luce, date(2026, 2, 10))
    spring = quarters(luce, date(2025, 3, 30))
    assert [number for number, energy in enumerate(spring) if energy is None] == [8, 9, 10, 11]
    autumn = quarters(luce, date(2025, 10, 26))
    assert len(autumn) == 96
    one, two, three = (sum(e or 0 for e in autumn[hour * 4 : hour * 4 + 4]) for hour in (1, 2, 3))
    assert two > 1.5 * max(one, three)


def test_more_than_one_customer_has_measures(sample: Sample) -> None:
    with_measures = {
        customer.code
        for customer in CUSTOMERS
        for each in customer.points
        if (sample.folder / "misure" / f"{each.code}.csv").exists()
    }
    assert len(with_measures) >= 2


def test_measures_and_withdrawals_agree(sample: Sample) -> None:
    by_month: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with (sample.folder / "misure" / "IT999E00028680.csv").open(encoding="utf-8") as file:
        table = csv.reader(file, delimiter=";")
        header = next(table)
        assert header[0] == "Giorno"
        assert (header[1], header[-1], len(header)) == ("00:00-00:15", "23:45-00:00", 97)
        for day, *cells in table:
            assert len(cells) == 97
            assert cells[-1] == ""
            month, year = day.split("/")[1:]
            by_month[year, month] += sum((decimal(cell) for cell in cells if cell), Decimal(0))
    billed = [row for row in rows(sample, "prelievi.csv") if row["punto"] == "IT999E00028680"]
    assert len(billed) == 24
    for row in billed:
        in_bands = sum(decimal(row[name]) for name in ("f1_kwh", "f2_kwh", "f3_kwh"))
        assert in_bands == by_month[row["anno"], f"{int(row['mese']):02}"]


def test_invoices_have_numbers_of_their_own_and_pdfs_that_are_there(sample: Sample) -> None:
    invoices = rows(sample, "fatture.csv")
    keys = [(row["codice_cliente"], row["numero"]) for row in invoices]
    assert len(keys) == len(set(keys))
    assert {row["stato"] for row in invoices} == {"pagata", "da pagare", "scaduta"}
    with_pdf = [row for row in invoices if row["pdf"]]
    assert 0 < len(with_pdf) < len(invoices)
    for row in with_pdf:
        assert (sample.folder / row["pdf"]).read_bytes().startswith(b"%PDF-")
    for row in rows(sample, "documenti.csv"):
        assert (sample.folder / row["file"]).read_bytes().startswith(b"%PDF-")


def test_an_invoice_says_what_its_row_says(sample: Sample) -> None:
    person = sample.people[0]
    assert person.invoice is not None
    customer = person.role.customers[0]
    row = next(
        row for row in rows(sample, "fatture.csv") if row["pdf"].endswith(person.invoice.name)
    )
    document = PdfReader(person.invoice)
    assert len(document.pages) == 1
    text = document.pages[0].extract_text()
    for words in (
        "DATI CLIENTE",
        "Intestatario",
        customer.name,
        "Codice Fiscale",
        customer.tax_id,
        "Codice Cliente",
        customer.code,
        "PDR",
        customer.points[0].code,
        row["numero"],
        row["scadenza"],
        euro(decimal(row["importo"])),
    ):
        assert words in text, words


def test_everybody_has_an_invoice_but_who_is_no_customer(sample: Sample) -> None:
    assert [person.role for person in sample.people] == list(ROLES)
    assert [p.role.first_name for p in sample.people if p.invoice is None] == ["Sofia"]


def test_amounts_are_written_the_italian_way() -> None:
    assert euro(Decimal("4217.5")) == "4.217,50 €"
    assert euro(Decimal("0.05")) == "0,05 €"


def test_the_same_instant_gives_the_same_tables(sample: Sample, tmp_path: Path) -> None:
    again = write_sample(tmp_path, NOW, bot_username="sample_bot")
    for name in (
        "clienti.csv",
        "punti.csv",
        "finestre.csv",
        "letture.csv",
        "prelievi.csv",
        "fatture.csv",
    ):
        assert (again.folder / name).read_bytes() == (sample.folder / name).read_bytes()
