"""One archive with everything that a supplier has, but the key; and a supplier made from it again.

A backup is a ZIP, made while the service serves: the database as an SQLite file, whatever engine it
comes from, as it was at one instant; the sealed files; the files for the company. Its manifest
names each member with its SHA-256 and each table with its rows and their checksum, and is itself
sealed with the key: what was cut off or changed is noticed, and so is another key.

The database is copied first. A kept file is never removed on the day on which the last row that
names it goes (``storage.files``), so those that the copy names are there when their turn comes.
"""

from storage.backup.archive import BackupError, Manifest
from storage.backup.making import back_up
from storage.backup.restoring import restore

__all__ = ["BackupError", "Manifest", "back_up", "restore"]
