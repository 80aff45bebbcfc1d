"""What the documents say of the program is what the program does."""

import re
from pathlib import Path

import pytest

from bot.announcing import read_draft
from bot.cli import main
from storage.models.base import Base
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
