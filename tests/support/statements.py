"""Checks that a full run sends every statement to both kinds of database.

Most dialogues run on SQLite only. The program's statements must be sent to PostgreSQL by another
test, so that none is used there for the first time in production; what a test asks by itself does
not matter. A run that misses some names them at its end: mark one of the tests that send each
``pytest.mark.both_databases``.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import greenlet  # type: ignore[import-untyped]
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.schema import ExecutableDDLElement

_PLACES = re.compile(r"%\(\w+\)s|(?<!:):\w+|\?")
_CASTS = re.compile(r"::(?:DOUBLE PRECISION|[A-Z]+(?: WITH(?:OUT)? TIME ZONE)?)")
_IS_TRUE = re.compile(r"(\w+\.\w+) = 1\b")
_IS_FALSE = re.compile(r"(\w+\.\w+) = 0\b")
_IN_A_BACKUP = re.compile(r"SELECT (?:(?!FROM ).)+ FROM \w+ LIMIT \?")
"""A look at the sealed values of a backup, which is always SQLite."""
_RETURNED = re.compile(r"(?<= RETURNING ).*")
_TRUTHS = {"true": "1", "false": "0"}
_KEY = "statements"
_FOR_ONE = ("PRAGMA ", "sqlite_", "pg_", "ROLLBACK", "EXPLAIN ", "_alembic_tmp_", "alembic_version")
"""Words of statements that exist for one kind only."""
_ROOT = Path(__file__).parents[2]
_PROGRAM = tuple(f"{_ROOT / package}/" for package in ("bot", "conversations", "storage"))
_TESTS = f"{_ROOT / 'tests'}/"
_WRITTEN_BY_TESTS = "/pytest-of-"  # in the path of every `tmp_path`


class StatementsOnBoth:
    """A pytest plugin; the controller collects the statements of all workers."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {"sqlite": set(), "postgresql": set()}
        self._known: dict[Any, str] = {}
        self._missing: list[str] = []
        event.listen(Engine, "before_execute", self._note)

    def _note(self, connection: Connection, statement: Any, *_: Any) -> None:
        if isinstance(statement, ExecutableDDLElement):  # each kind has its own for a table
            return
        kind = connection.dialect.name
        text = self._text(statement)
        if text not in self._texts[kind] and (kind != "sqlite" or _is_of_the_program()):
            self._texts[kind].add(text)

    def _text(self, statement: Any) -> str:
        """The text of a statement without the differences between databases."""
        found = getattr(statement, "_generate_cache_key", lambda: None)()
        key = found.key if found is not None else str(statement)
        if key not in self._known:
            self._known[key] = _same_for_both(str(statement))
        return self._known[key]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect the statements of a pytest-xdist worker that has ended."""
        for kind, texts in getattr(node, "workeroutput", {}).get(_KEY, {}).items():
            self._texts[kind].update(texts)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = {kind: sorted(texts) for kind, texts in self._texts.items()}
        elif exitstatus == pytest.ExitCode.OK:
            only = self._texts["sqlite"] - self._texts["postgresql"]
            self._missing = sorted(
                text
                for text in only
                if not any(words in text for words in _FOR_ONE) and not _IN_A_BACKUP.fullmatch(text)
            )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._missing:
            terminalreporter.section("statements that PostgreSQL was never sent", yellow=True)
            for text in self._missing:
                terminalreporter.line(text)


def _same_for_both(text: str) -> str:
    """A statement without what each kind writes in its own way."""
    text = _CASTS.sub("", _PLACES.sub("?", " ".join(text.split()))).replace('"', "")
    text = re.sub(r"\b(?:true|false)\b", lambda found: _TRUTHS[found[0]], text)
    text = _IS_FALSE.sub(r"NOT \1", _IS_TRUE.sub(r"\1", text))  # SQLite has no truth values
    return _RETURNED.sub(lambda found: re.sub(r"\w+\.", "", found[0]), text)


def _is_of_the_program() -> bool:
    """Whether the statement on its way comes from the program, and not from a test itself."""
    for frame in _frames():
        name = frame.f_code.co_filename
        if name.startswith(_PROGRAM):
            return True
        if name != __file__ and (name.startswith(_TESTS) or _WRITTEN_BY_TESTS in name):
            return False
    return False


def _frames() -> Iterator[FrameType]:
    """The calls from here outwards; SQLAlchemy's are in a greenlet within the others'."""
    frame: FrameType | None = sys._getframe()
    here: Any = greenlet.getcurrent()  # or its parent, or None
    while here is not None:
        while frame is not None:
            yield frame
            frame = frame.f_back
        here = here.parent
        frame = here.gr_frame if here is not None else None
