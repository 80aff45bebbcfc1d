"""The format of a stored file: sealed in pieces, so that little of it is in memory at a time.

The file begins with a mark; then each piece follows its length. Every piece contains the file's
name, its own number and whether it is the last: pieces that are missing, swapped or taken from
another file are detected. Older files without the mark are one piece without these.
"""

import hashlib
import io
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from storage.vault import SealedDataError, Vault

PIECE = 1 << 20
"""The size of a piece in bytes, before it is sealed."""

_MARK = b"sportello file 1\n"
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">32sI?")
_PLACE_OF_ALL = "file"  # which of them, and where in it, stands in every piece
_LONGEST_SEALED = 2 * PIECE + 1_024


def seal(vault: Vault, name: str, content: BinaryIO) -> Iterator[bytes]:
    """The bytes to write for a stored file of that name; *content* is read in pieces."""
    yield _MARK
    piece, place = content.read(PIECE), 0
    while True:
        following = content.read(PIECE)
        yield _packed(vault.seal(_head(name, place, is_last=not following) + piece, _PLACE_OF_ALL))
        if not following:
            return
        piece, place = following, place + 1


def opened(vault: Vault, name: str, file: BinaryIO) -> Iterator[bytes]:
    """The content of a sealed file, piece by piece.

    Raises:
        SealedDataError: no key opens it, or it is not what was written under that name. Earlier
            pieces have been returned by then.
    """
    start = file.read(len(_MARK))
    if start != _MARK:
        yield vault.open(_text(start + file.read()), _PLACE_OF_ALL)
        return
    is_last = False
    for place, sealed in enumerate(_pieces(file)):
        if is_last:
            raise SealedDataError("something follows the last piece of the file")
        plain = vault.open(sealed, _PLACE_OF_ALL)
        is_last = plain.startswith(_head(name, place, is_last=True))
        if not is_last and not plain.startswith(_head(name, place, is_last=False)):
            raise SealedDataError("a piece of the file is not where it was")
        yield plain[_PLACE.size :]
    if not is_last:
        raise SealedDataError("the file is cut off")


def resealed(vault: Vault, name: str, file: BinaryIO) -> Iterator[bytes]:
    """The bytes to write in place of the file of that name, sealed with the vault's first key.

    Raises:
        SealedDataError: no key opens it.
    """
    start = file.read(len(_MARK))
    if start != _MARK:
        whole = vault.open(_text(start + file.read()), _PLACE_OF_ALL)
        yield from seal(vault, name, io.BytesIO(whole))
        return
    yield _MARK
    for piece in _pieces(file):
        yield _packed(vault.seal(vault.open(piece, _PLACE_OF_ALL), _PLACE_OF_ALL))


def is_current(vault: Vault, file: BinaryIO) -> bool:
    """Whether the vault's first key sealed the file; its first piece tells."""
    if file.read(len(_MARK)) != _MARK:
        return False
    file.seek(_LENGTH.size, io.SEEK_CUR)
    return vault.is_current(_text(file.read(len(vault.current))))


def hash_of(pieces: Iterable[bytes]) -> str:
    """SHA-256 of the joined pieces, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _pieces(file: BinaryIO) -> Iterator[str]:
    while length := file.read(_LENGTH.size):
        size = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else 0
        sealed = file.read(size) if size <= _LONGEST_SEALED else b""
        if not size or len(sealed) != size:
            raise SealedDataError("the file is cut off")
        yield _text(sealed)


def _packed(sealed: str) -> bytes:
    return _LENGTH.pack(len(sealed)) + sealed.encode("ascii")


def _text(sealed: bytes) -> str:
    try:
        return sealed.decode("ascii")
    except UnicodeDecodeError:
        raise SealedDataError("the file is damaged") from None


def _head(name: str, place: int, *, is_last: bool) -> bytes:
    return _PLACE.pack(bytes.fromhex(name), place, is_last)
