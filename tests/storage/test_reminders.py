"""Reminders in the database: many points in small steps, each chat once, everything by an index."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from storage.engine import Store
from storage.models import (
    Announcement,
    Audience,
    EntryWindow,
    OutboxMessage,
    OutboxState,
    ReminderRound,
)
from storage.repositories import announcements, reminders
from storage.repositories.hours import Hours, first_hour
from storage.rules.quiet_hours import QuietHours
from storage.unit import Unit
from tests.support.clock import ROME
from tests.support.factories import add_customer, add_gas_point, add_window, link_chat
from tests.support.unasked import outbox, rome

NOW = rome(2026, 3, 20, 0, 5)
COMPANY = QuietHours.parse("21-8")


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "_AT_ONCE", 7)
    monkeypatch.setattr(announcements, "AT_ONCE", 7)


async def people(store: Store, number: int) -> None:
    """So many chats, each with a customer and a gas point of its own."""
    for chat_id in range(1, number + 1):
        customer = await add_customer(store, f"{chat_id:06d}")
        await add_gas_point(store, customer)
        await link_chat(store, chat_id, customer, NOW)


async def plan(store: Store) -> int:
    """Plans in as many transactions as it takes; gives how many those were."""
    steps = 0
    while True:
        async with store.unit() as unit:
            planned = await unit.reminders.plan(ROME, now=NOW)
            await unit.commit()
        if not planned:
            return steps
        steps += 1


async def fire(store: Store, now: Any = NOW) -> int:
    """Fires what is due; gives how many transactions that took."""
    steps = 0
    while True:
        async with store.unit() as unit:
            occasion = await unit.reminders.due_round(now)
            if occasion is None:
                return steps
            chosen = await unit.preferences.quiet_hours_in_use()
            await unit.reminders.fire(occasion, hours=Hours(COMPANY, chosen, ROME), now=now)
            await unit.commit()
        steps += 1


async def test_many_are_reminded_in_small_steps_each_once(store: Store) -> None:
    await people(store, 30)
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 1))
    assert await plan(store) == 1
    assert await fire(store) == 6  # seven points at a time, and the look that finds no more
    queued = await outbox(store)
    assert sorted(each.chat_id for each in queued) == list(range(1, 31))
    assert {each.kind for each in queued} == {"reminder_opens"}
    assert {each.not_before for each in queued} == {rome(2026, 3, 20, 8)}
    assert {each.not_after for each in queued} == {rome(2026, 4, 1)}
    assert await fire(store) == 0
    assert await plan(store) == 0


async def test_each_chat_at_the_hour_that_it_chose(store: Store) -> None:
    await people(store, 4)
    async with store.unit() as unit:
        await unit.preferences.change(2, quiet=QuietHours.parse("22-10"))
        await unit.preferences.change(3, quiet=QuietHours.parse("0-0"))
        await unit.preferences.change(4, remind_last_day=False)
        await unit.commit()
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 1))
    await plan(store)
    await fire(store)
    assert {each.chat_id: each.not_before for each in await outbox(store)} == {
        1: rome(2026, 3, 20, 8),
        2: rome(2026, 3, 20, 10),
        3: rome(2026, 3, 20),
        4: rome(2026, 3, 20, 8),
    }


async def test_a_step_that_is_cut_off_is_done_again_and_nobody_twice(store: Store) -> None:
    await people(store, 10)
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 1))
    await plan(store)
    async with store.unit() as unit:  # and no commit: the program died
        occasion = await unit.reminders.due_round(NOW)
        assert occasion is not None
        await unit.reminders.fire(occasion, hours=Hours(COMPANY, [], ROME), now=NOW)
    assert await outbox(store) == []
    await fire(store)
    async with store.unit() as unit:  # and once more from the beginning, after an import
        rounds = await unit.session.scalars(select(ReminderRound))
        for each in rounds:
            each.done_at, each.after_point_id = None, 0
        await unit.commit()
    await fire(store)
    assert len(await outbox(store)) == 10


async def test_a_round_of_a_window_that_went_says_nothing(store: Store) -> None:
    await people(store, 3)
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 1))
    await plan(store)
    async with store.unit() as unit:
        for window in await unit.session.scalars(select(EntryWindow)):
            await unit.session.delete(window)
        await unit.commit()
    await fire(store)
    assert await outbox(store) == []


async def test_a_point_that_gets_the_same_window_later_is_reminded(store: Store) -> None:
    async with store.unit() as unit:
        await unit.commit()
    customer = await add_customer(store, "000001")
    first, second = [await add_gas_point(store, customer) for _ in range(2)]
    other = await add_customer(store, "000002")
    late = await add_gas_point(store, other)
    await link_chat(store, 1, customer, NOW)
    await link_chat(store, 2, other, NOW)
    for point in (first, second):
        await add_window(store, rome(2026, 3, 20), rome(2026, 4, 1), point)
    await plan(store)
    await fire(store)
    assert [each.chat_id for each in await outbox(store)] == [1]
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 1), late)
    await plan(store)
    await fire(store)
    assert [each.chat_id for each in await outbox(store)] == [1, 2]


async def test_what_is_due_is_found_through_an_index(store: Store) -> None:
    await people(store, 3)
    await add_window(store, rome(2026, 3, 20), rome(2026, 4, 1))
    await plan(store)
    await fire(store)

    async def due(unit: Unit) -> None:
        await unit.outbox.due(NOW)

    async def expire(unit: Unit) -> None:
        await unit.outbox.expire(NOW)

    async def recover(unit: Unit) -> None:
        await unit.outbox.recover(most_attempts=5)

    async def forget(unit: Unit) -> None:
        await unit.outbox.forget(before=NOW)

    async def due_round(unit: Unit) -> None:
        await unit.reminders.due_round(NOW)

    async def unplanned(unit: Unit) -> None:
        await unit.reminders.plan(ROME, now=NOW)

    async def untold(unit: Unit) -> None:
        await unit.invoices.tell_of_new(date(2026, 3, 20), hours=Hours(COMPANY, [], ROME), now=NOW)

    assert await plans_of(store, due) == {"ix_outbox_due"}
    assert "ix_outbox_expiring" in await plans_of(store, expire)
    assert "ix_outbox_settled" in await plans_of(store, forget)
    assert "ix_outbox_sending" in await plans_of(store, recover)
    assert "ix_reminder_rounds_due" in await plans_of(store, due_round)
    assert "ix_entry_windows_unplanned" in await plans_of(store, unplanned)
    assert "ix_invoices_untold" in await plans_of(store, untold)


async def plans_of(store: Store, work: Callable[[Unit], Awaitable[None]]) -> set[str]:
    """The indexes by which the database would do some *work*."""
    seen: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        _connection, _cursor, statement, parameters, *_ = given
        seen.append((statement, parameters))

    async with store.unit() as unit:
        if not store.is_sqlite:  # a table of three rows is read as a whole otherwise
            connection = await unit.session.connection()
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        event.listen(store.engine.sync_engine, "before_cursor_execute", note)
        try:
            await work(unit)
        finally:
            event.remove(store.engine.sync_engine, "before_cursor_execute", note)
        connection = await unit.session.connection()
        explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
        plan = ""
        for statement, parameters in seen:
            rows = await connection.exec_driver_sql(explain + statement, parameters)
            plan += " ".join(str(part) for row in rows for part in row) + " "
    return {word for word in plan.split() if word.startswith("ix_")}


async def test_an_announcement_goes_to_each_chat_once(store: Store) -> None:
    await people(store, 20)
    customer = await add_customer(store, "900000")
    await link_chat(store, 1, customer, NOW)  # who stands for two customers gets it once
    announcement = Announcement(digest="0" * 64, audience=Audience.ALL, text="Ciao", made_at=NOW)
    async with store.unit() as unit:
        unit.session.add(announcement)
        await unit.commit()
    for _ in range(2):  # the second time as after a break
        after: int | None = None
        while True:
            async with store.unit() as unit:
                found = await unit.announcements.queue_next(
                    announcement,
                    (),
                    after=after,
                    not_before=first_hour(NOW, COMPANY, [], ROME),
                    not_after=NOW + timedelta(days=3),
                    at_once=False,
                    today=date(2026, 3, 20),
                    now=NOW,
                )
                await unit.commit()
            if found is None:
                break
            after = found[0]
    queued = await outbox(store, "announcement")
    assert sorted(each.chat_id for each in queued) == list(range(1, 21))
    async with store.reading() as unit:
        standing = await unit.announcements.standing(announcement.id, NOW)
        assert (standing.total, standing.later, standing.under_way) == (20, 20, 0)
        morning = await unit.announcements.standing(announcement.id, rome(2026, 3, 20, 8))
        assert (morning.later, morning.under_way) == (0, 20)


async def test_what_was_leaving_at_a_crash_is_sent_again_but_not_for_ever(store: Store) -> None:
    async with store.unit() as unit:
        for number, attempts in ((1, 0), (2, 4)):
            unit.session.add(
                OutboxMessage(
                    key=str(number),
                    kind="chat_linked",
                    chat_id=number,
                    not_before=NOW,
                    state=OutboxState.SENDING,
                    attempts=attempts,
                    created_at=NOW,
                )
            )
        await unit.commit()
    async with store.unit() as unit:
        assert await unit.outbox.recover(most_attempts=5) == 2
        await unit.commit()
    assert [each.state for each in await outbox(store)] == [
        OutboxState.QUEUED,
        OutboxState.FAILED,
    ]


async def test_what_was_said_long_ago_is_forgotten_and_what_waits_is_not(store: Store) -> None:
    async with store.unit() as unit:
        for number, state in enumerate((OutboxState.SENT, OutboxState.HELD, OutboxState.QUEUED)):
            for days in (1, 500):
                unit.session.add(
                    OutboxMessage(
                        key=f"{number}:{days}",
                        kind="chat_linked",
                        chat_id=1,
                        not_before=NOW,
                        state=state,
                        created_at=NOW - timedelta(days=days),
                    )
                )
        await unit.commit()
    async with store.unit() as unit:
        assert await unit.outbox.forget(before=NOW - timedelta(days=400)) == 1
        await unit.commit()
    assert [each.key for each in await outbox(store)] == ["0:1", "1:1", "1:500", "2:1", "2:500"]
