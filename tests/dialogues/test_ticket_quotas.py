"""One customer's flood fills neither the disk nor the staff's queue."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.models import MediaKind, OutboxMessage
from storage.repositories.tickets import NewFile
from storage.rules.tickets import (
    LARGEST_FILE,
    MOST_BYTES_A_DAY,
    MOST_MESSAGES_A_DAY,
    POSTS_AT_ONCE,
    Quota,
)
from tests.support.chat import ChatDriver
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, link_chat
from tests.support.tickets import said

GROUP = -500


def files(count: int, size: int | None = 1_000) -> list[NewFile]:
    return [NewFile(MediaKind.PHOTO, f"id{number}", "foto.jpg", size) for number in range(count)]


async def sends_to_ticket(
    store: Store, clock: MovableClock, chat_id: int, given: list[NewFile], *, times: int = 1
) -> None:
    """A ticket and what is added to it, without the conversation around it."""
    async with store.unit() as unit:
        (customer,) = await unit.tickets.customers(chat_id)
        ticket = await unit.tickets.open(
            chat_id,
            customer.id,
            "Altro",
            "Ecco",
            given,
            receipt_message_id=None,
            staff_group=GROUP,
            now=clock.now(),
        )
        assert ticket is not None
        for _ in range(times - 1):
            assert await unit.tickets.add(
                chat_id, ticket.id, "Ancora", given, staff_group=GROUP, now=clock.now()
            )
        await unit.commit()


async def test_who_has_sent_enough_is_told_before_writing_more(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await sends_to_ticket(store, clock, chat.id, [], times=MOST_MESSAGES_A_DAY)
    await chat.sends("/assistenza")
    chat.skip()
    await chat.taps("✍️ Nuova richiesta")
    chat.sees("molti messaggi", "domani")


async def test_a_message_too_many_is_not_sent_and_stays_written(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await sends_to_ticket(store, clock, chat.id, [], times=MOST_MESSAGES_A_DAY - 1)
    await chat.sends("/assistenza")
    chat.skip()
    await chat.taps("✍️ Nuova richiesta")
    await chat.taps("Altro")
    await chat.sends("Una di troppo")
    await chat.taps("Fatto")
    chat.skip()
    await sends_to_ticket(store, clock, chat.id, [])  # from another chat, meanwhile
    for _ in range(2):
        await chat.taps("Invia")
        chat.sees("non è stato inviato", "domani")
    assert len(await said(store)) == MOST_MESSAGES_A_DAY


async def test_the_day_is_the_customers_whatever_chat_it_comes_from(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    other = await add_customer(store, "111111", tax_code="RSSMRA85T10A562S")
    await link_chat(store, 8, other, clock.now())
    async with store.unit() as unit:
        (mine,) = await unit.tickets.customers(chat.id)
    await link_chat(store, 9, mine, clock.now())
    await sends_to_ticket(store, clock, chat.id, [], times=MOST_MESSAGES_A_DAY // 2)
    await sends_to_ticket(store, clock, 9, [], times=MOST_MESSAGES_A_DAY // 2)
    async with store.unit() as unit:
        quota = unit.tickets.quota
        assert await quota(mine.id, [], now=clock.now()) is Quota.TOO_MANY_MESSAGES
        assert await quota(other.id, [], now=clock.now()) is Quota.WITHIN
        tomorrow = clock.now() + timedelta(days=1)
        assert await quota(mine.id, [], now=tomorrow) is Quota.WITHIN
        assert await quota(mine.id, [], now=tomorrow - timedelta(seconds=1)) is not Quota.WITHIN


@pytest.mark.parametrize("size", [LARGEST_FILE, None], ids=["told", "not told"])
async def test_the_files_of_a_day_weigh_so_much(
    chat: ChatDriver, store: Store, clock: MovableClock, size: int | None
) -> None:
    fits = MOST_BYTES_A_DAY // LARGEST_FILE
    await sends_to_ticket(store, clock, chat.id, files(fits, size))
    async with store.unit() as unit:
        (mine,) = await unit.tickets.customers(chat.id)
        quota = unit.tickets.quota
        assert await quota(mine.id, files(1, 1), now=clock.now()) is Quota.TOO_LARGE
        assert await quota(mine.id, [], now=clock.now()) is Quota.WITHIN


async def test_a_flood_of_attachments_stands_behind_anothers_ticket(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await link_chat(store, 8, await add_customer(store, "111111"), clock.now())
    await sends_to_ticket(store, clock, chat.id, files(5), times=4)
    clock.move(seconds=1)
    await sends_to_ticket(store, clock, 8, files(1))
    clock.move(minutes=10)
    async with store.reading() as unit:
        queued = list(
            await unit.session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.chat_id == GROUP)
                .order_by(OutboxMessage.not_before, OutboxMessage.id)
            )
        )
    last = max(message.id for message in queued)
    place = [message.id for message in queued].index(last)
    assert len(queued) > 4 * POSTS_AT_ONCE - 1
    assert place <= POSTS_AT_ONCE, "who has sent little waits for no more than one burst"
    own = [message.id for message in queued if message.id != last]
    assert own == sorted(own), "what one customer wrote stays in its order"


async def test_files_are_fetched_one_of_each_customer_in_turn(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await link_chat(store, 8, await add_customer(store, "111111"), clock.now())
    await sends_to_ticket(store, clock, chat.id, files(5), times=4)
    await sends_to_ticket(store, clock, 8, files(1))
    async with store.reading() as unit:
        found = await unit.tickets.files_to_fetch(limit=3)
        assert [each.id for each in found] == [1, 21, 2]
        assert [each.id for each in await unit.tickets.files_to_fetch(limit=2, besides={1})] == [
            2,
            21,
        ]
