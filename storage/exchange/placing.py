"""Writes files that other programs pick up, so that they see a whole file or none.

Each file is written under a temporary name in the same folder, flushed to the disk and renamed;
after the last one, the folder itself is flushed. A crash leaves at most a hidden temporary file,
which nobody takes for one of the company's files; ``remove_stale`` removes it a day later.
"""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from storage.durable import flush_folder

_SUFFIX = ".tmp"
_STALE_AFTER_S = 24 * 3_600
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG}


class Placement:
    """A set of files of one folder that appear together.

    Within ``with``, ``open`` files and write to them, then call ``place``. Leaving without it
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
        # Name the folder in disk errors, which have no file name; network errors have none either.
        if isinstance(error, OSError) and error.errno in _DISK and error.filename is None:
            error.filename = str(self._folder)
        for temporary, file in self._files.values():
            # Closing flushes, which fails again on a full disk: the first error is raised.
            with suppress(OSError):
                file.close()
            temporary.unlink(missing_ok=True)

    def open(self, name: str) -> BinaryIO:
        """A new file to write to, which will be named *name*.

        Two programs may write the same file at once: their temporary names differ, and each
        replaces the other's whole file.
        """
        temporary = self._folder / f".{name}.{secrets.token_hex(4)}{_SUFFIX}"
        file = temporary.open("xb")
        self._files[name] = (temporary, file)
        return file

    def place(self) -> list[Path]:
        """Put every file in place, in the order in which they were opened; return their paths.

        Raises:
            OSError: the disk is full or unavailable. Files renamed before stay; repeating all of it
                with the same content writes the same files.
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
        flush_folder(self._folder)
        return placed


def remove_stale(folder: Path, *, now: float) -> None:
    """Remove temporary files that a crash left a day ago or earlier.

    Args:
        folder: where they lie.
        now: seconds since 1970.
    """
    for path in folder.glob(f".*{_SUFFIX}"):
        with suppress(OSError):
            if now - path.stat().st_mtime > _STALE_AFTER_S:
                path.unlink()
