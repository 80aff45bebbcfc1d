"""What is older than its period goes, and nothing else does."""

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from storage.engine import Store
from storage.models import (
    AttemptOutcome,
    Customer,
    Invoice,
    InvoiceState,
    LinkAttempt,
    MediaKind,
    Reading,
    ReadingSource,
    ReadingState,
    Ticket,
    TicketFile,
    TicketMessage,
    TicketPost,
    TicketState,
)
from storage.models.base import Base
from storage.notices import ReadingOutcome
from storage.repositories import retention as queries
from storage.repositories.tickets import NewFile
from storage.retention import Removed, remove_old
from storage.rules.retention import Retention, parse_period
from tests.support.factories import add_customer, add_gas_point, link_chat

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
NEVER = Retention(None, None, None, None, None)
CHAT = 7


async def count(store: Store, table: type[Base]) -> int:
    async with store.reading() as unit:
        return await unit.session.scalar(select(func.count()).select_from(table)) or 0


def lying_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def add_ticket(store: Store, *, closed_at: datetime | None) -> int:
    """A ticket with a kept photograph and a post in the staff's group."""
    async with store.unit() as unit:
        (customer,) = await unit.tickets.customers(CHAT)
        ticket = await unit.tickets.open(
            CHAT,
            customer.id,
            "Altro",
            "Il contatore",
            [NewFile(MediaKind.PHOTO, "telegram-id", "foto.jpg", 5)],
            receipt_message_id=None,
            staff_group=None,
            now=NOW - timedelta(days=5_000),
        )
        assert ticket is not None
        await unit.session.flush()
        (file,) = (
            await unit.session.scalars(
                select(TicketFile)
                .join(TicketMessage, TicketMessage.id == TicketFile.message_id)
                .where(TicketMessage.ticket_id == ticket.id)
            )
        ).all()
        await unit.tickets.note_fetched(file.id, f"{ticket.id:064x}")
        await unit.tickets.note_post(ticket.id, -5, ticket.id)
        if closed_at is not None:
            assert await unit.tickets.close(ticket, staff_group=None, now=closed_at)
        await unit.commit()
        return ticket.id


@pytest.fixture
async def linked(store: Store) -> Store:
    await link_chat(store, CHAT, await add_customer(store), NOW)
    return store


async def test_closed_tickets_go_with_all_that_is_in_them(linked: Store, tmp_path: Path) -> None:
    year = timedelta(days=365)
    await add_ticket(linked, closed_at=NOW - year - timedelta(seconds=1))
    young = await add_ticket(linked, closed_at=NOW - year)
    still_open = await add_ticket(linked, closed_at=None)
    found = await remove_old(
        linked, Retention(None, year, None, None, None), exports=tmp_path, now=NOW
    )
    assert found == Removed(tickets=1)
    async with linked.reading() as unit:
        assert set(await unit.session.scalars(select(Ticket.id))) == {young, still_open}
    for table in (TicketMessage, TicketFile, TicketPost):
        assert await count(linked, table) == 2


async def test_photographs_of_closed_tickets_go_before_the_words(
    linked: Store, tmp_path: Path
) -> None:
    month = timedelta(days=30)
    old = await add_ticket(linked, closed_at=NOW - month - timedelta(seconds=1))
    await add_ticket(linked, closed_at=NOW - month)
    await add_ticket(linked, closed_at=None)
    periods = Retention(None, None, month, None, None)
    assert await remove_old(linked, periods, exports=tmp_path, now=NOW) == Removed(attachments=1)
    async with linked.reading() as unit:
        (message,) = await unit.tickets.messages(old)
        (file,) = message.files
        assert message.words == "Il contatore"
        assert (file.file_id, file.name, file.room_name, file.lost) == ("", "", None, True)
        assert await unit.kept_files.named([f"{old:064x}"]) == set()
        assert len(await unit.tickets.files_to_fetch(limit=9)) == 0
    assert await remove_old(linked, periods, exports=tmp_path, now=NOW) == Removed()


async def test_attempts_to_link_go_but_never_those_that_a_lock_counts(
    linked: Store, tmp_path: Path
) -> None:
    async with linked.unit() as unit:
        for days in (91, 89, 15, 13):
            await unit.linking.record(
                CHAT, "028680", AttemptOutcome.NO_MATCH, now=NOW - timedelta(days=days)
            )
        await unit.commit()
    for period, gone, left in ((90, 1, 3), (1, 2, 1)):
        periods = Retention(None, None, None, timedelta(days=period), None)
        found = await remove_old(linked, periods, exports=tmp_path, now=NOW)
        assert found == Removed(link_attempts=gone)
        assert await count(linked, LinkAttempt) == left


async def test_what_was_handed_over_goes_and_other_files_stay(
    linked: Store, tmp_path: Path
) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    old = ["autoletture_000001.csv", "contatti_000001.csv", "TAL_0050_1_2_000001.xml"]
    for name in [*old, "autoletture_000002.csv", "note.txt"]:
        (exports / name).write_text("x")
    for name in [*old, "note.txt"]:
        at = (NOW - timedelta(days=31)).timestamp()
        os.utime(exports / name, (at, at))
    at = NOW.timestamp()
    os.utime(exports / "autoletture_000002.csv", (at, at))
    periods = Retention(None, None, None, None, timedelta(days=30))
    counted = await remove_old(linked, periods, exports=exports, now=NOW, only_count=True)
    assert counted == Removed(exports=3)
    assert len(lying_in(exports)) == 5
    assert await remove_old(linked, periods, exports=exports, now=NOW) == Removed(exports=3)
    assert lying_in(exports) == {"autoletture_000002.csv", "note.txt"}


async def test_it_goes_in_small_steps_and_a_dry_run_leaves_all(
    linked: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries.RetentionOfData.forget_tickets, "__kwdefaults__", {"limit": 2})
    for _ in range(5):
        await add_ticket(linked, closed_at=NOW - timedelta(days=1_000))
    periods = Retention(None, timedelta(days=30), None, None, None)
    dry = await remove_old(linked, periods, exports=tmp_path, now=NOW, only_count=True)
    assert dry == Removed(tickets=2)
    assert await count(linked, Ticket) == 5
    assert await remove_old(linked, periods, exports=tmp_path, now=NOW) == Removed(tickets=5)
    assert await remove_old(linked, NEVER, exports=tmp_path, now=NOW) == Removed()


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("90d", timedelta(days=90)),
        ("6m", timedelta(days=180)),
        (" 10Y ", timedelta(days=3_650)),
        ("never", None),
    ],
)
def test_a_period_is_a_number_and_a_unit(text: str, period: timedelta | None) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize("text", ["", "0d", "90", "-1d", "1h", "101y", "9999999d", "mai"])
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_period(text)


YEARS = timedelta(days=10 * 365)
CUSTOMERS = Retention(YEARS, None, None, None, None)


async def former(store: Store, code: str, *, ended: date) -> Customer:
    """A customer with a point that has ended, and something in every table about both."""
    at = datetime.combine(ended, time(9), tzinfo=UTC)
    customer = await add_customer(store, code)
    point = await add_gas_point(store, customer, since=ended - YEARS, until=ended)
    chat_id = int(code)
    await link_chat(store, chat_id, customer, at)
    async with store.unit() as unit:
        chat = await unit.chats.get(chat_id)
        assert chat is not None
        chat.supply_point_id = point.id
        reading = Reading(
            supply_point_id=point.id,
            day=ended,
            source=ReadingSource.MEASURED,
            state=ReadingState.ACQUIRED,
            meter=1,
            customer_id=customer.id,
        )
        unit.session.add(reading)
        await unit.session.flush()
        await unit.outbox.queue(f"k{code}", ReadingOutcome(reading.id), chat_id, now=at)
        ticket = await unit.tickets.open(
            chat_id, customer.id, "Altro", "Ciao", [], receipt_message_id=1, staff_group=-5, now=at
        )
        assert ticket is not None
        await unit.tickets.note_post(ticket.id, -5, chat_id)
        assert await unit.tickets.close(ticket, staff_group=None, now=at)
        await unit.commit()
    return customer


async def all_rows(store: Store) -> dict[str, int]:
    async with store.reading() as unit:
        return {
            table.name: await unit.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


async def test_a_former_customer_goes_with_everything_along_the_keys(
    store: Store, tmp_path: Path
) -> None:
    limit = (NOW - YEARS).date()
    await former(store, "000001", ended=limit - timedelta(days=1))
    before = await all_rows(store)
    stays = await former(store, "000002", ended=limit)
    with_both = await all_rows(store)
    assert with_both["readings"] == with_both["tickets"] == with_both["supply_points"] == 2
    assert await remove_old(store, CUSTOMERS, exports=tmp_path, now=NOW) == Removed(customers=1)
    async with store.reading() as unit:
        assert list(await unit.session.scalars(select(Customer.id))) == [stays.id]
        assert await unit.chats.get(1) is not None, "a chat is nobody's"
    after = await all_rows(store)
    assert after == before | {"chats": 2, "outbox": after["outbox"]}  # forgotten in a year
    assert await remove_old(store, CUSTOMERS, exports=tmp_path, now=NOW) == Removed()


@pytest.mark.parametrize("kept_by", ["a point", "a reading to hand over", "an invoice", "a ticket"])
async def test_whatever_is_young_or_not_handed_over_keeps_a_customer(
    store: Store, tmp_path: Path, kept_by: str
) -> None:
    customer = await former(store, "000001", ended=(NOW - YEARS).date() - timedelta(days=1))
    async with store.unit() as unit:
        if kept_by == "a reading to hand over":
            await unit.session.execute(update(Reading).values(state=ReadingState.PENDING))
        if kept_by == "a ticket":
            await unit.session.execute(
                update(Ticket).values(state=TicketState.OPEN, closed_at=None)
            )
        if kept_by == "an invoice":
            unit.session.add(
                Invoice(
                    customer_id=customer.id,
                    number="1/2020",
                    day=NOW.date() - YEARS,
                    due=NOW.date() - YEARS,
                    amount_cents=1,
                    state=InvoiceState.PAID,
                    listed_at=NOW,
                )
            )
        await unit.commit()
    if kept_by == "a point":
        await add_gas_point(store, customer)
    assert await remove_old(store, CUSTOMERS, exports=tmp_path, now=NOW) == Removed()


async def test_who_never_had_anything_is_left_to_the_company(store: Store, tmp_path: Path) -> None:
    await add_customer(store)
    assert await remove_old(store, CUSTOMERS, exports=tmp_path, now=NOW) == Removed()
