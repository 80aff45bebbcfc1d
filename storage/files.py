"""Stores customers' files, sealed, each under a name that nobody can guess.

A file's name is a keyed hash of its content, so the same content is stored once, and an interrupted
or repeated import finds what it has written already.

A file that no row names is removed after a day, not at once: between ``put`` and the commit of the
row that names it, it looks like a replaced one; and a running backup needs the files that existed
when it began. The first sweep that finds a file unnamed leaves a mark beside it. A later sweep
removes the file once the mark is a day old, unless the file has been put again since.
"""

import asyncio
import contextlib
import hashlib
import io
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from storage import sealed_files
from storage.durable import flush_folder
from storage.vault import SealedDataError, Vault

LARGEST_FILE = 50_000_000
"""The largest file, in bytes: what Telegram accepts from a bot."""

PARTS = 256
"""The number of folders: one for each pair of first two digits of a name."""

GRACE = timedelta(days=1)
"""How long a file is kept that no row names."""

_NAME = re.compile(r"[0-9a-f]{64}")
_HALF_WRITTEN = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{8}")
_UNNAMED = ".unnamed"
_GOING = ".going"


class FileRefusedError(ValueError):
    """A file that is not accepted: empty, or larger than ``LARGEST_FILE``."""


class FileGoneError(Exception):
    """A stored file that is missing or cannot be opened; ``name`` is its name in the store.

    ``reason`` is for the operator's log.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A stored file.

    Args:
        name: its name in the store.
        content_hash: SHA-256 of its content, in hexadecimal.
        size: in bytes, before it was sealed.
    """

    name: str
    content_hash: str
    size: int


@dataclass(slots=True)
class OpenFile:
    """A stored file being read: ``size`` bytes in pieces, which can be read once."""

    size: int
    pieces: Iterator[bytes]

    async def next_piece(self) -> bytes:
        """The next piece, unsealed in a thread; empty at the end."""
        return await asyncio.to_thread(next, self.pieces, b"")


class FileStore:
    """A folder of sealed files.

    Args:
        folder: where the files are; created with the first file.
        vault: seals and opens them.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    async def put(self, content: bytes | Path) -> KeptFile:
        """Store *content*, bytes or a file to read; the same content gives the same file.

        At most one piece of a file is in memory at a time.

        Raises:
            FileRefusedError: it is empty or too large.
            OSError: the disk does not accept it; no partial file remains.
        """
        return await asyncio.to_thread(self._put, content)

    async def read(self, name: str) -> bytes:
        """The content of the file of that name.

        Raises:
            FileGoneError: it is missing, or no available key opens it.
        """
        return await asyncio.to_thread(self._read, name)

    @asynccontextmanager
    async def reading(self, name: str) -> AsyncIterator["OpenFile"]:
        """The file of that name, to be read in pieces, with little memory.

        The whole file is checked first, so damage is found before the first piece is used.

        Raises:
            FileGoneError: it is missing, or no available key opens it.
        """
        size = await asyncio.to_thread(self._size, name)
        with self._path(name).open("rb") as file:  # returns at once, so no thread is needed
            yield OpenFile(size, sealed_files.opened(self._vault, name, file))

    async def names_in(self, part: int) -> list[str]:
        """The names of the files in one of the ``PARTS`` folders, from 0 on."""
        return await asyncio.to_thread(self._names_in, part)

    async def sweep(self, part: int, named: Collection[str], *, now: datetime) -> int:
        """Remove files of one part that no row has named for ``GRACE``, and old partial files.

        Args:
            part: from 0 to ``PARTS - 1``.
            named: those of its names that some row has; query them after ``names_in``, not before.
            now: the instant, timezone-aware.

        Returns:
            How many files were removed.
        """
        return await asyncio.to_thread(self._sweep, part, named, now)

    def reseal(self) -> int:
        """Seal again what does not have the vault's first key; return how many files that were.

        After an interruption, run it again. Names do not change, so rows that refer to them stay
        valid.

        Raises:
            FileGoneError: no available key opens a file.
        """
        count = 0
        for path in sorted(self._folder.glob("*/*")):
            if not _NAME.fullmatch(path.name):
                continue
            try:
                with path.open("rb") as file:
                    if sealed_files.is_current(self._vault, file):
                        continue
                    file.seek(0)
                    _write(path, sealed_files.resealed(self._vault, path.name, file))
            except SealedDataError as error:
                raise FileGoneError(path.name, str(error)) from None
            except FileNotFoundError:
                continue  # a sweep has just removed it
            count += 1
        return count

    def _put(self, content: bytes | Path) -> KeptFile:
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            return self._put_file(file)

    def _put_file(self, file: BinaryIO) -> KeptFile:
        digest, size = hashlib.sha256(), 0
        while piece := file.read(sealed_files.PIECE):
            digest.update(piece)
            size += len(piece)
            if size > LARGEST_FILE:
                raise FileRefusedError(f"the file is larger than {LARGEST_FILE // 1_000_000} MB")
        if not size:
            raise FileRefusedError("the file is empty")
        kept = KeptFile("", digest.hexdigest(), size)
        # With a plain hash, whoever has a public form could guess its name.
        names = self._vault.digests(f"file {kept.content_hash}")
        for name in names:  # one for each key: it may have been stored under an older one
            with contextlib.suppress(FileNotFoundError):
                os.utime(self._path(name))  # keeps it from being removed: see `_sweep`
                if not self._is_whole(name, kept.content_hash):
                    self._seal(name, file, kept)
                return replace(kept, name=name)
        self._seal(names[0], file, kept)
        return replace(kept, name=names[0])

    def _seal(self, name: str, file: BinaryIO, kept: KeptFile) -> None:
        """Write the file, reading it again; it must be unchanged.

        Raises:
            FileRefusedError: it has changed meanwhile.
        """
        file.seek(0)
        read = _Hashed(file)
        _write(
            self._path(name),
            sealed_files.seal(self._vault, name, cast("BinaryIO", read)),
            look=lambda: read.must_be(kept.content_hash),
        )

    def _is_whole(self, name: str, content_hash: str) -> bool:
        """Whether the stored file opens and has the expected content."""
        try:
            with self._path(name).open("rb") as file:
                pieces = sealed_files.opened(self._vault, name, file)
                return sealed_files.hash_of(pieces) == content_hash
        except (OSError, SealedDataError):
            return False

    def _read(self, name: str) -> bytes:
        try:
            with self._path(name).open("rb") as file:
                return b"".join(sealed_files.opened(self._vault, name, file))
        except (OSError, SealedDataError) as error:
            raise _gone(name, error) from None

    def _size(self, name: str) -> int:
        """The size of the content in bytes, after unsealing all of it."""
        try:
            with self._path(name).open("rb") as file:
                return sum(map(len, sealed_files.opened(self._vault, name, file)))
        except (OSError, SealedDataError) as error:
            raise _gone(name, error) from None

    def _names_in(self, part: int) -> list[str]:
        folder = self._folder / f"{part:02x}"
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))

    def _sweep(self, part: int, named: Collection[str], now: datetime) -> int:
        limit = (now - GRACE).timestamp()
        for name in named:
            _mark_of(self._path(name)).unlink(missing_ok=True)
        gone = 0
        folder = self._folder / f"{part:02x}"
        _put_back(folder)
        for name in self._names_in(part):
            path = self._path(name)
            if name in named:
                continue
            mark = _mark_of(path)
            if not mark.exists():
                mark.touch(mode=0o600)
                os.utime(mark, (now.timestamp(), now.timestamp()))
            elif _changed_at(mark) <= limit and _changed_at(path) <= limit:
                gone += _remove(path, limit)
                mark.unlink(missing_ok=True)
        _tidy(folder, limit)
        return gone

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise FileGoneError(name, "no name of a kept file")
        return self._folder / name[:2] / name


def _mark_of(path: Path) -> Path:
    return path.with_name(f".{path.name}{_UNNAMED}")


def _changed_at(path: Path) -> float:
    """Seconds since 1970; infinity where the file does not exist."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _remove(path: Path, limit: float) -> bool:
    """Remove the file, unless it is being put again at this moment."""
    # Renamed first and checked then: a `put` either finds the file before that, which changes its
    # time, or finds none and writes a new one.
    going = path.with_name(f".{path.name}{_GOING}")
    path.replace(going)
    if _changed_at(going) > limit:
        going.replace(path)
        return False
    going.unlink()
    return True


def _put_back(folder: Path) -> None:
    """Restore files that a crash left half removed: they may have been put again."""
    for going in folder.glob(f".*{_GOING}"):
        path = going.with_name(going.name.removeprefix(".").removesuffix(_GOING))
        if path.exists():
            going.unlink()
        else:
            going.replace(path)


def _tidy(folder: Path, limit: float) -> None:
    """Remove partial files, and marks whose files do not exist."""
    for path in folder.glob(".*"):
        if _HALF_WRITTEN.fullmatch(path.name) and _changed_at(path) <= limit:
            path.unlink(missing_ok=True)
        elif path.name.endswith(_UNNAMED):
            marked = path.with_name(path.name.removeprefix(".").removesuffix(_UNNAMED))
            if not marked.exists():
                path.unlink(missing_ok=True)


def _gone(name: str, error: OSError | SealedDataError) -> FileGoneError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return FileGoneError(name, reason or type(error).__name__)


class _Hashed:
    """A file to read that computes the digest of what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._digest.update(piece)
        return piece

    def must_be(self, content_hash: str) -> None:
        if self._digest.hexdigest() != content_hash:
            raise FileRefusedError("the file changed while it was read")


def _fine() -> None:
    """Do nothing."""


def _write(path: Path, pieces: Iterable[bytes], *, look: Callable[[], None] = _fine) -> None:
    """Write a temporary file, flush it to disk and rename it, so that readers see a whole file.

    An exception from *look*, which runs before the rename, leaves everything unchanged.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        look()
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    flush_folder(path.parent)
