"""Invitations: made by verified chats, accepted once, confirmed by their makers."""

from datetime import datetime, timedelta
from hmac import compare_digest

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import joinedload

from storage.models import Access, ChatLink, Invitation, Proof
from storage.models.base import fingerprints
from storage.models.sealed import bound_value
from storage.repositories.base import Repository
from storage.repositories.chats import Chats

LIFETIME = timedelta(hours=24)
"""How long a link may be accepted (*Links into the bot*), and how long a guest may wait."""

_KEY_DIGITS = 20

MOST_OPEN = 10
"""How many invitations of one customer may be open at once."""


class Invitations(Repository):
    async def may_invite(self, chat_id: int, customer_id: int) -> bool:
        """Whether a chat may let others in: full access, and not from an invitation itself."""
        return bool(
            await self.session.scalar(
                select(ChatLink.id).where(*_host(chat_id), ChatLink.customer_id == customer_id)
            )
        )

    async def create(
        self, chat_id: int, customer_id: int, access: Access, token: str, *, now: datetime
    ) -> Invitation | None:
        """Store an invitation with the hash of its *token*.

        Returns None where the chat may not invite, or ``MOST_OPEN`` are open already.
        """
        if not await self.may_invite(chat_id, customer_id):
            return None
        await self.one_at_a_time(f"invitations of {customer_id}")
        if len(await self.open_of(chat_id, customer_id, now=now)) >= MOST_OPEN:
            return None
        invitation = Invitation(
            customer_id=customer_id,
            inviter_chat_id=chat_id,
            access=access,
            token_hash=token,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        self.session.add(invitation)
        await self.session.flush()
        return invitation

    async def open_of(self, chat_id: int, customer_id: int, *, now: datetime) -> list[Invitation]:
        """A customer's invitations that somebody may still use, for a chat that may invite."""
        return await self.all(
            select(Invitation)
            .where(
                Invitation.customer_id == customer_id,
                exists().where(*_host(chat_id), ChatLink.customer_id == customer_id),
                _open(now),
            )
            .order_by(Invitation.id)
        )

    async def find(self, token: str, *, now: datetime) -> Invitation | None:
        """The invitation with this token and its customer, if it may still be accepted."""
        return await self.session.scalar(
            select(Invitation)
            .where(
                Invitation.token_hash.in_(fingerprints(self.dialect, token)),
                Invitation.taken_at.is_(None),
                _open(now),
                _inviter_still_may(),
            )
            .options(joinedload(Invitation.customer))
        )

    async def waiting_for(self, guest_chat_id: int, token: str, *, now: datetime) -> bool:
        """Whether this chat has accepted that invitation and waits to be confirmed."""
        return bool(
            await self.session.scalar(
                select(Invitation.id).where(
                    Invitation.token_hash.in_(fingerprints(self.dialect, token)),
                    Invitation.guest_chat_id == guest_chat_id,
                    Invitation.taken_at.is_not(None),
                    _open(now),
                )
            )
        )

    async def take(
        self, token: str, *, guest_chat_id: int, guest_name: str, now: datetime
    ) -> Invitation | None:
        """Accept an invitation, for a chat that is not linked yet; None where it is too late.

        Of two chats that accept it at once, the database lets one succeed.
        """
        found = await self.find(token, now=now)
        if found is None or found.inviter_chat_id == guest_chat_id:
            return None
        taken = await self.session.scalar(
            update(Invitation)
            .where(
                Invitation.id == found.id,
                Invitation.taken_at.is_(None),
                Invitation.closed_at.is_(None),
            )
            .values(
                taken_at=now,
                guest_chat_id=guest_chat_id,
                guest_name=bound_value(Invitation.guest_name, guest_name, id=found.id),
            )
            .returning(Invitation.id)
            .execution_options(synchronize_session=False)
        )
        if taken is None:
            return None
        await self.session.refresh(found, ["taken_at", "guest_chat_id", "guest_name"])
        return found

    async def to_confirm(
        self, chat_id: int, invitation_id: int, *, now: datetime
    ) -> Invitation | None:
        """An invitation of this chat that a guest has accepted and this chat has to confirm."""
        return await self.session.scalar(
            select(Invitation)
            .where(
                Invitation.id == invitation_id,
                Invitation.inviter_chat_id == chat_id,
                Invitation.taken_at.is_not(None),
                _open(now),
                _inviter_still_may(),
            )
            .options(joinedload(Invitation.customer))
        )

    async def _to_settle(
        self, chat_id: int, invitation_id: int, key: str, *, now: datetime
    ) -> Invitation | None:
        found = await self.to_confirm(chat_id, invitation_id, now=now)
        if found is None or not compare_digest(button_key(found).encode(), key.encode()):
            return None
        return found

    async def confirm(
        self, chat_id: int, invitation_id: int, key: str, *, now: datetime
    ) -> tuple[Invitation, ChatLink] | None:
        """Let the guest in; None where this chat may not decide it, or not any more.

        *key* is the ``button_key`` of the invitation that was shown. A guest who could only look,
        and was invited with full access, gets full access.
        """
        invitation = await self._to_settle(chat_id, invitation_id, key, now=now)
        if invitation is None or not await self._close(invitation, now=now):
            return None
        guest, customer_id = invitation.guest_chat_id or 0, invitation.customer_id
        chats = Chats(self.session)
        link = await chats.link(
            guest, customer_id, access=invitation.access, proof=Proof.INVITATION, now=now
        )
        if link is None:
            link = await chats.link_of(guest, customer_id)
            if link is None:
                raise RuntimeError("a chat that is linked already has no link")
            if invitation.access is Access.FULL:
                link.access = Access.FULL
        invitation.link_id = link.id
        await self.session.flush()
        return invitation, link

    async def refuse(
        self, chat_id: int, invitation_id: int, key: str, *, now: datetime
    ) -> Invitation | None:
        """Refuse the guest; None where this chat may not decide it, or not any more."""
        invitation = await self._to_settle(chat_id, invitation_id, key, now=now)
        if invitation is None or not await self._close(invitation, now=now):
            return None
        return invitation

    async def withdraw(
        self, chat_id: int, invitation_id: int, *, now: datetime
    ) -> Invitation | None:
        """Withdraw an open invitation, for a chat that may invite."""
        invitation = await self.session.scalar(
            select(Invitation).where(Invitation.id == invitation_id, _open(now))
        )
        if invitation is None or not await self.may_invite(chat_id, invitation.customer_id):
            return None
        return invitation if await self._close(invitation, now=now) else None

    async def made_by(self, chat_id: int) -> list[Invitation]:
        """All invitations that this chat made, oldest first."""
        return await self.all(
            select(Invitation).where(Invitation.inviter_chat_id == chat_id).order_by(Invitation.id)
        )

    async def guest_names(self, customer_id: int) -> dict[int, str]:
        """The names that a customer's guests had in Telegram, by the id of their link."""
        rows = await self.all(
            select(Invitation)
            .where(Invitation.customer_id == customer_id, Invitation.link_id.is_not(None))
            .order_by(Invitation.id)
        )
        return {row.link_id: row.guest_name for row in rows if row.link_id and row.guest_name}

    async def by_id(self, invitation_id: int) -> Invitation | None:
        """For the bot's own notices, with its customer."""
        return await self.session.scalar(
            select(Invitation)
            .where(Invitation.id == invitation_id)
            .options(joinedload(Invitation.customer))
        )

    async def _close(self, invitation: Invitation, *, now: datetime) -> bool:
        closed = await self.session.scalar(
            update(Invitation)
            .where(Invitation.id == invitation.id, Invitation.closed_at.is_(None))
            .values(closed_at=now)
            .returning(Invitation.id)
            .execution_options(synchronize_session=False)
        )
        await self.session.refresh(invitation, ["closed_at"])
        return closed is not None


def button_key(invitation: Invitation) -> str:
    """A value in the buttons that let somebody in, besides the invitation's guessable id.

    It is part of the keyed hash of the secret, so a button fits only the invitation it was for.
    """
    return invitation.token_hash[:_KEY_DIGITS]


def _host(chat_id: int) -> list[ColumnElement[bool]]:
    """The conditions for a link by which *chat_id* may let others in."""
    return [
        ChatLink.chat_id == chat_id,
        ChatLink.revoked_at.is_(None),
        ChatLink.access == Access.FULL,
        ChatLink.proof != Proof.INVITATION,
    ]


def _open(now: datetime) -> ColumnElement[bool]:
    return Invitation.closed_at.is_(None) & or_(
        Invitation.taken_at.is_(None) & (Invitation.expires_at > now),
        Invitation.taken_at > now - LIFETIME,
    )


def _inviter_still_may() -> ColumnElement[bool]:
    return exists().where(
        ChatLink.chat_id == Invitation.inviter_chat_id,
        ChatLink.customer_id == Invitation.customer_id,
        ChatLink.revoked_at.is_(None),
        ChatLink.access == Access.FULL,
        ChatLink.proof != Proof.INVITATION,
    )
