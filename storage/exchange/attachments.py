"""Files that a table names, such as an invoice's PDF; they must lie in the table's folder."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from storage.exchange.cells import CellError
from storage.exchange.kinds import Context, RowProblem, StaleRowError
from storage.files import LARGEST_FILE, FileRefusedError, KeptFile

_LONGEST_PATH = 500
_DRIVE = re.compile(r"[A-Za-z]:")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")
_PDF_HEAD = 1_024  # PDF readers look for the mark no further than this
_PDF_MARK = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a row names: its resolved path, and its stored name once it has been copied.

    ``suffix`` is the end of its name in lower case, with the dot, or empty.
    """

    path: Path
    suffix: str
    kept: KeptFile | None = None


def path(cell: str) -> str:
    """A path relative to the table; a backslash between its parts is read as a slash.

    Raises:
        CellError: it names a place outside the table's folder.
    """
    if len(cell) > _LONGEST_PATH:
        raise CellError(f"longer than {_LONGEST_PATH} characters")
    if not cell.isprintable():
        raise CellError("holds characters that no path has")
    parts = cell.replace("\\", "/")
    if parts.startswith("/") or _DRIVE.match(parts) or ".." in parts.split("/"):
        raise CellError(_LEAVES)
    return parts


_LEAVES = "leaves the folder of the table: expected a path beside it"


def find(name: str, field: str, context: Context, *, pdf: bool = False) -> Attachment:
    """The file that a row names, in the table's folder or deeper; links must not lead outside.

    Args:
        name: a result of ``path``.
        field: the column, for the error.
        context: where the table lies.
        pdf: whether the file must be a PDF.

    Raises:
        CellError: it does not exist, or cannot be used.
    """
    if context.files is None:
        raise CellError("files cannot be kept here: leave the column empty", field)
    folder = context.path.parent.resolve()
    try:
        real = (folder / name).resolve(strict=True)
        if not real.is_relative_to(folder):
            raise CellError(_LEAVES, field)
        if not real.is_file():
            raise CellError("is not a file", field)
        size = real.stat().st_size
        if not size:
            raise CellError("the file is empty", field)
        if size > LARGEST_FILE:
            raise CellError(f"the file is larger than {LARGEST_FILE // 1_000_000} MB", field)
        if pdf:
            with real.open("rb") as file:
                if _PDF_MARK not in file.read(_PDF_HEAD):
                    raise CellError("the file is not a PDF", field)
    except FileNotFoundError:
        raise CellError("there is no such file beside the table", field) from None
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        reason = error.strerror if isinstance(error, OSError) else "a link that leads to itself"
        raise CellError(f"the file cannot be read: {reason}", field) from None
    suffix = PurePosixPath(name).suffix.lower()
    return Attachment(real, suffix if _SUFFIX.fullmatch(suffix) else "")


async def keep(attachment: Attachment, line: int, field: str, context: Context) -> KeptFile:
    """Copy the file into the file store, sealed.

    Raises:
        StaleRowError: it has changed since it was checked, and cannot be read any more.
    """
    if context.files is None:
        raise ValueError("there is no room for files")
    try:
        return await context.files.put(attachment.path)
    except FileRefusedError as error:
        raise StaleRowError(RowProblem(line, field, str(error))) from None
