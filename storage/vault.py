"""Personal data at rest: encryption with rotating keys, and keyed hashes to look equals up.

The key lives outside the database (``ENCRYPTION_KEY``), so a stolen copy of the file tells no
name. Encryption is Fernet (AES-128-CBC with HMAC-SHA256), the ``cryptography`` project's own
recipe, whose keys are exactly «32 bytes in URL-safe base64».
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
    """What was read cannot be opened with any of the keys at hand."""


class Vault:
    """Seals and opens personal data; the first key writes, every key reads.

    Args:
        keys: one or more keys, each 32 bytes in URL-safe base64.

    Raises:
        VaultKeyError: no key at all, or one of another form; the key itself is never named.
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
        """A fresh random key, in the form that ``ENCRYPTION_KEY`` takes."""
        return Fernet.generate_key().decode("ascii")

    def seal(self, data: bytes) -> bytes:
        """The sealed form of *data*, under the first key."""
        return self._fernet.encrypt(data)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed, under whichever key.

        Raises:
            SealedDataError: no key at hand opens it, or it was changed.
        """
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise SealedDataError("sealed data that no key at hand opens") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether something was sealed under the first key, and needs no other."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: bytes) -> bytes:
        """The same content, sealed anew under the first key."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise SealedDataError("sealed data that no key at hand opens") from None

    def digest(self, text: str) -> str:
        """The keyed hash of *text* under the first key, 64 hexadecimal digits."""
        return _hmac(self._hash_keys[0], text)

    def digests(self, text: str) -> list[str]:
        """The keyed hashes of *text* under every key: what an equal written earlier may bear."""
        return [_hmac(key, text) for key in self._hash_keys]


def _is_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _derive(key: bytes) -> bytes:
    # One secret for two purposes would let a weakness of one reach the other.
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sportello keyed hash").derive(key)


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
