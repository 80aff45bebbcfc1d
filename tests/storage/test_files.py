"""Files at rest: sealed, under names nobody can guess, never half-written."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from storage import files, sealed_files
from storage.files import FileGoneError, FileRefusedError, FileStore
from storage.vault import Vault

CONTENT = b"%PDF-1.7 Mario Rossi, Via Roma 12, Cesena"


def lying_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def room(tmp_path: Path, vault: Vault) -> FileStore:
    return FileStore(tmp_path / "files", vault)


async def test_what_is_put_is_read_back(room: FileStore) -> None:
    kept = await room.put(CONTENT)
    assert await room.read(kept.name) == CONTENT
    assert kept.size == len(CONTENT)
    assert kept.content_hash == hashlib.sha256(CONTENT).hexdigest()


async def test_at_rest_it_is_sealed_and_for_this_user_alone(
    room: FileStore, tmp_path: Path
) -> None:
    await room.put(CONTENT)
    (path,) = lying_in(tmp_path)
    assert b"Mario" not in path.read_bytes()
    assert b"%PDF" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_its_name_says_nothing_of_its_content(room: FileStore, tmp_path: Path) -> None:
    kept = await room.put(CONTENT)
    assert hashlib.sha256(CONTENT).hexdigest() not in kept.name
    other = FileStore(tmp_path / "other", Vault([Vault.new_key()]))
    assert (await other.put(CONTENT)).name != kept.name


async def test_the_same_content_is_kept_once(room: FileStore, tmp_path: Path) -> None:
    first = await room.put(CONTENT)
    assert await room.put(CONTENT) == first
    assert (await room.put(CONTENT + b".")).name != first.name
    assert len(lying_in(tmp_path)) == 2


async def test_a_new_key_finds_and_opens_what_the_old_one_wrote(tmp_path: Path) -> None:
    old, new = Vault.new_key(), Vault.new_key()
    kept = await FileStore(tmp_path, Vault([old])).put(CONTENT)
    both = FileStore(tmp_path, Vault([new, old]))
    assert await both.put(CONTENT) == kept
    assert both.reseal() == 1
    alone = FileStore(tmp_path, Vault([new]))
    assert await alone.read(kept.name) == CONTENT
    with pytest.raises(FileGoneError):
        await FileStore(tmp_path, Vault([old])).read(kept.name)


async def test_a_file_that_goes_while_others_are_sealed_anew_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = Vault.new_key()
    room = FileStore(tmp_path, Vault([key]))
    await room.put(CONTENT)
    await room.put(CONTENT + b".")
    resealed = sealed_files.resealed

    def swept_meanwhile(vault: Vault, name: str, file: BinaryIO) -> Iterator[bytes]:
        for path in lying_in(tmp_path):
            if path.name != name and not path.name.startswith("."):
                path.unlink()
        return resealed(vault, name, file)

    monkeypatch.setattr(sealed_files, "resealed", swept_meanwhile)
    assert FileStore(tmp_path, Vault([Vault.new_key(), key])).reseal() == 1
    assert len(lying_in(tmp_path)) == 1


async def test_a_file_that_is_gone_is_told_by_its_name(room: FileStore, tmp_path: Path) -> None:
    kept = await room.put(CONTENT)
    (path,) = lying_in(tmp_path)
    path.unlink()
    with pytest.raises(FileGoneError) as error:
        await room.read(kept.name)
    assert error.value.name == kept.name
    assert await room.put(CONTENT) == kept  # handed in again, it is there again
    assert await room.read(kept.name) == CONTENT


async def test_a_file_that_was_changed_is_not_handed_out(room: FileStore, tmp_path: Path) -> None:
    kept = await room.put(CONTENT)
    (path,) = lying_in(tmp_path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FileGoneError):
        await room.read(kept.name)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "A" * 64, "a" * 63, "a" * 64])
async def test_no_other_name_leads_anywhere(room: FileStore, name: str) -> None:
    with pytest.raises(FileGoneError):
        await room.read(name)


async def test_nothing_and_too_much_are_refused(
    room: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileRefusedError):
        await room.put(b"")
    monkeypatch.setattr(files, "LARGEST_FILE", 10)
    await room.put(b"x" * 10)
    with pytest.raises(FileRefusedError):
        await room.put(b"x" * 11)
    assert len(lying_in(tmp_path)) == 1


async def test_a_full_disk_leaves_no_half_file(
    room: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match=os.strerror(28)):
            await room.put(CONTENT)
    assert lying_in(tmp_path) == []
    kept = await room.put(CONTENT)
    assert await room.read(kept.name) == CONTENT


@pytest.mark.parametrize("damage", [b"", b"not sealed at all", None])
async def test_a_damaged_file_is_healed_when_it_is_handed_in_again(
    room: FileStore, tmp_path: Path, damage: bytes | None
) -> None:
    kept = await room.put(CONTENT)
    (path,) = lying_in(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    with pytest.raises(FileGoneError):
        await room.read(kept.name)
    assert await room.put(CONTENT) == kept
    assert await room.read(kept.name) == CONTENT
    assert lying_in(tmp_path) == [path]
