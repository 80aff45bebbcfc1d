"""What was said is not kept, and what was forgotten is gone: looked for in the raw database."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from storage.engine import Store
from storage.models import Chat, OutboxState
from storage.models.base import Base
from storage.notices import TicketAnswer
from storage.repositories import erasure
from storage.repositories.inbox import Arrival
from storage.repositories.outbox import WAITING
from storage.unit import Unit
from tests.support.every_table import fill_every_table

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
CHAT = 7

Ending = Callable[[Unit, list[int]], Awaitable[object]]


def settled(state: OutboxState) -> Ending:
    return lambda unit, ids: unit.outbox.settle(ids, state, after=WAITING, now=NOW)


ENDINGS: dict[str, Ending] = {
    "sent": settled(OutboxState.SENT),
    "failed": settled(OutboxState.FAILED),
    "outdated": settled(OutboxState.OUTDATED),
    "the chat is gone": lambda unit, _ids: unit.outbox.drop(CHAT),
    "it came too late": lambda unit, _ids: unit.outbox.expire(NOW + timedelta(days=1)),
}


async def queue(store: Store, count: int) -> list[int]:
    async with store.unit() as unit:
        for number in range(count):
            await unit.outbox.queue(
                f"key{number}",
                TicketAnswer(number, 0),
                CHAT,
                now=NOW,
                not_after=NOW + timedelta(hours=1),
            )
        found = [message.id for message in await unit.outbox.due(NOW, limit=count)]
        await unit.commit()
        return found


async def kept(store: Store, table: str, *columns: str) -> int:
    """How many rows hold anything in these columns."""
    where = " OR ".join(f"{column} IS NOT NULL" for column in columns)
    async with store.reading() as unit:
        found = await unit.session.scalar(text(f"SELECT count(*) FROM {table} WHERE {where}"))  # noqa: S608
        return int(found or 0)


@pytest.mark.parametrize("ending", ENDINGS)
async def test_however_a_message_ends_its_content_goes(store: Store, ending: str) -> None:
    ids = await queue(store, 2)
    assert await kept(store, "outbox", "content") == 2
    async with store.unit() as unit:
        await ENDINGS[ending](unit, ids)
        await unit.commit()
    assert await kept(store, "outbox", "content") == 0


async def test_what_ended_the_run_again_and_again_is_given_up_with_its_content(
    store: Store,
) -> None:
    ids = await queue(store, 2)
    for left in (2, 0):
        async with store.unit() as unit:
            await unit.outbox.start(ids)
            await unit.outbox.recover(most_attempts=2)
            await unit.commit()
        assert await kept(store, "outbox", "content") == left


async def test_an_update_is_empty_once_handled_and_its_answer_once_sent(store: Store) -> None:
    async with store.unit() as unit:
        await unit.inbox.store(
            [Arrival(number, CHAT, '{"text": "la mia bolletta"}') for number in (1, 2, 3)], now=NOW
        )
        await unit.inbox.pass_over([3], now=NOW)
        await unit.commit()
    assert await kept(store, "inbox", "content") == 2
    async with store.unit() as unit:
        for number, answer in ((1, [{"kind": "say"}]), (2, None)):
            assert await unit.inbox.finish(number, CHAT, answer=answer, received_at=NOW, now=NOW)
        await unit.commit()
    assert await kept(store, "inbox", "content") == 0
    assert await kept(store, "inbox", "answer") == 1
    async with store.unit() as unit:
        await unit.inbox.mark_answered([1], now=NOW)
        await unit.commit()
    assert await kept(store, "inbox", "content", "answer") == 0


async def test_a_chat_that_is_forgotten_stands_in_no_row_of_any_table(store: Store) -> None:
    """Whatever state a row is in: revoked or not, sent or queued, open or closed."""
    await fill_every_table(store)
    columns = [
        (table, column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if (column.name.endswith("chat_id") or (table.name, column.name) == ("chats", "id"))
        and table.name not in {*erasure.KEPT, "conversations"}  # the turn closes that
        and column.name != "thread_chat_id"  # the staff's group
    ]
    async with store.reading() as look:
        chats = (await look.session.scalars(select(Chat.id))).all()
    for chat_id in chats:
        async with store.unit() as unit:
            for table, column in columns:
                if not column.primary_key and not column.foreign_keys:
                    await unit.session.execute(
                        update(table).where(column.is_not(None)).values({column.name: chat_id})
                    )
            await unit.session.flush()
            await unit.erasure.forget_chat(chat_id, now=NOW + timedelta(days=1_000))
            await unit.commit()
        async with store.reading() as look:
            for table, column in columns:
                count = await look.session.scalar(
                    select(func.count()).select_from(table).where(column == chat_id)
                )
                assert not count, f"{table.name}.{column.name}"
