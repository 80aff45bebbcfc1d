"""The guide in CONTRIBUTING works when it is followed to the letter."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_COPIED = ("bot", "conversations", "storage", "tests", "pyproject.toml")
_CONVERSATION = Path("conversations/support/opening_hours.py")
_TEST = Path("tests/dialogues/test_opening_hours.py")
_PLACES = (
    Path("conversations/support/__init__.py"),
    Path("conversations/support/__init__.py"),
    Path("conversations/welcome.py"),
)
"""Where each change of the guide belongs, in the order in which it is told."""


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which somebody did what the guide says."""
    copy = tmp_path_factory.mktemp("guide")
    for name in _COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    test, conversation = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (copy / _TEST).write_text(test, encoding="utf-8")
    (copy / _CONVERSATION).write_text(conversation, encoding="utf-8")
    changes = re.findall(r"```diff\n(.*?)```", guide, re.DOTALL)
    for place, change in zip(_PLACES, changes, strict=True):
        _apply(change, copy / place)
    return copy


def _apply(change: str, path: Path) -> None:
    """Puts the lines that begin with ``+`` between those that stand around them."""
    lines = change.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    after = "".join(f"{line[1:]}\n" for line in lines)
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} no longer has the lines that the guide shows"
    path.write_text(text.replace(before, after), encoding="utf-8")


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


@pytest.mark.parametrize("gate", [("ruff", "check"), ("ruff", "format", "--check")])
def test_what_the_guide_prints_passes_the_rules(followed: Path, gate: tuple[str, ...]) -> None:
    _run(followed, *gate, str(_CONVERSATION), str(_TEST), *{str(place) for place in _PLACES})


def test_the_conversation_of_the_guide_lives(followed: Path) -> None:
    _run(followed, "pytest", "-q", "-k", "sqlite", str(_TEST))
