"""What the repositories share."""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Dialect, FromClause, Result, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Access, ChatLink
from storage.models.base import Base

T = TypeVar("T")


class Repository:
    """Holds the session of its unit of work."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    @property
    def dialect(self) -> Dialect:
        return self.session.get_bind().dialect

    def insert(self, table: type[Base]) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that can say ``ON CONFLICT``, in the dialect of the database at hand."""
        return inserting(table, self.dialect.name)

    async def one_at_a_time(self, *counted: str) -> None:
        """Lets one transaction after the other past this line, until it ends: for limits.

        Whoever counts and then writes calls this first, or two at once count the same and both
        write. SQLite needs nothing of the kind: there is one writer at a time. What was read
        before stays as it was; read what counts after this.

        Args:
            counted: what is counted, by a name of the caller's («invitations of 17»); who names
                another does not wait. Several are taken in one order, so that nobody waits in a
                ring.
        """
        if self.dialect.name != "postgresql":
            return
        for key in sorted({_lock_key(each) for each in counted}):
            await self.session.execute(select(func.pg_advisory_xact_lock(key)))

    async def all(
        self, statement: Select[T], parameters: Mapping[str, Any] | None = None
    ) -> list[T]:
        """Every object that *statement* finds; with values, where it was built without them."""
        return list((await self.session.scalars(statement, parameters)).all())


def _lock_key(name: str) -> int:
    """The 64 bits by which PostgreSQL knows a lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def inserting(table: type[Base] | FromClause, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that can say ``ON CONFLICT``, in the dialect of that name."""
    made: sqlite.Insert | postgresql.Insert = (
        postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)  # type: ignore[arg-type]
    )
    return made


def rows_changed(result: Result[Any]) -> int:
    """How many rows an UPDATE, an INSERT or a DELETE changed."""
    return int(result.rowcount)  # type: ignore[attr-defined]  # known of these statements only


def linked_customers(chat_id: int | BindParameter[int], *, to_write: bool = False) -> Select[int]:
    """The ids of the customers that *chat_id* is linked to now.

    Args:
        chat_id: the chat that asks; a parameter, in a statement that is built once.
        to_write: only those for which it may change something, not merely look.
    """
    statement = select(ChatLink.customer_id).where(
        ChatLink.chat_id == chat_id, ChatLink.revoked_at.is_(None)
    )
    return statement.where(ChatLink.access == Access.FULL) if to_write else statement
