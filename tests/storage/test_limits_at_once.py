"""What is limited stays so when everybody comes at the same instant."""

import asyncio
from datetime import UTC, datetime

import pytest

from storage.engine import Store
from storage.models import Access
from storage.repositories.invitations import MOST_OPEN
from tests.support.factories import add_customer, link_chat

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
AT_ONCE = 8
"""Fewer than there are connections: all of them are in the midst of a transaction together."""


class Gate:
    """Lets nobody on before so many stand at it: all have begun their transaction by then."""

    def __init__(self, expected: int, store: Store) -> None:
        # SQLite's one writer leaves the others before their beginning: they could wait for ever.
        self._missing = 1 if store.is_sqlite else expected
        self._all_here = asyncio.Event()

    async def wait(self) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._all_here.set()
        await self._all_here.wait()


async def test_not_one_invitation_more_is_made_by_many_taps_at_once(store: Store) -> None:
    customer = await add_customer(store)
    await link_chat(store, 7, customer, NOW)
    for number in range(MOST_OPEN - 1):
        assert await _invite(store, customer.id, f"before {number}") is True
    gate = Gate(AT_ONCE, store)
    made = await asyncio.gather(
        *(_invite(store, customer.id, f"at once {number}", gate) for number in range(AT_ONCE))
    )
    assert made.count(True) == 1
    async with store.reading() as unit:
        assert len(await unit.invitations.open_of(7, customer.id, now=NOW)) == MOST_OPEN


async def test_who_counts_something_else_does_not_wait(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite has one writer at a time, whatever is counted")
    async with store.unit() as first, store.unit() as second:
        await first.linking.one_at_a_time("apples", "pears")
        await second.linking.one_at_a_time("plums")
        waiting = asyncio.create_task(second.linking.one_at_a_time("pears"))
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        await first.commit()
        await waiting


async def _invite(store: Store, customer_id: int, token: str, gate: Gate | None = None) -> bool:
    async with store.unit() as unit:
        if gate is not None:
            # Each connection has met these statements by then, so that none is ahead of the rest.
            await unit.invitations.may_invite(7, customer_id)
            await unit.invitations.open_of(7, customer_id, now=NOW)
            await gate.wait()
        made = await unit.invitations.create(7, customer_id, Access.FULL, token, now=NOW)
        await unit.commit()
        return made is not None
