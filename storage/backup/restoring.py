"""Restores a backup, completely or not at all."""

import asyncio
import hashlib
import os
import shutil
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self

from alembic.util import CommandError
from sqlalchemy import insert, select

from storage import schema, sealed_files
from storage.backup.archive import (
    CHUNK,
    DATABASE,
    MANIFEST,
    MEMBER,
    SEAL,
    BackupError,
    Manifest,
    new_file,
    nobody,
    open_file,
)
from storage.copying import Listener, contents, copy_rows, refuse_filled, snapshot
from storage.engine import DatabaseFileError, Store
from storage.lock import serving_lock
from storage.models import Acquisition
from storage.models.base import Base
from storage.models.sealed import sealed_columns
from storage.vault import SealedDataError, Vault

_LARGEST = 256 * 2**20  # bytes of a manifest
_TRIED = 50  # rows of each table with sealed columns, and files, that test the key

_WRONG_KEY = (
    "ENCRYPTION_KEY does not open this backup; give the key of the day on which it was made,"
    " after a comma if there is a newer one"
)


async def restore(
    archive: Path,
    target: Store,
    *,
    files: Path,
    exports: Path,
    now: datetime,
    last_acquisition: int = 0,
    progress: Listener = nobody,
) -> Manifest:
    """Restore everything in a backup.

    Args:
        archive: a file made by ``back_up``, by this version or an earlier one.
        target: an empty database of either engine, opened with the key of the backup.
        files: the folder of sealed files, empty or missing.
        exports: the folder of files for the company, empty or missing.
        now: the instant, timezone-aware.
        last_acquisition: the highest acquisition number whose files the company has: new ones are
            numbered after it, because the company accepts each file name only once.
        progress: called with the bytes of files unpacked so far, and their total.

    Raises:
        AlreadyServedError: a process serves the database.
        BackupError: the archive is incomplete, was changed, needs another key or a newer program,
            or a folder is not empty.
        CopyRefusedError: the database is not empty.
        CopyFailedError: the database does not accept a value.
    """
    with _opened(archive) as packed:
        manifest = _read_manifest(packed, target.vault)
        for folder in (files, exports):
            _refuse_filled_folder(folder)
        await refuse_filled(target)
        lock = serving_lock(target)
        await lock.acquire(stand_by=False)
        try:
            with _Staging(files, exports) as staging:
                await asyncio.to_thread(staging.unpack, packed, manifest, progress)
                await _restore(staging, manifest, target, last_acquisition, now)
        finally:
            await lock.release()
    return manifest


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    with _damage_told(), zipfile.ZipFile(archive) as packed:
        yield packed


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise BackupError(
            "this is no backup, or not all of it: it was cut off or damaged; nothing was restored"
        ) from None


def _changed(name: str) -> BackupError:
    return BackupError(f"this backup was changed or damaged, in {name}; nothing was restored")


def _read_manifest(packed: zipfile.ZipFile, vault: Vault) -> Manifest:
    content, seal = (_read_small(packed, name) for name in (MANIFEST, SEAL))
    try:
        sealed = vault.open(seal.decode("ascii"), SEAL)
    except (SealedDataError, UnicodeDecodeError):
        raise BackupError(_WRONG_KEY) from None
    if sealed != hashlib.sha256(content).digest():
        raise _changed(MANIFEST)
    manifest = Manifest.from_json(content)  # trusted: sealing it needs the key
    if sorted(packed.namelist()) != sorted([*manifest.members, MANIFEST, SEAL]):
        raise BackupError(
            "this backup was changed: its files are not those that its manifest names;"
            " nothing was restored"
        )
    for name in manifest.members:
        if not MEMBER.fullmatch(name):
            raise BackupError("this backup holds a file that belongs nowhere; nothing was restored")
    return manifest


def _read_small(packed: zipfile.ZipFile, name: str) -> bytes:
    try:
        information = packed.getinfo(name)
    except KeyError:
        raise BackupError("this is no backup of sportello's: it has no manifest") from None
    if information.file_size > _LARGEST:
        raise _changed(name)
    return packed.read(information)


def _refuse_filled_folder(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise BackupError(
            f"{folder} is not empty: move what is in it elsewhere, or set another DATA_DIR"
        )


class _Staging:
    """Unpacked members in temporary folders, until all of them have been checked.

    Leaving it with an error removes the files that were put in place.
    """

    def __init__(self, files: Path, exports: Path) -> None:
        self._roots = {"files": files, "exports": exports}
        self._stages: dict[str, Path] = {}
        self._placed: list[Path] = []
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        for name, root in self._roots.items():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._stages[name] = Path(tempfile.mkdtemp(prefix=".restoring-", dir=root))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        self._stopped.set()
        if kind is not None:
            for path in self._placed:
                path.unlink(missing_ok=True)
                with suppress(OSError):  # it is not empty yet
                    path.parent.rmdir()
        for stage in self._stages.values():
            shutil.rmtree(stage, ignore_errors=True)

    @property
    def database(self) -> Path:
        return self._stages["files"] / DATABASE

    def staged(self, name: str) -> Path:
        """The path of the unpacked member."""
        if name == DATABASE:
            return self.database
        folder, _, rest = name.partition("/")
        return self._stages[folder] / rest

    def unpack(self, packed: zipfile.ZipFile, manifest: Manifest, progress: Listener) -> None:
        """Unpack every member and compare it with the manifest."""
        total = sum(member.size for member in manifest.members.values())
        done = 0
        for name, member in manifest.members.items():
            path = self.staged(name)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            digest, size = hashlib.sha256(), 0
            with _damage_told(), packed.open(name) as source, new_file(path) as file:
                while chunk := source.read(CHUNK):
                    if self._stopped.is_set():
                        raise BackupError("interrupted")
                    size += len(chunk)
                    if size > member.size:  # stop before it fills the disk
                        raise _changed(name)
                    digest.update(chunk)
                    file.write(chunk)
                    done += len(chunk)
                    progress(done, total)
            if (size, digest.hexdigest()) != (member.size, member.sha256):
                raise _changed(name)

    def place(self, manifest: Manifest) -> None:
        """Move all files to their final places, and wait until the disk has them."""
        for name in manifest.members:
            if name == DATABASE:
                continue
            folder, _, rest = name.partition("/")
            path = self._roots[folder] / rest
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self._placed.append(path)
            self.staged(name).replace(path)
        os.sync()


async def _restore(
    staging: _Staging, manifest: Manifest, target: Store, last_acquisition: int, now: datetime
) -> None:
    unpacked = open_file(staging.database, target.vault)
    try:
        await _check_database(unpacked, manifest)
        await _try_key_on_rows(unpacked)
        await asyncio.to_thread(_try_key_on_files, staging, manifest, target.vault)
        if last_acquisition > manifest.last_acquisition:
            # An acquisition without content, so that the next one is numbered after it.
            async with unpacked.engine.begin() as connection:
                await connection.execute(
                    insert(Acquisition),
                    {"id": last_acquisition, "claimed_at": now, "completed_at": now},
                )
        await schema.upgrade(target.engine)
        await asyncio.to_thread(staging.place, manifest)
        async with snapshot(unpacked) as reading:
            await copy_rows(reading, target)
    finally:
        await unpacked.close()


async def _check_database(unpacked: Store, manifest: Manifest) -> None:
    """Compare the database with the manifest, and migrate it."""
    try:
        await unpacked.check_whole()
        if await schema.current_revision(unpacked.engine) != manifest.migration:
            raise _changed(DATABASE)
        if manifest.migration == schema.newest_revision():
            async with snapshot(unpacked) as connection:
                if await contents(connection) != manifest.tables:
                    raise _changed(DATABASE)
        await schema.upgrade(unpacked.engine)
    except DatabaseFileError:
        raise _changed(DATABASE) from None
    except CommandError:
        raise BackupError("this backup was made by a newer version of sportello") from None


async def _try_key_on_rows(unpacked: Store) -> None:
    async with snapshot(unpacked) as connection:
        for table in Base.metadata.sorted_tables:
            columns = [table.c[name] for name in sealed_columns(table)]
            if columns:
                with _right_key():
                    (await connection.execute(select(*columns).limit(_TRIED))).all()


def _try_key_on_files(staging: _Staging, manifest: Manifest, vault: Vault) -> None:
    kept = [name for name in manifest.members if name.startswith("files/")]
    for name in kept[:_TRIED]:
        with staging.staged(name).open("rb") as file, _right_key():
            for _ in sealed_files.opened(vault, Path(name).name, file):
                pass


@contextmanager
def _right_key() -> Iterator[None]:
    try:
        yield
    except SealedDataError:
        raise BackupError(_WRONG_KEY) from None
