"""The service stops and starts again: conversations go on at their step, nothing is lost."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy import func, select

from bot.application import Service
from bot.demo.local_telegram import LocalTelegram
from bot.settings import Settings
from storage.models import InboxUpdate, Reading, ReadingSource
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    TAX_CODE,
    add_customer,
    add_gas_point,
    add_open_window,
    link_chat,
)
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice

Run = Callable[[Counter | None], AbstractAsyncContextManager[Counter]]


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


async def linked_chat(counter: Counter, clock: MovableClock) -> ChatDriver:
    """Anna, linked, with a gas point and an open window."""
    anna = counter.visitor("Anna")
    store = counter.service.store
    customer = await add_customer(store)
    await add_gas_point(store, customer)
    await add_open_window(store, clock.now())
    await link_chat(store, anna.id, customer, clock.now())
    return anna


async def test_a_conversation_goes_on_at_its_step(run: Run, clock: MovableClock) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("/autolettura")
        anna.sees("Lettura contatore")
    async with run(counter):
        await anna.sends("45000")
        anna.sees("Riepilogo", "45.000")
    async with run(counter):
        await anna.taps("Salva")
        anna.sees("Lettura salvata", edited=True)
    async with run(counter):
        await anna.taps("Cancella")
        anna.sees("Confermi la cancellazione", edited=True)
        await anna.taps("Sì")
        anna.sees("cancellata", edited=True)


async def test_linking_goes_on_at_every_step(run: Run, post: PostOffice) -> None:
    async with run(None) as counter:
        anna = counter.visitor("Anna")
        await add_customer(counter.service.store)
        await anna.sends("/collega")
        anna.sees("Scrivi il codice cliente")
    async with run(counter):
        await anna.sends("028680")
        anna.sees("Codice cliente 028680")
    async with run(counter):
        await anna.sends(TAX_CODE)
        anna.sees("È questa la fornitura?")
    async with run(counter):
        await anna.taps("Conferma")
        anna.sees("Invio il codice", edited=True)
        anna.sees("codice di sei cifre", edited=True)
    async with run(counter):
        await anna.sends(post.letters[-1].code)
        anna.sees("Collegato")


async def test_buttons_from_before_a_restart_are_as_alive_or_dead_as_they_were(
    run: Run, clock: MovableClock
) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("45000")
        dead = anna.sees("Riepilogo")
        await anna.sends("/annulla")
        anna.sees("Annullato")
        await anna.sends("46000")
        anna.sees("Riepilogo")
    async with run(counter):
        tap = await anna.taps("Salva", dead)
        assert "schermata di prima" in tap.text
        await anna.taps("Salva")
        anna.sees("46.000", edited=True)


async def test_the_half_hour_runs_on_while_the_service_is_down(
    run: Run, clock: MovableClock
) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("/autolettura")
        anna.sees("Lettura contatore")
    clock.move(minutes=30)
    async with run(counter):
        await counter.service.housekeeping.run()
        await counter.service.outbox.run()
        anna.sees("mezz'ora", "ho chiuso")
        await anna.sends("ciao")
        anna.sees("Non ho capito")


async def test_who_comes_back_late_after_a_restart_is_told(run: Run, clock: MovableClock) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("/autolettura")
        anna.sees("Lettura contatore")
    clock.move(minutes=31)
    anna.person.send_text(anna.person.private_chat, "ciao")  # while the service is down
    async with run(counter):
        anna.sees("più di mezz'ora")
        anna.sees("Non ho capito")


async def test_what_was_written_while_the_service_was_down_is_answered_in_order(
    run: Run, clock: MovableClock
) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
    for text in ("/autolettura", "45000"):
        anna.person.send_text(anna.person.private_chat, text)
    async with run(counter):
        anna.sees("Lettura contatore")
        anna.sees("Riepilogo", "45.000")


async def test_an_update_that_was_stored_and_not_handled_is_handled_at_the_start(
    run: Run, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        # As when the process dies between the inbox and the handling: nothing is handed over.
        with monkeypatch.context() as dying:
            dying.setattr(type(counter.service.feed), "_start", lambda *_: None)
            anna.person.send_text(anna.person.private_chat, "/autolettura")
            anna.person.send_text(anna.person.private_chat, "45000")
            await counter.telegram.until_confirmed()
        anna.sees_nothing_more()
    async with run(counter):
        anna.sees("Lettura contatore")
        anna.sees("Riepilogo", "45.000")


async def test_an_answer_that_could_not_leave_leaves_at_the_next_start(
    run: Run, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("45000")
        anna.sees("Riepilogo")
        sender = type(counter.service.sender)

        async def dies(*_: object) -> None:
            raise KeyboardInterrupt  # the process ends between the commit and the answer

        with monkeypatch.context() as dying:
            dying.setattr(sender, "perform", _never)
            anna.presses("Salva")
            await counter.telegram.until_confirmed()
            await _until_saved(counter)
        del dies
    async with run(counter):
        anna.sees("Lettura salvata", edited=True)
        async with counter.service.store.reading() as unit:
            saved = await unit.session.scalar(
                select(func.count())
                .select_from(Reading)
                .where(Reading.source == ReadingSource.SELF)
            )
        assert saved == 1


async def test_an_update_that_comes_again_after_a_restart_is_not_handled_again(
    run: Run, clock: MovableClock
) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("/menu")
        anna.sees("Cosa serve?")
        async with counter.service.store.reading() as unit:
            last = await unit.inbox.last_update_id()
    message = anna.messages()[0]
    async with run(counter):
        # Telegram may bring once more what a bot that died had not confirmed.
        entry = counter.telegram.updates.add("message", message, anna.id)
        assert entry is not None
        entry.update["update_id"] = last
        await counter.settle()
        anna.sees_nothing_more()
        async with counter.service.store.reading() as unit:
            rows = await unit.session.scalar(select(func.count()).select_from(InboxUpdate))
        assert rows == 1
