"""The outbox: messages that the bot sends unasked, once each, when they are due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    case,
    cast,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)

from storage.models import (
    Chat,
    ChatPreferences,
    Conversation,
    OutboxMessage,
    OutboxState,
    Reading,
    ReadingSource,
    ReadingState,
)
from storage.models.sealed import bound
from storage.notices import Notice
from storage.repositories.base import Repository, rows_changed
from storage.repositories.preferences import read_row
from storage.rules.preferences import Preferences

# Literals and no parameters, so that the database knows that its partial indexes match.
_QUEUED = text("outbox.state = 'queued'")
_SENDING = text("outbox.state = 'sending'")
_SETTLED = text("outbox.state IN ('sent', 'failed', 'outdated')")
_EXPIRING = text("outbox.state IN ('queued', 'held')")

ANSWERED_WITHIN = timedelta(days=2)
"""A reading within this time after a notice counts as its answer."""
WAITING = (OutboxState.QUEUED,)
"""The states of a message that has not been sent yet."""
LEAVING = (OutboxState.SENDING, OutboxState.HELD)
"""The states of a message that was being sent: held, where its chat was blocked meanwhile."""

_NO_CHAT = 0
"""The chat id of letters, which go to no chat."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """The chat to send to; a group has no row of its own."""

    chat: Chat | None
    preferences: Preferences
    conversation: Conversation | None


class Outbox(Repository):
    async def queue(
        self,
        key: str,
        notice: Notice,
        chat_id: int,
        *,
        now: datetime,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> bool:
        """Queue a notice under a key; False where one with that key exists already."""
        queued = await self.session.scalar(
            self.insert(OutboxMessage)
            .values(
                **bound(OutboxMessage.__table__, {"key": key, **notice.columns()}),
                chat_id=chat_id,
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

    async def queue_for(
        self,
        source: Select[Any],
        *,
        key: Sequence[object],
        kind: type[Notice],
        chat_id: SQLColumnExpression[int | None] | SQLColumnExpression[int],
        now: datetime,
        bulk: bool,
        not_before: SQLColumnExpression[datetime] | None = None,
        not_after: SQLColumnExpression[datetime] | datetime | None = None,
        reading_id: SQLColumnExpression[int] | None = None,
        about_id: SQLColumnExpression[int] | int | None = None,
    ) -> None:
        """Queue a message for each row that *source* finds, except where its key exists already.

        Args:
            source: a query for the rows; its columns do not matter.
            key: columns and text, which are joined with colons.
            kind: the type of the notices.
            chat_id: to whom each goes.
            now: the current instant.
            bulk: whether they go only when nothing else is due, as messages to many do.
            not_before: when each may be sent; at once where it is not given.
            not_after: when each is not worth sending any more.
            reading_id: the reading that each is about.
            about_id: the id of something else that each is about.
        """
        values: dict[str, object] = {
            "key": _joined(key),
            "kind": kind.kind,
            "chat_id": chat_id,
            "reading_id": reading_id,
            "about_id": about_id,
            "bulk": bulk,
            "not_before": now if not_before is None else not_before,
            "not_after": not_after,
            "state": OutboxState.QUEUED,
            "attempts": 0,
            "created_at": now,
        }
        columns = {
            name: _column(name, value) for name, value in values.items() if value is not None
        }
        await self.session.execute(
            self.insert(OutboxMessage)
            .from_select(
                list(columns),
                source.with_only_columns(*columns.values(), maintain_column_froms=True),
            )
            .on_conflict_do_nothing()
        )

    async def queue_letter(
        self, key: str, notice: Notice, *, now: datetime, not_after: datetime
    ) -> bool:
        """Queue an e-mail under a key; False where one with that key exists already."""
        return await self.queue(key, notice, _NO_CHAT, now=now, not_after=not_after)

    async def letters_due(self, now: datetime, *, limit: int) -> list[OutboxMessage]:
        """Letters that may be sent now, oldest first."""
        return await self.all(
            select(OutboxMessage)
            .where(_QUEUED, OutboxMessage.chat_id == _NO_CHAT, OutboxMessage.not_before <= now)
            .order_by(OutboxMessage.not_before, OutboxMessage.id)
            .limit(limit)
        )

    async def due(
        self, now: datetime, *, limit: int = 100, besides: Collection[int] = ()
    ) -> list[OutboxMessage]:
        """What may be sent to chats now, oldest first; messages to many only after all others.

        Args:
            now: the current instant.
            limit: the most to return.
            besides: chats to leave out, because something is being sent to them.
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
        """The recipient of a message: its chat, its preferences, its open conversation."""
        found = (
            await self.session.execute(
                select(Chat, ChatPreferences, Conversation)
                .outerjoin(ChatPreferences, ChatPreferences.chat_id == Chat.id)
                .outerjoin(Conversation, Conversation.chat_id == Chat.id)
                .where(Chat.id == chat_id)
            )
        ).one_or_none()
        if found is None:  # a group, or a forgotten chat
            return Addressee(None, Preferences(), None)
        chat, row, conversation = found
        return Addressee(chat, read_row(row) if row else Preferences(), conversation)

    async def waiting_with(
        self, message: OutboxMessage, kinds: Collection[str], now: datetime, *, limit: int = 200
    ) -> list[OutboxMessage]:
        """*message* and what else is due now to the same chat, of *kinds*, oldest first.

        Without *message*, where that is not queued any more.
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
        """Mark messages as being sent; return those that were still queued."""
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
        after: Collection[OutboxState],
        now: datetime,
        carried_by: int | None = None,
    ) -> None:
        """Store the final state of messages; their content is cleared.

        Args:
            message_ids: which.
            state: the final state.
            after: the states that they must have now: ``WAITING`` where nothing was sent,
                ``LEAVING`` where it was. Messages in other states are left to others.
            now: when.
            carried_by: the one of them into which the others were merged.
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
            .where(OutboxMessage.id.in_(message_ids), OutboxMessage.state.in_(after))
            .values(values)
            .execution_options(synchronize_session=False)
        )

    async def put_off(
        self,
        message_ids: Sequence[int],
        *,
        after: OutboxState,
        until: datetime | None,
        tries: int = 0,
    ) -> None:
        """Queue messages again, for a later instant or at their former place.

        Args:
            message_ids: which.
            after: the state that they must have now; messages in another are left alone.
            until: when they may be sent; None leaves that unchanged.
            tries: how many attempts to add to those so far.
        """
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(message_ids), OutboxMessage.state == after)
            .values(
                state=OutboxState.QUEUED,
                not_before=OutboxMessage.not_before if until is None else until,
                attempts=OutboxMessage.attempts + tries,
            )
            .execution_options(synchronize_session=False)
        )

    async def bring_forward(self, now: datetime) -> int:
        """Make messages due that were meant for at once but are dated later; return how many.

        A clock that was set back leaves such messages. Messages for a certain hour, such as the
        morning, are left unchanged.
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
        """Hold all messages to a chat, which has blocked the bot."""
        await self._set_all(chat_id, state=OutboxState.HELD)

    async def drop(self, chat_id: int) -> None:
        """Give up all messages to a chat that no longer exists."""
        await self._set_all(chat_id, state=OutboxState.OUTDATED, content=None)

    async def _set_all(self, chat_id: int, **values: Any) -> None:
        waiting = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.HELD)
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.chat_id == chat_id, OutboxMessage.state.in_(waiting))
            .values(values)
            .execution_options(synchronize_session=False)
        )

    async def release(self, chat_id: int) -> None:
        """Queue again the messages that were held for a chat that has come back."""
        await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.chat_id == chat_id, OutboxMessage.state == OutboxState.HELD)
            .values(state=OutboxState.QUEUED)
            .execution_options(synchronize_session=False)
        )

    async def counts(
        self, kinds: Collection[str], *, since: datetime
    ) -> dict[str, dict[OutboxState, int]]:
        """How many messages of each kind were queued since an instant, by state.

        Messages that were merged count as one.
        """
        found: dict[str, dict[OutboxState, int]] = {kind: {} for kind in kinds}
        for kind, state, number in await self.session.execute(
            select(OutboxMessage.kind, OutboxMessage.state, func.count())
            .where(
                OutboxMessage.kind.in_(kinds),
                OutboxMessage.created_at >= since,
                OutboxMessage.carried_by.is_(None),
            )
            .group_by(OutboxMessage.kind, OutboxMessage.state)
        ):
            found[kind][state] = number
        return found

    async def answered(self, kinds: Collection[str], *, since: datetime) -> dict[str, int]:
        """How many messages of each kind were soon followed by a reading from their chat."""
        first = (
            select(func.min(Reading.submitted_at))
            .where(
                Reading.chat_id == OutboxMessage.chat_id,
                Reading.submitted_at >= OutboxMessage.sent_at,
                Reading.source == ReadingSource.SELF,
                Reading.state != ReadingState.CANCELLED,
            )
            .correlate(OutboxMessage)
            .scalar_subquery()
        )
        found = dict.fromkeys(kinds, 0)
        for kind, sent_at, answered_at in await self.session.execute(
            select(OutboxMessage.kind, OutboxMessage.sent_at, first).where(
                OutboxMessage.kind.in_(kinds),
                OutboxMessage.created_at >= since,
                OutboxMessage.state == OutboxState.SENT,
                OutboxMessage.carried_by.is_(None),
                first.is_not(None),
            )
        ):
            if sent_at is not None and answered_at is not None:
                found[kind] += answered_at - sent_at <= ANSWERED_WITHIN
        return found

    async def is_any_leaving(self) -> bool:
        """Whether any message is marked as being sent."""
        found = await self.session.scalar(select(OutboxMessage.id).where(_SENDING).limit(1))
        return found is not None

    async def recover(self, *, most_attempts: int) -> int:
        """Queue again what was being sent when an earlier run ended; return how many.

        It may have been delivered: only these few messages may reach a customer twice. One that has
        had its last attempt is given up, because sending it may be what ends the runs.
        """
        given_up = await self.session.execute(
            update(OutboxMessage)
            .where(_SENDING, OutboxMessage.attempts + 1 >= most_attempts)
            .values(state=OutboxState.FAILED, content=None, attempts=OutboxMessage.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        again = await self.session.execute(
            update(OutboxMessage)
            .where(_SENDING)
            .values(state=OutboxState.QUEUED, attempts=OutboxMessage.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(given_up) + rows_changed(again)

    async def expire(self, now: datetime, *, limit: int = 1_000) -> int:
        """Settle what was not sent in time, in bulk; return how many."""
        late = (
            select(OutboxMessage.id)
            .where(_EXPIRING, OutboxMessage.not_after <= now)
            .order_by(OutboxMessage.not_after)
            .limit(limit)
        )
        found = await self.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(late), _EXPIRING)
            .values(state=OutboxState.OUTDATED, content=None)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(found)

    async def forget(self, *, before: datetime, limit: int = 1_000) -> int:
        """Remove what was settled and queued long ago; return how many.

        Its key is removed with it: *before* must be earlier than anything that may be queued again.
        """
        old = (
            select(OutboxMessage.id)
            .where(_SETTLED, OutboxMessage.created_at < before)
            .order_by(OutboxMessage.created_at)
            .limit(limit)
        )
        found = await self.session.execute(
            delete(OutboxMessage)
            .where(OutboxMessage.id.in_(old), _SETTLED)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(found)


def _joined(parts: Sequence[object]) -> ColumnElement[str]:
    joined: ColumnElement[str] = literal("")
    for place, part in enumerate(parts):
        word = cast(part, String) if isinstance(part, SQLColumnExpression) else literal(str(part))
        joined = joined.concat(word if not place else literal(":").concat(word))
    return joined


def _column(name: str, value: object) -> SQLColumnExpression[Any]:
    if isinstance(value, SQLColumnExpression):
        return value
    if isinstance(value, bool):
        return true() if value else false()
    return literal(value, getattr(OutboxMessage, name).type)
