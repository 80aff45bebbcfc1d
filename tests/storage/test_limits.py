"""What is beyond all measure is refused before it is read: files from outside know no modesty."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.engine import Store
from storage.exchange.importing import import_paths
from storage.exchange.outcomes import import_outcomes
from storage.exchange.report import FileStatus
from storage.exchange.tables import LARGEST_TABLE, LONGEST_LINE
from tests.support.clock import ROME

NOW = datetime(2026, 2, 15, 9, tzinfo=UTC)
HEADER = "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo"


def sparse(path: Path, begin: str, size: int) -> Path:
    """A file of that many bytes, nearly all of them a hole: no disk is filled."""
    path.write_text(begin)
    with path.open("r+b") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("name", ["clienti.csv", "letture.csv", "finestre.csv"])
async def test_a_table_past_a_gigabyte(store: Store, tmp_path: Path, name: str) -> None:
    file = sparse(tmp_path / name, HEADER + "\n", LARGEST_TABLE + 1)
    report = await import_paths(store, [file], zone=ROME, now=NOW)
    (refused,) = report.files
    assert refused.status is FileStatus.REFUSED
    assert [problem.reason for problem in refused.problems] == ["is larger than 1000 MB"]


@pytest.mark.parametrize("begin", ["punto;data;esito;note\n", "<Prestazione>"])
async def test_outcomes_past_a_gigabyte(store: Store, tmp_path: Path, begin: str) -> None:
    file = sparse(tmp_path / "esiti", begin, LARGEST_TABLE + 1)
    report = await import_outcomes(store, file, now=NOW)
    assert report.status is FileStatus.REFUSED
    assert [problem.reason for problem in report.problems] == ["is larger than 1000 MB"]


async def test_a_line_past_all_measure(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "clienti.csv"
    file.write_text(f"{HEADER}\n000001;{'x' * LONGEST_LINE};;00743110157;Via Roma 1\n")
    report = await import_paths(store, [file], zone=ROME, now=NOW)
    (refused,) = report.files
    (problem,) = refused.problems
    assert (problem.line, problem.reason) == (2, "the line is too long to be one of a table")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)).replace("&a0;", "&a;")
    + ']><Prestazione cod_servizio="TAL">&a9;</Prestazione>'
)


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        '<!DOCTYPE p SYSTEM "file:///etc/passwd"><Prestazione cod_servizio="TAL"/>',
        '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><Prestazione>&x;</Prestazione>',
    ],
    ids=["bomb", "other file as type", "other file as entity"],
)
async def test_xml_that_would_unfold_or_read_other_files(
    store: Store, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "esiti.xml"
    file.write_text(content)
    report = await import_outcomes(store, file, now=NOW)
    assert report.status is FileStatus.REFUSED
    (problem,) = report.problems
    assert problem.reason == "is XML of a kind that is not taken"
