"""Updates that come twice, late, out of order or broken, by polling and by webhook."""

import asyncio
import io
import logging

import pytest
from sqlalchemy import Text, func, literal, select, update

from bot.counter.incoming import Incoming
from bot.logs import set_up_logs
from bot.settings import LogFormat
from storage.models import InboxUpdate, Reading, ReadingSource, ReadingState
from storage.repositories.inbox import Arrival
from storage.vault import Vault
from tests.faults.conftest import Run
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, add_open_window, link_chat

PEOPLE = 6


@pytest.fixture
async def people(served: Counter, clock: MovableClock) -> list[ChatDriver]:
    """Linked chats, each with one gas point that was never read, and a window open."""
    store = served.service.store
    await add_open_window(store, clock.now())
    chats = []
    for number in range(PEOPLE):
        chat = served.visitor(f"P{number}")
        customer = await add_customer(store, f"{number:06d}")
        await add_gas_point(store, customer)
        await link_chat(store, chat.id, customer, clock.now())
        chats.append(chat)
    return chats


async def everybody(counter: Counter, chats: list[ChatDriver], *texts: str) -> None:
    """Everybody writes, nobody waits for an answer."""
    for text in texts:
        for chat in chats:
            chat.person.send_text(chat.person.private_chat, text)
            await asyncio.sleep(0)
    await counter.settle()


async def readings(counter: Counter) -> list[tuple[int, ReadingState]]:
    async with counter.service.store.reading() as unit:
        found = await unit.session.execute(
            select(Reading.meter, Reading.state).where(Reading.source == ReadingSource.SELF)
        )
        return [(row.meter, row.state) for row in found]


async def rows(counter: Counter) -> int:
    async with counter.service.store.reading() as unit:
        return (await unit.session.scalar(select(func.count()).select_from(InboxUpdate))) or 0


@pytest.mark.parametrize("late", [False, True], ids=["at once", "late"])
async def test_an_update_that_comes_again_changes_and_says_nothing(
    served: Counter, people: list[ChatDriver], late: bool
) -> None:
    faults = served.telegram.faults
    faults.duplicate_updates(probability=1, late=late)
    await everybody(served, people, "/autolettura", "45000")
    for chat in people:
        chat.presses("Salva")
    await served.settle()
    for chat in people:
        chat.sees("Lettura contatore")
        chat.sees("Riepilogo", "45.000")
        chat.sees("Lettura salvata", edited=True)
    await everybody(served, people, "/menu", "/letture")  # brings what is still to come again
    for chat in people:
        chat.sees("Cosa serve?")
        chat.sees("Elenco autoletture")
    assert await readings(served) == [(45_000, ReadingState.PENDING)] * PEOPLE
    assert faults.happened == 5 * PEOPLE
    assert await rows(served) == 5 * PEOPLE


async def test_chats_that_are_mixed_keep_each_its_order(
    served: Counter, people: list[ChatDriver]
) -> None:
    served.telegram.faults.reorder_updates()
    await everybody(served, people, "/autolettura", "44,5", "45000", "/annulla")
    for chat in people:
        chat.sees("Lettura contatore")
        chat.sees("virgola")
        chat.sees("Riepilogo", "45.000")
        chat.sees("Annullato")
    assert await readings(served) == []


async def test_out_of_order_within_a_chat_each_is_answered_and_nothing_is_doubled(
    served: Counter, people: list[ChatDriver]
) -> None:
    """Telegram does not promise an order to webhooks; what comes of it must at least be sane."""
    faults = served.telegram.faults
    faults.reorder_updates(within_chats=True)
    faults.duplicate_updates(probability=0.3, late=True)
    for value in ("45000", "45001", "45002"):
        await everybody(served, people, "/autolettura", value, "/autolettura", "ciao")
        for chat in people:
            if any(_has(message, "Salva") for message in chat.messages()[-1:]):
                chat.presses("Salva")
        await served.settle()
    faults.clear()
    await everybody(served, people, "/annulla")
    for chat in people:
        answers = [m for m in chat.messages() if m["from"]["is_bot"]]
        questions = [m for m in chat.messages() if not m["from"]["is_bot"]]
        assert len(answers) >= len(questions)  # silence would be an answer less
        chat.skip()
    saved = await readings(served)
    async with served.service.store.reading() as unit:
        pending = await unit.session.execute(
            select(Reading.supply_point_id, func.count())
            .where(Reading.state == ReadingState.PENDING, Reading.source == ReadingSource.SELF)
            .group_by(Reading.supply_point_id)
        )
        assert all(count == 1 for _, count in pending)
        assert await unit.inbox.unhandled() == []
    assert {meter for meter, _ in saved} <= {45_000, 45_001, 45_002}


def _has(message: dict[str, object], label: str) -> bool:
    keyboard = message.get("reply_markup", {})
    rows = keyboard.get("inline_keyboard", []) if isinstance(keyboard, dict) else []
    return any(button["text"] == label for row in rows for button in row)


async def test_an_update_that_cannot_be_read_costs_nobody_else_anything(
    served: Counter, people: list[ChatDriver]
) -> None:
    telegram, (anna, bruno, *_) = served.telegram, people
    written = io.StringIO()
    set_up_logs(LogFormat.JSON, stream=written)
    logging.getLogger().setLevel(logging.DEBUG)
    anna.person.send_text(anna.person.private_chat, "/aiuto")
    for broken in ({"entities": [{"type": "bold", "offset": 0}]}, {"chat": {"id": 2**70}}):
        message = {
            "message_id": 9,
            "date": 0,
            "chat": {"id": bruno.id, "type": "private"},
            "from": {"id": bruno.id, "is_bot": False, "first_name": "Segretissimo"},
            "text": "RSSMRA85T10A562S",
        }
        telegram.updates.add("message", message | broken, bruno.id)
    bruno.person.send_text(bruno.person.private_chat, "/aiuto")
    await served.settle()
    logging.getLogger().handlers.clear()
    anna.sees("Come si fa")
    bruno.sees("Come si fa")
    assert not telegram.pending_updates  # the broken ones are not brought again
    assert await rows(served) == 4
    async with served.service.store.reading() as unit:
        assert await unit.inbox.unhandled() == []
    assert written.getvalue().count("update_not_readable") == 2
    for word in ("Segretissimo", "RSSMRA85T10A562S", "entities"):
        assert word not in written.getvalue()


async def test_one_that_no_key_opens_any_more_holds_nothing_up(
    served: Counter, people: list[ChatDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, store = people[0], served.service.store
    turns, may_begin = served.service.turns, asyncio.Event()
    handle = turns.handle

    async def later(one: Incoming) -> None:
        await may_begin.wait()
        await handle(one)

    monkeypatch.setattr(turns, "handle", later)  # so that all but the first have to be read
    for _ in range(3):
        anna.person.send_text(anna.person.private_chat, "/aiuto")
    while await rows(served) < 3:  # noqa: ASYNC110 - they come over HTTP, and nothing tells when
        await asyncio.sleep(0.01)
    async with store.unit() as unit:
        sealed = Vault([Vault.new_key()]).seal(b"{}", "elsewhere")
        last = select(func.max(InboxUpdate.update_id)).scalar_subquery()
        table = InboxUpdate.__table__
        await unit.session.execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.update_id == last)
            .values(content=literal(sealed, Text()))
        )
        await unit.commit()
    may_begin.set()
    await served.settle()
    anna.sees("Come si fa")
    anna.sees("Come si fa")
    anna.sees_nothing_more()
    async with store.reading() as looking:
        assert await looking.inbox.unhandled() == []


async def test_what_an_earlier_version_stored_and_this_one_cannot_read_is_passed_over(
    run: Run,
) -> None:
    async with run() as counter:
        store = counter.service.store
        async with store.unit() as unit:
            broken = '{"update_id": 1, "message": {"message_id": 1}}'
            await unit.inbox.store([Arrival(1, 7, broken)], now=counter.service.clock.now())
            await unit.commit()
    async with run(counter) as counter:
        async with counter.service.store.reading() as unit:
            assert await unit.inbox.unhandled() == []
        anna = counter.visitor("Anna")
        await anna.sends("/start")
        anna.sees("Ciao!")
