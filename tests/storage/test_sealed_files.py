"""A kept file is sealed in pieces: in its place, whole, and never all of it in memory."""

import tracemalloc
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from storage import files, sealed_files
from storage.files import FileGoneError, FileRefusedError, FileStore, KeptFile
from storage.vault import Vault

PIECE = 1_000


@pytest.fixture
def room(tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    monkeypatch.setattr(sealed_files, "PIECE", PIECE)
    return FileStore(tmp_path / "files", vault)


def path_of(tmp_path: Path, kept: KeptFile) -> Path:
    return tmp_path / "files" / kept.name[:2] / kept.name


def pieces_of(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.read(len(sealed_files._MARK))
        return list(sealed_files._pieces(file))


def put_together(path: Path, pieces: list[str]) -> None:
    packed = [sealed_files._packed(piece) for piece in pieces]
    path.write_bytes(sealed_files._MARK + b"".join(packed))


def content(size: int, first: int = 0) -> bytes:
    return bytes((first + number) % 251 for number in range(size))


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
async def test_whatever_its_size_it_comes_back_as_it_was(
    room: FileStore, tmp_path: Path, size: int
) -> None:
    lying = tmp_path / "fattura.pdf"
    lying.write_bytes(content(size))
    kept = await room.put(lying)
    assert await room.put(content(size)) == kept
    assert await room.read(kept.name) == content(size)
    read = b""
    async with room.reading(kept.name) as file:
        assert file.size == size
        while piece := await file.next_piece():
            assert len(piece) <= PIECE
            read += piece
    assert read == content(size)


@pytest.mark.parametrize(
    "harm",
    [
        lambda pieces, _other: pieces[:-1],
        lambda pieces, _other: pieces[1:],
        lambda pieces, _other: [pieces[1], pieces[0], *pieces[2:]],
        lambda pieces, _other: [*pieces, pieces[-1]],
        lambda pieces, other: [other[0], *pieces[1:]],
        lambda pieces, other: [*pieces[:-1], other[-1]],
        lambda pieces, _other: [pieces[0][:-1], *pieces[1:]],
        lambda _pieces, _other: [],
    ],
    ids=["cut off", "begun late", "swapped", "longer", "another's", "another's end", "cut", "none"],
)
async def test_pieces_that_are_not_as_they_were_are_not_opened(
    room: FileStore, tmp_path: Path, harm: object
) -> None:
    kept, other = await room.put(content(3 * PIECE)), await room.put(content(3 * PIECE, first=9))
    path = path_of(tmp_path, kept)
    put_together(path, harm(pieces_of(path), pieces_of(path_of(tmp_path, other))))  # type: ignore[operator]
    with pytest.raises(FileGoneError):
        await room.read(kept.name)
    with pytest.raises(FileGoneError):
        async with room.reading(kept.name):
            pass
    assert await room.put(content(3 * PIECE)) == kept  # and handed in again it is healed
    assert await room.read(kept.name) == content(3 * PIECE)


async def test_what_was_kept_whole_by_an_earlier_version_is_read_and_sealed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_files, "PIECE", PIECE)
    key = Vault.new_key()
    room = FileStore(tmp_path / "files", Vault([key]))
    kept = await room.put(content(3 * PIECE))
    path_of(tmp_path, kept).write_bytes(Fernet(key).encrypt(content(3 * PIECE)))
    assert await room.read(kept.name) == content(3 * PIECE)
    assert room.reseal() == 1
    assert await room.read(kept.name) == content(3 * PIECE)
    assert room.reseal() == 0  # nothing is left to do


async def test_a_new_key_seals_every_piece_anew(tmp_path: Path) -> None:
    old, new = Vault.new_key(), Vault.new_key()
    before = FileStore(tmp_path / "files", Vault([old]))
    kept = await before.put(content(2 * sealed_files.PIECE + 5))
    assert FileStore(tmp_path / "files", Vault([new, old])).reseal() == 1
    after = FileStore(tmp_path / "files", Vault([new]))
    assert await after.read(kept.name) == content(2 * sealed_files.PIECE + 5)


async def test_a_file_that_changes_while_it_is_read_is_not_kept(
    room: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying = tmp_path / "fattura.pdf"
    lying.write_bytes(content(3 * PIECE))
    seal = sealed_files.seal

    def changing(vault: Vault, name: str, file: object) -> object:
        lying.write_bytes(content(3 * PIECE, first=7))
        return seal(vault, name, file)  # type: ignore[arg-type]

    monkeypatch.setattr(sealed_files, "seal", changing)
    with pytest.raises(FileRefusedError):
        await room.put(lying)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_a_large_file_needs_a_few_pieces_of_memory(tmp_path: Path, vault: Vault) -> None:
    lying = tmp_path / "grande.pdf"
    with lying.open("wb") as file:
        for number in range(40):
            file.write(bytes([number]) * 1_000_000)
    room = FileStore(tmp_path / "files", vault)
    tracemalloc.start()
    try:
        kept = await room.put(lying)
        async with room.reading(kept.name) as opened:
            read = 0
            while piece := await opened.next_piece():
                read += len(piece)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == 40_000_000 <= files.LARGEST_FILE
    assert most < 15_000_000
