"""Tidying up: conversations left alone are ended once, and the inbox forgets."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.application import build_desk
from bot.jobs.housekeeping import INBOX_MEMORY, Housekeeping
from bot.settings import Settings
from conversations.kit.context import IDLE
from storage.engine import Store
from storage.models import Conversation, InboxUpdate, OutboxMessage
from storage.repositories.conversations import Conversations
from storage.repositories.inbox import Arrival
from tests.support.clock import MovableClock


@pytest.fixture
def housekeeping(store: Store, clock: MovableClock) -> Housekeeping:
    return Housekeeping(store, build_desk(Settings(company_name="Luce e Gas Prova"), clock))


async def open_one(
    store: Store, clock: MovableClock, chat_id: int = 7, *, minutes: int = 30, idle: bool = False
) -> None:
    """A conversation that is left alone in so many minutes."""
    now = clock.now()
    async with store.unit() as unit:
        await unit.chats.meet(chat_id, now=now)
        await unit.conversations.open(
            Conversation(
                chat_id=chat_id,
                flow="submit_reading",
                state="meter",
                draft={IDLE: True} if idle else {"meter": 45_000},
                token=f"{chat_id:06x}",
                expires_at=now + timedelta(minutes=minutes),
            )
        )
        await unit.commit()


async def open_chats(store: Store) -> list[int]:
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(Conversation.chat_id).order_by(Conversation.chat_id)
        )
        return list(found)


async def told(store: Store) -> list[int]:
    """The chats that will hear that something was closed."""
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(OutboxMessage.chat_id)
            .where(OutboxMessage.kind == "conversation_left_alone")
            .order_by(OutboxMessage.chat_id)
        )
        return list(found)


async def test_what_is_left_alone_is_closed_and_told_once(
    store: Store, clock: MovableClock, housekeeping: Housekeeping
) -> None:
    await open_one(store, clock, 7)
    await open_one(store, clock, 8, minutes=31)
    clock.move(minutes=29)
    await housekeeping.run()
    assert (await open_chats(store), await told(store)) == ([7, 8], [])
    clock.move(minutes=1)
    await housekeeping.run()
    await housekeeping.run()
    assert (await open_chats(store), await told(store)) == ([8], [7])


async def test_who_only_looked_hears_nothing(
    store: Store, clock: MovableClock, housekeeping: Housekeeping
) -> None:
    await open_one(store, clock, idle=True)
    clock.move(minutes=31)
    await housekeeping.run()
    assert (await open_chats(store), await told(store)) == ([], [])


async def test_who_came_back_in_between_goes_on(
    store: Store, clock: MovableClock, housekeeping: Housekeeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer's turn comes between finding what expired and closing it."""
    await open_one(store, clock)
    clock.move(minutes=31)
    find = Conversations.expired

    async def find_and_be_overtaken(
        conversations: Conversations, now: datetime, *, limit: int = 100
    ) -> list[Conversation]:
        found = await find(conversations, now, limit=limit)
        async with store.unit() as unit:
            row = await unit.conversations.open_in(7)
            assert row is not None
            row.expires_at = now + timedelta(minutes=30)
            await unit.commit()
        return found

    monkeypatch.setattr(Conversations, "expired", find_and_be_overtaken)
    await housekeeping.run()
    assert (await open_chats(store), await told(store)) == ([7], [])


async def test_more_than_a_handful_are_closed_in_the_end(
    store: Store, clock: MovableClock, housekeeping: Housekeeping
) -> None:
    for chat_id in range(1, 131):
        await open_one(store, clock, chat_id)
    clock.move(minutes=31)
    await housekeeping.run()
    await housekeeping.run()
    assert await open_chats(store) == []
    assert await told(store) == list(range(1, 131))


async def test_the_inbox_forgets_what_was_answered_two_days_ago(
    store: Store, clock: MovableClock, housekeeping: Housekeeping
) -> None:
    async with store.unit() as unit:
        await unit.inbox.store([Arrival(number, 7, "{}") for number in (1, 2, 3)], now=clock.now())
        assert await unit.inbox.mark_handled(1, answer=None, now=clock.now())  # nothing to say
        assert await unit.inbox.mark_handled(2, answer=[{"kind": "say"}], now=clock.now())
        await unit.commit()
    clock.move(seconds=INBOX_MEMORY.total_seconds() - 1)
    await housekeeping.run()
    assert await _in_the_inbox(store) == 3
    clock.move(seconds=2)
    await housekeeping.run()
    # One is answered; one is still to be answered, one to be handled.
    assert await _in_the_inbox(store) == 2


async def _in_the_inbox(store: Store) -> int:
    async with store.reading() as unit:
        return await unit.session.scalar(select(func.count()).select_from(InboxUpdate)) or 0
