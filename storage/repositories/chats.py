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
"""After this time without a message, the next one begins a new session."""
NEWCOMER = timedelta(days=1)
"""For this time after it was linked, a chat cannot end older links."""
_NOTICE_LIFETIME = timedelta(days=7)
SEEN_TO_THE = timedelta(minutes=1)
"""The precision of a chat's last activity, to avoid a write for each message."""


class Chats(Repository):
    async def meet(self, chat_id: int, *, now: datetime, chat: Chat | None = None) -> Chat:
        """The chat's row, created by its first message; a message unblocks it.

        Messages that were held while it was blocked are queued again. *chat* is the row, if it
        was read already.
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
        """The current links of a chat, oldest first."""
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
        """Link a chat to a customer; None where it is linked already."""
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
        """Link a chat to a customer, replacing a link with other access and proof, if there is one.

        The earlier link ends and stays on record.
        """
        await self._end(chat_id, customer_id, now=now)
        link = await self.link(chat_id, customer_id, access=access, proof=proof, now=now)
        if link is None:
            raise RuntimeError("a link that was ended a moment ago still holds")
        return link

    async def unlink(self, chat_id: int, customer_id: int, *, now: datetime) -> bool:
        """End a link and the chat's open invitations; False where there was no link."""
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
        """The current link of a chat to a customer, if any."""
        return await self.session.scalar(
            select(ChatLink).where(
                ChatLink.chat_id == chat_id,
                ChatLink.customer_id == customer_id,
                ChatLink.revoked_at.is_(None),
            )
        )

    async def links_seen_by(self, chat_id: int, customer_id: int) -> list[ChatLink]:
        """The links to a customer that a chat may know about, oldest first.

        Only a chat with full access sees the others.
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

        Full access ends any link; a guest with full access ends only those of other guests (*Links
        into the bot* in the product's settled details). A chat that was linked for less than
        ``NEWCOMER`` cannot end older links, and one that changed the e-mail cannot end others until
        that gives access: nobody can change the address, link a chat and remove the others at once.
        """
        return await self.session.scalar(
            select(ChatLink).where(ChatLink.id == link_id, *_revocable(chat_id, now))
        )

    async def newcomer_until(
        self, chat_id: int, customer_id: int, *, now: datetime
    ) -> datetime | None:
        """Until when a chat cannot end links that are older than its own.

        None if it can, if it never could, or if there are none.
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
        """End a link at a chat's request; None where the chat may not, or it has ended already.

        The open invitations of the unlinked chat end with it.
        """
        link = await self.link_revocable_by(chat_id, link_id, now=now)
        if link is None or not await self.unlink(link.chat_id, link.customer_id, now=now):
            return None
        return link

    async def look_only_after_trials(self, *, now: datetime) -> int:
        """Limit links without a verified code to looking; return how many they were.

        For the start of a service that mails codes: chats that were linked while none was required,
        and their guests, see what they saw and change nothing until they enter a code. They are
        told.
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
        """How many current links were made without a code, while none was required."""
        number = await self.session.scalar(
            select(func.count(ChatLink.id)).where(
                ChatLink.revoked_at.is_(None), ChatLink.proof == Proof.TRIAL
            )
        )
        return number or 0

    async def mark_blocked(self, chat_id: int, *, now: datetime) -> None:
        """The person blocked the bot: no unasked messages until they write again."""
        await self.session.execute(
            update(Chat).where(Chat.id == chat_id, Chat.blocked_at.is_(None)).values(blocked_at=now)
        )

    async def mark_gone(self, chat_id: int, *, now: datetime) -> int:
        """The account was deleted: end every link of the chat; return how many they were."""
        await self.mark_blocked(chat_id, now=now)
        ended = await self.session.execute(
            update(ChatLink)
            .where(ChatLink.chat_id == chat_id, ChatLink.revoked_at.is_(None))
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(ended)

    async def choose_supply_point(self, chat: Chat, supply_point_id: int | None) -> None:
        """Store the chat's choice until it chooses another."""
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
