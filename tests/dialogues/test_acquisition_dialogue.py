"""The acquisition as the customer sees it: the receipt changes, once, and nothing else comes."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.application import Service
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from storage.engine import Store
from storage.exchange.placing import Placement
from storage.models import Access, Reading, ReadingSource, ReadingState
from storage.repositories.acquisitions import Acquisitions
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, add_open_window, link_chat
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice
from tests.support.readings import point_of, reads, self_readings

pytestmark = pytest.mark.both_databases

Run = Callable[[Counter | None], AbstractAsyncContextManager[Counter]]


def exported(counter: Counter) -> dict[str, str]:
    """The files for the company, by name."""
    folder = counter.service.settings.exports_dir
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


async def acquire(counter: Counter) -> None:
    """One acquisition, and what it has to say."""
    await counter.service.acquisition.run()
    await counter.service.outbox.run()


async def saves(chat: ChatDriver, number: str = "45000") -> int:
    """Submits a reading; gives the id of its receipt."""
    await reads(chat, number)
    receipt = chat.messages()[-1]
    assert "Lettura salvata" in receipt["text"]
    return int(receipt["message_id"])


async def test_the_receipt_says_acquisita_and_no_message_comes(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    receipt = await saves(chat)
    standing = len(chat.messages())
    clock.set(2026, 2, 15, 10, 30)
    await acquire(counter)
    seen = chat.sees("Lettura salvata", "45.000", "Acquisita", buttons=[], edited=True)
    assert seen["message_id"] == receipt
    assert "Da acquisire" not in seen["text"]
    assert len(chat.messages()) == standing
    (reading,) = await self_readings(store)
    assert (reading.state, reading.acquired_at) == (ReadingState.ACQUIRED, clock.now())
    point = await point_of(store, chat)
    files = exported(counter)
    assert list(files) == [
        f"TAL_0050_00743110157_{point.distributor}_000001.xml",
        "autoletture_000001.csv",
    ]
    assert files["autoletture_000001.csv"].splitlines()[1] == (
        f"{point.code};{point.meter_serial};15/02/2026;45000;;;2026-02-15T10:30:00+01:00"
    )


async def test_the_list_says_acquisita_too(chat: ChatDriver, counter: Counter) -> None:
    await saves(chat)
    await acquire(counter)
    chat.skip()
    await chat.sends("/letture")
    chat.sees(
        "15/02/2026 · 45.000 · ☑️ Acquisita",
        buttons=["📟 Nuova lettura", "📅 Aggiungi al calendario"],
    )


async def test_a_second_acquisition_says_nothing_again(chat: ChatDriver, counter: Counter) -> None:
    await saves(chat)
    await acquire(counter)
    chat.sees("Acquisita", edited=True)
    files = exported(counter)
    await acquire(counter)
    chat.sees_nothing_more()
    assert exported(counter) == files


async def test_what_was_cancelled_is_not_acquired(
    chat: ChatDriver, counter: Counter, store: Store
) -> None:
    await saves(chat)
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    await chat.taps("Sì")
    chat.skip()
    await counter.service.acquisition.run()
    assert exported(counter) == {}
    (reading,) = await self_readings(store)
    assert reading.state is ReadingState.CANCELLED


async def test_the_question_whether_to_cancel_gives_way_to_the_receipt(
    chat: ChatDriver, counter: Counter
) -> None:
    receipt = await saves(chat)
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    chat.sees("Confermi la cancellazione", edited=True)
    await acquire(counter)
    seen = chat.sees("Lettura salvata", "Acquisita", buttons=[], edited=True)
    assert seen["message_id"] == receipt


async def test_a_receipt_that_was_deleted_is_not_sent_again(
    chat: ChatDriver, counter: Counter
) -> None:
    receipt = await saves(chat)
    await counter.service.application.bot.delete_message(chat.id, receipt)
    standing = len(chat.messages())
    await acquire(counter)
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    assert len(chat.messages()) == standing


async def test_a_chat_that_blocked_the_bot_does_not_hold_up_the_others(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await saves(chat)
    bruno = counter.visitor("Bruno")
    other = await add_customer(store, "000017", name="Bruno Neri")
    await add_gas_point(store, other)
    await link_chat(store, bruno.id, other, clock.now())
    await saves(bruno, "12")
    chat.person.block_bot()
    await counter.settle()
    await acquire(counter)
    bruno.sees("Acquisita", edited=True)
    chat.sees_nothing_more()


async def test_other_chats_of_the_customer_hear_nothing_unless_they_asked(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    other = counter.visitor("Bruno")
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    await link_chat(store, other.id, customer, clock.now(), access=Access.FULL)
    await saves(chat)
    await acquire(counter)
    chat.sees("Acquisita", edited=True)
    other.sees_nothing_more()


async def test_the_receipts_of_several_points_all_change(
    chat: ChatDriver, counter: Counter, store: Store
) -> None:
    async with store.reading() as unit:
        (customer,) = await unit.customers.of_chat(chat.id)
    await add_gas_point(store, customer, address="Via Mare 1, Rimini")
    await chat.sends("/autolettura")
    await chat.taps(next(b for b in _buttons(chat) if "Via Roma 12" in b))
    await chat.sends("45000")
    await chat.taps("Salva")
    first = chat.messages()[-1]["message_id"]
    await chat.taps("➡️ Prossimo: Via Mare 1, Rimini")
    await chat.sends("17")
    await chat.taps("Salva")
    second = chat.messages()[-1]["message_id"]
    chat.skip()
    await acquire(counter)
    seen = [chat.sees("Acquisita", buttons=[], edited=True)["message_id"] for _ in range(2)]
    assert sorted(seen) == [first, second]
    assert "Via Roma 12" in chat.text_of(first)
    assert "Via Mare 1" in chat.text_of(second)


def _buttons(chat: ChatDriver) -> list[str]:
    keyboard = chat.messages()[-1]["reply_markup"]["inline_keyboard"]
    return [button["text"] for row in keyboard for button in row]


async def test_a_full_disk_leaves_the_reading_claimed_until_the_next_run(
    chat: ChatDriver,
    counter: Counter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await saves(chat)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Placement, "place", full)
    await counter.service.acquisition(None)  # type: ignore[arg-type]  # as the scheduler calls it
    monkeypatch.undo()
    tap = await chat.taps("Cancella")
    assert "già acquisita" in tap.text
    chat.sees("Da acquisire", "in corso", buttons=[], edited=True)
    await acquire(counter)
    chat.sees("Acquisita", edited=True)
    assert exported(counter)["autoletture_000001.csv"].count("\n") == 2


# -- the program dies in the middle --


@pytest.fixture
def run(telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice) -> Run:
    """Runs the service for a while; the next run gets the chats of the one before."""

    @asynccontextmanager
    async def running(before: Counter | None = None) -> AsyncIterator[Counter]:
        service = Service(settings, clock=clock, post=post, pictures=PlainPictures(), jobs=False)
        async with service:
            counter = before or Counter(telegram, service)
            counter.service = service
            await counter.settle()
            yield counter
            counter.check_nothing_left()

    return running


class CrashError(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("instant", ["before the files", "before the mark", "in the mark"])
async def test_a_crash_between_claim_and_mark_is_completed_at_the_next_start(
    run: Run, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    def die(*_: object, **__: object) -> None:
        raise CrashError

    async with run(None) as counter:
        anna = counter.visitor("Anna")
        store = counter.service.store
        customer = await add_customer(store)
        await add_gas_point(store, customer)
        await add_open_window(store, clock.now())
        await link_chat(store, anna.id, customer, clock.now())
        await saves(anna)
        with monkeypatch.context() as patch:
            if instant == "before the files":
                patch.setattr(Placement, "place", die)
            elif instant == "before the mark":
                patch.setattr(Acquisitions, "mark", die)
            else:
                mark = Acquisitions.mark

                async def mark_and_die(self: Acquisitions, *args: object, **values: object) -> None:
                    await mark(self, *args, **values)  # type: ignore[arg-type]
                    raise CrashError

                patch.setattr(Acquisitions, "mark", mark_and_die)
            with pytest.raises(CrashError):
                await counter.service.acquisition.run()
        (reading,) = await self_readings(store)
        assert reading.state is ReadingState.CLAIMED
    clock.move(minutes=7)
    async with run(counter):
        (reading,) = await self_readings(counter.service.store)
        assert reading.state is ReadingState.ACQUIRED
        files = exported(counter)
        assert files["autoletture_000001.csv"].count(";15/02/2026;45000;") == 1
        assert "2026-02-15T10:00:00+01:00" in files["autoletture_000001.csv"]
        await counter.service.outbox.run()
        anna.sees("Acquisita", buttons=[], edited=True)
        await counter.service.acquisition.run()
        assert exported(counter) == files
    async with run(counter):
        await counter.service.outbox.run()


async def test_news_that_were_not_sent_are_sent_once_after_a_restart(
    run: Run, clock: MovableClock
) -> None:
    async with run(None) as counter:
        anna = counter.visitor("Anna")
        store = counter.service.store
        customer = await add_customer(store)
        await add_gas_point(store, customer)
        await add_open_window(store, clock.now())
        await link_chat(store, anna.id, customer, clock.now())
        await saves(anna)
        await counter.service.acquisition.run()
    clock.move(minutes=1)
    async with run(counter):
        await counter.service.outbox.run()
        anna.sees("Acquisita", buttons=[], edited=True)
        await counter.service.outbox.run()
    async with run(counter):
        await counter.service.outbox.run()


async def test_a_service_starts_although_the_disk_is_still_full(
    run: Run, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with run(None) as counter:
        anna = counter.visitor("Anna")
        store = counter.service.store
        customer = await add_customer(store)
        await add_gas_point(store, customer)
        await add_open_window(store, clock.now())
        await link_chat(store, anna.id, customer, clock.now())
        await saves(anna)
        monkeypatch.setattr(Placement, "place", full)
        with pytest.raises(OSError, match="No space"):
            await counter.service.acquisition.run()
    async with run(counter):
        await anna.sends("/letture")
        anna.sees("Da acquisire", buttons=["📟 Nuova lettura", "📅 Aggiungi al calendario"])
        monkeypatch.undo()
        await acquire(counter)
        anna.sees("Acquisita", edited=True)


async def test_pending_readings_of_several_days_go_in_one_file(
    chat: ChatDriver, counter: Counter, clock: MovableClock
) -> None:
    await saves(chat, "45000")
    clock.move(days=1)
    await saves(chat, "45010")
    await acquire(counter)
    chat.sees("45.000", "Acquisita", edited=True)
    chat.sees("45.010", "Acquisita", edited=True)
    assert len(exported(counter)["autoletture_000001.csv"].splitlines()) == 3


async def test_the_log_says_what_was_handed_over_and_warns_of_what_was_not(
    chat: ChatDriver, counter: Counter
) -> None:
    with capture_logs() as logs:
        await counter.service.acquisition.run()
    assert [line for line in logs if line["event"].startswith("acquisition")] == []
    await chat.sends("45000")
    await chat.taps("Salva")
    chat.skip()
    counter.service.acquisition._company_vat = None
    with capture_logs() as logs:
        await counter.service.acquisition.run()
    told, warned = (line for line in logs if line["event"].startswith("acquisition"))
    assert told == {
        "event": "acquisition",
        "log_level": "info",
        "id": 1,
        "readings": 1,
        "contacts": 0,
        "files": ["autoletture_000001.csv"],
        "repeated": False,
    }
    assert warned == {
        "event": "acquisition_warning",
        "log_level": "warning",
        "id": 1,
        "warning": "COMPANY_VAT is not set: one reading went to the CSV alone",
    }


async def test_an_answer_that_comes_late_does_not_undo_acquisita(
    chat: ChatDriver, counter: Counter, telegram: LocalTelegram
) -> None:
    """*Salva*'s own change of the screen is still tried when the acquisition has its news."""
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    telegram.faults.fail("cut", "editMessageText")
    saving = asyncio.create_task(chat.taps("Salva"))
    while not telegram.calls.of("editMessageText"):  # noqa: ASYNC110  # a call has no event
        await asyncio.sleep(0.01)
    await acquire(counter)
    await saving
    chat.sees("Lettura salvata", edited=True)
    await counter.service.outbox.run()
    chat.sees("Lettura salvata", "Acquisita", buttons=[], edited=True)


async def test_news_of_a_reading_whose_receipt_is_not_out_yet_waits_for_it(
    chat: ChatDriver, counter: Counter, store: Store, clock: MovableClock
) -> None:
    receipt = await saves(chat)
    chat.skip()

    async def note(message_id: int | None) -> None:
        async with store.unit() as unit:
            (reading,) = await unit.session.scalars(
                select(Reading).where(Reading.source == ReadingSource.SELF)
            )
            reading.receipt_message_id = message_id
            await unit.commit()

    await note(None)
    await acquire(counter)
    chat.sees_nothing_more()
    await note(receipt)
    clock.move(minutes=2)
    await counter.service.outbox.run()
    chat.sees("Lettura salvata", "Acquisita", buttons=[], edited=True)
