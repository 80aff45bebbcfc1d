"""Forgets a chat: removes what the bot knows of it, except what the supplier must keep.

``KEPT`` and ``ERASED`` name every table that refers to chats; a test compares them with the models,
so that a new table cannot be missed.
"""

from datetime import datetime

from sqlalchemy import delete, or_, select, update

from storage.models import (
    Chat,
    ChatLink,
    ChatPreferences,
    ContactChange,
    Invitation,
    LinkAttempt,
    OneTimeCode,
    OutboxMessage,
    Reading,
    Ticket,
    TicketMessage,
)
from storage.repositories.base import Repository, rows_changed
from storage.repositories.linking import COUNTED
from storage.rules import lockouts

ERASED = {
    "chats": "the row itself",
    "chat_links": "every link, ended ones too",
    "chat_preferences": "the choices",
    "invitations": "those taken up by the chat; of those it made, the chat's number",
    "one_time_codes": "every code that was mailed",
    "link_attempts": "all but recent wrong ones and mailed codes, or the locks were no locks",
    "outbox": "what was still to be said, and the traces of what was",
    "readings": "the chat's number and its receipt; the reading is the supplier's",
    "contact_changes": "the chat's number; the change is the supplier's",
    "tickets": "the chat's number and its receipt; the ticket is the supplier's",
    "ticket_messages": "the chat's number; what was written is the supplier's",
    "conversations": "closed by the turn that asks for all this",
}
KEPT = {
    "inbox": "empty once answered, and removed within two days",
}


class Erasure(Repository):
    async def forget_chat(self, chat_id: int, *, now: datetime) -> None:
        """Remove what is known of a chat. Its pending readings stay, and are acquired.

        The caller closes the open conversation. What the limits on linking still need is removed by
        ``sweep`` once it is too old to count.
        """
        await self.session.execute(
            update(Reading)
            .where(Reading.chat_id == chat_id)
            .values(chat_id=None, receipt_message_id=None)
        )
        await self.session.execute(
            update(ContactChange).where(ContactChange.chat_id == chat_id).values(chat_id=None)
        )
        await self.session.execute(
            update(Ticket)
            .where(Ticket.chat_id == chat_id)
            .values(chat_id=None, receipt_message_id=None)
        )
        await self.session.execute(
            update(TicketMessage).where(TicketMessage.chat_id == chat_id).values(chat_id=None)
        )
        await self._forget_invitations(chat_id, now=now)
        for table in (OutboxMessage, ChatLink, ChatPreferences):
            await self.session.execute(delete(table).where(table.chat_id == chat_id))
        await self._forget_attempts(chat_id, now=now)
        chat = await self.session.get(Chat, chat_id)
        if chat is not None:
            await self.session.delete(chat)
        await self.session.flush()

    async def sweep(self, *, now: datetime) -> int:
        """Remove what was kept of forgotten chats for the limits on linking and no longer counts.

        Returns:
            How many rows were removed.
        """
        known = select(Chat.id)
        attempts = await self.session.execute(
            delete(LinkAttempt).where(
                LinkAttempt.at <= now - lockouts.HISTORY, LinkAttempt.chat_id.not_in(known)
            )
        )
        return rows_changed(attempts)

    async def _forget_invitations(self, chat_id: int, *, now: datetime) -> None:
        await self.session.execute(
            delete(Invitation).where(
                or_(
                    Invitation.guest_chat_id == chat_id,
                    Invitation.link_id.in_(select(ChatLink.id).where(ChatLink.chat_id == chat_id)),
                )
            )
        )
        # Invitations that it made stay for the names of other chats; open ones are closed.
        await self.session.execute(
            update(Invitation)
            .where(Invitation.inviter_chat_id == chat_id, Invitation.closed_at.is_(None))
            .values(closed_at=now)
        )
        await self.session.execute(
            update(Invitation)
            .where(Invitation.inviter_chat_id == chat_id)
            .values(inviter_chat_id=None)
        )

    async def _forget_attempts(self, chat_id: int, *, now: datetime) -> None:
        await self.session.execute(
            delete(LinkAttempt).where(
                LinkAttempt.chat_id == chat_id,
                or_(
                    LinkAttempt.outcome.not_in(COUNTED),
                    LinkAttempt.at <= now - lockouts.HISTORY,
                ),
            )
        )
        await self.session.execute(delete(OneTimeCode).where(OneTimeCode.chat_id == chat_id))
