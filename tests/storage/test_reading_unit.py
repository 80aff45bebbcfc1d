"""A unit that reads can do nothing else, whoever tries."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from storage.engine import Store
from storage.models import Chat
from tests.support.factories import add_customer

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


async def chats(store: Store) -> int:
    async with store.reading() as unit:
        return await unit.session.scalar(select(func.count()).select_from(Chat)) or 0


async def test_it_has_no_commit(store: Store) -> None:
    async with store.reading() as unit:
        assert not hasattr(unit, "commit")


async def test_the_database_refuses_what_a_repository_writes_in_it(store: Store) -> None:
    customer = await add_customer(store)
    async with store.reading() as unit:
        with pytest.raises(DBAPIError):
            await unit.chats.meet(7, now=NOW)
    async with store.reading() as unit:
        with pytest.raises(DBAPIError):
            await unit.session.execute(text("DELETE FROM customers"))
    async with store.reading() as unit:
        found = await unit.session.get_one(type(customer), customer.id)
        found.address = "altrove"
        with pytest.raises(DBAPIError):
            await unit.session.commit()
    assert await chats(store) == 0


async def test_the_connection_writes_again_for_who_may(store: Store) -> None:
    for chat_id in range(1, 20):
        assert await chats(store) == chat_id - 1
        async with store.unit() as unit:
            await unit.chats.meet(chat_id, now=NOW)
            await unit.commit()
    assert await chats(store) == 19
