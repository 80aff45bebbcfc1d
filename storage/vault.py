"""Protects personal data at rest: encryption with rotating keys, and keyed hashes for lookups.

The key is stored outside the database (``ENCRYPTION_KEY``), so a stolen database reveals no names.
Encryption is Fernet (AES-128-CBC with HMAC-SHA256) from ``cryptography``, whose keys are exactly
«32 bytes in URL-safe base64».
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32


class VaultKeyError(ValueError):
    """A key is not 32 bytes of URL-safe base64."""


class SealedDataError(Exception):
    """Sealed data that none of the available keys opens."""


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
        self._first = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._hash_keys = [_derive(base64.urlsafe_b64decode(key)) for key in keys]

    @staticmethod
    def new_key() -> str:
        """A new random key, in the form that ``ENCRYPTION_KEY`` takes."""
        return Fernet.generate_key().decode("ascii")

    def seal(self, data: bytes) -> bytes:
        """*data* sealed with the first key."""
        return self._fernet.encrypt(data)

    def open(self, sealed: bytes) -> bytes:
        """The content of *sealed*, with whichever key opens it.

        Raises:
            SealedDataError: no available key opens it, or it was changed.
        """
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise SealedDataError("sealed data that no key at hand opens") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether something was sealed with the first key."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: bytes) -> bytes:
        """The same content, sealed again with the first key."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise SealedDataError("sealed data that no key at hand opens") from None

    def digest(self, text: str) -> str:
        """The keyed hash of *text* under the first key, 64 hexadecimal digits."""
        return _hmac(self._hash_keys[0], text)

    def digests(self, text: str) -> list[str]:
        """The keyed hashes of *text* under every key, to find one that was stored earlier."""
        return [_hmac(key, text) for key in self._hash_keys]


def _is_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _derive(key: bytes) -> bytes:
    # Separate keys for hashes, so that a weakness of one use does not reach the other.
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sportello keyed hash").derive(key)


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
