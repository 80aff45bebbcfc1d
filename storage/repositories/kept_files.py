"""Which files of the file store (``storage.files``) some row still names."""

from collections.abc import Sequence

from sqlalchemy import select, union
from sqlalchemy.orm import InstrumentedAttribute

from storage.models import Announcement, Document, Invoice, TicketFile
from storage.repositories.base import Repository

NAMING: tuple[InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ...] = (
    Announcement.file_name,
    Document.file_name,
    Invoice.file_name,
    TicketFile.room_name,
)
"""Every column that names stored files; a test compares it with the models."""

AT_ONCE = 500


class KeptFiles(Repository):
    async def named(self, names: Sequence[str]) -> set[str]:
        """Those of *names* that some row has."""
        found: set[str] = set()
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            rows = await self.session.scalars(
                union(*(select(column).where(column.in_(some)) for column in NAMING))
            )
            found.update(name for name in rows if name is not None)
        return found
