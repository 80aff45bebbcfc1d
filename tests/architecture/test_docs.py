"""What the documents say of the program is what the program does."""

import io
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.announcing import read_draft
from bot.cli import main
from storage.exchange import acquisition, contacts, outcome_rows, tal
from storage.exchange.importing import KINDS
from storage.exchange.tables import Column
from storage.models.base import Base
from storage.repositories.acquisitions import ClaimedReading
from tests.support.pictures import plain_png

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_privacy_template_knows_every_table() -> None:
    text = (ROOT / "docs" / "privacy-template.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(Base.metadata.tables)


def test_the_announcement_in_the_guide_can_be_sent(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "announcements.md").read_text(encoding="utf-8")
    example = re.search(r"```\n(whom: .*?)```", text, re.DOTALL)
    assert example is not None
    (tmp_path / "cantiere.jpg").write_bytes(plain_png(4, 4))
    (tmp_path / "avviso.txt").write_text(example[1], encoding="utf-8")
    draft = read_draft(tmp_path / "avviso.txt")
    assert draft.whom == "customers with gas"
    assert draft.text.startswith("<b>Lavori in via Roma</b>")


def test_every_command_is_told_of() -> None:
    told = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    assert [name for name in main.commands if f"sportello {name}" not in told] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)#\s]+)", text)
    ours = [target for target in linked if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in ours if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_modules_that_are_named_are_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(
        r"^(`{3,4})(?:python|diff|mermaid)\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE
    )
    named = re.findall(
        r"(?<![\w/])((?:bot|conversations|storage)/(?:\w+/)*)(\w+\.py)((?:, \w+\.py)*)", text
    )
    paths = [
        folder + file
        for folder, first, others in named
        for file in (first, *others.split(", ")[1:])
    ]
    assert paths
    made_by_the_guide = set(re.findall(r"`([\w/]+\.py)`(?:, whole)?:?$", text, re.MULTILINE))
    assert [p for p in paths if not (ROOT / p).exists() and p not in made_by_the_guide] == []


FILES = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
TABLES: dict[str, Sequence[Column]] = {
    **{kind.file_name: kind.columns for kind in KINDS},
    "esiti.csv": outcome_rows.COLUMNS,
}


@pytest.mark.parametrize("name", TABLES)
def test_the_columns_of_each_file_are_those_of_the_code(name: str) -> None:
    section = re.search(
        rf"^### `{re.escape(name)}`$(.*?)(?=^##|\Z)", FILES, re.MULTILINE | re.DOTALL
    )
    assert section is not None
    rows = re.findall(r"^\| `([a-z0-9_]+)` \|.*\|([^|]*)\|$", section[1], re.MULTILINE)
    told = [(column, marks.strip()) for column, marks in rows]
    assert told == [(column.name, _marks(column)) for column in TABLES[name]]


def _marks(column: Column) -> str:
    return ", ".join(
        word for word, holds in (("empty", column.empty), ("left out", column.missing)) if holds
    )


def test_the_files_stand_in_the_order_in_which_they_are_taken() -> None:
    named = re.findall(r"^### `(.*)`$", FILES, re.MULTILINE)
    assert named == list(TABLES)


def test_the_files_out_are_those_of_the_code() -> None:
    for columns in (acquisition.COLUMNS, contacts.COLUMNS):
        assert ";".join(columns) in FILES
    assert contacts.file_name("<id>") in FILES
    assert tal.file_name("<COMPANY_VAT>", "<distributor>", "<id>") in FILES
    written = io.BytesIO()
    writer = tal.TalWriter(written, company_vat="1", distributor="2")
    writer.add([ClaimedReading(1, "1", "2", date(2026, 1, 1), 3, "4", 5, "6")])
    for element in re.findall(r"<(\w+)", written.getvalue().decode()):
        assert f"`{element}`" in FILES


def test_the_import_names_every_file() -> None:
    told = CliRunner().invoke(main, ["import", "--help"]).output
    assert [kind.file_name for kind in KINDS if kind.file_name not in told] == []
