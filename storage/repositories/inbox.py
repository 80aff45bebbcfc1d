"""The inbox: updates from their arrival until their answer is out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from storage.models import InboxUpdate
from storage.repositories.base import Repository, rows_changed


@dataclass(frozen=True, slots=True)
class Arrival:
    """One update as it came: its number, the chat that orders it, and its JSON text if need be."""

    update_id: int
    chat_id: int
    content: str | None


class Inbox(Repository):
    async def store(self, arrivals: Sequence[Arrival], *, now: datetime) -> list[int]:
        """Keeps what arrived; gives the numbers of those that were not there before."""
        if not arrivals:
            return []
        # The rows as parameters, not as part of the statement: that is compiled only once so.
        rows = await self.session.scalars(
            self.insert(InboxUpdate).on_conflict_do_nothing().returning(InboxUpdate.update_id),
            [
                {
                    "update_id": arrival.update_id,
                    "chat_id": arrival.chat_id,
                    "content": arrival.content,
                    "received_at": now,
                }
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

    async def unanswered(self, *, after: int = -1, limit: int = 200) -> list[InboxUpdate]:
        """Updates whose effects are kept and whose answer is not known to be out, in order.

        Args:
            after: only those with a higher number.
            limit: how many at the most.
        """
        return await self.all(
            select(InboxUpdate)
            .where(
                InboxUpdate.answered_at.is_(None),
                InboxUpdate.handled_at.is_not(None),
                InboxUpdate.update_id > after,
            )
            .order_by(InboxUpdate.update_id)
            .limit(limit)
        )

    async def handled(self, update_id: int) -> InboxUpdate | None:
        """An update that is handled already, with the answer that may still have to be sent."""
        return await self.session.scalar(
            select(InboxUpdate).where(
                InboxUpdate.update_id == update_id, InboxUpdate.handled_at.is_not(None)
            )
        )

    async def content(self, update_id: int) -> str | None:
        """The JSON text of an update that is still to be handled."""
        return await self.session.scalar(
            select(InboxUpdate.content).where(
                InboxUpdate.update_id == update_id, InboxUpdate.handled_at.is_(None)
            )
        )

    async def mark_handled(self, update_id: int, *, answer: Any | None, now: datetime) -> bool:
        """Marks an update as handled, with what is to be sent for it; content goes.

        Returns:
            False where it had been handled before: then the caller must roll back.
        """
        marked = await self.session.scalar(
            update(InboxUpdate)
            .where(InboxUpdate.update_id == update_id, InboxUpdate.handled_at.is_(None))
            .values(
                handled_at=now,
                content=None,
                answer=answer,
                answered_at=None if answer else now,
            )
            .returning(InboxUpdate.update_id)
        )
        return marked is not None

    async def pass_over(self, update_ids: Sequence[int], *, now: datetime) -> None:
        """Marks updates as handled that nobody will look at; what was in them goes."""
        if not update_ids:
            return
        await self.session.execute(
            update(InboxUpdate)
            .where(InboxUpdate.update_id.in_(update_ids), InboxUpdate.handled_at.is_(None))
            .values(handled_at=now, content=None, answered_at=now)
        )

    async def mark_answered(self, update_ids: Sequence[int], *, now: datetime) -> None:
        """Marks that Telegram has the answers to these updates; what was in them goes."""
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
        """Removes rows handled and answered before an instant; gives how many."""
        gone = await self.session.execute(
            delete(InboxUpdate).where(
                InboxUpdate.handled_at < before, InboxUpdate.answered_at.is_not(None)
            )
        )
        return rows_changed(gone)
