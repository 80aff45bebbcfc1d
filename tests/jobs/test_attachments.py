"""Photos and files of tickets come into the room of files, sealed, and stay there."""

import asyncio
from pathlib import Path

import pytest
from telegram import File
from telegram.error import TimedOut

from bot.application import Service
from storage.engine import Store
from storage.models import MediaKind, TicketFile
from storage.repositories.tickets import NewFile
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, link_chat
from tests.support.pictures import plain_png
from tests.support.tickets import files, said

PHOTO = plain_png(40, 30)


@pytest.fixture
async def chat(counter: Counter, clock: MovableClock) -> ChatDriver:
    """Anna, linked."""
    store = counter.service.store
    anna = counter.visitor("Anna")
    await link_chat(store, anna.id, await add_customer(store), clock.now())
    return anna


async def sends_with_files(chat: ChatDriver) -> None:
    """A ticket with a photo and a file."""
    await chat.sends("/assistenza")
    await chat.taps("Altro")
    await chat.sends_photo(PHOTO, "Ecco")
    await chat.sends_file(b"%PDF-1.4 privato", "verbale.pdf")
    await chat.taps("Fatto")
    await chat.taps("Invia")
    chat.skip()
    assert [number for _, _, number in await said(chat.counter.service.store)] == [2]


def in_room(service: Service) -> list[Path]:
    """Every file in the room."""
    return [path for path in service.settings.files_dir.rglob("*") if path.is_file()]


async def add_files(store: Store, clock: MovableClock, *given: NewFile) -> None:
    """A ticket with these files, from nobody's chat in particular."""
    chat_id = 5
    await link_chat(store, chat_id, await add_customer(store), clock.now())
    async with store.unit() as unit:
        (customer,) = await unit.tickets.customers(chat_id)
        ticket = await unit.tickets.open(
            chat_id,
            customer.id,
            "Altro",
            "Ecco",
            given,
            receipt_message_id=None,
            staff_group=None,
            now=clock.now(),
        )
        assert ticket is not None
        await unit.commit()


async def test_what_came_with_a_ticket_is_fetched_once_and_sealed(
    counter: Counter, chat: ChatDriver
) -> None:
    service = counter.service
    await sends_with_files(chat)
    assert await service.attachments.run() == 2
    kept = await files(service.store)
    contents = [await service.files.read(each.room_name or "") for each in kept]
    assert contents[1] == b"%PDF-1.4 privato"
    assert contents[0], "the largest size of the photo"
    assert len(in_room(service)) == 2
    assert all(b"privato" not in path.read_bytes() for path in in_room(service))
    fetched = len(counter.telegram.calls.of("getFile"))
    assert await service.attachments.run() == 0
    assert len(counter.telegram.calls.of("getFile")) == fetched


async def test_what_telegram_does_not_give_out_is_lost_and_asked_for_no_more(
    counter: Counter, clock: MovableClock
) -> None:
    service = counter.service
    await add_files(
        service.store, clock, NewFile(MediaKind.DOCUMENT, "BQACAgQAAxkBAAIforgotten", "a.pdf")
    )
    assert await service.attachments.run() == 1
    (file,) = await files(service.store)
    assert (file.room_name, file.lost) == (None, True)
    assert await service.attachments.run() == 0


async def test_an_empty_file_is_lost(
    counter: Counter, chat: ChatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_file: File) -> bytearray:
        return bytearray()

    monkeypatch.setattr(File, "download_as_bytearray", nothing)
    await sends_with_files(chat)
    assert await counter.service.attachments.run() == 2
    assert [each.lost for each in await files(counter.service.store)] == [True, True]
    assert in_room(counter.service) == []


async def test_what_telegram_does_not_give_now_holds_up_nothing_else(
    counter: Counter, chat: ChatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = counter.service
    await sends_with_files(chat)
    first, second = await files(service.store)
    download = File.download_as_bytearray

    async def slow_photo(file: File) -> bytearray:
        if file.file_id == first.file_id:
            raise TimedOut
        return await download(file)

    with monkeypatch.context() as patch:
        patch.setattr(File, "download_as_bytearray", slow_photo)
        await service.attachments.run()
    assert await room_names(service.store) == [False, True]
    for _ in range(2):  # one that finds nothing else to do, and the next
        await service.attachments.run()
    assert await room_names(service.store) == [True, True]
    assert second.room_name is None, "it was not fetched before"


async def room_names(store: Store) -> list[bool]:
    """Which of the files lie in the room."""
    kept: list[TicketFile] = await files(store)
    assert not any(each.lost for each in kept)
    return [each.room_name is not None for each in kept]


async def test_a_full_disk_loses_nothing(
    counter: Counter, chat: ChatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = counter.service
    await sends_with_files(chat)

    async def full(_content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(service.files, "put", full)
        with pytest.raises(OSError, match="No space"):
            await service.attachments.run()
    assert await room_names(service.store) == [False, False]
    assert await service.attachments.run() == 2
    assert await room_names(service.store) == [True, True]


async def test_silence_that_telegram_wants_is_kept_by_all_and_then_it_is_fetched(
    counter: Counter, chat: ChatDriver
) -> None:
    service = counter.service
    await sends_with_files(chat)
    counter.telegram.faults.fail("status", "getFile", status=429, retry_after=1)
    run = asyncio.create_task(service.attachments.run())
    async with asyncio.timeout(60):
        while not service.pace.is_held("getFile"):  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0.01)
    assert await run == 2
    assert await room_names(service.store) == [True, True]
