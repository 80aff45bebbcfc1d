"""Announcements: whom each is for, counted and queued; and what is queued again at its place."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.models import Announcement, Audience, OutboxMessage, OutboxState
from storage.repositories.hours import first_hour
from storage.rules.quiet_hours import NEVER_QUIET
from tests.support.factories import add_customer, add_electricity_point, add_gas_point, link_chat

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    """Chats 1 and 2 have gas, 3 has electricity, 4 has gas and blocked the bot."""
    for chat_id in (1, 2, 3, 4):
        customer = await add_customer(store, f"00000{chat_id}")
        add = add_electricity_point if chat_id == 3 else add_gas_point
        await add(store, customer)
        await link_chat(store, chat_id, customer, NOW)
    async with store.unit() as unit:
        await unit.chats.mark_blocked(4, now=NOW)
        await unit.commit()


async def queue(
    store: Store, audience: Audience, codes: tuple[str, ...], *, at_once: bool = False
) -> list[OutboxMessage]:
    """Queues a new announcement, and returns its messages."""
    async with store.unit() as unit:
        announcement = Announcement(digest="a" * 64, audience=audience, text="Ciao", made_at=NOW)
        unit.announcements.add(announcement)
        await unit.commit()
    async with store.unit() as unit:
        found = await unit.announcements.by_digest("a" * 64)
        assert found is not None
        after: int | None = None
        while True:
            done = await unit.announcements.queue_next(
                found,
                codes,
                after=after,
                not_before=first_hour(NOW, NEVER_QUIET, [], ZoneInfo("UTC")),
                not_after=NOW + timedelta(days=1),
                at_once=at_once,
                today=NOW.date(),
                now=NOW,
            )
            if done is None:
                break
            after = done[0]
        found.queued_at = NOW
        await unit.commit()
    async with store.reading() as unit:
        return list(await unit.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


@pytest.mark.parametrize(
    ("audience", "codes", "whom", "blocked"),
    [
        (Audience.ALL, (), [1, 2, 3], 1),
        (Audience.GAS, (), [1, 2], 1),
        (Audience.ELECTRICITY, (), [3], 0),
        (Audience.CODES, ("000002", "000004"), [2], 1),
    ],
)
async def test_it_is_counted_and_queued_for_whom_it_is_for(
    store: Store, audience: Audience, codes: tuple[str, ...], whom: list[int], blocked: int
) -> None:
    async with store.reading() as unit:
        counted = await unit.announcements.count_chats(audience, codes, today=NOW.date())
        assert counted == (len(whom), blocked)
        assert await unit.announcements.unknown_codes([*codes, "999999"]) == ["999999"]
    messages = await queue(store, audience, codes)
    assert [message.chat_id for message in messages] == whom


async def test_what_is_queued_again_without_an_instant_keeps_its_own(store: Store) -> None:
    message, *_ = await queue(store, Audience.ALL, (), at_once=True)
    async with store.unit() as unit:
        await unit.outbox.put_off([message.id], after=OutboxState.QUEUED, until=None, tries=1)
        await unit.commit()
    async with store.reading() as unit:
        again = await unit.session.get_one(OutboxMessage, message.id)
        assert (again.state, again.not_before) == (OutboxState.QUEUED, message.not_before)
        assert again.attempts == 1
