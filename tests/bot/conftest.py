"""Places to call the command in."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.support.command import KEY


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty folder, nothing set, and logging as it was in the end."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield folder
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
def workplace(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with the key set."""
    monkeypatch.setenv("ENCRYPTION_KEY", KEY)
    return bare
