"""Writes the sample as files like those from a company's system."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bot.demo.sample.cast import CUSTOMERS, ROLES, SUPPLIER, Customer, Point, Role, Supplier
from bot.demo.sample.histories import (
    ZONE,
    Month,
    clock_of,
    counters_on,
    months,
    quarters,
    readings,
)
from bot.demo.sample.invoice import (
    Charge,
    Counter,
    InvoiceData,
    Issuer,
    write_invoice,
    write_letter,
)
from bot.qr import invoice_link
from storage.rules.windows import local_day

_ISSUER = Issuer(SUPPLIER.name, SUPPLIER.address, SUPPLIER.phone, SUPPLIER.email, SUPPLIER.vat)
_CENT = Decimal("0.01")
_BIMESTER = 2
_BARS = 12
_DAYS_TO_PAY = 20
_NEWEST_WITH_PDF = 2
"""How many of each supply's invoices have a PDF; on real customer areas some are missing too."""


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A person to play: the role, and the newest of their own invoices, if any."""

    role: Role
    invoice: Path | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The written sample: the folder to import, the supplier, and the people to play."""

    folder: Path
    supplier: Supplier
    people: tuple[SamplePerson, ...]


@dataclass(frozen=True, slots=True)
class _Bill:
    """One row of ``fatture.csv``, with the data of its PDF."""

    customer: Customer
    data: InvoiceData
    state: str
    pdf: str


def write_sample(folder: Path, now: datetime, *, bot_username: str | None = None) -> Sample:
    """Write the whole sample into *folder*: CSV files, measures, invoices, documents.

    The same *now* gives the same files. Windows for readings are open at *now*, except for one
    point whose own opens in some days; the histories end about a month before.

    Args:
        folder: created if it does not exist.
        now: an aware instant; the sample is dated from its local day.
        bot_username: the target of the QR codes on invoices; without it there are none.

    Returns:
        What was written, and the people.

    Raises:
        OSError: the folder cannot be written.
    """
    today = local_day(now, ZONE)
    folder.mkdir(parents=True, exist_ok=True)
    points = [(customer, point) for customer in CUSTOMERS for point in customer.points]
    past = {point.code: months(point, today) for _, point in points}
    _write_customers(folder / "clienti.csv")
    _write_points(folder / "punti.csv", points)
    _write_windows(folder / "finestre.csv", today, points)
    _write_readings(folder / "letture.csv", today, points)
    _write_withdrawals(folder / "prelievi.csv", past)
    _write_measures(folder / "misure", today, points)
    bills = [
        bill
        for customer, point in points
        for bill in _bills(customer, point, past[point.code], today, bot_username)
    ]
    _write_invoices(folder, bills)
    _write_documents(folder, today)
    return Sample(folder, SUPPLIER, tuple(_person(folder, role, bills) for role in ROLES))


def _person(folder: Path, role: Role, bills: Sequence[_Bill]) -> SamplePerson:
    own = [bill for bill in bills if bill.pdf and bill.customer in role.customers]
    gas = [bill for bill in own if bill.data.is_gas]
    newest = max(gas or own, key=lambda bill: bill.data.issued, default=None)
    return SamplePerson(role, folder / newest.pdf if newest is not None else None)


def _table(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header.split(";"))
        writer.writerows(rows)


def _write_customers(path: Path) -> None:
    _table(
        path,
        "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo;email;telefono;fax",
        (
            (c.code, c.name, c.tax_code, c.vat_number, c.address, c.email, c.phone, "")
            for c in CUSTOMERS
        ),
    )


def _write_points(path: Path, points: Sequence[tuple[Customer, Point]]) -> None:
    _table(
        path,
        "codice_cliente;punto;servizio;indirizzo;autolettura;matricola_contatore;cifre_contatore;"
        "matricola_correttore;cifre_correttore;classe;coefficiente_c;potenza_kw;distributore;"
        "contratto;decorrenza;offerta",
        (
            (
                customer.code,
                point.code,
                point.service.value,
                point.address,
                point.self_reading.value,
                point.meter_serial,
                point.meter_digits or "",
                point.corrector_serial,
                point.corrector_digits or "",
                point.meter_class,
                _decimal(point.coefficient) if point.is_gas else "",
                _decimal(point.power_kw) if point.power_kw is not None else "",
                point.distributor,
                f"C-{point.code[-6:]}",
                _day(point.since),
                point.offer,
            )
            for customer, point in points
        ),
    )


def _write_windows(path: Path, today: date, points: Sequence[tuple[Customer, Point]]) -> None:
    """The company's window is open and its next one is planned; some points have their own."""

    def row(point: str, opens: date, closes: date) -> tuple[str, ...]:
        return (point, _day(opens), "08:00", _day(closes), "22:00")

    rows = [
        row("", today - timedelta(days=2), today + timedelta(days=5)),
        row("", today + timedelta(days=28), today + timedelta(days=35)),
    ]
    for _, point in points:
        if point.opens_in is not None:
            opens = today + timedelta(days=point.opens_in)
            rows.append(row(point.code, opens, opens + timedelta(days=5)))
    _table(path, "punto;dal;dalle;al;alle", rows)


def _write_readings(path: Path, today: date, points: Sequence[tuple[Customer, Point]]) -> None:
    _table(
        path,
        "punto;data;contatore;correttore;tipo",
        (
            (
                point.code,
                _day(reading.day),
                reading.meter,
                "" if reading.corrector is None else reading.corrector,
                reading.source.value,
            )
            for _, point in points
            if point.is_gas
            for reading in readings(point, today)
        ),
    )


def _write_withdrawals(path: Path, past: dict[str, list[Month]]) -> None:
    def cells(month: Month) -> list[str]:
        bands = month.bands or (None, None, None)
        return [
            "" if figure is None else _decimal(figure)
            for figure in (*bands, month.power_kw, month.smc)
        ]

    _table(
        path,
        "punto;anno;mese;f1_kwh;f2_kwh;f3_kwh;potenza_kw;smc",
        (
            (code, month.year, month.month, *cells(month))
            for code, of_point in past.items()
            for month in of_point
        ),
    )


def _write_measures(folder: Path, today: date, points: Sequence[tuple[Customer, Point]]) -> None:
    """Write quarter hours until yesterday, in the layout of the largest distributor."""
    folder.mkdir(exist_ok=True)
    clocks = [f"{clock_of(number):%H:%M}" for number in range(96)]
    header = ";".join(f"{a}-{b}" for a, b in zip(clocks, [*clocks[1:], "00:00"], strict=True))
    for _, point in points:
        if not point.measured:
            continue
        first = months_start(today)
        with (folder / f"{point.code}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(f"Giorno;{header}\n")
            for number in range((today - first).days):
                day = first + timedelta(days=number)
                cells = "".join(
                    ";" if energy is None else f'"{energy // 1_000},{energy % 1_000:03}";'
                    for energy in quarters(point, day)
                )
                file.write(f'"{_day(day)}";{cells}\n')


def months_start(today: date) -> date:
    """The first day of the oldest month in the sample."""
    return date(today.year - 2, today.month, 1)


def _bills(
    customer: Customer, point: Point, past: Sequence[Month], today: date, bot_username: str | None
) -> list[_Bill]:
    """An invoice for every two months, newest last."""
    made = []
    last_number = len(past) // _BIMESTER - 1
    for number in range(last_number + 1):
        end = (number + 1) * _BIMESTER
        data = _invoice(customer, point, past[:end], today, bot_username)
        newest = last_number - number
        pdf = ""
        if newest < _NEWEST_WITH_PDF:
            pdf = f"pdf/{data.number.replace('/', '-')}.pdf"
        made.append(_Bill(customer, data, _state(customer, data, newest, today), pdf))
    return made


def _state(customer: Customer, data: InvoiceData, newest: int, today: date) -> str:
    if newest == 0:
        return "da pagare" if data.due >= today else "scaduta"
    # One of the bakery's is overdue, so that all three states occur.
    return "scaduta" if newest == 1 and customer.vat_number else "pagata"


def _invoice(
    customer: Customer,
    point: Point,
    past: Sequence[Month],
    today: date,
    bot_username: str | None,
) -> InvoiceData:
    billed = past[-_BIMESTER:]
    first = date(billed[0].year, billed[0].month, 1)
    last = _first_of_next(billed[-1]) - timedelta(days=1)
    used = sum((month.total for month in billed), Decimal(0))
    issued = last + timedelta(days=5)
    return InvoiceData(
        issuer=_ISSUER,
        number=f"{issued.year}/{int(point.code[-6:]):06}{'G' if point.is_gas else 'E'}"
        f"{billed[-1].month:02}",
        issued=issued,
        due=issued + timedelta(days=_DAYS_TO_PAY),
        first_day=first,
        last_day=last,
        holder=customer.name,
        holder_address=customer.address,
        tax_id=customer.tax_id,
        customer_code=customer.code,
        is_gas=point.is_gas,
        point_code=point.code,
        point_address=point.address,
        offer=point.offer,
        used=used,
        months=tuple((month.year, month.month, month.total) for month in past[-_BARS:]),
        charges=_charges(point, used),
        technical=_technical(point),
        counters=_counters(point, first, last, today),
        link=None if bot_username is None else invoice_link(bot_username, customer.code),
    )


def _charges(point: Point, used: Decimal) -> tuple[Charge, ...]:
    """Charges at realistic prices, so that the amounts look like those of a bill."""

    def charge(words: str, unit: str, fixed: str) -> Charge:
        return Charge(words, (used * Decimal(unit) + Decimal(fixed)).quantize(_CENT))

    if point.is_gas:
        parts = (
            charge("Spesa per la materia gas", "0.462", "14.00"),
            charge("Trasporto e gestione del contatore", "0.118", "11.60"),
            charge("Oneri di sistema", "0.031", "0"),
            charge("Imposte", "0.171", "0"),
        )
    else:
        parts = (
            charge("Spesa per la materia energia", "0.134", "16.00"),
            charge("Trasporto e gestione del contatore", "0.012", "13.40"),
            charge("Oneri di sistema", "0.029", "0"),
            charge("Imposte", "0.0227", "0"),
        )
    net = sum((part.amount for part in parts), Decimal(0))
    rate = 22 if point.is_gas or point.offer.endswith("Impresa") else 10
    return (*parts, Charge(f"IVA {rate}%", (net * rate / 100).quantize(_CENT)))


def _technical(point: Point) -> tuple[tuple[str, str], ...]:
    if not point.is_gas:
        return (("Potenza", f"{_decimal(point.power_kw or Decimal(3))} kW"),)
    return (
        ("Classe", point.meter_class),
        ("Coefficiente C", _decimal(point.coefficient)),
    )


def _counters(point: Point, first: date, last: date, today: date) -> tuple[Counter, ...]:
    if not point.is_gas:
        return ()
    meter_before, corrector_before = counters_on(point, first, today)
    meter_after, corrector_after = counters_on(point, last + timedelta(days=1), today)
    # A counter past its last digit starts again from zero.
    found = [
        Counter(
            "Contatore",
            point.meter_serial,
            meter_before % 10**point.meter_digits,
            meter_after % 10**point.meter_digits,
            meter_after - meter_before,
        )
    ]
    if corrector_before is not None and corrector_after is not None:
        found.append(
            Counter(
                "Correttore",
                point.corrector_serial,
                corrector_before % 10**point.corrector_digits,
                corrector_after % 10**point.corrector_digits,
                corrector_after - corrector_before,
            )
        )
    return tuple(found)


def _write_invoices(folder: Path, bills: Sequence[_Bill]) -> None:
    (folder / "pdf").mkdir(exist_ok=True)
    for bill in bills:
        if bill.pdf:
            write_invoice(folder / bill.pdf, bill.data)
    _table(
        folder / "fatture.csv",
        "codice_cliente;numero;data;scadenza;importo;stato;pdf",
        (
            (
                bill.customer.code,
                bill.data.number,
                _day(bill.data.issued),
                _day(bill.data.due),
                _decimal(bill.data.amount),
                bill.state,
                bill.pdf,
            )
            for bill in bills
        ),
    )


def _write_documents(folder: Path, today: date) -> None:
    (folder / "moduli").mkdir(exist_ok=True)
    rows = []
    for file, title, paragraphs in _FORMS:
        write_letter(folder / "moduli" / file, _ISSUER, title, paragraphs)
        rows.append(("", title, _day(months_start(today)), f"moduli/{file}"))
    for customer in CUSTOMERS:
        file = f"contratto-{customer.code}.pdf"
        since = min(point.since for point in customer.points)
        title = "Contratto di fornitura"
        lines = (
            f"Cliente: {customer.name}, codice cliente {customer.code}.",
            *(
                f"{'PDR' if p.is_gas else 'POD'} {p.code}, {p.address}: {p.offer}."
                for p in customer.points
            ),
            f"Decorrenza: {_day(since)}. {SUPPLIER.name} fornisce secondo le condizioni generali.",
        )
        write_letter(folder / "moduli" / file, _ISSUER, title, lines)
        rows.append((customer.code, title, _day(since), f"moduli/{file}"))
    _table(folder / "documenti.csv", "codice_cliente;titolo;data;file", rows)


_FORMS = (
    (
        "condizioni-generali.pdf",
        "Condizioni generali di fornitura",
        (
            (
                "Queste condizioni valgono per tutte le forniture di gas naturale e di energia"
                " elettrica. Sono un esempio: la società e i suoi clienti sono inventati."
            ),
            (
                "Le autoletture comunicate nella finestra indicata in fattura sono usate per il"
                " calcolo dei consumi, dopo la verifica del distributore."
            ),
        ),
    ),
    (
        "modulo-reclamo.pdf",
        "Modulo di reclamo",
        (
            "Nome e cognome ....................................................",
            "Codice cliente ........................ PDR o POD ........................",
            "Che cosa è successo: .............................................................",
            "Rispondiamo per scritto entro 30 giorni.",
        ),
    ),
    (
        "domiciliazione.pdf",
        "Domiciliazione bancaria",
        (
            "Chiedo che le mie fatture siano addebitate sul conto IBAN .........................",
            "Data ................ Firma ........................................",
        ),
    ),
)


def _first_of_next(month: Month) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _decimal(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")
