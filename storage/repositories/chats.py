"""Chats and their links."""

from datetime import datetime

from sqlalchemy import select, update

from storage.models import Access, Chat, ChatLink, Proof
from storage.repositories.base import Repository


class Chats(Repository):
    async def meet(self, chat_id: int, *, now: datetime) -> Chat:
        """The chat's row, made at the first word; it is unblocked by speaking."""
        chat = await self.session.get(Chat, chat_id)
        if chat is None:
            await self.session.execute(
                self.insert(Chat)
                .values(id=chat_id, first_seen_at=now, last_seen_at=now)
                .on_conflict_do_nothing()
            )
            chat = await self.session.get_one(Chat, chat_id)
        chat.last_seen_at = now
        chat.blocked_at = None
        return chat

    async def get(self, chat_id: int) -> Chat | None:
        return await self.session.get(Chat, chat_id)

    async def links(self, chat_id: int) -> list[ChatLink]:
        """The links of a chat that hold now, oldest first."""
        return await self.all(
            select(ChatLink)
            .where(ChatLink.chat_id == chat_id, ChatLink.revoked_at.is_(None))
            .order_by(ChatLink.linked_at, ChatLink.id)
        )

    async def links_of_customer(self, customer_id: int) -> list[ChatLink]:
        """Every chat linked to a customer now, oldest first."""
        return await self.all(
            select(ChatLink)
            .where(ChatLink.customer_id == customer_id, ChatLink.revoked_at.is_(None))
            .order_by(ChatLink.linked_at, ChatLink.id)
        )

    async def link(
        self, chat_id: int, customer_id: int, *, access: Access, proof: Proof, now: datetime
    ) -> ChatLink | None:
        """Links a chat to a customer; None where it is linked already."""
        link_id = await self.session.scalar(
            self.insert(ChatLink)
            .values(
                chat_id=chat_id,
                customer_id=customer_id,
                access=access,
                proof=proof,
                linked_at=now,
            )
            .on_conflict_do_nothing()
            .returning(ChatLink.id)
        )
        return None if link_id is None else await self.session.get(ChatLink, link_id)

    async def unlink(self, chat_id: int, customer_id: int, *, now: datetime) -> bool:
        """Ends a link; False where there was none."""
        ended = await self.session.scalar(
            update(ChatLink)
            .where(
                ChatLink.chat_id == chat_id,
                ChatLink.customer_id == customer_id,
                ChatLink.revoked_at.is_(None),
            )
            .values(revoked_at=now)
            .returning(ChatLink.id)
        )
        return ended is not None

    async def mark_blocked(self, chat_id: int, *, now: datetime) -> None:
        """The person stopped the bot: nothing unasked goes there until they write again."""
        await self.session.execute(
            update(Chat).where(Chat.id == chat_id, Chat.blocked_at.is_(None)).values(blocked_at=now)
        )

    async def choose_supply_point(self, chat: Chat, supply_point_id: int | None) -> None:
        """Keeps the chat's choice until it changes it."""
        chat.supply_point_id = supply_point_id
        await self.session.flush()
