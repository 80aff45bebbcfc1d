"""Makes a backup while the service runs."""

import asyncio
import errno
import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
import threading
import zipfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from storage import schema
from storage.backup.archive import (
    CHUNK,
    DATABASE,
    FORMAT,
    MANIFEST,
    MEMBER,
    SEAL,
    BackupError,
    Manifest,
    Member,
    new_file,
    nobody,
    open_file,
)
from storage.copying import Contents, Listener, contents, copy_rows, snapshot
from storage.durable import flush_folder
from storage.engine import BUSY_TIMEOUT_MS, Store
from storage.models import Acquisition
from storage.vault import Vault

_OF_ACQUISITION = re.compile(r"_([0-9]{6,})\.(?:csv|xml)")


async def back_up(
    store: Store,
    to: Path,
    *,
    files: Path,
    exports: Path,
    made_by: str,
    now: datetime,
    replace: bool = False,
    progress: Listener = nobody,
) -> Manifest:
    """Make a backup.

    Args:
        store: the database.
        to: the archive, readable by this user only; it appears under its name when it is complete.
            Its disk needs room for two copies of the database.
        files: the folder of sealed files.
        exports: the folder of files for the company.
        made_by: the version of the program.
        now: the instant, timezone-aware.
        replace: whether an existing file of that name may be replaced.
        progress: called with the bytes of files packed so far, and their total.

    Raises:
        BackupError: the name is taken, or the disk is full; no partial file remains.
        OSError: it cannot be written for another reason.
    """
    _refuse_taken(to, replace=replace)
    work = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    packing = _Packing(work / "archive", progress)
    try:
        tables, last = await _copy_database(store, work / DATABASE)
        manifest = Manifest(
            format=FORMAT,
            made_by=made_by,
            made_at=now.isoformat(timespec="seconds"),
            migration=schema.newest_revision(),
            last_acquisition=last,
            tables=tables,
            members={},
        )
        found = {DATABASE: work / DATABASE} | _kept(files) | _exported(exports, last)
        await asyncio.to_thread(packing.pack, found, manifest, store.vault)
        _put_in_place(packing.archive, to, replace=replace)
    except Exception as error:
        if _is_full(error):
            raise BackupError(f"the disk of {to} is full; nothing was left on it") from None
        raise
    finally:
        packing.stop()
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _refuse_taken(to: Path, *, replace: bool) -> None:
    if to.is_dir():
        raise BackupError(f"{to} is a folder; name a file")
    if to.exists() and not replace:
        raise BackupError(f"{to} is there already")
    if not to.parent.is_dir():
        raise BackupError(f"there is no folder {to.parent}")


def _put_in_place(archive: Path, to: Path, *, replace: bool) -> None:
    _refuse_taken(to, replace=replace)
    archive.replace(to)
    flush_folder(to.parent)


async def _copy_database(store: Store, path: Path) -> tuple[dict[str, Contents], int]:
    """Copy the database into one SQLite file; return its contents and the last acquisition."""
    if store.is_sqlite:
        # SQLite does this in one read transaction, which in WAL mode blocks no writer.
        await asyncio.to_thread(_vacuum_into, Path(store.engine.url.database or ""), path)
    copy = open_file(path, store.vault)
    try:
        if not store.is_sqlite:
            await schema.upgrade(copy.engine)
            async with snapshot(store) as reading:
                await copy_rows(reading, copy)
        await copy.check_whole()
        async with snapshot(copy) as connection:
            found = await contents(connection)
            last = await connection.scalar(select(func.max(Acquisition.id)))
    finally:
        await copy.close()
    _leave_wal(path)
    return found, last or 0


def _vacuum_into(source: Path, path: Path) -> None:
    with closing(sqlite3.connect(source, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))


def _leave_wal(path: Path) -> None:
    """Switch the database out of WAL mode, so that it is a single file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _kept(files: Path) -> dict[str, Path]:
    named = {f"files/{path.parent.name}/{path.name}": path for path in sorted(files.glob("*/*"))}
    return {name: path for name, path in named.items() if MEMBER.fullmatch(name)}


def _exported(exports: Path, last: int) -> dict[str, Path]:
    """The files for the company that belong to acquisitions up to *last*.

    A later one began after the database was copied: the restored database does not know it, and
    will use its number again.
    """
    found = {}
    for path in sorted(exports.glob("*")):
        name = f"exports/{path.name}"
        number = _OF_ACQUISITION.search(path.name)
        later = number is not None and int(number[1]) > last
        if MEMBER.fullmatch(name) and path.is_file() and not later:
            found[name] = path
    return found


class _Packing:
    """Writes the archive in a thread, until it is told to stop."""

    def __init__(self, archive: Path, progress: Listener) -> None:
        self.archive = archive
        self._progress = progress
        self._stopped = threading.Event()
        self._done = self._total = 0

    def stop(self) -> None:
        self._stopped.set()

    def pack(self, found: dict[str, Path], manifest: Manifest, vault: Vault) -> None:
        """Pack the files in *found*, keyed by their names in the archive, and the manifest."""
        self._total = sum(path.stat().st_size for path in found.values() if path.exists())
        with new_file(self.archive) as file:
            # Sealed content is base64, which the fastest level compresses as well as any.
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for name, path in found.items():
                    self._add(archive, name, path, manifest)
                content = manifest.as_json()
                archive.writestr(MANIFEST, content)
                archive.writestr(SEAL, vault.seal(hashlib.sha256(content).digest(), SEAL))
            file.flush()
            os.fsync(file.fileno())

    def _add(self, archive: zipfile.ZipFile, name: str, path: Path, manifest: Manifest) -> None:
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return  # the company has removed it, or no row names it any more
        digest, size = hashlib.sha256(), 0
        with source, archive.open(name, "w", force_zip64=True) as packed:
            while chunk := source.read(CHUNK):
                if self._stopped.is_set():
                    raise BackupError("interrupted")
                packed.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                self._done += len(chunk)
                self._progress(self._done, self._total)
        manifest.members[name] = Member(size, digest.hexdigest())


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    code = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", 0)
    return bool(code & 0xFF == sqlite3.SQLITE_FULL)
