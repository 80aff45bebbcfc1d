"""The contents of a backup: its manifest, and the names that its members may have."""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from sqlalchemy.engine import URL

from storage.copying import Contents
from storage.engine import Store, open_store
from storage.vault import Vault

FORMAT = 1
"""The version of the archive format; another version needs another reader."""

DATABASE = "database.db"
MANIFEST = "manifest.json"
SEAL = "manifest.sealed"
MEMBER = re.compile(
    rf"{re.escape(DATABASE)}"
    r"|files/(?P<folder>[0-9a-f]{2})/(?P=folder)[0-9a-f]{62}"
    r"|exports/[^./\\\x00-\x1f\ud800-\udfff][^/\\\x00-\x1f\ud800-\udfff]*"
)
"""Names that a member may have: none leads out of its folder or is hidden."""

CHUNK = 2**20
"""Bytes held in memory at a time."""


class BackupError(Exception):
    """Why no backup was made, or nothing was restored; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive: its size in bytes, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a backup.

    ``migration`` is the database's; ``last_acquisition`` is the highest acquisition number, or 0.
    """

    format: int
    made_by: str
    made_at: str
    migration: str
    last_acquisition: int
    tables: dict[str, Contents]
    members: dict[str, Member]

    def count(self, folder: str) -> int:
        """How many members lie in *folder*, which is ``files`` or ``exports``."""
        return sum(name.startswith(f"{folder}/") for name in self.members)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """The manifest that ``as_json`` wrote.

        Raises:
            BackupError: it is of another format.
        """
        fields: dict[str, Any] = json.loads(content)
        if fields["format"] != FORMAT:
            raise BackupError("this backup was made by a newer version of sportello")
        fields["tables"] = {name: Contents(**table) for name, table in fields["tables"].items()}
        fields["members"] = {name: Member(**member) for name, member in fields["members"].items()}
        return cls(**fields)


def nobody(_done: int, _total: int) -> None:
    """Do nothing."""


def open_file(path: Path, vault: Vault) -> Store:
    """A store on the temporary SQLite file of a backup."""
    return open_store(URL.create("sqlite+aiosqlite", database=str(path)), vault)


def new_file(path: Path) -> IO[bytes]:
    """Create a file that only this user may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
