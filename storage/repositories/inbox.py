"""The inbox: updates from their arrival until their answer is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, exists, func, select, update

from storage.models import Chat, ChatLink, Conversation, InboxUpdate
from storage.models.sealed import bound
from storage.repositories.base import Repository, inserting, rows_changed
from storage.repositories.conversations import Conversations

_TABLE = InboxUpdate.__table__


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrived update: its id, the chat in which it is ordered, and its JSON text if needed."""

    update_id: int
    chat_id: int
    content: str | None


@dataclass(frozen=True, slots=True)
class Beginning:
    """The data that a turn begins with, read by one statement.

    ``row`` is the update's row in the inbox, if it was stored separately; ``is_linked`` says
    whether the chat is linked to a customer now.
    """

    row: InboxUpdate | None
    chat: Chat | None
    conversation: Conversation | None
    is_linked: bool


# Built once, because building a statement and its cache key takes as long as running it.
_given = select(
    bindparam("update_id", type_=BigInteger).label("update_id"),
    bindparam("chat_id", type_=BigInteger).label("chat_id"),
).subquery("given")
_BEGIN = (
    select(
        InboxUpdate,
        Chat,
        Conversation,
        exists().where(ChatLink.chat_id == _given.c.chat_id, ChatLink.revoked_at.is_(None)),
    )
    .select_from(_given)
    .outerjoin(InboxUpdate, InboxUpdate.update_id == _given.c.update_id)
    .outerjoin(Chat, Chat.id == _given.c.chat_id)
    .outerjoin(Conversation, Conversation.chat_id == _given.c.chat_id)
)
_FINISHED = ("handled_at", "content", "answer", "answered_at")


def _finish(dialect: str) -> Any:
    """Store an update as handled, whether or not it was stored separately before."""
    made = inserting(InboxUpdate.__table__, dialect)
    return made.on_conflict_do_update(
        index_elements=["update_id"],
        set_={name: made.excluded[name] for name in _FINISHED},
        where=InboxUpdate.__table__.c.handled_at.is_(None),
    ).returning(InboxUpdate.__table__.c.update_id)


_FINISH = {dialect: _finish(dialect) for dialect in ("sqlite", "postgresql")}


class Inbox(Repository):
    async def begin(self, update_id: int, chat_id: int) -> Beginning:
        """The data that a turn begins with; its conversation is locked until the unit ends.

        Raises:
            SealedDataError: no key opens sealed data in it.
        """
        found = await self.session.execute(_BEGIN, {"update_id": update_id, "chat_id": chat_id})
        row, chat, opened, is_linked = found.one()
        conversation: Conversation | None = opened
        if conversation is not None and self.dialect.name == "postgresql":
            conversation = await Conversations(self.session).open_in(chat_id)
        return Beginning(row, chat, conversation, bool(is_linked))

    async def finish(
        self,
        update_id: int,
        chat_id: int,
        *,
        answer: Any | None,
        received_at: datetime,
        now: datetime,
    ) -> bool:
        """Store an update as handled, with what is to be sent for it.

        Returns:
            False where it had been handled before: then the caller must roll back.
        """
        kept = await self.session.execute(
            _FINISH[self.dialect.name],
            bound(
                _TABLE,
                {
                    "update_id": update_id,
                    "chat_id": chat_id,
                    "content": None,
                    "received_at": received_at,
                    "handled_at": now,
                    "answer": answer,
                    "answered_at": None if answer else now,
                },
            ),
        )
        return kept.first() is not None

    async def newest(self) -> int:
        """The highest id of a stored update; -1 if there is none."""
        found = await self.session.scalar(select(func.max(InboxUpdate.update_id)))
        return -1 if found is None else int(found)

    async def known(self, update_ids: Sequence[int]) -> dict[int, bool]:
        """Those of these updates that are stored, and whether each is handled."""
        rows = await self.session.execute(
            select(InboxUpdate.update_id, InboxUpdate.handled_at).where(
                InboxUpdate.update_id.in_(update_ids)
            )
        )
        return {row.update_id: row.handled_at is not None for row in rows}

    async def store(self, arrivals: Sequence[Arrival], *, now: datetime) -> list[int]:
        """Store updates; return the ids of those that are new."""
        if not arrivals:
            return []
        # The rows as parameters, so that the statement is compiled only once.
        rows = await self.session.scalars(
            self.insert(InboxUpdate).on_conflict_do_nothing().returning(InboxUpdate.update_id),
            [
                bound(
                    _TABLE,
                    {
                        "update_id": arrival.update_id,
                        "chat_id": arrival.chat_id,
                        "content": arrival.content,
                        "received_at": now,
                    },
                )
                for arrival in arrivals
            ],
        )
        return sorted(rows)

    async def unhandled(self) -> list[tuple[int, int]]:
        """(update_id, chat_id) of everything not handled yet, in the order of arrival."""
        rows = await self.session.execute(
            select(InboxUpdate.update_id, InboxUpdate.chat_id)
            .where(InboxUpdate.answered_at.is_(None), InboxUpdate.handled_at.is_(None))
            .order_by(InboxUpdate.update_id)
        )
        return [(row.update_id, row.chat_id) for row in rows]

    async def unanswered(self) -> list[tuple[int, int]]:
        """(update_id, chat_id) of what is handled and not marked as answered, in order."""
        rows = await self.session.execute(
            select(InboxUpdate.update_id, InboxUpdate.chat_id)
            .where(InboxUpdate.answered_at.is_(None), InboxUpdate.handled_at.is_not(None))
            .order_by(InboxUpdate.update_id)
        )
        return [(row.update_id, row.chat_id) for row in rows]

    async def answer(self, update_id: int) -> Any | None:
        """The answer that is still to be sent for an update; None if there is none."""
        return await self.session.scalar(
            select(InboxUpdate.answer).where(
                InboxUpdate.update_id == update_id, InboxUpdate.answered_at.is_(None)
            )
        )

    async def content(self, update_id: int) -> str | None:
        """The JSON text of an update that is still to be handled."""
        return await self.session.scalar(
            select(InboxUpdate.content).where(
                InboxUpdate.update_id == update_id, InboxUpdate.handled_at.is_(None)
            )
        )

    async def pass_over(self, update_ids: Sequence[int], *, now: datetime) -> None:
        """Mark updates as handled that are ignored; their content is cleared."""
        if not update_ids:
            return
        await self.session.execute(
            update(InboxUpdate)
            .where(InboxUpdate.update_id.in_(update_ids), InboxUpdate.handled_at.is_(None))
            .values(handled_at=now, content=None, answered_at=now)
        )

    async def mark_answered(self, update_ids: Sequence[int], *, now: datetime) -> None:
        """Mark that Telegram has the answers to these updates; their content is cleared."""
        await self.session.execute(
            update(InboxUpdate)
            .where(
                InboxUpdate.update_id.in_(update_ids),
                InboxUpdate.handled_at.is_not(None),
                InboxUpdate.answered_at.is_(None),
            )
            .values(answered_at=now, answer=None)
        )

    async def forget(self, *, before: datetime) -> int:
        """Remove rows handled and answered before an instant; return how many."""
        gone = await self.session.execute(
            delete(InboxUpdate).where(
                InboxUpdate.handled_at < before, InboxUpdate.answered_at.is_not(None)
            )
        )
        return rows_changed(gone)
