"""Chats and their links."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from storage.models import Access, Chat, ChatLink, ContactChange, Invitation, Proof
from storage.notices import TrialOver
from storage.repositories.base import Repository, rows_changed
from storage.repositories.contacts import waits_for_access
from storage.repositories.outbox import Outbox

SESSION_PAUSE = timedelta(minutes=30)
"""After so long without a word, the next one opens a new session."""
NEWCOMER = timedelta(days=1)
"""For so long a chat that was linked cannot end the links of those that were there before."""
_NOTICE_LIFETIME = timedelta(days=7)
SEEN_TO_THE = timedelta(minutes=1)
"""How exactly it is kept when a chat was last heard; a write for each word would be too dear."""


class Chats(Repository):
    async def meet(self, chat_id: int, *, now: datetime, chat: Chat | None = None) -> Chat:
        """The chat's row, made at the first word; it is unblocked by speaking.

        What was held back while it was blocked is queued again. *chat* is the row, where it was
        read already.
        """
        if chat is None:
            chat = await self.session.get(Chat, chat_id)
        if chat is None:
            await self.session.execute(
                self.insert(Chat)
                .values(id=chat_id, first_seen_at=now, last_seen_at=now)
                .on_conflict_do_nothing()
            )
            chat = await self.session.get_one(Chat, chat_id)
        if now - chat.last_seen_at > SESSION_PAUSE:
            chat.last_session_at = chat.last_seen_at
        if not timedelta() <= now - chat.last_seen_at < SEEN_TO_THE:
            chat.last_seen_at = now
        if chat.blocked_at is not None:
            chat.blocked_at = None
            await Outbox(self.session).release(chat_id)
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

    async def link_anew(
        self, chat_id: int, customer_id: int, *, access: Access, proof: Proof, now: datetime
    ) -> ChatLink:
        """Links a chat to a customer with another access and proof than the link it may have.

        The earlier link ends and stays on record.
        """
        await self._end(chat_id, customer_id, now=now)
        link = await self.link(chat_id, customer_id, access=access, proof=proof, now=now)
        if link is None:
            raise RuntimeError("a link that was ended a moment ago still holds")
        return link

    async def unlink(self, chat_id: int, customer_id: int, *, now: datetime) -> bool:
        """Ends a link, and what the chat had offered to others; False where there was none."""
        await self.session.execute(
            update(Invitation)
            .where(
                Invitation.inviter_chat_id == chat_id,
                Invitation.customer_id == customer_id,
                Invitation.closed_at.is_(None),
            )
            .values(closed_at=now)
        )
        return await self._end(chat_id, customer_id, now=now)

    async def _end(self, chat_id: int, customer_id: int, *, now: datetime) -> bool:
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

    async def link_of(self, chat_id: int, customer_id: int) -> ChatLink | None:
        """The link of a chat to a customer, if it holds now."""
        return await self.session.scalar(
            select(ChatLink).where(
                ChatLink.chat_id == chat_id,
                ChatLink.customer_id == customer_id,
                ChatLink.revoked_at.is_(None),
            )
        )

    async def links_seen_by(self, chat_id: int, customer_id: int) -> list[ChatLink]:
        """The links to a customer that a chat may know of, oldest first: all, or only its own.

        Only who has full access sees the others.
        """
        return await self.all(
            select(ChatLink)
            .where(
                ChatLink.customer_id == customer_id,
                ChatLink.revoked_at.is_(None),
                or_(ChatLink.chat_id == chat_id, _full_link_of(chat_id)),
            )
            .order_by(ChatLink.linked_at, ChatLink.id)
        )

    async def revocable_by(self, chat_id: int, customer_id: int, *, now: datetime) -> set[int]:
        """The ids of the links to a customer that ``revoke`` would end for this chat."""
        found = await self.session.scalars(
            select(ChatLink.id).where(
                ChatLink.customer_id == customer_id, *_revocable(chat_id, now)
            )
        )
        return set(found)

    async def link_revocable_by(
        self, chat_id: int, link_id: int, *, now: datetime
    ) -> ChatLink | None:
        """That link, if the chat may end it now: its own, or another's as the rules allow.

        Full access ends any link; who was invited with full access, only those of other guests
        (*Links into the bot* in the product's settled details). Who is linked for less than
        ``NEWCOMER`` ends no older link, and who changed the e-mail nobody else's until that gives
        access: nobody changes the address, links a chat and turns the others out in one go.
        """
        return await self.session.scalar(
            select(ChatLink).where(ChatLink.id == link_id, *_revocable(chat_id, now))
        )

    async def newcomer_until(
        self, chat_id: int, customer_id: int, *, now: datetime
    ) -> datetime | None:
        """Until when a chat cannot end links that are older than its own; None: it never could.

        Or there are none, or it can.
        """
        older = aliased(ChatLink)
        since = await self.session.scalar(
            select(ChatLink.linked_at).where(
                ChatLink.chat_id == chat_id,
                ChatLink.customer_id == customer_id,
                ChatLink.revoked_at.is_(None),
                ChatLink.access == Access.FULL,
                ChatLink.linked_at > now - NEWCOMER,
                exists().where(
                    older.customer_id == customer_id,
                    older.revoked_at.is_(None),
                    older.linked_at < ChatLink.linked_at,
                ),
            )
        )
        return None if since is None else since + NEWCOMER

    async def revoke(self, chat_id: int, link_id: int, *, now: datetime) -> ChatLink | None:
        """Ends a link at a chat's wish; None where the chat may not, or no longer need to.

        What the ended chat had offered to others ends with it.
        """
        link = await self.link_revocable_by(chat_id, link_id, now=now)
        if link is None or not await self.unlink(link.chat_id, link.customer_id, now=now):
            return None
        return link

    async def look_only_after_trials(self, *, now: datetime) -> int:
        """Leaves links that no code has proved with a view only; gives how many those were.

        For the start of a service that mails codes: whoever got in while none was asked for, or was
        invited by one who did, sees what they saw and changes nothing until they give a code. They
        are told.
        """
        host = aliased(ChatLink)
        let_in_by_trial = exists().where(
            Invitation.link_id == ChatLink.id,
            host.chat_id == Invitation.inviter_chat_id,
            host.customer_id == ChatLink.customer_id,
            host.proof == Proof.TRIAL,
            host.linked_at <= Invitation.created_at,
            or_(host.revoked_at.is_(None), host.revoked_at > Invitation.created_at),
        )
        changed = await self.session.execute(
            update(ChatLink)
            .where(
                ChatLink.revoked_at.is_(None),
                ChatLink.access == Access.FULL,
                or_(ChatLink.proof == Proof.TRIAL, let_in_by_trial),
            )
            .values(access=Access.VIEW)
            .returning(ChatLink.id, ChatLink.chat_id, ChatLink.customer_id)
            .execution_options(synchronize_session=False)
        )
        rows = changed.all()
        for link_id, chat_id, customer_id in rows:
            await Outbox(self.session).queue(
                f"trial_over:{link_id}",
                TrialOver(customer_id),
                chat_id,
                now=now,
                not_after=now + _NOTICE_LIFETIME,
            )
        return len(rows)

    async def count_trials(self) -> int:
        """How many links hold that no code has proved, made while none was asked for."""
        number = await self.session.scalar(
            select(func.count(ChatLink.id)).where(
                ChatLink.revoked_at.is_(None), ChatLink.proof == Proof.TRIAL
            )
        )
        return number or 0

    async def mark_blocked(self, chat_id: int, *, now: datetime) -> None:
        """The person stopped the bot: nothing unasked goes there until they write again."""
        await self.session.execute(
            update(Chat).where(Chat.id == chat_id, Chat.blocked_at.is_(None)).values(blocked_at=now)
        )

    async def mark_gone(self, chat_id: int, *, now: datetime) -> int:
        """The account is no more: every link of the chat ends; gives how many those were."""
        await self.mark_blocked(chat_id, now=now)
        ended = await self.session.execute(
            update(ChatLink)
            .where(ChatLink.chat_id == chat_id, ChatLink.revoked_at.is_(None))
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(ended)

    async def choose_supply_point(self, chat: Chat, supply_point_id: int | None) -> None:
        """Keeps the chat's choice until it changes it."""
        chat.supply_point_id = supply_point_id
        await self.session.flush()


def _full_link_of(chat_id: int) -> ColumnElement[bool]:
    mine = aliased(ChatLink)
    return exists().where(
        mine.chat_id == chat_id,
        mine.customer_id == ChatLink.customer_id,
        mine.revoked_at.is_(None),
        mine.access == Access.FULL,
    )


def _revocable(chat_id: int, now: datetime) -> list[ColumnElement[bool]]:
    mine = aliased(ChatLink)
    changes_the_email = exists().where(
        ContactChange.customer_id == ChatLink.customer_id,
        ContactChange.chat_id == chat_id,
        waits_for_access(now),
    )
    allowed = exists().where(
        mine.chat_id == chat_id,
        mine.customer_id == ChatLink.customer_id,
        mine.revoked_at.is_(None),
        mine.access == Access.FULL,
        or_(mine.proof != Proof.INVITATION, ChatLink.proof == Proof.INVITATION),
        or_(mine.linked_at <= now - NEWCOMER, ChatLink.linked_at >= mine.linked_at),
    )
    return [
        and_(
            ChatLink.revoked_at.is_(None),
            or_(ChatLink.chat_id == chat_id, and_(allowed, ~changes_the_email)),
        )
    ]
