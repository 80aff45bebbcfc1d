"""The pictures of ``docs/come-si-usa.md`` can be taken from the demo, and are there, and small."""

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.pictures import FOLDER, LARGEST, NAMES, take_all
from tests.demo.test_chat_page import CHROMIUM

PAGE = FOLDER.parents[1] / "come-si-usa.md"


def test_the_page_shows_every_picture_in_order() -> None:
    shown = re.findall(r"pictures/come-si-usa/([\w-]+)\.png", PAGE.read_text(encoding="utf-8"))
    assert tuple(shown) == NAMES
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)


def test_each_picture_tells_in_words_what_it_shows() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = re.findall(r'<img src="pictures/come-si-usa/[\w-]+\.png"[^>]* alt="([^"]+)"', text)
    assert len(told) == len(NAMES)


def test_the_pictures_are_small() -> None:
    assert [path.name for path in FOLDER.iterdir() if path.stat().st_size > LARGEST] == []


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """The demo sets up logs of its own."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.long
@pytest.mark.usefixtures("logs_as_before")
@pytest.mark.skipif(CHROMIUM is None, reason="no browser: install chromium to take the pictures")
def test_they_can_be_taken_again(tmp_path: Path) -> None:
    asyncio.run(take_all(tmp_path))
    taken = sorted(tmp_path.glob("*.png"))
    assert [path.stem for path in taken] == sorted(NAMES)
    assert all(path.stat().st_size <= LARGEST for path in taken)
