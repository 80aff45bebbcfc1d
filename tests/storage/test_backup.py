"""Everything in one file, and back: whole, sealed with the key, or refused."""

import asyncio
import errno
import hashlib
import io
import os
import random
import sqlite3
import stat
import struct
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import event, insert, select, text

from storage import copying, schema
from storage.backup import BackupError, Manifest, back_up, making, restore
from storage.backup.archive import DATABASE, MANIFEST, SEAL, Member, open_file
from storage.copying import CopyRefusedError
from storage.engine import Store
from storage.files import FileStore
from storage.lock import AlreadyServedError, serving_lock
from storage.models import Acquisition
from storage.vault import Vault
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.every_table import ROWS, fill_every_table

Databases = SqliteDatabases | PostgresDatabases
NOW = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)
INVOICE = b"%PDF-1.7 an invoice of Mario Rossi's " * 1_000


class Place:
    """A DATA_DIR, with or without something in it."""

    def __init__(self, root: Path) -> None:
        self.files = root / "data" / "files"
        self.exports = root / "data" / "exports"
        self.archive = root / "backup.zip"

    async def back_up(self, store: Store, **options: Any) -> Manifest:
        return await back_up(
            store,
            self.archive,
            files=self.files,
            exports=self.exports,
            made_by="0.1.0",
            now=NOW,
            **options,
        )

    async def restore(self, archive: Path, target: Store, **options: Any) -> Manifest:
        return await restore(
            archive, target, files=self.files, exports=self.exports, now=NOW, **options
        )

    def lying(self) -> dict[str, bytes]:
        """Every file below it, by its path."""
        root = self.files.parent
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
async def place(store: Store, tmp_path: Path) -> Place:
    """A counter at work: rows in every table, a kept file, files for the company."""
    made = Place(tmp_path)
    await fill_every_table(store)
    await FileStore(made.files, store.vault).put(INVOICE)
    made.exports.mkdir()
    (made.exports / "autoletture_000007.csv").write_text("punto;matricola_contatore\n")
    (made.exports / "TAL_0050_00743110157_00000719005_000007.xml").write_text("<tal/>\n")
    return made


@pytest.fixture
def elsewhere(tmp_path: Path) -> Place:
    """Another machine."""
    (tmp_path / "elsewhere").mkdir()
    return Place(tmp_path / "elsewhere")


@pytest.fixture(params=["the same engine", "the other engine"])
async def target(  # noqa: PLR0917
    request: pytest.FixtureRequest,
    store: Store,
    sqlite_databases: SqliteDatabases,
    postgres_databases: PostgresDatabases,
    tmp_path: Path,
    vault: Vault,
) -> AsyncIterator[Store]:
    (tmp_path / "target").mkdir()
    on_sqlite = store.is_sqlite == (request.param == "the same engine")
    databases: Databases = sqlite_databases if on_sqlite else postgres_databases
    async with (
        databases.fresh(tmp_path / "target", migrated=False) as url,
        opened(url, vault) as made,
    ):
        yield made


@pytest.fixture
async def fresh(tmp_path: Path, vault: Vault) -> AsyncIterator[Store]:
    """A database on SQLite that is not there yet."""
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/fresh.db", vault) as made:
        yield made


async def held(store: Store) -> dict[str, copying.Contents]:
    async with copying.snapshot(store) as connection:
        return await copying.contents(connection)


async def nothing_in(place: Place, target: Store) -> bool:
    """Whether nothing was put anywhere."""
    if place.lying():
        return False
    if await schema.current_revision(target.engine) is None:
        return True
    return {table.rows for table in (await held(target)).values()} == {0}


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive packed anew, with its members changed."""
    with zipfile.ZipFile(archive) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    change(members)
    other = archive.with_name("rewritten.zip")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return other


async def test_everything_is_put_back(
    store: Store, place: Place, elsewhere: Place, target: Store
) -> None:
    made = await place.back_up(store)
    assert (made.count("files"), made.count("exports"), made.last_acquisition) == (1, 2, ROWS)
    found = await elsewhere.restore(place.archive, target)
    assert found == made
    assert elsewhere.lying() == place.lying()
    assert await held(target) == await held(store)
    (name,) = [path.name for path in elsewhere.files.glob("*/*")]
    assert await FileStore(elsewhere.files, target.vault).read(name) == INVOICE
    assert [path.name for path in elsewhere.files.iterdir()] == [name[:2]]
    async with target.unit() as unit:  # and it goes on
        added = Acquisition(claimed_at=NOW)
        unit.session.add(added)
        await unit.commit()
    assert added.id == ROWS + 1


async def test_the_archive_is_for_this_user_alone_and_has_no_key(
    store: Store, place: Place
) -> None:
    key = Vault.new_key()
    await place.back_up(store)
    assert stat.S_IMODE(place.archive.stat().st_mode) == 0o600
    with zipfile.ZipFile(place.archive) as packed:
        everything = b"".join(packed.read(name) for name in packed.namelist())
    assert key.encode() not in everything
    assert b"Mario Rossi" not in everything
    assert b"Nicol\xc3\xb2, customers.name" not in everything
    assert [path.name for path in place.archive.parent.glob(".*")] == []


async def test_a_name_that_is_taken_is_refused_unless_it_may_be_replaced(
    store: Store, place: Place, tmp_path: Path
) -> None:
    place.archive.write_text("last night's")
    with pytest.raises(BackupError, match="is there already"):
        await place.back_up(store)
    assert place.archive.read_text() == "last night's"
    await place.back_up(store, replace=True)
    assert zipfile.is_zipfile(place.archive)
    place.archive = tmp_path
    with pytest.raises(BackupError, match="is a folder"):
        await place.back_up(store, replace=True)
    place.archive = tmp_path / "nowhere" / "backup.zip"
    with pytest.raises(BackupError, match="there is no folder"):
        await place.back_up(store)


async def test_files_of_an_acquisition_that_began_after_the_copy_are_left_out(
    store: Store, place: Place
) -> None:
    (place.exports / "autoletture_000008.csv").write_text("its number will be given again\n")
    (place.exports / "contatti_000008.csv").write_text("its number will be given again\n")
    (place.exports / ".autoletture_000007.csv.0a1b2c3d.tmp").write_text("half a file")
    made = await place.back_up(store)
    assert sorted(name for name in made.members if name.startswith("exports/")) == [
        "exports/TAL_0050_00743110157_00000719005_000007.xml",
        "exports/autoletture_000007.csv",
    ]


async def test_acquisitions_go_on_after_those_that_the_company_knows(
    store: Store, place: Place, elsewhere: Place, target: Store
) -> None:
    await place.back_up(store)
    await elsewhere.restore(place.archive, target, last_acquisition=120)
    async with target.unit() as unit:
        skipped = await unit.session.get(Acquisition, 120)
        assert skipped is not None
        assert skipped.completed_at is not None
        added = Acquisition(claimed_at=NOW)
        unit.session.add(added)
        await unit.commit()
    assert added.id == 121


async def test_it_is_made_while_others_write_and_holds_one_instant(
    store: Store, place: Place, elsewhere: Place, fresh: Store
) -> None:
    """Two rows are always written together: no backup ever has one of them alone."""
    ends = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not ends.is_set():
            async with store.unit() as unit:
                for flow in ("one", "two"):
                    await unit.session.execute(
                        text(
                            "INSERT INTO telegram_files (content_key, file_id, seen_at)"
                            " VALUES (:key, :flow, '2026-03-01')"
                            if store.is_sqlite
                            else "INSERT INTO telegram_files (content_key, file_id, seen_at)"
                            " VALUES (:key, :flow, now())"
                        ),
                        {"key": f"{flow}{written}", "flow": flow},
                    )
                    await asyncio.sleep(0)
                await unit.commit()
            written += 1

    writing = asyncio.create_task(write())
    while written < 3:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    before = written
    made = await place.back_up(store)
    during = written
    ends.set()
    await writing
    await elsewhere.restore(place.archive, fresh)
    async with fresh.reading() as unit:
        kept = list(await unit.session.scalars(text("SELECT content_key FROM telegram_files")))
    ones = {key[3:] for key in kept if key.startswith("one")}
    twos = {key[3:] for key in kept if key.startswith("two")}
    assert ones == twos
    assert before <= len(ones) <= during + 1
    assert made.tables["telegram_files"].rows == len(kept)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
async def test_an_archive_that_was_cut_off_is_refused(
    store: Store, place: Place, elsewhere: Place, fresh: Store, share: float
) -> None:
    await place.back_up(store)
    content = place.archive.read_bytes()
    place.archive.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BackupError, match="cut off"):
        await elsewhere.restore(place.archive, fresh)
    assert await nothing_in(elsewhere, fresh)


async def test_no_byte_can_be_changed_unnoticed(
    store: Store, place: Place, elsewhere: Place, fresh: Store
) -> None:
    await place.back_up(store)
    content = bytearray(place.archive.read_bytes())
    chance = random.Random(20261124)  # noqa: S311
    with zipfile.ZipFile(place.archive) as packed:
        members = packed.infolist()
    for information in members:
        # In what the member holds, behind its header; the last bits may be idle ones.
        name_and_more = struct.unpack_from("<HH", content, information.header_offset + 26)
        start = information.header_offset + 30 + sum(name_and_more)
        place_of_change = start + chance.randrange(information.compress_size // 2 + 1)
        changed = bytearray(content)
        changed[place_of_change] ^= 1 << chance.randrange(8)
        place.archive.write_bytes(changed)
        with pytest.raises(BackupError):
            await elsewhere.restore(place.archive, fresh)
        assert await nothing_in(elsewhere, fresh), information.filename


@pytest.mark.parametrize("name", [DATABASE, "exports/autoletture_000007.csv", MANIFEST, "files/"])
async def test_a_member_that_was_exchanged_is_refused(
    store: Store, place: Place, elsewhere: Place, fresh: Store, name: str
) -> None:
    """With a sound ZIP around it, as somebody makes who can write to the backup."""
    await place.back_up(store)

    def exchange(members: dict[str, bytes]) -> None:
        (full,) = [member for member in members if member.startswith(name)]
        members[full] = members[full].replace(b"0", b"1", 1) + b" "

    with pytest.raises(BackupError, match="changed"):
        await elsewhere.restore(rewritten(place.archive, exchange), fresh)
    assert await nothing_in(elsewhere, fresh)


async def test_a_member_too_many_or_too_few_is_refused(
    store: Store, place: Place, elsewhere: Place, fresh: Store
) -> None:
    await place.back_up(store)

    def add(members: dict[str, bytes]) -> None:
        members["../../etc/cron.d/sportello"] = b"* * * * * root id"

    def drop(members: dict[str, bytes]) -> None:
        del members["exports/autoletture_000007.csv"]

    for change in (add, drop):
        with pytest.raises(BackupError, match="its files are not those"):
            await elsewhere.restore(rewritten(place.archive, change), fresh)
    assert await nothing_in(elsewhere, fresh)


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "exports/../../outside",
        "exports/sub/outside",
        "/tmp/outside",  # noqa: S108
        "exports/..",
        "exports/.hidden",
        "files/aa/short",
        f"files/ab/{'a' * 64}",
        "exports\\..\\outside",
        "exports/a\x00b",
    ],
)
async def test_a_name_that_leads_elsewhere_is_refused_whoever_sealed_it(  # noqa: PLR0917
    store: Store, place: Place, elsewhere: Place, fresh: Store, vault: Vault, name: str
) -> None:
    await place.back_up(store)

    def lead(members: dict[str, bytes]) -> None:
        manifest = Manifest.from_json(members[MANIFEST])
        content = b"somebody's"
        member = Member(len(content), hashlib.sha256(content).hexdigest())
        manifest = replace(manifest, members=manifest.members | {name: member})
        members[name] = content
        members[MANIFEST] = manifest.as_json()
        digest = hashlib.sha256(members[MANIFEST]).digest()
        members[SEAL] = vault.seal(digest, SEAL).encode()

    # A NUL ends a name in a ZIP, so that the archive has not what the manifest names.
    with pytest.raises(BackupError, match=r"belongs nowhere|its files are not those"):
        await elsewhere.restore(rewritten(place.archive, lead), fresh)
    assert await nothing_in(elsewhere, fresh)
    assert not (elsewhere.files.parent.parent / "outside").exists()


async def test_another_key_is_told(
    store: Store, place: Place, elsewhere: Place, tmp_path: Path
) -> None:
    await place.back_up(store)
    other = Vault([Vault.new_key()])
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/fresh.db", other) as fresh:
        with pytest.raises(BackupError, match="ENCRYPTION_KEY does not open this backup"):
            await elsewhere.restore(place.archive, fresh)
        assert await nothing_in(elsewhere, fresh)


async def test_every_key_that_is_in_use_is_needed(
    place: Place, elsewhere: Place, sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    """In the middle of a rotation: sealed with the new key, in part written with the old one."""
    old, new = Vault.new_key(), Vault.new_key()
    (tmp_path / "rotating").mkdir()
    place.files = tmp_path / "rotating" / "files"
    async with sqlite_databases.fresh(tmp_path / "rotating") as url:
        async with opened(url, Vault([old])) as store:
            await fill_every_table(store)
        async with opened(url, Vault([new, old])) as store:
            await place.back_up(store)
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/fresh.db", Vault([new])) as fresh:
        with pytest.raises(BackupError, match="ENCRYPTION_KEY"):
            await elsewhere.restore(place.archive, fresh)
        assert await nothing_in(elsewhere, fresh)
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/fresh.db", Vault([new, old])) as fresh:
        await elsewhere.restore(place.archive, fresh)


@pytest.mark.parametrize("what", [b"", b"a letter", b"PK\x05\x06" + b"\0" * 18])
async def test_what_is_no_backup_is_told(
    elsewhere: Place, fresh: Store, tmp_path: Path, what: bytes
) -> None:
    (tmp_path / "letter.zip").write_bytes(what)
    with pytest.raises(BackupError, match="this is no backup"):
        await elsewhere.restore(tmp_path / "letter.zip", fresh)


async def test_what_a_newer_version_made_is_told(
    store: Store, place: Place, elsewhere: Place, fresh: Store, vault: Vault
) -> None:
    await place.back_up(store)

    def of_tomorrow(change: dict[str, Any]) -> Callable[[dict[str, bytes]], None]:
        def write(members: dict[str, bytes]) -> None:
            manifest = Manifest.from_json(members[MANIFEST])
            members[MANIFEST] = replace(manifest, **change).as_json()
            digest = hashlib.sha256(members[MANIFEST]).digest()
            members[SEAL] = vault.seal(digest, SEAL).encode()

        return write

    with pytest.raises(BackupError, match="newer version"):
        await elsewhere.restore(rewritten(place.archive, of_tomorrow({"format": 2})), fresh)
    # A manifest that says another migration than the database.
    with pytest.raises(BackupError, match="changed or damaged"):
        await elsewhere.restore(rewritten(place.archive, of_tomorrow({"migration": "9"})), fresh)
    assert await nothing_in(elsewhere, fresh)


async def test_nothing_is_put_upon_something(
    store: Store, place: Place, elsewhere: Place, target: Store
) -> None:
    await place.back_up(store)
    with pytest.raises(BackupError, match="is not empty"):
        await place.restore(place.archive, target)
    elsewhere.exports.mkdir(parents=True)
    (elsewhere.exports / "autoletture_000001.csv").write_text("another supplier's")
    with pytest.raises(BackupError, match="is not empty"):
        await elsewhere.restore(place.archive, target)
    (elsewhere.exports / "autoletture_000001.csv").unlink()
    await schema.upgrade(target.engine)
    async with target.unit() as unit:
        await unit.session.execute(insert(Acquisition), {"claimed_at": NOW})
        await unit.commit()
    with pytest.raises(CopyRefusedError, match="holds data already"):
        await elsewhere.restore(place.archive, target)
    assert elsewhere.lying() == {}


async def test_nothing_is_put_under_somebody_who_serves(
    store: Store, place: Place, elsewhere: Place, target: Store, vault: Vault
) -> None:
    await place.back_up(store)
    async with opened(target.engine.url.render_as_string(hide_password=False), vault) as other:
        lock = serving_lock(other)
        await lock.acquire()
        with pytest.raises(AlreadyServedError):
            await elsewhere.restore(place.archive, target)
        await lock.release()
    assert await nothing_in(elsewhere, target)


async def test_what_was_put_in_place_is_taken_back_where_the_database_fails(
    store: Store,
    place: Place,
    elsewhere: Place,
    target: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await place.back_up(store)

    async def falls(*_arguments: Any) -> None:
        await asyncio.sleep(0)
        assert elsewhere.lying()
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr("storage.backup.restoring.copy_rows", falls)
        with pytest.raises(ConnectionResetError):
            await elsewhere.restore(place.archive, target)
    assert await nothing_in(elsewhere, target)
    await elsewhere.restore(place.archive, target)  # when it is back
    assert elsewhere.lying() == place.lying()


class FullDisk(io.FileIO):
    """Takes so many bytes and no more."""

    room = 0

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data) or 0


@pytest.mark.parametrize("room", [0, 5_000, 40_000])
async def test_a_full_disk_leaves_no_half_file(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    def full(path: Path) -> IO[bytes]:
        disk = FullDisk(path, "xb")
        disk.room = room
        return disk

    beside = sorted(place.archive.parent.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(making, "new_file", full)
        with pytest.raises(BackupError, match="is full; nothing was left"):
            await place.back_up(store)
    assert sorted(place.archive.parent.iterdir()) == beside
    await place.back_up(store)


async def test_a_disk_that_is_full_at_the_database_leaves_nothing(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own word for it, from a database that may not grow."""

    def narrow(path: Path, vault: Vault) -> Store:
        made = open_file(path, vault)

        def limit(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA max_page_count = 20")

        event.listen(made.engine.sync_engine, "connect", limit)
        return made

    def on_a_full_disk(_source: Path, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA max_page_count = 2")
            connection.execute("CREATE TABLE x AS SELECT zeroblob(100000)")

    beside = sorted(place.archive.parent.iterdir())
    monkeypatch.setattr(making, "open_file", narrow)
    monkeypatch.setattr(making, "_vacuum_into", on_a_full_disk)
    with pytest.raises(BackupError, match="is full; nothing was left"):
        await place.back_up(store)
    assert sorted(place.archive.parent.iterdir()) == beside


async def test_an_interruption_leaves_nothing(store: Store, place: Place) -> None:
    beside = sorted(place.archive.parent.iterdir())
    reached = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told(_done: int, _total: int) -> None:  # on the packing thread
        loop.call_soon_threadsafe(reached.set)

    backing_up = asyncio.create_task(place.back_up(store, progress=told))
    await reached.wait()
    backing_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await backing_up
    assert sorted(place.archive.parent.iterdir()) == beside


async def test_what_was_sealed_stays_so_in_the_copy(store: Store, place: Place) -> None:
    await place.back_up(store)
    with zipfile.ZipFile(place.archive) as packed:
        database = packed.read(DATABASE)
    assert database.startswith(b"SQLite format 3\x00")
    assert b"customers.name" not in database
    async with store.reading() as unit:
        (sealed, *_) = await unit.session.scalars(select(text("name FROM customers")))
    assert sealed.encode() in database
