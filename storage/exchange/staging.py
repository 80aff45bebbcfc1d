"""Stores checked rows until the whole file is known to be valid.

A private SQLite database in a temporary file without a name, which is removed when it is closed: a
million rows need little memory, and its index finds repeated keys. Its rows are as readable as the
file that they come from, and for a shorter time.
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
_BETWEEN_CELLS = "\0"  # occurs in no accepted CSV file and in no XML


class StagingError(Exception):
    """The folder for temporary files is full or not writable; the message names it."""


@contextmanager
def _named() -> Iterator[None]:
    """Turn errors of this database into ``StagingError``: it is not the installation's database."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StagingError(
            f"{_folder()}: the rows of the file cannot wait here ({error}): make room, or set"
            " SQLITE_TMPDIR to a folder with more"
        ) from error


def _folder() -> str:
    """The folder in which SQLite creates a file without a name."""
    places = [os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp"]  # noqa: S108
    return next((place for place in places if place and Path(place).is_dir()), "/tmp")  # noqa: S108


class Staging:
    """The checked rows of one file, in its order, each with a unique key."""

    def __init__(self) -> None:
        # Worker threads call it one after the other, never two at once.
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
        """Store *row*; if its key exists, return the line of the first row with it instead."""
        return self.add_all([row], [key]).get(row.line)

    def add_all(self, rows: Sequence[RawRow], keys: Sequence[str]) -> dict[int, int]:
        """Store *rows*, each with its key, except those whose key exists.

        Returns:
            For the line of each row that was not stored, the line of the first row with its key.
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

        Not in the file's order: keys that are neighbours in the database are written together,
        which is many times faster where a file lists all points of a day, then of the next day.
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
        """Those of *keys* that occur in the file; a few hundred at a time."""
        marks = ", ".join("?" * len(keys))
        found = self._database.execute(
            f"SELECT key FROM staged WHERE key IN ({marks})",  # noqa: S608 - only question marks
            list(keys),
        )
        return {key for (key,) in found}
