"""Files that other programs pick up: whole under their name, or not there at all.

Each is written beside its place under a name of its own, flushed to the disk, and renamed; when
the last is in place, the folder itself is flushed. A crash leaves at worst a hidden temporary file,
which nobody takes for a file of the company's and which goes with the next day's run.
"""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

_SUFFIX = ".tmp"
_STALE_AFTER_S = 24 * 3_600
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG}


class Placement:
    """A set of files of one folder that are put in place together.

    Within ``with``, ``open`` files and write to them; ``place`` at the end. Leaving without it
    removes what was written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, tuple[Path, BinaryIO]] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        # Writing to an open file fails without a name, and so does a connection that is lost here.
        if isinstance(error, OSError) and error.errno in _DISK and error.filename is None:
            error.filename = str(self._folder)
        for temporary, file in self._files.values():
            # Closing flushes, and on a full disk that fails again: the first error is the one told.
            with suppress(OSError):
                file.close()
            temporary.unlink(missing_ok=True)

    def open(self, name: str) -> BinaryIO:
        """A new file to write to, which will stand under *name*.

        Two programs may write the same file at once: their temporary names differ, and whole files
        replace each other.
        """
        temporary = self._folder / f".{name}.{secrets.token_hex(4)}{_SUFFIX}"
        file = temporary.open("xb")
        self._files[name] = (temporary, file)
        return file

    def place(self) -> list[Path]:
        """Puts every file in place, in the order in which they were opened; gives their paths.

        Raises:
            OSError: the disk is full or away. Files that were renamed before stay; doing all of it
                again with the same content puts the same files there.
        """
        for _, file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        placed = []
        for name, (temporary, _) in self._files.items():
            path = self._folder / name
            os.replace(temporary, path)  # noqa: PTH105 - the tests stop it here
            placed.append(path)
        _flush_folder(self._folder)
        return placed


def remove_stale(folder: Path, *, now: float) -> None:
    """Removes temporary files that a crash left behind a day ago or earlier.

    Args:
        folder: where they lie.
        now: seconds since 1970.
    """
    for path in folder.glob(f".*{_SUFFIX}"):
        with suppress(OSError):
            if now - path.stat().st_mtime > _STALE_AFTER_S:
                path.unlink()


def _flush_folder(folder: Path) -> None:
    """Makes renames in *folder* survive a power cut; Windows has no such thing."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
