"""The clock steps back by a moment, an hour or a day: nothing comes twice, nothing waits long."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from stdnum.it import codicefiscale

from bot.settings import Settings
from storage.engine import Store
from storage.models import OutboxState, Reading, ReadingSource, ReadingState
from storage.notices import ConversationLeftAlone
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import TAX_CODE, add_customer, add_gas_point
from tests.support.post import PostOffice
from tests.support.unasked import outbox, speak, states

STEPS = [timedelta(seconds=2), timedelta(hours=1), timedelta(days=1)]
OTHER_TAX_CODE = "BNCNNA60A41H501" + codicefiscale.calc_check_digit("BNCNNA60A41H501")

pytestmark = pytest.mark.parametrize("step", STEPS, ids=["2 s", "1 h", "1 day"])


def back(clock: MovableClock, step: timedelta) -> None:
    clock.set_to(clock.now() - step)


async def readings(store: Store) -> list[ReadingState]:
    async with store.reading() as unit:
        return list(
            await unit.session.scalars(
                select(Reading.state).where(Reading.source == ReadingSource.SELF)
            )
        )


async def test_between_the_summary_and_salva(
    chat: ChatDriver, store: Store, clock: MovableClock, step: timedelta
) -> None:
    await chat.sends("45000")
    chat.sees("Riepilogo", "15/02/2026")
    back(clock, step)
    await chat.taps("Salva")
    if step >= timedelta(days=1):  # another day: the new summary is shown instead
        chat.sees("Riepilogo", "14/02/2026", edited=True)
        await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await readings(store) == [ReadingState.PENDING]


async def test_between_salva_and_another_reading(
    chat: ChatDriver, store: Store, clock: MovableClock, step: timedelta
) -> None:
    """The reading lies ahead by a day now; whatever the answer, it is one, and one a day holds."""
    await chat.sends("45000")
    await chat.taps("Salva")
    chat.skip()
    back(clock, step)
    await chat.sends("/autolettura")
    chat.sees()
    await chat.sends("/letture")
    chat.skip()
    await chat.sends("45.100")
    chat.skip()
    if any(b["text"] == "Salva" for b in _buttons(chat)):
        await chat.taps("Salva")
        chat.skip()
    async with store.reading() as unit:
        days = list(
            await unit.session.scalars(
                select(Reading.day).where(Reading.source == ReadingSource.SELF)
            )
        )
    assert len(days) == len(set(days))
    await chat.sends("/annulla")
    chat.skip()
    await chat.sends("/menu")
    chat.sees("Cosa serve?")


def _buttons(chat: ChatDriver) -> list[dict[str, str]]:
    keyboard = chat.messages()[-1].get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in keyboard for button in row]


async def test_around_an_acquisition(
    chat: ChatDriver, counter: Counter, settings: Settings, clock: MovableClock, step: timedelta
) -> None:
    store = counter.service.store
    await chat.sends("45000")
    await chat.taps("Salva")
    chat.skip()
    back(clock, step)
    report = await counter.service.acquisition.run()  # claimed before it was saved
    assert report.readings == 1
    back(clock, step)
    report = await counter.service.acquisition.run()
    assert report.readings == 0
    assert await readings(store) == [ReadingState.ACQUIRED]
    assert len(list(settings.exports_dir.glob("autoletture_*.csv"))) == 1
    # The news was queued at an instant that lies ahead now; it goes at once, and once.
    for _ in range(3):
        await counter.service.outbox.run()
    chat.sees("Acquisita", edited=True)
    chat.sees_nothing_more()


async def test_what_was_to_go_at_once_does_not_wait_for_the_former_time(
    chat: ChatDriver, counter: Counter, clock: MovableClock, step: timedelta
) -> None:
    store = counter.service.store
    await counter.service.outbox.run()  # it has seen the former time
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    clock.move(minutes=31)
    await counter.service.housekeeping.run()
    back(clock, step)
    if step < timedelta(minutes=1):  # so little is waited out
        clock.set_to(clock.now() + step)
    await counter.service.outbox.run()
    chat.sees("mezz'ora")
    for _ in range(3):
        await counter.service.housekeeping.run()
        await counter.service.outbox.run()
    clock.move(days=2)
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    assert await states(store, "conversation_left_alone") == [OutboxState.SENT]


async def test_what_waits_for_the_morning_waits_on(
    chat: ChatDriver, counter: Counter, clock: MovableClock, step: timedelta
) -> None:
    store = counter.service.store
    await chat.sends("/menu")
    chat.skip()
    async with store.unit() as unit:
        await unit.outbox.queue(
            "morning",
            ConversationLeftAlone(),
            chat.id,
            now=clock.now(),
            not_before=clock.now() + timedelta(hours=10),
        )
        await unit.commit()
    await counter.service.outbox.run()
    back(clock, step)
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    (message,) = await outbox(store, "conversation_left_alone")
    assert message.state is OutboxState.QUEUED
    clock.set_to(message.not_before)
    await counter.service.outbox.run()
    chat.sees("mezz'ora")


async def test_reminders_are_said_once(
    chat: ChatDriver, counter: Counter, clock: MovableClock, step: timedelta
) -> None:
    await chat.sends("/menu")
    chat.skip()
    for _ in range(8):  # the days until the window closes
        clock.move(days=1)
        await speak(counter)
    said = [m["text"] for m in chat.messages() if m["from"]["is_bot"]]
    chat.skip()
    assert len(said) > 1, "nobody was reminded: the trial shows nothing"
    back(clock, step)
    for _ in range(3):
        await speak(counter)
    clock.set_to(clock.now() + step)
    await speak(counter)
    assert [m["text"] for m in chat.messages() if m["from"]["is_bot"]] == said


async def test_a_lock_ends_all_the_same(
    counter: Counter, store: Store, clock: MovableClock, step: timedelta
) -> None:
    await add_gas_point(store, await add_customer(store))
    eve = counter.visitor("Eve")
    for _ in range(5):
        for text in ("/collega", "028680", OTHER_TAX_CODE):
            await eve.sends(text)
    assert "troppi tentativi" in eve.messages()[-1]["text"]
    eve.skip()
    back(clock, step)
    clock.move(minutes=15)
    await eve.sends("/collega")
    if step < timedelta(minutes=15):  # hardly anything happened: it counts on
        eve.sees("troppi tentativi")
        clock.set_to(clock.now() + step)
        await eve.sends("/collega")
    eve.sees("Scrivi il codice cliente")
    for text in ("028680", TAX_CODE):
        await eve.sends(text)
    eve.sees("Codice cliente")
    eve.sees("È questa la fornitura?")


async def test_codes_are_mailed_and_taken(
    counter: Counter, store: Store, clock: MovableClock, post: PostOffice, step: timedelta
) -> None:
    await add_gas_point(store, await add_customer(store))
    anna = counter.visitor("Anna")
    for text in ("/collega", "028680", TAX_CODE):
        await anna.sends(text)
    await anna.taps("Conferma")
    anna.skip()
    back(clock, step)
    await anna.taps("Rimanda il codice")
    anna.skip()
    assert len(post.letters) == 2
    await anna.sends(post.letters[-1].code)  # the newer one, although it is dated earlier
    anna.sees("Collegato")


async def test_a_conversation_goes_on(
    chat: ChatDriver, counter: Counter, clock: MovableClock, step: timedelta
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    back(clock, step)
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    await chat.sends("45000")
    chat.sees("Riepilogo")
    clock.move(minutes=30)  # and its half hour counts from there
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees("mezz'ora")
