"""The base of the repositories."""

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
        """An INSERT that supports ``ON CONFLICT``, in the dialect of the database."""
        return inserting(table, self.dialect.name)

    async def one_at_a_time(self, *counted: str) -> None:
        """Lock until this transaction ends, so that limits are counted one transaction at a time.

        Call it before counting and writing; otherwise two transactions count the same and both
        write. It does nothing on SQLite, which has one writer at a time. Read what counts after
        this, since data that was read before may have changed.

        Args:
            counted: what is counted, by a name of the caller's («invitations of 17»); other names
                do not block each other. Several are locked in a fixed order, which prevents
                deadlocks.
        """
        if self.dialect.name != "postgresql":
            return
        for key in sorted({_lock_key(each) for each in counted}):
            await self.session.execute(select(func.pg_advisory_xact_lock(key)))

    async def all(
        self, statement: Select[T], parameters: Mapping[str, Any] | None = None
    ) -> list[T]:
        """Every object that *statement* finds; *values* are its parameters, if it has any."""
        return list((await self.session.scalars(statement, parameters)).all())


def _lock_key(name: str) -> int:
    """PostgreSQL's 64-bit key of a lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def inserting(table: type[Base] | FromClause, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that supports ``ON CONFLICT``, in the dialect of that name."""
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
        chat_id: the chat; a parameter in statements that are built once.
        to_write: only those for which it may change something, not merely look.
    """
    statement = select(ChatLink.customer_id).where(
        ChatLink.chat_id == chat_id, ChatLink.revoked_at.is_(None)
    )
    return statement.where(ChatLink.access == Access.FULL) if to_write else statement
