"""The open conversation of each chat, in one row."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update

from storage.models import Conversation
from storage.models.sealed import bound
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


# Built once, because every turn of a conversation ends with one of these.
_KEEP = {dialect: _keep(dialect) for dialect in ("sqlite", "postgresql")}
_MOVE = (
    update(_TABLE)
    .where(_TABLE.c.chat_id == bindparam("whose"))
    .values({name: bindparam(name) for name in ("flow", "state", "token", "expires_at")})
)
_CLOSE = delete(_TABLE).where(_TABLE.c.chat_id == bindparam("whose"))


class Conversations(Repository):
    async def open_in(self, chat_id: int) -> Conversation | None:
        """The conversation of a chat, locked until the unit ends."""
        return await self.session.scalar(
            select(Conversation)
            .where(Conversation.chat_id == chat_id)
            .with_for_update()
            .execution_options(populate_existing=True)  # it may have been read without the lock
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
        """Write the state of a chat's conversation.

        Args:
            chat_id: the chat.
            flow: the conversation's name.
            state: the name of its state.
            draft: the draft; None leaves it unchanged.
            token: the token of the newest screen's buttons.
            expires_at: when it ends without another message.
        """
        given = {"flow": flow, "state": state, "token": token, "expires_at": expires_at}
        if draft is None:
            await self.session.execute(_MOVE, {"whose": chat_id, **given})
        else:
            await self.session.execute(
                _KEEP[self.dialect.name],
                bound(_TABLE, {"chat_id": chat_id, "draft": draft, **given}),
            )

    async def close(self, chat_id: int) -> None:
        """End a chat's conversation."""
        await self.session.execute(_CLOSE, {"whose": chat_id})

    async def expired(self, now: datetime, *, limit: int = 100) -> list[Conversation]:
        """Expired conversations, the oldest first."""
        return await self.all(
            select(Conversation)
            .where(Conversation.expires_at <= now)
            .order_by(Conversation.expires_at)
            .limit(limit)
        )

    async def close_if_expired(self, chat_id: int, now: datetime) -> bool:
        """End a conversation that is still expired; False where the customer came back first."""
        ended = await self.session.scalar(
            delete(Conversation)
            .where(Conversation.chat_id == chat_id, Conversation.expires_at <= now)
            .returning(Conversation.chat_id)
        )
        return ended is not None
