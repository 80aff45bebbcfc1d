"""The walks in CONTRIBUTING work when they are followed to the letter."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
_COPIED = ("bot", "conversations", "storage", "tests", "pyproject.toml")
_PATH = re.compile(r"`((?:bot|conversations|storage|tests)/[\w/]+\.py)`")
_BLOCK = re.compile(r"^(`{3,4})(python|diff|)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)


class Told(NamedTuple):
    """A block of the guide: ``python`` is a whole file, ``diff`` a change of one.

    ``path`` is the file that the words before it named last.
    """

    kind: str
    path: Path
    text: str


def told() -> Iterator[Told]:
    """What the guide says to write, in its order."""
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    path, done = None, 0
    for block in _BLOCK.finditer(guide):
        path = (_PATH.findall(guide, done, block.start()) or [path])[-1]
        done = block.end()
        if block[2]:
            assert path is not None, f"where does this go? {block[3][:80]}"
            yield Told(block[2], Path(path), block[3])


TOLD = list(told())
FILES = sorted({each.path for each in TOLD})
TESTS = [each.path for each in TOLD if each.path.parts[0] == "tests"]
_REVISION = re.search(
    r'^make revision MESSAGE="(.*)"$',
    (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which somebody did what the guide says."""
    copy = tmp_path_factory.mktemp("guide")
    for name in _COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    for each in TOLD:
        path = copy / each.path
        if each.kind == "python":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(each.text, encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            path.write_text(changed(text, each.text), encoding="utf-8")
    assert _REVISION is not None
    _run(copy, "storage.migrations", _REVISION[1])  # and then, as `make revision` does:
    _run(copy, "ruff", "check", "--quiet", "--fix", "storage/migrations")
    _run(copy, "ruff", "format", "--quiet", "storage/migrations")
    # What stands between two lines of the guide may have come since: the guide says how to sort.
    _run(copy, "ruff", "check", "--quiet", "--fix-only", "--select=I", *map(str, FILES))
    return copy


def changed(text: str, change: str) -> str:
    """*text* with the lines of *change* that begin with ``+`` behind the line that is before them.

    Before the line that follows them, where none is before. Where they are there already nothing
    changes; and others may have put lines of their own between the two.
    """
    lines = change.splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("+"))
    added = [line[1:] for line in lines if line.startswith("+")]
    before = [line[1:] for line in lines[:first]]
    after = [line[1:] for line in lines if not line.startswith("+")][first:]
    here = text.splitlines()
    if _places(here, added):
        return text
    context = before or after
    places = _places(here, context)
    assert len(places) == 1, f"these lines are not there once, as the guide shows them: {context}"
    place = places[0] + (len(context) if before else 0)
    return "\n".join([*here[:place], *added, *here[place:]]) + "\n"


def _places(lines: list[str], wanted: list[str]) -> list[int]:
    """Where *wanted* begins among *lines*."""
    length = len(wanted)
    return [place for place in range(len(lines)) if lines[place : place + length] == wanted]


def _run(copy: Path, *arguments: str) -> None:
    # In an environment of its own: the tests that run this one are spread over processes.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env=environment | {"PYTHONPATH": str(copy)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_change_that_is_made_already_is_not_made_twice() -> None:
    change = " a\n+b\n c\n"
    once = changed("a\nc\n", change)
    assert once == "a\nb\nc\n"
    assert changed(once, change) == once


def test_a_change_is_made_beside_what_others_have_put_there() -> None:
    assert changed("a\nsomebody's\nc\n", " a\n+b\n c\n") == "a\nb\nsomebody's\nc\n"
    assert changed("somebody's\nc\n", "+b\n c\n") == "somebody's\nb\nc\n"


@pytest.mark.parametrize("gate", [("ruff", "check"), ("ruff", "format", "--check")])
def test_what_the_guide_prints_passes_the_rules(followed: Path, gate: tuple[str, ...]) -> None:
    _run(followed, *gate, *map(str, FILES))


def test_what_the_guide_makes_lives(followed: Path) -> None:
    diagrams = "tests/architecture/test_diagrams.py"
    _run(followed, "pytest", "-q", "-k", "sqlite or call_me", diagrams, *map(str, TESTS))


def test_the_migration_has_the_next_number_and_makes_the_table(followed: Path) -> None:
    *_, before, made = sorted((followed / "storage/migrations/versions").glob("0*.py"))
    assert int(made.name[:4]) == int(before.name[:4]) + 1
    text = made.read_text(encoding="utf-8")
    assert f'down_revision = "{before.name[:4]}"' in text
    assert 'op.create_table(\n        "closures"' in text
