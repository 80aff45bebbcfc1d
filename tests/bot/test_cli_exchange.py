"""`sportello import`, `acquire` and `outcomes`, as an operator and a script meet them."""

import errno
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select

from bot.settings import Settings
from storage.engine import Store, open_store
from storage.exchange.staging import Staging
from storage.exchange.tables import RawRow
from storage.models import Reading, ReadingState, SupplyPoint
from storage.repositories.readings import NewReading
from storage.rules.plausibility import ReviewFlag
from storage.vault import Vault
from tests.support.command import KEY, sportello
from tests.support.databases import run_apart

pytestmark = pytest.mark.usefixtures("workplace")


CUSTOMERS = """\
codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo;email;telefono;fax
028680;MARKED Name;RSSMRA85T10A562S;;Via Roma 1;marked@example.com;;
"""
POINTS = """\
codice_cliente;punto;servizio;indirizzo;autolettura;matricola_contatore;cifre_contatore;\
matricola_correttore;cifre_correttore;classe;coefficiente_c;potenza_kw;distributore;contratto;\
decorrenza;offerta
028680;00990000028681;gas;Via Roma 1;contatore;ABC1;5;;;G4;1,02;;00000719005;C1;01/10/2019;Casa
"""
READINGS = """\
punto;data;contatore;correttore;tipo
00990000028681;01/02/2026;44870;;rilevata
"""


@pytest.fixture
def company(workplace: Path, tmp_path: Path) -> Path:  # noqa: ARG001
    folder = tmp_path / "company"
    folder.mkdir()
    (folder / "clienti.csv").write_text(CUSTOMERS)
    (folder / "punti.csv").write_text(POINTS)
    (folder / "letture.csv").write_text(READINGS)
    assert sportello("db", "upgrade").exit_code == 0
    return folder


def opened() -> Store:
    return open_store(Settings().database_url, Vault([KEY]))


def submitted(meter: int, *flags: ReviewFlag) -> None:
    """A customer's reading of 11/02/2026, pending."""

    async def submit() -> None:
        store = opened()
        async with store.unit() as unit:
            point = (await unit.session.scalars(select(SupplyPoint))).one()
            new = NewReading(date(2026, 2, 11), meter, None, frozenset(flags))
            await unit.readings.submit(
                point, new, chat_id=42, receipt_message_id=7, now=datetime.now(UTC)
            )
            await unit.commit()
        await store.close()

    run_apart(submit())


def cancelled() -> None:
    """The customer's one reading is cancelled."""

    async def cancel() -> None:
        store = opened()
        async with store.unit() as unit:
            reading = await unit.session.scalar(
                select(Reading).where(Reading.state == ReadingState.PENDING)
            )
            assert reading is not None
            assert await unit.readings.cancel(reading, now=datetime.now(UTC))
            await unit.commit()
        await store.close()

    run_apart(cancel())


def states() -> list[ReadingState]:
    found: list[ReadingState] = []

    async def look() -> None:
        store = opened()
        async with store.reading() as unit:
            found.extend(await unit.session.scalars(select(Reading.state).order_by(Reading.day)))
        await store.close()

    run_apart(look())
    return found


def test_a_folder_is_taken_and_again_changes_nothing(company: Path) -> None:
    first = sportello("import", company)
    assert first.exit_code == 0, first.output
    assert f"{company}/clienti.csv: taken (1 new)" in first.stdout
    assert f"{company}/letture.csv: taken (1 new)" in first.stdout
    assert first.stderr == ""
    again = sportello("import", company)
    assert again.exit_code == 0
    assert f"{company}/clienti.csv: unchanged" in again.stdout


def test_what_is_refused_is_named_by_file_line_and_field(company: Path) -> None:
    (company / "letture.csv").write_text(READINGS.replace("44870", "44.870"))
    result = sportello("import", company)
    assert result.exit_code == 1
    assert f"{company}/letture.csv: refused" in result.stdout
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{company}/letture.csv:2: contatore: ")
    assert "Traceback" not in result.output


def test_personal_data_is_not_repeated(company: Path) -> None:
    (company / "clienti.csv").write_text(CUSTOMERS.replace("RSSMRA85T10A562S", "RSSMRA85T10A562X"))
    result = sportello("import", company / "clienti.csv")
    assert result.exit_code == 1
    assert ":2: codice_fiscale: " in result.stderr
    assert "RSSMRA" not in result.output
    assert "MARKED" not in result.output


def test_a_hundred_problems_are_named_and_all_are_counted(company: Path) -> None:
    rows = "".join(f"00990000028681;01/01/{year};x;;rilevata\n" for year in range(1901, 2011))
    (company / "letture.csv").write_text(READINGS.splitlines()[0] + "\n" + rows)
    sportello("import", company / "clienti.csv", company / "punti.csv")
    result = sportello("import", company / "letture.csv")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 101
    assert lines[-1] == f"{company}/letture.csv: and 10 more, 110 in all"


@pytest.mark.usefixtures("company")
def test_a_name_that_means_nothing_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "clients.csv"
    other.write_text(CUSTOMERS)
    result = sportello("import", other)
    assert result.exit_code == 1
    assert "unknown file name" in result.stderr


def test_without_a_database_nothing_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "clienti.csv"
    file.write_text(CUSTOMERS)
    result = sportello("import", file)
    assert result.exit_code == 1
    assert "run `sportello db upgrade`" in result.stderr


def test_an_acquisition_hands_over_what_is_pending(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sportello("import", company)
    assert "Nothing is pending." in sportello("acquire").stdout
    submitted(45_000)
    monkeypatch.setenv("COMPANY_VAT", "00000179002")
    result = sportello("acquire")
    assert result.exit_code == 0, result.output
    assert "acquisition 000001: 1 readings" in result.stdout
    files = [Path(line.strip()) for line in result.stdout.splitlines()[1:]]
    assert len(files) == 2
    assert "00990000028681;ABC1;11/02/2026;45000;" in files[0].read_text()
    assert states()[-1] is ReadingState.ACQUIRED
    assert "Nothing is pending." in sportello("acquire").stdout


def test_what_keeps_a_tal_file_from_being_written_is_warned_of(company: Path) -> None:
    sportello("import", company)
    submitted(45_000)
    result = sportello("acquire")
    assert result.exit_code == 0
    assert "Warning: " in result.stderr


def test_a_folder_that_takes_nothing_is_told_and_nothing_is_lost(company: Path) -> None:
    sportello("import", company)
    submitted(45_000)
    exports = Settings().exports_dir
    exports.rmdir()
    exports.write_text("in the way")
    result = sportello("acquire")
    assert result.exit_code == 1
    assert "exports" in result.stderr
    assert "Traceback" not in result.output
    exports.unlink()
    again = sportello("acquire")
    assert "acquisition 000001: 1 readings (begun by an earlier run)" in again.stdout
    assert states()[-1] is ReadingState.ACQUIRED


@pytest.mark.parametrize("code", [errno.EIO, errno.EDQUOT, errno.ENOSPC])
def test_a_disk_that_fails_is_told_with_its_folder(
    company: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    sportello("import", company)
    submitted(45_000)

    def fails(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        result = sportello("acquire")
    assert result.exit_code == 1
    assert f"{Settings().exports_dir}: {os.strerror(code)}" in result.stderr
    assert states()[-1] is ReadingState.CLAIMED


def test_a_full_folder_for_temporary_files_is_not_taken_for_the_database(
    company: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    monkeypatch.setattr(Staging, "add_all", _full(Staging.add_all))
    result = sportello("import", company)
    assert result.exit_code == 1
    assert f"{tmp_path}: the rows of the file cannot wait here" in result.stderr
    assert "the disk of the database" not in result.stderr


def _full(add: Callable[..., dict[int, int]]) -> Callable[..., dict[int, int]]:
    def full(self: Staging, *_: Any) -> dict[int, int]:
        self._database.execute("PRAGMA max_page_count = 1")
        return add(self, [RawRow(1, ["x" * 100_000])], ["key"])

    return full


def test_outcomes_are_taken_or_refused_whole(company: Path, tmp_path: Path) -> None:
    sportello("import", company)
    submitted(45_000)
    sportello("acquire")
    file = tmp_path / "esiti.csv"
    file.write_text("punto;data;esito;note\n00990000028681;12/02/2026;V;\n")
    wrong = sportello("outcomes", file)
    assert wrong.exit_code == 1
    assert f"{file}:2: " in wrong.stderr
    file.write_text("punto;data;esito;note\n00990000028681;11/02/2026;V;\n")
    right = sportello("outcomes", file)
    assert right.exit_code == 0, right.output
    assert f"{file}: taken" in right.stdout
    assert sportello("outcomes", file).stdout.startswith(f"{file}: unchanged")


def test_the_numbers_tell_what_happened(company: Path) -> None:
    sportello("import", company)
    submitted(45_000)
    before = sportello("stats", "--days", "3650").stdout
    sportello("acquire")
    after = sportello("stats", "--days", "3650").stdout
    (row,) = (line for line in before.splitlines() if line.startswith("2026-02-11"))
    assert row.split() == ["2026-02-11", "1", "0", "0", "0", "0", "0"]
    (row,) = (line for line in after.splitlines() if line.startswith("2026-02-11"))
    assert row.split() == ["2026-02-11", "0", "0", "1", "0", "0", "0"]
    assert "messages queued           1" in after


def reviewed(*arguments: str) -> Result:
    result = sportello("review", "--days", "3650", *arguments)
    assert result.exit_code == 0, result.output
    return result


def test_what_was_doubtful_is_listed_with_its_reasons(company: Path) -> None:
    sportello("import", company)
    assert reviewed().stdout == "nothing to review in these days\n"
    submitted(130, ReviewFlag.UNUSUALLY_HIGH, ReviewFlag.METER_ROLLOVER)
    (line,) = reviewed().stdout.splitlines()
    assert line.split("  ", 1)[0] == "2026-02-11"
    assert "00990000028681   130 " in line
    assert "pending" in line
    assert line.endswith("the meter went past its highest number; unusually high, and confirmed")
    assert json.loads(reviewed("--json").stdout) == {
        "point": "00990000028681",
        "day": "2026-02-11",
        "meter": 130,
        "corrector": None,
        "state": "pending",
        "reasons": ["meter_rollover", "unusually_high"],
    }
    numbers = json.loads(sportello("stats", "--json", "--days", "3650").stdout)
    assert numbers["to_review"] == 1
    assert "readings to review        1" in sportello("stats", "--days", "3650").stdout
    assert sportello("review", "--days", "1").stdout == "nothing to review in these days\n"


def test_every_flag_is_told_in_words_and_lists_its_reading(company: Path) -> None:
    sportello("import", company)
    submitted(130, *ReviewFlag)
    (line,) = reviewed().stdout.splitlines()
    assert "could not be compared" in line
    assert line.count("; ") == len(ReviewFlag) - 1


def test_a_cancelled_reading_is_not_to_be_reviewed(company: Path) -> None:
    sportello("import", company)
    submitted(130, ReviewFlag.METER_ROLLOVER)
    cancelled()
    assert reviewed("--json").stdout == ""
    numbers = json.loads(sportello("stats", "--json", "--days", "3650").stdout)
    assert numbers["to_review"] == 0


def test_an_ordinary_reading_is_not_to_be_reviewed(company: Path) -> None:
    sportello("import", company)
    submitted(45_000)
    assert reviewed("--json").stdout == ""


def test_a_company_that_has_another_number_is_told_the_line(company: Path) -> None:
    sportello("import", company)
    submitted(45_000)
    sportello("acquire")
    rows = READINGS + "00990000028681;11/02/2026;{};;autolettura\n"
    file = company / "letture.csv"
    file.write_text(rows.format(45_000))
    assert "another number" not in sportello("import", file).stdout
    file.write_text(rows.format(45_001))
    for _ in range(2):  # as long as the file says so
        result = sportello("import", file)
        assert result.exit_code == 0, result.output
        assert f"{file}:3: another number than the customer's acquired reading" in result.stdout
    (line,) = reviewed().stdout.splitlines()
    assert line.endswith("letture.csv has another number")
