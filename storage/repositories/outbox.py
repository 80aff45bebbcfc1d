"""The outbox: what the bot sends unasked, once, when its time comes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from storage.models import Chat, OutboxMessage, OutboxState
from storage.repositories.base import Repository


class Outbox(Repository):
    async def queue(
        self,
        key: str,
        kind: str,
        chat_id: int,
        *,
        now: datetime,
        content: Any | None = None,
        reading_id: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> bool:
        """Queues a message under a key; False where one with that key exists already."""
        queued = await self.session.scalar(
            self.insert(OutboxMessage)
            .values(
                key=key,
                kind=kind,
                chat_id=chat_id,
                reading_id=reading_id,
                content=content,
                not_before=not_before or now,
                not_after=not_after,
                state=OutboxState.QUEUED,
                attempts=0,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(OutboxMessage.id)
        )
        return queued is not None

    async def due(
        self, now: datetime, *, limit: int = 100, besides: Collection[int] = ()
    ) -> list[OutboxMessage]:
        """What may be sent now to chats that have not blocked the bot, oldest first.

        Args:
            now: the instant to compare with.
            limit: how many at the most.
            besides: chats to leave out, because something is under way to them.
        """
        statement = (
            select(OutboxMessage)
            .outerjoin(Chat, Chat.id == OutboxMessage.chat_id)
            .where(
                OutboxMessage.state == OutboxState.QUEUED,
                OutboxMessage.not_before <= now,
                Chat.blocked_at.is_(None),
            )
            .order_by(OutboxMessage.not_before, OutboxMessage.id)
            .limit(limit)
        )
        if besides:
            statement = statement.where(OutboxMessage.chat_id.not_in(besides))
        return await self.all(statement)

    async def settle(self, message_id: int, state: OutboxState, *, now: datetime) -> None:
        """Writes how a message ended; its content goes."""
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id)
            .values(
                state=state,
                content=None,
                sent_at=now if state is OutboxState.SENT else None,
                attempts=OutboxMessage.attempts + 1,
            )
        )

    async def postpone(self, message_id: int, *, until: datetime) -> None:
        """Puts a message off, counting the attempt."""
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id)
            .values(not_before=until, attempts=OutboxMessage.attempts + 1)
        )
