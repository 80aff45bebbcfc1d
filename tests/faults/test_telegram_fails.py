"""Whatever Telegram does to a call, customers are answered, and what they did is done once."""

import asyncio
from typing import Literal, get_args

import pytest
from sqlalchemy import select

from bot.local_telegram import LocalTelegram
from bot.local_telegram.faults import FaultKind
from storage.engine import Store
from storage.models import OutboxState, Reading, ReadingSource, ReadingState
from storage.notices import ChatLinked
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import TAX_CODE, add_customer, add_gas_point, link_chat
from tests.support.post import PostOffice
from tests.support.runs import linked_chat
from tests.support.unasked import states

pytestmark = pytest.mark.usefixtures("_hasty")

Trouble = tuple[FaultKind, int]

TROUBLES: list[Trouble] = [
    ("status", 429),
    ("status", 500),
    ("status", 502),
    *((kind, 0) for kind in get_args(FaultKind) if kind != "status"),
]
NAMES = [str(status or kind) for kind, status in TROUBLES]
EVERY = ("sendMessage", "sendPhoto", "editMessageText", "answerCallbackQuery", "deleteMessage")

RETRY_AFTER = 1
"""Seconds that Telegram asks for with a 429."""

Times = Literal["at least once", "once"]


def times_of(trouble: Trouble) -> Times:
    """How often an answer may be seen: what was done and not confirmed is done once more."""
    return "at least once" if trouble[0].endswith("_after") else "once"


def trip_up(telegram: LocalTelegram, trouble: Trouble, *methods: str, times: int = 1) -> None:
    """The next calls of each method go wrong, and no others that were to."""
    kind, status = trouble
    telegram.faults.clear()
    for method in methods:
        telegram.faults.fail(
            kind, method, times=times, status=status or 500, retry_after=RETRY_AFTER
        )


def said(chat: ChatDriver, words: str) -> int:
    """How many messages of the bot hold these words now."""
    return sum(
        words in (m.get("text") or m.get("caption") or "")
        for m in chat.messages()
        if m["from"]["is_bot"]
    )


def check_said(chat: ChatDriver, trouble: Trouble, *words: str) -> None:
    """Each was said, and no more often than such trouble explains."""
    for each in words:
        most = 2 if times_of(trouble) == "at least once" else 1
        assert 1 <= said(chat, each) <= most, (each, said(chat, each), chat.transcript)


def check_obeyed(telegram: LocalTelegram, trouble: Trouble) -> None:
    """Whoever was told to wait did: the same call came again no sooner than it was allowed to."""
    if trouble != ("status", 429):
        return
    calls = [call for call in telegram.calls if call.method != "getupdates"]
    refused = [(place, call) for place, call in enumerate(calls) if call.status == 429]
    assert refused, "nobody was told to wait"
    for place, call in refused:
        again = [later for later in calls[place + 1 :] if later.method == call.method]
        if again:
            assert again[0].at - call.at >= RETRY_AFTER, (call, again[0])


async def saved(store: Store) -> list[tuple[int, ReadingState]]:
    async with store.reading() as unit:
        found = await unit.session.execute(
            select(Reading.meter, Reading.state)
            .where(Reading.source == ReadingSource.SELF)
            .order_by(Reading.id)
        )
        return [(row.meter, row.state) for row in found]


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
async def test_a_reading_is_saved_and_cancelled_once(
    served: Counter, clock: MovableClock, trouble: Trouble
) -> None:
    telegram, store = served.telegram, served.service.store
    anna = await linked_chat(served, clock)
    trip_up(telegram, trouble, *EVERY)
    await anna.sends("/autolettura")
    trip_up(telegram, trouble, *EVERY)
    await anna.sends("45000")
    trip_up(telegram, trouble, *EVERY)
    await anna.taps("Salva")
    assert await saved(store) == [(45_000, ReadingState.PENDING)]
    check_said(anna, trouble, "Lettura salvata")
    trip_up(telegram, trouble, *EVERY)
    anna.waits(seconds=3)
    await anna.taps("Cancella")
    await anna.taps("Sì")
    anna.skip()
    assert await saved(store) == [(45_000, ReadingState.CANCELLED)]
    check_said(anna, trouble, "cancellata")
    assert telegram.calls.of("sendMessage")
    check_obeyed(telegram, trouble)
    telegram.faults.clear()
    await anna.sends("/menu")
    anna.sees("Cosa serve?")


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
async def test_a_chat_is_linked_once_and_the_tax_code_goes(
    counter: Counter, post: PostOffice, trouble: Trouble
) -> None:
    telegram, store = counter.telegram, counter.service.store
    await add_gas_point(store, await add_customer(store))
    anna = counter.visitor("Anna")
    for text in ("/collega", "028680", TAX_CODE):
        trip_up(telegram, trouble, *EVERY)
        await anna.sends(text)
    trip_up(telegram, trouble, *EVERY)
    await anna.taps("Conferma")
    await anna.sends(post.letters[-1].code)
    anna.skip()
    check_said(anna, trouble, "Collegato")
    check_obeyed(telegram, trouble)
    assert all(m.get("text") != TAX_CODE for m in anna.messages())
    async with store.reading() as unit:
        assert len(await unit.chats.links(anna.id)) == 1
    # A mail is not Telegram's: it went once, however often the screen around it was sent.
    assert sum("collegare la chat" in letter.text for letter in post.letters) == 1


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
async def test_what_is_said_unasked_arrives(
    counter: Counter, store: Store, clock: MovableClock, post: PostOffice, trouble: Trouble
) -> None:
    """A receipt that changes, and news of a new chat: an edit and a message from the outbox."""
    telegram = counter.telegram
    anna = await linked_chat(counter, clock)
    await anna.sends("45000")
    await anna.taps("Salva")
    figlia = counter.visitor("Figlia")
    for text in ("/collega", "028680", TAX_CODE):
        await figlia.sends(text)
    await figlia.taps("Conferma")
    await figlia.sends(post.letters[-1].code)
    await counter.service.acquisition.run()
    trip_up(telegram, trouble, "sendMessage", "editMessageText")
    await counter.service.outbox.run()
    figlia.skip()
    anna.skip()
    assert said(anna, "Acquisita") == 1
    check_said(anna, trouble, "un'altra chat")
    for kind in ("acquired", ChatLinked.kind):
        assert await states(store, kind) == [OutboxState.SENT]
    await counter.service.outbox.run()
    anna.sees_nothing_more()


async def test_a_chat_that_is_told_to_wait_waits_alone(served: Counter) -> None:
    telegram, wait = served.telegram, 2
    anna, bruno = served.visitor("Anna"), served.visitor("Bruno")
    for person in (anna, bruno):
        await person.sends("/start")
        person.skip()
    telegram.calls.clear()
    fault = telegram.faults.fail("status", "sendMessage", status=429, retry_after=wait)
    anna.person.send_text(anna.person.private_chat, "/aiuto")
    async with asyncio.timeout(30):
        while not (fault.spent and served.service.pace.is_held(anna.id)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    bruno.person.send_text(bruno.person.private_chat, "/aiuto")
    async with asyncio.timeout(30):
        while not said(bruno, "Come si fa"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not said(anna, "Come si fa")
    await served.settle()
    anna.sees("Come si fa")
    bruno.sees("Come si fa")
    refused, again = [call for call in telegram.calls.of("sendMessage") if call.chat_id != bruno.id]
    assert again.at - refused.at >= wait


async def test_once_two_chats_are_told_to_wait_everybody_waits(served: Counter) -> None:
    """Then it is the bot that is meant: others do not leave before its time either."""
    telegram, wait = served.telegram, 2
    people = [served.visitor(name) for name in ("Anna", "Bruno", "Carla")]
    for person in people:
        await person.sends("/start")
        person.skip()
    telegram.calls.clear()
    fault = telegram.faults.fail("status", "sendMessage", status=429, retry_after=wait, times=2)
    *refused_ones, carla = people
    for person in refused_ones:
        person.person.send_text(person.person.private_chat, "/aiuto")
    async with asyncio.timeout(30):
        while not (fault.spent and served.service.pace.gate.is_held):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    carla.person.send_text(carla.person.private_chat, "/aiuto")
    await served.settle()
    calls = [call for call in telegram.calls if call.method != "getupdates"]
    refused = [call for call in calls if call.status == 429]
    later = [call for call in calls if call.status == 200]
    assert len(refused) == 2
    assert len(later) == 3
    assert min(call.at for call in later) - refused[-1].at >= wait
    for person in people:
        person.sees("Come si fa")


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
async def test_updates_go_on_coming(
    counter: Counter, telegram: LocalTelegram, trouble: Trouble
) -> None:
    """Polling fails several times in several ways; nothing is lost and nothing comes twice."""
    anna = counter.visitor("Anna")
    await anna.sends("/start")
    anna.sees("Ciao!")
    trip_up(telegram, trouble, "getUpdates", times=3)
    for _ in range(4):
        await anna.sends("/aiuto")
        anna.sees("Come si fa")


async def test_several_troubles_at_once_by_chance(served: Counter, clock: MovableClock) -> None:
    """A bad day: every call may fail in any way, for many customers at once."""
    telegram, store = served.telegram, served.service.store
    telegram.faults.reseed(4)
    people = []
    for number in range(6):
        person = served.visitor(f"P{number}")
        customer = await add_customer(store, f"{number:06d}")
        await add_gas_point(store, customer)
        await link_chat(store, person.id, customer, clock.now())
        people.append(person)
    await linked_chat(served, clock)  # brings the window
    for kind, status in TROUBLES:
        telegram.faults.fail(kind, times=None, probability=0.05, status=status or 500)
    for text in ("/autolettura", "45000"):
        for person in people:
            person.person.send_text(person.person.private_chat, text)
        await served.settle()
    for person in people:
        person.presses("Salva")
    await served.settle()
    happened = sum(fault.happened for fault in telegram.faults.faults)
    telegram.faults.clear()
    assert happened > 5, "hardly anything went wrong"
    assert sorted(await saved(store)) == [(45_000, ReadingState.PENDING)] * 6
    for person in people:
        assert said(person, "Lettura salvata") >= 1
        person.skip()
        person._taps.clear()  # the answer to a tap may be what was lost
