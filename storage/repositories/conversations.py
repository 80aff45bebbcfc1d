"""Where each chat's conversation stands: one row for the one that is open."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update

from storage.models import Conversation
from storage.repositories.base import Repository, inserting

_TABLE = cast("Table", Conversation.__table__)


def _keep(dialect: str) -> Any:
    made = inserting(_TABLE, dialect)
    return made.on_conflict_do_update(
        index_elements=["chat_id"],
        set_={
            name: made.excluded[name] for name in ("flow", "state", "draft", "token", "expires_at")
        },
    )


# Built once: every turn of a conversation ends with one of these.
_KEEP = {dialect: _keep(dialect) for dialect in ("sqlite", "postgresql")}
_MOVE = (
    update(_TABLE)
    .where(_TABLE.c.chat_id == bindparam("whose"))
    .values({name: bindparam(name) for name in ("flow", "state", "token", "expires_at")})
)
_CLOSE = delete(_TABLE).where(_TABLE.c.chat_id == bindparam("whose"))


class Conversations(Repository):
    async def open_in(self, chat_id: int) -> Conversation | None:
        """The conversation of a chat, held for this unit until it ends."""
        return await self.session.scalar(
            select(Conversation)
            .where(Conversation.chat_id == chat_id)
            .with_for_update()
            .execution_options(populate_existing=True)  # it may have been read without being held
        )

    async def keep(
        self,
        chat_id: int,
        *,
        flow: str,
        state: str,
        draft: Any | None,
        token: str,
        expires_at: datetime,
    ) -> None:
        """Writes where a chat's conversation stands.

        Args:
            chat_id: the chat.
            flow: the conversation's name.
            state: the name of its state.
            draft: what is known so far; None leaves what was written before.
            token: the mark of the newest screen's buttons.
            expires_at: until when it stays open if nothing more comes.
        """
        given = {"flow": flow, "state": state, "token": token, "expires_at": expires_at}
        if draft is None:
            await self.session.execute(_MOVE, {"whose": chat_id, **given})
        else:
            await self.session.execute(
                _KEEP[self.dialect.name], {"chat_id": chat_id, "draft": draft, **given}
            )

    async def close(self, chat_id: int) -> None:
        """Ends a chat's conversation."""
        await self.session.execute(_CLOSE, {"whose": chat_id})

    async def expired(self, now: datetime, *, limit: int = 100) -> list[Conversation]:
        """Conversations left alone for too long, the oldest first."""
        return await self.all(
            select(Conversation)
            .where(Conversation.expires_at <= now)
            .order_by(Conversation.expires_at)
            .limit(limit)
        )

    async def close_if_expired(self, chat_id: int, now: datetime) -> bool:
        """Ends a conversation that is still expired; False where the customer came back first."""
        ended = await self.session.scalar(
            delete(Conversation)
            .where(Conversation.chat_id == chat_id, Conversation.expires_at <= now)
            .returning(Conversation.chat_id)
        )
        return ended is not None
