"""Backs up everything that a supplier has, except the key, into one archive, and restores it.

A backup is a ZIP, made while the service runs. It contains the database at one instant as an SQLite
file (whatever engine it comes from), the sealed files, and the files for the company. Its manifest
names each member with its SHA-256 and each table with its row count and checksum, and is sealed
with the key: missing or changed content is detected, and so is a wrong key.

The database is copied first. A file is removed at the earliest a day after the last row that names
it (``storage.files``), so the files that the copy names still exist when they are packed.
"""

from storage.backup.archive import BackupError, Manifest
from storage.backup.making import back_up
from storage.backup.restoring import restore

__all__ = ["BackupError", "Manifest", "back_up", "restore"]
