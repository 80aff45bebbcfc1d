"""The service stops and starts again: conversations go on at their step, nothing is lost."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.counter.sending import Sender
from bot.counter.turns import TurnMaker
from bot.errors import Unreachable
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from storage.models import InboxUpdate, Reading, ReadingSource
from tests.support.chat import Counter
from tests.support.clock import MovableClock
from tests.support.factories import TAX_CODE, add_customer
from tests.support.post import PostOffice
from tests.support.runs import linked_chat, running, until

pytestmark = pytest.mark.both_databases

Run = Callable[[Counter | None], AbstractAsyncContextManager[Counter]]


@pytest.fixture
def run(telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice) -> Run:
    """Runs the service for a while; the next run gets the chats of the one before."""
    return partial(running, telegram, settings, clock, post)


async def own_readings(counter: Counter) -> int:
    """How many self-readings there are."""
    async with counter.service.store.reading() as unit:
        found = await unit.session.scalar(
            select(func.count()).select_from(Reading).where(Reading.source == ReadingSource.SELF)
        )
    return found or 0


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
        anna.waits(seconds=3)
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
        anna.sees("Ciao!")


async def test_who_comes_back_late_after_a_restart_is_told(run: Run, clock: MovableClock) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("/autolettura")
        anna.sees("Lettura contatore")
    clock.move(minutes=31)
    anna.person.send_text(anna.person.private_chat, "ciao")  # while the service is down
    async with run(counter):
        anna.sees("più di mezz'ora")
        anna.sees("Ciao!")


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
        async def never(*_: object) -> None:
            await asyncio.Event().wait()

        with monkeypatch.context() as dying:
            dying.setattr(TurnMaker, "handle", never)
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
    async def out_of_reach(*_: object, **__: object) -> None:
        raise Unreachable

    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        with monkeypatch.context() as telegram_away:
            telegram_away.setattr(Sender, "perform", out_of_reach)
            anna.person.send_text(anna.person.private_chat, "45000")
            await until(lambda: _is_handled(counter))
            await counter.service.stop()
        anna.sees_nothing_more()
    async with run(counter):
        anna.sees("Riepilogo", "45.000")
        await anna.taps("Salva")
        anna.sees("Lettura salvata", edited=True)
        assert await own_readings(counter) == 1


async def _is_handled(counter: Counter) -> bool:
    async with counter.service.store.reading() as unit:
        return bool(await unit.inbox.unanswered())


async def test_an_update_that_comes_again_after_a_restart_is_not_handled_again(
    run: Run, clock: MovableClock
) -> None:
    async with run(None) as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("/menu")
        anna.sees("Cosa serve?")
        async with counter.service.store.reading() as unit:
            last = await unit.session.scalar(select(func.max(InboxUpdate.update_id)))
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
