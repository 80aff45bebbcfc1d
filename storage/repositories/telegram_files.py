"""The ids of files that Telegram already has and the bot sends again."""

from datetime import datetime

from sqlalchemy import delete

from storage.models import TelegramFile
from storage.repositories.base import Repository


class TelegramFiles(Repository):
    async def known_by(self, content_key: str) -> str | None:
        """The ``file_id`` of a content, if Telegram has it."""
        known = await self.session.get(TelegramFile, content_key)
        return known.file_id if known is not None else None

    async def remember(self, content_key: str, file_id: str, *, now: datetime) -> None:
        """Store the ``file_id`` under which Telegram has a content now."""
        await self.session.merge(
            TelegramFile(content_key=content_key, file_id=file_id, seen_at=now)
        )

    async def forget(self, content_key: str, file_id: str) -> None:
        """Remove an invalid ``file_id``; a newer one for the same content stays."""
        await self.session.execute(
            delete(TelegramFile).where(
                TelegramFile.content_key == content_key, TelegramFile.file_id == file_id
            )
        )
