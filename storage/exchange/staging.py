"""Where checked rows wait until the whole file is known to be good.

A private SQLite database in a temporary file that has no name and goes when it is closed: a
million rows need little memory, and a key that comes twice is found by its index. What waits there
is no more open to view than the file that it comes from, and for a shorter time.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.exchange.tables import RawRow

_CACHE_KIB = 32_768
_BETWEEN_CELLS = "\0"  # which no file has that gets here, and no XML


class StagingError(Exception):
    """The folder for temporary files takes no more; the words name it."""


@contextmanager
def _named() -> Iterator[None]:
    """Says of an error that it is not the database of the installation which fails here."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StagingError(
            f"{_folder()}: the rows of the file cannot wait here ({error}): make room, or set"
            " SQLITE_TMPDIR to a folder with more"
        ) from error


def _folder() -> str:
    """Where SQLite puts a file without a name."""
    places = [os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp"]  # noqa: S108
    return next((place for place in places if place and Path(place).is_dir()), "/tmp")  # noqa: S108


class Staging:
    """The checked rows of one file, in its order, each under a key of its own."""

    def __init__(self) -> None:
        # Calls come from worker threads, one after the other and never two at once.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE staged (line INTEGER NOT NULL, key TEXT NOT NULL UNIQUE,"
            " cells TEXT NOT NULL)"
        )
        self._database.execute("BEGIN")
        self.count = 0
        self._reached = (0, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, row: RawRow, key: str) -> int | None:
        """Keeps *row*; where its key is there already, gives the line of the first instead."""
        return self.add_all([row], [key]).get(row.line)

    def add_all(self, rows: Sequence[RawRow], keys: Sequence[str]) -> dict[int, int]:
        """Keeps *rows*, each under its key, but those whose key is there already.

        Returns:
            The line of each row that was not kept, with the line of the first that has its key.
        """
        with _named():
            added = self._database.executemany(
                "INSERT INTO staged (line, key, cells) VALUES (?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                (
                    (line, key, _BETWEEN_CELLS.join(cells))
                    for (line, cells), key in zip(rows, keys, strict=True)
                ),
            ).rowcount
        self.count += added
        if added == len(rows):
            return {}
        firsts = ((row.line, self._line_of(key)) for row, key in zip(rows, keys, strict=True))
        return {line: first for line, first in firsts if line != first}

    def _line_of(self, key: str) -> int:
        found = self._database.execute("SELECT line FROM staged WHERE key = ?", (key,))
        line: int = found.fetchone()[0]
        return line

    def rows(self, after: int, limit: int) -> list[RawRow]:
        """At most *limit* rows in the order of their keys, without the first *after* of them.

        Not in the file's order: neighbours in the database are written together, which takes a
        fraction of the time where a file lists all points of a day, and then of the next.
        """
        position, key = self._reached
        if position == after:
            found = self._database.execute(
                "SELECT line, cells, key FROM staged WHERE key > ? ORDER BY key LIMIT ?",
                (key, limit),
            ).fetchall()
        else:
            found = self._database.execute(
                "SELECT line, cells, key FROM staged ORDER BY key LIMIT ? OFFSET ?", (limit, after)
            ).fetchall()
        if found:
            self._reached = (after + len(found), found[-1][2])
        return [RawRow(line, cells.split(_BETWEEN_CELLS)) for line, cells, _ in found]

    def held(self, keys: Sequence[str]) -> set[str]:
        """Those of *keys* that a row of the file has; a few hundred at a time."""
        marks = ", ".join("?" * len(keys))
        found = self._database.execute(
            f"SELECT key FROM staged WHERE key IN ({marks})",  # noqa: S608 - only question marks
            list(keys),
        )
        return {key for (key,) in found}
