"""A disk that fills up, under the files or the database: nothing half, and later all of it."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Connection

from bot.settings import Settings
from storage.engine import Store, is_passing
from storage.exchange import placing
from storage.models import Reading, ReadingSource, ReadingState
from tests.support.chat import ChatDriver, Counter
from tests.support.runs import until

pytestmark = pytest.mark.usefixtures("_hasty")

NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@asynccontextmanager
async def full_database(store: Store) -> AsyncIterator[None]:
    """The database's own disk is full: what would make it grow fails, as it does for real.

    SQLite may have no more pages than it has, and every commit needs one, as it needs room in the
    write-ahead log; PostgreSQL answers what it answers when a table cannot be extended (SQLSTATE
    53100).
    """
    if store.is_sqlite:

        def needs_room(connection: Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            connection.exec_driver_sql("INSERT INTO ballast VALUES (randomblob(10000))")

        engine = store.engine.sync_engine
        async with store.unit() as unit:
            connection = await unit.session.connection()
            await connection.exec_driver_sql("CREATE TABLE ballast (content)")
            await unit.commit()
        event.listen(engine, "commit", needs_room)
        try:
            yield
        finally:
            event.remove(engine, "commit", needs_room)
            await store.engine.dispose()  # each connection has its own limit
        return
    tables = ("readings", "acquisitions", "inbox", "conversations", "outbox")
    async with store.unit() as unit:
        connection = await unit.session.connection()
        await connection.exec_driver_sql(
            "CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device'"
            " USING ERRCODE = '53100'; END $$"
        )
        for table in tables:
            await connection.exec_driver_sql(
                f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()"
            )
        await unit.commit()
    try:
        yield
    finally:
        async with store.unit() as unit:
            connection = await unit.session.connection()
            await connection.exec_driver_sql("DROP FUNCTION disk_is_full() CASCADE")
            await unit.commit()


async def readings(store: Store) -> list[ReadingState]:
    async with store.reading() as unit:
        return list(
            await unit.session.scalars(
                select(Reading.state).where(Reading.source == ReadingSource.SELF)
            )
        )


def files(settings: Settings) -> dict[str, bytes]:
    """What the company finds, and what it should not find."""
    return {path.name: path.read_bytes() for path in sorted(settings.exports_dir.iterdir())}


# -- under the files --


def _fails_on_write(monkeypatch: pytest.MonkeyPatch) -> None:
    class FullFile:
        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, content: bytes) -> int:
            self._file.write(content[: len(content) // 2])  # half of it fits
            self._file.flush()
            raise NO_SPACE

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    opened = placing.Placement.open

    def full(self: placing.Placement, name: str) -> Any:
        return FullFile(opened(self, name))

    monkeypatch.setattr(placing.Placement, "open", full)


def _fails_on_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise NO_SPACE

    monkeypatch.setattr(placing.Placement, "open", full)


def _fails_on_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise NO_SPACE

    monkeypatch.setattr(os, "fsync", full)


def _fails_on_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise NO_SPACE

    monkeypatch.setattr(os, "replace", full)


@pytest.mark.parametrize(
    "fault",
    [_fails_on_open, _fails_on_write, _fails_on_flush, _fails_on_rename],
    ids=["open", "write", "flush", "rename"],
)
async def test_a_disk_that_takes_no_files_leaves_none_and_the_next_run_writes_them(
    chat: ChatDriver,
    counter: Counter,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
) -> None:
    store = counter.service.store
    await chat.sends("45000")
    await chat.taps("Salva")
    chat.skip()
    with monkeypatch.context() as full:
        fault(full)
        for _ in range(2):  # it stays full for a while
            with pytest.raises(OSError, match="No space"):
                await counter.service.acquisition.run()
            assert files(settings) == {}
            assert await readings(store) == [ReadingState.CLAIMED]
        await chat.sends("/letture")
        chat.sees("Da acquisire")
    report = await counter.service.acquisition.run()
    assert report.readings == 1
    assert await readings(store) == [ReadingState.ACQUIRED]
    assert sorted(files(settings)) == [
        "TAL_0050_00743110157_00743110157_000001.xml",
        "autoletture_000001.csv",
    ]
    await counter.service.outbox.run()
    chat.sees("Acquisita", edited=True)


# -- under the database --


async def test_a_full_database_takes_no_claim_and_no_file_is_written(
    chat: ChatDriver, counter: Counter, settings: Settings
) -> None:
    store = counter.service.store
    await chat.sends("45000")
    await chat.taps("Salva")
    chat.skip()
    async with full_database(store):
        await _fails(counter)
        assert await readings(store) == [ReadingState.PENDING]
        assert files(settings) == {}
    await counter.service.acquisition.run()
    assert await readings(store) == [ReadingState.ACQUIRED]
    assert "autoletture_000001.csv" in files(settings)
    await counter.service.outbox.run()
    chat.sees("Acquisita", edited=True)


async def test_a_database_that_fills_up_after_the_files_has_them_marked_by_the_next_run(
    chat: ChatDriver, counter: Counter, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = counter.service.store
    await chat.sends("45000")
    await chat.taps("Salva")
    chat.skip()
    placed = placing.Placement.place
    filling: list[Any] = []
    loop = asyncio.get_running_loop()

    def then_full(self: placing.Placement) -> list[Path]:
        paths = placed(self)  # in a thread: what follows runs on the loop
        if filling:
            return paths
        context = full_database(store)
        asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(30)
        filling.append(context)
        return paths

    with monkeypatch.context() as patch:
        patch.setattr(placing.Placement, "place", then_full)
        await _fails(counter)
    before = files(settings)
    assert "autoletture_000001.csv" in before
    assert await readings(store) == [ReadingState.CLAIMED]
    for context in filling:
        await context.__aexit__(None, None, None)
    await counter.service.acquisition.run()
    assert files(settings) == before  # the same bytes under the same names
    assert await readings(store) == [ReadingState.ACQUIRED]
    await counter.service.outbox.run()
    chat.sees("Acquisita", edited=True)


async def _fails(counter: Counter) -> None:
    with pytest.raises(Exception, match=r"full|No space") as caught:
        await counter.service.acquisition.run()
    assert is_passing(caught.value)  # so that the scheduler logs a line and goes on
    await counter.service.acquisition(None)  # type: ignore[arg-type]  # as it calls it


async def test_who_saves_into_a_full_database_is_asked_for_a_moment_and_it_is_saved_once(
    chat: ChatDriver, counter: Counter
) -> None:
    store = counter.service.store
    await chat.sends("45000")
    chat.sees("Riepilogo", "45.000")
    async with full_database(store):
        tap = chat.presses("Salva")
        await until(lambda: _has_heard(chat))
        chat.sees("Un momento", "non va perso")
        await until(lambda: _holds(tap.answered))
        assert await readings(store) == []
    await counter.settle()
    chat.sees("Lettura salvata", edited=True)
    assert await readings(store) == [ReadingState.PENDING]


async def _has_heard(chat: ChatDriver) -> bool:
    return bool(chat._unread)


async def _holds(what: object) -> bool:
    return bool(what)
