"""Where each chat's conversation stands: one row for the one that is open."""

from datetime import datetime

from sqlalchemy import delete, select

from storage.models import Conversation
from storage.repositories.base import Repository


class Conversations(Repository):
    async def open_in(self, chat_id: int) -> Conversation | None:
        """The conversation of a chat, held for this unit until it ends."""
        return await self.session.scalar(
            select(Conversation).where(Conversation.chat_id == chat_id).with_for_update()
        )

    async def open(self, conversation: Conversation) -> None:
        self.session.add(conversation)
        await self.session.flush()

    async def close(self, conversation: Conversation) -> None:
        await self.session.delete(conversation)
        await self.session.flush()

    async def expired(self, now: datetime, *, limit: int = 100) -> list[Conversation]:
        """Conversations left alone for too long, the oldest first."""
        return await self.all(
            select(Conversation)
            .where(Conversation.expires_at <= now)
            .order_by(Conversation.expires_at)
            .limit(limit)
        )

    async def close_if_expired(self, chat_id: int, now: datetime) -> bool:
        """Ends a conversation that is still expired; False where the customer came back first."""
        ended = await self.session.scalar(
            delete(Conversation)
            .where(Conversation.chat_id == chat_id, Conversation.expires_at <= now)
            .returning(Conversation.chat_id)
        )
        return ended is not None
