"""Tidying up: conversations left alone are ended once, the inbox forgets, unnamed files go."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.application import build_services
from bot.jobs.housekeeping import INBOX_MEMORY, Housekeeping
from bot.settings import Settings
from conversations.kit.context import IDLE
from storage import files as kept_files
from storage.engine import Store
from storage.files import PARTS, FileStore
from storage.models import Conversation, InboxUpdate, Invoice, OutboxMessage
from storage.models.base import Base
from storage.repositories.conversations import Conversations
from storage.repositories.inbox import Arrival
from storage.repositories.kept_files import NAMING
from tests.support.clock import MovableClock
from tests.support.every_table import fill_every_table


@pytest.fixture
def files(store: Store, tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", store.vault)


@pytest.fixture
def housekeeping(store: Store, clock: MovableClock, files: FileStore) -> Housekeeping:
    services = build_services(Settings(company_name="Luce e Gas Prova"), clock)
    return Housekeeping(store, services, files)


async def open_one(
    store: Store, clock: MovableClock, chat_id: int = 7, *, minutes: int = 30, idle: bool = False
) -> None:
    """A conversation that is left alone in so many minutes."""
    now = clock.now()
    async with store.unit() as unit:
        await unit.chats.meet(chat_id, now=now)
        await unit.conversations.keep(
            chat_id,
            flow="submit_reading",
            state="meter",
            draft={IDLE: True} if idle else {"meter": 45_000},
            token=f"{chat_id:06x}",
            expires_at=now + timedelta(minutes=minutes),
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
        now = clock.now()
        for number, answer in ((1, None), (2, [{"kind": "say"}])):  # the one has nothing to say
            assert await unit.inbox.finish(number, 7, answer=answer, received_at=now, now=now)
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


# -- kept files --

CONTENT = b"an invoice that was replaced"


class Shelf:
    """The room of kept files, and the housekeeping that comes to a file's part of it."""

    def __init__(
        self, files: FileStore, folder: Path, clock: MovableClock, housekeeping: Housekeeping
    ) -> None:
        self.files = files
        self.folder = folder
        self.clock = clock
        self.housekeeping = housekeeping

    async def put(self) -> str:
        """Hands the file in, at the time of the tests; gives its name."""
        name = (await self.files.put(CONTENT)).name
        at = self.clock.now().timestamp()
        os.utime(self.path(name), (at, at))
        return name

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    async def look(self, name: str, **later: float) -> set[str]:
        """Lets the housekeeping come to that file's part, some time later; gives what is left."""
        self.clock.move(**later)
        self.clock.move(minutes=1)
        while int(self.clock.now().timestamp() // 60) % PARTS != int(name[:2], 16):
            self.clock.move(minutes=1)
        await self.housekeeping.run()
        return self.lying()

    def lying(self) -> set[str]:
        return {path.name for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def shelf(
    files: FileStore, tmp_path: Path, clock: MovableClock, housekeeping: Housekeeping
) -> Shelf:
    return Shelf(files, tmp_path / "files", clock, housekeeping)


async def name_it(store: Store, column: InstrumentedAttribute[Any], name: str | None) -> None:
    """Lets the first row of a table, which ``fill_every_table`` made, name a file; or another."""
    async with store.unit() as unit:
        await unit.session.execute(
            update(column.class_).where(column.class_.id == 1).values({column: name or "0" * 64})
        )
        await unit.commit()


async def test_a_file_that_nothing_names_goes_after_a_day(shelf: Shelf) -> None:
    name = await shelf.put()
    mark = f".{name}.unnamed"
    assert await shelf.look(name, days=30) == {name, mark}
    assert await shelf.look(name, hours=12) == {name, mark}
    assert await shelf.look(name, hours=16) == set()


@pytest.mark.parametrize("column", NAMING, ids=str)
async def test_a_file_that_something_names_stays(
    store: Store, shelf: Shelf, column: InstrumentedAttribute[Any]
) -> None:
    await fill_every_table(store)
    name = await shelf.put()
    await name_it(store, column, name)
    for _ in range(3):
        assert await shelf.look(name, days=3) == {name}
    await name_it(store, column, None)
    assert name in await shelf.look(name)  # it has been there for days, and unnamed only now
    assert await shelf.look(name, days=2) == set()


async def test_a_file_that_is_named_again_begins_anew(store: Store, shelf: Shelf) -> None:
    await fill_every_table(store)
    name = await shelf.put()
    assert len(await shelf.look(name)) == 2
    await name_it(store, Invoice.file_name, name)
    assert await shelf.look(name, hours=20) == {name}
    await name_it(store, Invoice.file_name, None)
    assert len(await shelf.look(name, hours=20)) == 2
    assert len(await shelf.look(name, hours=12)) == 2
    assert await shelf.look(name, hours=16) == set()


async def test_a_file_that_is_handed_in_again_waits_for_its_row(shelf: Shelf) -> None:
    """An import has put it, and not committed yet; long ago it belonged to another row."""
    name = await shelf.put()
    await shelf.look(name)
    shelf.clock.move(days=2)
    await shelf.put()
    assert name in await shelf.look(name)
    assert name in await shelf.look(name, hours=12)
    assert await shelf.look(name, hours=16) == set()


async def test_a_file_that_is_handed_in_while_it_goes_stays(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await shelf.put()
    await shelf.look(name)
    remove = kept_files._remove

    def overtaken(path: Path, limit: float) -> bool:
        os.utime(path)  # as handing it in does, after it was found to be old
        return remove(path, limit)

    monkeypatch.setattr(kept_files, "_remove", overtaken)
    assert await shelf.look(name, days=2) == {name}
    assert await shelf.files.read(name) == CONTENT


async def test_a_crash_in_the_middle_of_it_loses_nothing(shelf: Shelf) -> None:
    name = await shelf.put()
    path = shelf.path(name)
    path.rename(path.with_name(f".{name}.going"))
    assert name in await shelf.look(name)
    assert await shelf.files.read(name) == CONTENT
    path.with_name(f".{name}.going").write_bytes(b"it was handed in again meanwhile")
    path.with_name(f".{'a' * 64}.unnamed").touch()
    assert await shelf.look(name) == {name, f".{name}.unnamed"}


async def test_what_a_crash_left_half_written_goes_after_a_day(shelf: Shelf) -> None:
    name = await shelf.put()
    half = shelf.path(name).with_name(f".{name}.0a1b2c3d")
    half.write_bytes(b"gAAAAA")
    at = shelf.clock.now().timestamp()
    os.utime(half, (at, at))
    assert half.name in await shelf.look(name)
    assert half.name not in await shelf.look(name, days=2)


async def test_only_the_part_whose_minute_it_is_is_looked_at(shelf: Shelf) -> None:
    name = await shelf.put()
    await shelf.look(name)
    shelf.clock.move(days=30, minutes=1)
    while int(shelf.clock.now().timestamp() // 60) % PARTS == int(name[:2], 16):
        shelf.clock.move(minutes=1)
    await shelf.housekeeping.run()
    assert name in shelf.lying()


async def test_a_room_that_is_not_there_yet_is_no_trouble(
    shelf: Shelf, housekeeping: Housekeeping
) -> None:
    await housekeeping.run()
    assert not shelf.folder.exists()


def test_every_column_that_names_a_file_is_asked() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(("file_name", "room_name"))
        and isinstance(column.type, String)
        and column.type.length == 64
    }
    assert named == {f"{c.class_.__tablename__}.{c.key}" for c in NAMING}
