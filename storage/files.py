"""Customers' files at rest: sealed, each under a name that nobody can guess.

A file is kept once, however often it is handed in: its name is a keyed hash of its content, so an
import that was interrupted, or is repeated, finds what it has written already.

A file that no row names any more goes, and never at once. Between ``put`` and the commit of the row
that names it nobody can tell it from one that was replaced; and a backup that is being made names
what was there when it began. So whoever finds it unnamed leaves a mark beside it, and it goes when
the mark is a day old, and the file has not been handed in again since.
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
from storage.vault import SealedDataError, Vault

LARGEST_FILE = 50_000_000
"""Bytes that a file may have: what Telegram takes from a bot."""

PARTS = 256
"""How many parts the room has: its folders, by the first two digits of the names in them."""

GRACE = timedelta(days=1)
"""For how long a file that nothing names is kept."""

_NAME = re.compile(r"[0-9a-f]{64}")
_HALF_WRITTEN = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{8}")
_UNNAMED = ".unnamed"
_GOING = ".going"


class FileRefusedError(ValueError):
    """A file that cannot be kept: empty, or larger than ``LARGEST_FILE``."""


class FileGoneError(Exception):
    """A file that was kept and is not there any more, or cannot be opened; ``name`` is the room's.

    ``reason`` is for the operator's log.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class KeptFile:
    """Where a file is kept, and what it is known by.

    Args:
        name: its name in the room.
        content_hash: SHA-256 of its content, in hexadecimal digits.
        size: in bytes, before it was sealed.
    """

    name: str
    content_hash: str
    size: int


@dataclass(slots=True)
class OpenFile:
    """A kept file on its way out: ``size`` bytes, in pieces, once."""

    size: int
    pieces: Iterator[bytes]

    async def next_piece(self) -> bytes:
        """The next piece, opened in a thread of its own; empty at the end."""
        return await asyncio.to_thread(next, self.pieces, b"")


class FileRoom:
    """A folder of sealed files.

    Args:
        folder: where they lie; it is made when the first file comes.
        vault: what seals and opens them.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    async def put(self, content: bytes | Path) -> KeptFile:
        """Keeps *content*, which may be a file to read; the same content again is the same file.

        Of a file no more than a piece lies in memory at a time.

        Raises:
            FileRefusedError: it is empty or too large.
            OSError: the disk does not take it; nothing half-written stays.
        """
        return await asyncio.to_thread(self._put, content)

    async def read(self, name: str) -> bytes:
        """The content of the file of that name.

        Raises:
            FileGoneError: it is not there, or was sealed with a key that is not at hand.
        """
        return await asyncio.to_thread(self._read, name)

    @asynccontextmanager
    async def reading(self, name: str) -> AsyncIterator["OpenFile"]:
        """The file of that name, to be read in pieces that need little memory.

        It was looked through to its end before: what is cut off or damaged is found now.

        Raises:
            FileGoneError: it is not there, or was sealed with a key that is not at hand.
        """
        size = await asyncio.to_thread(self._size, name)
        with self._path(name).open("rb") as file:  # opened, not read
            yield OpenFile(size, sealed_files.opened(self._vault, name, file))

    async def names_in(self, part: int) -> list[str]:
        """The names of the files in one of the room's ``PARTS``, from 0 on."""
        return await asyncio.to_thread(self._names_in, part)

    async def sweep(self, part: int, named: Collection[str], *, now: datetime) -> int:
        """Removes what nothing has named for ``GRACE``, in one part of the room.

        Half-written files that a crash left go as well.

        Args:
            part: from 0 on; there are ``PARTS``.
            named: those of its names that some row has. Asked after ``names_in``, never before.
            now: the instant, timezone-aware.

        Returns:
            How many files went.
        """
        return await asyncio.to_thread(self._sweep, part, named, now)

    def reseal(self) -> int:
        """Seals every file anew under the vault's first key; gives how many there are.

        Names stay as they are, so that what refers to them goes on being right.

        Raises:
            FileGoneError: a file that no key at hand opens.
        """
        count = 0
        for path in sorted(self._folder.glob("*/*")):
            if not _NAME.fullmatch(path.name):
                continue
            try:
                with path.open("rb") as file:
                    _write(path, sealed_files.resealed(self._vault, file))
            except SealedDataError as error:
                raise FileGoneError(path.name, str(error)) from None
            except FileNotFoundError:
                continue  # swept a moment ago
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
        # A plain hash of a form that anybody can download would be a name that anybody can guess.
        names = self._vault.digests(f"file {kept.content_hash}")
        for name in names:  # one for each key: it may have come before the newest
            with contextlib.suppress(FileNotFoundError):
                os.utime(self._path(name))  # handed in anew: see `_sweep`
                if not self._is_whole(name, kept.content_hash):
                    self._seal(name, file, kept)
                return replace(kept, name=name)
        self._seal(names[0], file, kept)
        return replace(kept, name=names[0])

    def _seal(self, name: str, file: BinaryIO, kept: KeptFile) -> None:
        """Writes the file, read anew; it must be what was looked at.

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
        """Whether what lies under a name opens, and is what it was."""
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
        """Bytes of the content, all of which was opened."""
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
    """Seconds since 1970; for ever ahead, where it is not there any more."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _remove(path: Path, limit: float) -> bool:
    """Removes the file, unless somebody hands it in at this very moment."""
    # Taken away first and looked at then: whoever hands it in either finds it before that, and
    # leaves the time of it on the file, or finds none and writes a new one.
    going = path.with_name(f".{path.name}{_GOING}")
    path.replace(going)
    if _changed_at(going) > limit:
        going.replace(path)
        return False
    going.unlink()
    return True


def _put_back(folder: Path) -> None:
    """What a crash caught on its way out stays for now: it may have been handed in again."""
    for going in folder.glob(f".*{_GOING}"):
        path = going.with_name(going.name.removeprefix(".").removesuffix(_GOING))
        if path.exists():
            going.unlink()
        else:
            going.replace(path)


def _tidy(folder: Path, limit: float) -> None:
    """Removes half-written files, and marks of files that are not there."""
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
    """A file that is read, and the digest of what was read of it."""

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
    """Nothing is wrong."""


def _write(path: Path, pieces: Iterable[bytes], *, look: Callable[[], None] = _fine) -> None:
    """Writes beside, flushes to disk and renames: nobody ever meets half a file.

    What *look* raises before that leaves everything as it was.
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
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
