"""The outbox: what the bot sends unasked, once, when its time comes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, or_, select, text, update

from storage.models import Chat, ChatPreferences, Conversation, OutboxMessage, OutboxState
from storage.repositories.base import Repository, rows_changed
from storage.repositories.preferences import read_row
from storage.rules.preferences import Preferences

# Written out, not bound: only so can the database tell that its partial indexes serve.
_QUEUED = text("outbox.state = 'queued'")
_SENDING = text("outbox.state = 'sending'")
_SETTLED = text("outbox.state IN ('sent', 'failed', 'outdated')")
_EXPIRING = text("outbox.state IN ('queued', 'held')")

_NO_CHAT = 0
"""Stands where a chat would, in letters."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A chat that is to be spoken to; without a row of its own, a group."""

    chat: Chat | None
    preferences: Preferences
    conversation: Conversation | None


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
        about_id: int | None = None,
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
                about_id=about_id,
                content=content,
                not_before=not_before or now,
                not_after=not_after,
                state=OutboxState.QUEUED,
                bulk=False,
                attempts=0,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(OutboxMessage.id)
        )
        return queued is not None

    async def queue_letter(
        self, key: str, kind: str, *, now: datetime, content: Any, not_after: datetime
    ) -> bool:
        """Queues an e-mail under a key; False where one with that key exists already."""
        return await self.queue(key, kind, _NO_CHAT, now=now, content=content, not_after=not_after)

    async def letters_due(self, now: datetime, *, limit: int) -> list[OutboxMessage]:
        """Letters that may go now, oldest first."""
        return await self.all(
            select(OutboxMessage)
            .where(_QUEUED, OutboxMessage.chat_id == _NO_CHAT, OutboxMessage.not_before <= now)
            .order_by(OutboxMessage.not_before, OutboxMessage.id)
            .limit(limit)
        )

    async def due(
        self, now: datetime, *, limit: int = 100, besides: Collection[int] = ()
    ) -> list[OutboxMessage]:
        """What may be sent to chats now, oldest first; what goes to many only after all the rest.

        Args:
            now: the instant to compare with.
            limit: how many at the most.
            besides: chats to leave out, because something is under way to them.
        """
        found: list[OutboxMessage] = []
        for bulk in (False, True):
            statement = (
                select(OutboxMessage)
                .where(
                    _QUEUED,
                    OutboxMessage.bulk == bulk,
                    OutboxMessage.not_before <= now,
                    OutboxMessage.chat_id != _NO_CHAT,
                )
                .order_by(OutboxMessage.not_before, OutboxMessage.id)
                .limit(limit - len(found))
            )
            if besides:
                statement = statement.where(OutboxMessage.chat_id.not_in(besides))
            found += await self.all(statement)
            if len(found) == limit:
                break
        return found

    async def addressee(self, chat_id: int) -> Addressee:
        """Whom a message is for: the chat as it is now, what it wants, what is open in it."""
        found = (
            await self.session.execute(
                select(Chat, ChatPreferences, Conversation)
                .outerjoin(ChatPreferences, ChatPreferences.chat_id == Chat.id)
                .outerjoin(Conversation, Conversation.chat_id == Chat.id)
                .where(Chat.id == chat_id)
            )
        ).one_or_none()
        if found is None:  # a group, or a chat that was forgotten
            return Addressee(None, Preferences(), None)
        chat, row, conversation = found
        return Addressee(chat, read_row(row) if row else Preferences(), conversation)

    async def waiting_with(
        self, message: OutboxMessage, kinds: Collection[str], now: datetime, *, limit: int = 200
    ) -> list[OutboxMessage]:
        """*message* and what else is due now to the same chat, of *kinds*, oldest first.

        Without *message*, where that does not wait any more.
        """
        return await self.all(
            select(OutboxMessage)
            .where(
                OutboxMessage.chat_id == message.chat_id,
                OutboxMessage.kind.in_(kinds),
                OutboxMessage.state == OutboxState.QUEUED,
                OutboxMessage.not_before <= now,
                or_(OutboxMessage.not_after.is_(None), OutboxMessage.not_after > now),
            )
            .order_by(OutboxMessage.not_before, OutboxMessage.id)
            .limit(limit)
        )

    async def start(self, message_ids: Collection[int]) -> set[int]:
        """Marks messages as leaving; gives those that were still queued."""
        started = await self.session.scalars(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(message_ids), OutboxMessage.state == OutboxState.QUEUED)
            .values(state=OutboxState.SENDING)
            .returning(OutboxMessage.id)
            .execution_options(synchronize_session=False)
        )
        return set(started)

    async def settle(
        self,
        message_ids: Sequence[int],
        state: OutboxState,
        *,
        now: datetime,
        carried_by: int | None = None,
    ) -> None:
        """Writes how messages ended; their content goes.

        Args:
            message_ids: which.
            state: how they ended.
            now: when.
            carried_by: the one of them that the others went out with.
        """
        values: dict[str, Any] = {
            "state": state,
            "content": None,
            "sent_at": now if state is OutboxState.SENT else None,
            "attempts": OutboxMessage.attempts + 1,
        }
        if carried_by is not None:
            values["carried_by"] = case((OutboxMessage.id != carried_by, carried_by))
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(message_ids))
            .values(values)
            .execution_options(synchronize_session=False)
        )

    async def put_off(
        self, message_ids: Sequence[int], *, until: datetime, tried: bool = False
    ) -> None:
        """Queues messages anew for a later instant; *tried* counts the attempt."""
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(message_ids))
            .values(
                state=OutboxState.QUEUED,
                not_before=until,
                attempts=OutboxMessage.attempts + int(tried),
            )
            .execution_options(synchronize_session=False)
        )

    async def bring_forward(self, now: datetime) -> int:
        """Makes due what was meant to go at once and lies ahead; gives how much that is.

        A clock that stepped back leaves such messages behind. What waits for an hour of its own,
        the morning say, waits on.
        """
        found = await self.session.execute(
            update(OutboxMessage)
            .where(
                _QUEUED,
                OutboxMessage.not_before > now,
                or_(
                    OutboxMessage.not_before <= OutboxMessage.created_at,
                    OutboxMessage.attempts > 0,
                ),
            )
            .values(not_before=now)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(found)

    async def hold(self, chat_id: int) -> None:
        """Lets whatever is meant for a chat wait: it has blocked the bot."""
        await self._set_all(chat_id, OutboxState.HELD)

    async def drop(self, chat_id: int) -> None:
        """Gives up whatever is meant for a chat: nobody is there any more."""
        await self._set_all(chat_id, OutboxState.OUTDATED)

    async def _set_all(self, chat_id: int, state: OutboxState) -> None:
        waiting = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.HELD)
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.chat_id == chat_id, OutboxMessage.state.in_(waiting))
            .values(state=state)
            .execution_options(synchronize_session=False)
        )

    async def release(self, chat_id: int) -> None:
        """Queues again what waited for somebody who has come back."""
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.chat_id == chat_id, OutboxMessage.state == OutboxState.HELD)
            .values(state=OutboxState.QUEUED)
            .execution_options(synchronize_session=False)
        )

    async def recover(self, *, most_attempts: int) -> int:
        """Queues again what was leaving when an earlier run ended; gives how much that was.

        It may have arrived: of these few, and of no others, a customer may get one twice. One that
        is found so for the last time is given up, lest it be what ends the runs.
        """
        found = await self.session.execute(
            update(OutboxMessage)
            .where(_SENDING)
            .values(
                state=case(
                    (OutboxMessage.attempts + 1 >= most_attempts, OutboxState.FAILED.value),
                    else_=OutboxState.QUEUED.value,
                ),
                attempts=OutboxMessage.attempts + 1,
            )
            .execution_options(synchronize_session=False)
        )
        return rows_changed(found)

    async def expire(self, now: datetime, *, limit: int = 1_000) -> int:
        """Settles what was not sent in time, without looking at each; gives how much that was."""
        late = (
            select(OutboxMessage.id)
            .where(_EXPIRING, OutboxMessage.not_after <= now)
            .order_by(OutboxMessage.not_after)
            .limit(limit)
        )
        found = await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(late))
            .values(state=OutboxState.OUTDATED, content=None)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(found)

    async def forget(self, *, before: datetime, limit: int = 1_000) -> int:
        """Removes what was settled and queued long ago; gives how much that was.

        Its key goes with it: *before* must lie further back than anything that could come again.
        """
        old = (
            select(OutboxMessage.id)
            .where(_SETTLED, OutboxMessage.created_at < before)
            .order_by(OutboxMessage.created_at)
            .limit(limit)
        )
        found = await self.session.execute(
            delete(OutboxMessage)
            .where(OutboxMessage.id.in_(old))
            .execution_options(synchronize_session=False)
        )
        return rows_changed(found)
