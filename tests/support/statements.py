"""Checks that a full run sends every statement to both kinds of database.

Most dialogues run on SQLite only. Their statements must be sent to PostgreSQL by another test, so
that none is used there for the first time in production. A run that misses one fails at its end,
and names the statements: mark one of the tests that send it ``pytest.mark.both_databases``.
"""

import re
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.schema import ExecutableDDLElement

_PLACES = re.compile(r"%\(\w+\)s|(?<!:):\w+|\?")
_KEY = "statements"
_FOR_ONE = ("PRAGMA ", "sqlite_", "pg_", "ROLLBACK", "EXPLAIN ")
"""Prefixes of statements that exist for one kind only."""


class StatementsOnBoth:
    """A pytest plugin; the controller collects the statements of all workers."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {"sqlite": set(), "postgresql": set()}
        self._known: dict[Any, str] = {}
        self._missing: list[str] = []
        event.listen(Engine, "before_execute", self._note)

    def _note(self, connection: Connection, statement: Any, *_: Any) -> None:
        if not isinstance(statement, ExecutableDDLElement):  # each kind has its own for a table
            self._texts[connection.dialect.name].add(self._text(statement))

    def _text(self, statement: Any) -> str:
        """The text of a statement without the differences between databases."""
        found = getattr(statement, "_generate_cache_key", lambda: None)()
        key = found.key if found is not None else str(statement)
        if key not in self._known:
            self._known[key] = " ".join(_PLACES.sub("?", str(statement)).split())
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
                text for text in only if not any(words in text for words in _FOR_ONE)
            )
            if self._missing:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._missing:
            terminalreporter.section("statements that PostgreSQL was never sent", red=True)
            for text in self._missing:
                terminalreporter.line(text)
