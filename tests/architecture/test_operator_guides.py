"""Both guides for operators say the same, and name all that the program has and nothing else."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import click
import pytest

from bot.cli import main
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "docs" / "operating.md"
ITALIAN = ROOT / "docs" / "operator.it.md"
GUIDES = pytest.mark.parametrize("guide", [ENGLISH, ITALIAN], ids=lambda path: path.name)

CHAPTERS = {
    "The pieces": "I pezzi",
    "From BotFather to the first reading": "Da BotFather alla prima lettura",
    "Settings": "Le impostazioni",
    "The commands": "I comandi",
    "A day": "Una giornata",
    "Files in": "I file che entrano",
    "Files out": "I file che escono",
    "Windows": "Le finestre",
    "Outcomes": "Gli esiti",
    "Tickets, and the staff's group": "Le richieste, e il gruppo dei colleghi",
    "Announcements": "Gli avvisi a tanti",
    "Who gets in": "Chi può entrare",
    "On the invoice": "Sulla bolletta",
    "When something is down": "Quando qualcosa non va",
    "Backup and restore": "Copie e ripristino",
    "A second machine": "Una seconda macchina",
    "To another database": "Verso un'altra banca dati",
    "Keys": "Le chiavi",
    "Upgrading, going back, uninstalling": "Aggiornare, tornare indietro, togliere",
    "Privacy requests by letter": "Le richieste di privacy per lettera",
    "A stolen telephone": "Un telefono rubato",
}
OF_OTHERS = {"HTTPS_PROXY", "NO_PROXY", "PGPASSWORD"}
"""Variables that the guides name and other programs read."""

TYPED = r"(?:^ *|`|&& |=\S+ |bin/)sportello ([a-z].*?)(?=`|$|  #| &&)"
"""What follows ``sportello`` where somebody is to type it."""


def text_of(guide: Path) -> str:
    return guide.read_text(encoding="utf-8")


def commands(group: click.Group = main, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by what is typed after ``sportello``."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


COMMANDS = dict(commands())
SETTINGS = {name.upper() for name in Settings.model_fields}


def test_the_chapters_are_the_same() -> None:
    english, italian = (
        re.findall(r"^## (\d+)\. (.*)$", text_of(guide), re.MULTILINE)
        for guide in (ENGLISH, ITALIAN)
    )
    numbers = [str(number) for number in range(1, len(CHAPTERS) + 1)]
    assert english == list(zip(numbers, CHAPTERS, strict=True))
    assert italian == list(zip(numbers, CHAPTERS.values(), strict=True))


def test_what_is_typed_is_the_same() -> None:
    english, italian = (
        [
            line.split("  #")[0].strip()
            for block in re.findall(r"^ *```\n(.*?)```", text_of(guide), re.DOTALL | re.MULTILINE)
            for line in block.splitlines()
            if not line.lstrip().startswith("#")
        ]
        for guide in (ENGLISH, ITALIAN)
    )
    assert italian == english


@GUIDES
def test_every_command_is_named(guide: Path) -> None:
    text = text_of(guide)
    assert [name for name in COMMANDS if not re.search(rf"`(sportello )?{name}\b", text)] == []


@GUIDES
def test_every_command_that_is_named_exists(guide: Path) -> None:
    for line in re.findall(TYPED, text_of(guide), re.MULTILINE):
        words = line.split()
        name = next(
            (each for each in (" ".join(words[:2]), words[0]) if each in COMMANDS),
            None,
        )
        if isinstance(main.commands.get(line), click.Group):  # a group, named by itself
            continue
        assert name is not None, line
        known = {option for each in COMMANDS[name].params for option in each.opts}
        known |= {option for each in COMMANDS[name].params for option in each.secondary_opts}
        options = {word for word in words if word.startswith("--")}
        assert options - known == set(), line


@GUIDES
def test_every_setting_is_named_and_every_one_that_is_named_exists(guide: Path) -> None:
    text = text_of(guide)
    named = set(re.findall(r"(?<![<\w])[A-Z]+(?:_[A-Z]+)+(?!\w)", text))
    named |= {name for name in SETTINGS if re.search(rf"\b{name}\b", text)}
    assert named - SETTINGS - OF_OTHERS - {"TAL"} == set()
    assert SETTINGS - named == set()


@lru_cache(maxsize=1)
def strings_of_the_program() -> str:
    """Every string of the program, a line each; values in it are left out."""
    return "\n".join(
        node.value
        for package in ("bot", "conversations", "storage")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@GUIDES
def test_what_the_program_is_said_to_say_it_says(guide: Path) -> None:
    said: list[str] = []
    chapter = text_of(guide).partition("\n## 14. ")[2].partition("\n## 15. ")[0]
    for cell in re.findall(r"^\| (`.*?`[^|]*) \|", chapter, re.MULTILINE):
        said += re.findall(r"`([^`]+)`", cell)
    program = strings_of_the_program()
    parts = [
        part.strip(" =,:")
        for each in said
        if not each.startswith(("sportello_", "{"))
        for part in each.split("…")
    ]
    assert len(parts) > len(CHAPTERS)
    assert [part for part in parts if part not in program] == []


@GUIDES
def test_figures_are_those_of_the_page(guide: Path) -> None:
    named = set(re.findall(r"`(sportello_[a-z_]+)", text_of(guide)))
    program = strings_of_the_program().splitlines()
    assert named
    assert {each for each in named if each.removesuffix("_total") not in program} == set()


@GUIDES
def test_links_within_lead_to_a_heading(guide: Path) -> None:
    for target, anchor in re.findall(r"\]\(([\w./]*)#([^)]+)\)", text_of(guide)):
        page = guide if not target else guide.parent / target
        headings = re.findall(r"^##+ (.*)$", text_of(page), re.MULTILINE)
        assert anchor in {_anchor(heading) for heading in headings}, anchor


def _anchor(heading: str) -> str:
    """The address of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
