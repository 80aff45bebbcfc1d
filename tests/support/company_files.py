"""Files as the company's system writes them, and their import in tests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from storage.engine import Store
from storage.exchange.importing import import_paths
from storage.exchange.report import FileReport, FileStatus, ImportReport

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)

CUSTOMERS = (
    "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo;email;telefono;fax\n"
    "028680;Anna Rossi;RSSNNA80A41H501L;;Via Roma 1, Torino;anna@example.it;+39 011 123456;\n"
    "000017;Condominio Aurora;;00743110157;Corso Como 2, Milano;;;\n"
)
POINTS_HEADER = (
    "codice_cliente;punto;servizio;indirizzo;autolettura;matricola_contatore;cifre_contatore;"
    "matricola_correttore;cifre_correttore;classe;coefficiente_c;potenza_kw;distributore;"
    "contratto;decorrenza;offerta\n"
)
METER, CORRECTOR, ELECTRICITY = "00881234567890", "00881234567891", "IT001E12345678"
METER_ROW = (
    "028680;00881234567890;gas;Via Roma 1, Torino;contatore;M-100;5;;;G4;1,027235;;"
    "00743110157;C-1;01/01/2020;Casa Serena\n"
)
CORRECTOR_ROW = (
    "000017;00881234567891;gas;Corso Como 2, Milano;contatore+correttore;M-200;6;K-200;8;G25;;;"
    "00743110157;C-2;2019-10-01;\n"
)
ELECTRICITY_ROW = (
    "028680;IT001E12345678;luce;Via Roma 1, Torino;nessuna;;;;;;;3,3;;C-3;01/01/2020;Luce Fissa\n"
)
POINTS = POINTS_HEADER + METER_ROW + CORRECTOR_ROW + ELECTRICITY_ROW
WINDOWS_HEADER = "punto;dal;dalle;al;alle\n"
READINGS_HEADER = "punto;data;contatore;correttore;tipo\n"


async def take(
    store: Store, folder: Path, name: str, content: str | bytes, *, now: datetime = NOW
) -> FileReport:
    """Write one file and import it."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (report,) = (await import_all(store, [path], now=now)).files
    return report


async def take_customers_and_points(store: Store, folder: Path) -> None:
    """Import the two customers and their three points."""
    for name, content in (("clienti.csv", CUSTOMERS), ("punti.csv", POINTS)):
        report = await take(store, folder, name, content)
        assert report.status is FileStatus.TAKEN, [str(p) for p in report.problems]


async def import_all(store: Store, paths: Sequence[Path], *, now: datetime = NOW) -> ImportReport:
    return await import_paths(store, paths, zone=ROME, now=now)


def reasons(report: FileReport) -> list[tuple[int | None, str | None, str]]:
    """The problems of a report, without the name of the file."""
    return [(problem.line, problem.field, problem.reason) for problem in report.problems]
