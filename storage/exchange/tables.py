"""Reads CSV files as company systems write them, as a stream: encoding, separator, header, rows.

The separator is ``;``, ``,`` or a tab; the encoding UTF-8 with or without a byte order mark, or
Windows-1252. What Excel adds is accepted where it is unambiguous: a first line ``sep=;``, empty
columns at the end, empty rows, and the header repeated where files were joined. Lines, cells and
rows have a maximum size, so that no broken file is held in memory whole.
"""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from storage.exchange.cells import CellError, Reader, check_not_rounded
from storage.rules.invisible import visible

LONGEST_LINE = 65_536
"""The longest line of a table, in characters."""

LARGEST_TABLE = 1_000_000_000
"""The largest file, in bytes; a million rows are some fifty million bytes."""

_CHUNK = 1 << 20
_SEPARATOR = re.compile(r"sep=([;,\t])", re.IGNORECASE)
"""The line that tells Excel the separator."""


class FileError(Exception):
    """A file that cannot be read further; ``line`` counts from 1, None where no line is wrong."""

    def __init__(self, reason: str, *, line: int | None = None, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.field = field


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file.

    Args:
        name: the name in the header.
        read: the reader of a non-empty cell (see ``cells``).
        empty: whether a cell may be empty; its value is then None.
        missing: whether the header may leave the column out.
    """

    name: str
    read: Reader
    empty: bool = False
    missing: bool = False


class Cells(dict[str, Any]):
    """The values of one row by column; None where the cell is empty or the column missing.

    ``present`` are the columns that the header has.
    """

    __slots__ = ("present",)

    def __init__(self, values: Mapping[str, Any] | tuple[()], present: frozenset[str]) -> None:
        super().__init__(values)
        self.present = present

    def __missing__(self, _name: str) -> None:
        return None


class Layout:
    """Which column of a file's header is where, in any order."""

    def __init__(self, columns: Sequence[Column], header: Sequence[str]) -> None:
        """Compare *header* with *columns*.

        Raises:
            FileError: a column is unknown, missing, or occurs twice.
        """
        names = [name.strip().casefold() for name in header]
        known = {column.name: column for column in columns}
        if not any(name in known for name in names):
            # Not a header at all: it may hold personal data, which is not repeated.
            raise FileError("the first line does not name the columns", line=1)
        for position, name in enumerate(names, start=1):
            if name not in known:
                raise FileError(f"unknown column, number {position}", line=1, field=name[:40])
            if name in names[: position - 1]:
                raise FileError("the column is there twice", line=1, field=name)
        for column in columns:
            if column.name not in names and not column.missing:
                raise FileError("the column is missing", line=1, field=column.name)
        self.columns = [known[name] for name in names]
        self.present = frozenset(names)
        self._number = len(self.columns)
        self._readers = [(each.name, each.read, each.empty) for each in self.columns]

    def arrange(self, cells: Sequence[str], order: Sequence[str]) -> list[str]:
        """The cells of a row in the *order* of other column names; missing ones are empty.

        Raises:
            CellError: the row has too few fields, or too many.
        """
        self._check_number(cells)
        by_name = dict(zip((column.name for column in self.columns), cells, strict=True))
        return [by_name.get(name, "") for name in order]

    def read(self, cells: Sequence[str]) -> Cells:
        """The values of a row.

        Raises:
            CellError: the first cell that cannot be read, with its column.
        """
        if len(cells) != self._number:
            self._check_number(cells)
        values = Cells((), self.present)
        name = ""
        try:
            # Fast path: this runs for millions of cells.
            for (name, read, may_be_empty), cell in zip(self._readers, cells):  # noqa: B905
                if content := cell.strip():
                    if "E+" in content:
                        check_not_rounded(content)
                    values[name] = read(content)
                elif not may_be_empty:
                    raise CellError("is empty")  # noqa: TRY301
        except CellError as error:
            raise CellError(error.reason, error.field or name) from error
        return values

    def _check_number(self, cells: Sequence[str]) -> None:
        if len(cells) != len(self.columns):
            raise CellError(f"expected {len(self.columns)} fields, found {len(cells)}")


class RawRow(NamedTuple):
    """One row as it is in the file, and the line on which it begins."""

    line: int
    cells: list[str]


class TableFile:
    """One CSV file, kept open from the check to the last row, so that both see the same file."""

    def __init__(self, path: Path) -> None:
        """Open the file at *path* and find its encoding and its digest.

        Raises:
            FileError: it cannot be opened, is too large, or is neither UTF-8 nor Windows-1252.
        """
        try:
            self._binary = path.open("rb")
        except OSError as error:
            raise FileError(f"cannot be read: {error.strerror}") from error
        try:
            check_size(path)
            self.encoding, self.digest, self.size = _examine(self._binary)
        except BaseException:
            self._binary.close()
            raise
        # The module `csv` needs the line ends unchanged, and splits lines at no other character.
        self._text = io.TextIOWrapper(self._binary, self.encoding, newline="")
        self.header: list[str] = []
        self._reader: Any = None
        self._lines_before = 0
        self._empty_columns = 0  # at the end of the header

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._text.close()

    @property
    def position(self) -> int:
        """How many bytes have been read, or slightly more."""
        return self._binary.tell()

    def read_header(self) -> list[str]:
        """The names in the first line, which also determines the separator.

        Raises:
            FileError: the file is empty.
        """
        first = self._first_line()
        if told := _SEPARATOR.fullmatch(visible(first).strip(" \r\n")):
            self._start(1, told[1])
        else:
            self._start(0, _separator_of(first))
        header = self._next()
        cells = header.cells if header else []
        named = len(cells)
        while named and not cells[named - 1].strip():
            named -= 1
        self._empty_columns = len(cells) - named
        self.header = cells[:named]
        return self.header

    def names_in_second_line(self) -> list[str]:
        """The names in the second line, for a file whose first line is a title."""
        self._first_line()
        self._start(1, _separator_of(self._text.readline(LONGEST_LINE + 1)))
        try:
            second = self._next()
        except FileError:
            return []
        return second.cells if second else []

    def _first_line(self) -> str:
        self._text.seek(0)
        first = self._text.readline(LONGEST_LINE + 1)
        if not visible(first).strip():
            raise FileError("the first line is empty" if self.size else "the file is empty")
        return first

    def _start(self, after: int, separator: str) -> None:
        """Read on from the line after the first *after* ones."""
        self._text.seek(0)
        for _ in range(after):
            self._text.readline(LONGEST_LINE + 1)
        self._lines_before = after
        lines = _lines(self._text, after=after)
        self._reader = csv.reader(lines, delimiter=separator, strict=True)

    def rows(self, limit: int) -> list[RawRow]:
        """The next *limit* rows, fewer at the end; blank lines are passed over.

        Raises:
            FileError: a quote is not closed, or a line or a cell is too long.
        """
        rows: list[RawRow] = []
        while len(rows) < limit and (row := self._next()) is not None:
            rows.append(row)
        return rows

    def _next(self) -> RawRow | None:
        while True:
            line = self._reader.line_num + 1 + self._lines_before
            try:
                cells: list[str] = next(self._reader)
            except StopIteration:
                return None
            except csv.Error as error:
                raise FileError(_csv_reason(error), line=line) from error
            if not all(map(str.isascii, cells)):
                cells = [visible(cell) for cell in cells]
            if not any(cell.strip() for cell in cells):
                continue
            if self._empty_columns and len(cells) == len(self.header) + self._empty_columns:
                named = len(self.header)
                if not any(cell.strip() for cell in cells[named:]):
                    cells = cells[:named]
            if cells == self.header and self.header:
                continue  # the header again, where files were joined
            return RawRow(line, cells)


def _separator_of(line: str) -> str:
    return next((each for each in ";\t" if each in line), ",")


def check_size(path: Path) -> None:
    """Check the size of a file before it is read.

    Raises:
        FileError: it is larger than ``LARGEST_TABLE``.
    """
    if path.stat().st_size > LARGEST_TABLE:
        raise FileError(f"is larger than {LARGEST_TABLE // 1_000_000} MB")


def _csv_reason(error: csv.Error) -> str:
    # The module distinguishes its errors by message only. A quote that is never closed takes in the
    # rest of the file, until its end or the longest cell, whichever comes first.
    words = str(error)
    if "unexpected end of data" in words or "field larger" in words:
        return "a quotation mark is opened and not closed: was the file cut?"
    return "the quotation marks do not fit"


def _examine(file: BinaryIO) -> tuple[str, str, int]:
    """Encoding, SHA-256 digest and size in bytes."""
    digest = hashlib.sha256()
    size = 0
    line = 1
    utf8, windows = _Utf8(), _Windows1252()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if b"\x00" in chunk:
            raise FileError(
                "holds bytes that no text has: expected UTF-8 or Windows-1252",
                line=line + chunk.count(b"\n", 0, chunk.index(b"\x00")),
            )
        utf8.read(chunk)
        windows.read(chunk, line)
        line += chunk.count(b"\n")
    if utf8.was_cut:
        raise FileError("ends in the middle of a character: was the file cut?", line=line)
    if utf8.fits:
        return "utf-8-sig", digest.hexdigest(), size
    if windows.wrong_line is not None:
        raise FileError("is neither UTF-8 nor Windows-1252", line=windows.wrong_line)
    return "cp1252", digest.hexdigest(), size


class _Utf8:
    """Tells whether a file is UTF-8, chunk by chunk."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._valid = True
        self._beyond_ascii = False

    def read(self, chunk: bytes) -> None:
        if self._valid:
            try:
                text = self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._valid = False
            else:
                self._beyond_ascii = self._beyond_ascii or not text.isascii()

    @property
    def _ends_within_a_character(self) -> bool:
        return bool(self._decoder.getstate()[0])

    @property
    def fits(self) -> bool:
        return self._valid and not self._ends_within_a_character

    @property
    def was_cut(self) -> bool:
        # Without a non-ASCII character before it, the last byte is an accent of a Windows-1252
        # file and not the first half of a character.
        return self._valid and self._ends_within_a_character and self._beyond_ascii


class _Windows1252:
    """Finds the line at which a file stops being Windows-1252, where five bytes mean nothing."""

    def __init__(self) -> None:
        self.wrong_line: int | None = None

    def read(self, chunk: bytes, line: int) -> None:
        if self.wrong_line is None:
            try:
                chunk.decode("cp1252")
            except UnicodeDecodeError as error:
                self.wrong_line = line + chunk.count(b"\n", 0, error.start)


def _lines(text: io.TextIOWrapper, *, after: int) -> Iterator[str]:
    """The lines of *text*, each with its end; *after* of them were read already.

    Raises:
        FileError: a line longer than ``LONGEST_LINE``.
    """
    number = after
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise FileError("the line is too long to be one of a table", line=number)
        yield line
