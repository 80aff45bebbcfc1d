"""Protects personal data at rest: encryption with rotating keys, and keyed hashes for lookups.

The key is stored outside the database (``ENCRYPTION_KEY``), so a stolen database reveals no names.
A sealed value is ``v1.<key id>.<nonce and AES-256-GCM ciphertext, URL-safe base64>``. It opens only
in the place that it was sealed for, which is its associated data. Values that earlier versions
sealed with Fernet have no place; they can be read, and are replaced by ``storage.rotation``.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_FORMAT = "v1."
_NONCE_BYTES = 12
_PADDED_TO = 32
_END = b"\x80"


class VaultKeyError(ValueError):
    """A key is not 32 bytes of URL-safe base64."""


class SealedDataError(Exception):
    """Sealed data that none of the available keys opens, or that was sealed for another place."""


class Vault:
    """Seals and opens personal data; the first key writes, every key reads.

    Args:
        keys: one or more keys, each 32 bytes in URL-safe base64.

    Raises:
        VaultKeyError: no key, or one of another form; the message does not contain the key.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise VaultKeyError("no encryption key was given")
        for position, key in enumerate(keys, start=1):
            if not _is_key(key):
                raise VaultKeyError(
                    f"encryption key number {position} is not 32 bytes in URL-safe base64"
                )
        secrets = list(dict.fromkeys(base64.urlsafe_b64decode(key) for key in keys))
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in secrets])
        self._hash_keys = [_derive(key, b"sportello keyed hash") for key in secrets]
        ids = [_derive(key, b"sportello key id")[:4].hex() for key in secrets]
        if len(set(ids)) < len(ids):
            raise VaultKeyError("two encryption keys bear the same id: make another one")
        self._ciphers = {
            key_id: AESGCM(_derive(key, b"sportello sealing v1"))
            for key_id, key in zip(ids, secrets, strict=True)
        }
        self.current = f"{_FORMAT}{ids[0]}."
        """The first 12 characters of everything that the first key sealed."""
        self._first = self._ciphers[ids[0]]

    @staticmethod
    def new_key() -> str:
        """A new random key, in the form that ``ENCRYPTION_KEY`` takes."""
        return Fernet.generate_key().decode("ascii")

    def seal(self, data: bytes, place: str) -> str:
        """Seal *data* with the first key; return ASCII text without spaces or line breaks.

        Args:
            data: padded to a multiple of 32 bytes, so that its exact length is not visible.
            place: where the value is stored; it opens only for the same place.
        """
        nonce = os.urandom(_NONCE_BYTES)
        padded = data + _END + bytes(-(len(data) + 1) % _PADDED_TO)
        box = nonce + self._first.encrypt(nonce, padded, place.encode())
        return self.current + base64.urlsafe_b64encode(box).decode("ascii")

    def open(self, sealed: str, place: str) -> bytes:
        """The content of *sealed*, with whichever key opens it.

        Raises:
            SealedDataError: no available key opens it, it was changed, or it was sealed for
                another place.
        """
        if not sealed.startswith(_FORMAT):
            return self._open_fernet(sealed)
        key_id, _, text = sealed.removeprefix(_FORMAT).partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealedDataError("sealed data that no key at hand opens")
        try:
            box = base64.urlsafe_b64decode(text)
            padded = cipher.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], place.encode())
        except (ValueError, InvalidTag):
            raise SealedDataError("sealed data that was changed, or sealed elsewhere") from None
        return padded.rstrip(b"\0")[: -len(_END)]

    def is_current(self, sealed: str) -> bool:
        """Whether the first key sealed it in the current format, so that no other key is needed."""
        return sealed.startswith(self.current)

    def digest(self, text: str) -> str:
        """The keyed hash of *text* under the first key, 64 hexadecimal digits."""
        return _hmac(self._hash_keys[0], text)

    def digests(self, text: str) -> list[str]:
        """The keyed hashes of *text* under every key, to find one that was stored earlier."""
        return [_hmac(key, text) for key in self._hash_keys]

    def _open_fernet(self, sealed: str) -> bytes:
        try:
            return self._fernet.decrypt(sealed)
        except (InvalidToken, ValueError):
            raise SealedDataError("sealed data that no key at hand opens") from None


def _is_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _derive(key: bytes, purpose: bytes) -> bytes:
    # Separate keys, so that a weakness of one use does not reach the other.
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
