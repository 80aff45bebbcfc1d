"""Time and memory of importing ``letture.csv`` with a million rows.

Run it with ``python -m benchmarks.import_million [ROWS] [SQLALCHEMY_URL]``; without a URL it uses a
new SQLite file. Memory is the peak of the process, minus what it had before.
"""

import asyncio
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from storage import schema
from storage.engine import open_store
from storage.exchange.importing import import_paths
from storage.vault import Vault

POINTS = 5_000
_ROME = ZoneInfo("Europe/Rome")


def write_files(folder: Path, rows: int) -> None:
    """Write one customer, five thousand points, and *rows* readings."""
    (folder / "clienti.csv").write_text(
        "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo\n"
        "000001;Condominio Aurora;;00743110157;Corso Como 2\n"
    )
    with (folder / "punti.csv").open("w") as file:
        file.write(
            "codice_cliente;punto;servizio;indirizzo;autolettura;matricola_contatore;"
            "cifre_contatore;contratto;decorrenza;offerta\n"
        )
        for number in range(POINTS):
            file.write(f"000001;{number:014};gas;Via {number};contatore;M{number};8;;01/01/2010;\n")
    newest = date(2026, 1, 1)
    with (folder / "letture.csv").open("w") as file:
        file.write("punto;data;contatore;correttore;tipo\n")
        for number in range(rows):
            day = newest - timedelta(days=number // POINTS)
            file.write(f"{number % POINTS:014};{day.isoformat()};{number};;rilevata\n")


def peak_mib() -> float:
    """The peak memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024) if sys.platform == "darwin" else peak / 1024


async def main(rows: int, url: str | None) -> None:
    """Import the files twice and print time and memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await asyncio.to_thread(write_files, folder, rows)
        database = url or f"sqlite+aiosqlite:///{folder / 'sportello.db'}"
        store = open_store(database, Vault([Vault.new_key()]))
        await schema.upgrade(store.engine)
        files = ["clienti.csv", "punti.csv"]
        now = datetime(2026, 3, 10, 9, tzinfo=UTC)
        await import_paths(store, [folder / file for file in files], zone=_ROME, now=now)
        before = peak_mib()
        for turn in ("first", "again"):
            started = time.perf_counter()
            report = await import_paths(store, [folder / "letture.csv"], zone=_ROME, now=now)
            (file,) = report.files
            seconds = time.perf_counter() - started
            print(
                f"{turn}: {file.status.value}, {file.rows} rows in {seconds:.1f} s, "
                f"{file.rows / seconds:.0f} rows/s, {peak_mib() - before:.0f} MiB more, "
                f"{peak_mib():.0f} MiB in all"
            )
        await store.close()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    asyncio.run(
        main(
            int(arguments[0]) if arguments else 1_000_000,
            arguments[1] if len(arguments) > 1 else None,
        )
    )
