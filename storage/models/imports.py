"""Imports of the company's files: how much of each has been written."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Instant


class ImportRun(Base):
    """The import of one file, known by its digest, so that it can continue after interruption."""

    __tablename__ = "import_runs"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(255))
    rows: Mapped[int]
    rows_applied: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
