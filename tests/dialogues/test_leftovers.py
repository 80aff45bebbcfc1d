"""What nobody expected: stray words, old buttons, forged ones, edits. Never silence, never harm."""

import dataclasses
import datetime as dt
import enum
import types
import typing
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from conversations.kit.taps import MOST_BYTES, VERSION, Tap
from storage.engine import Store
from storage.models import ChatLink, Conversation, Reading, ReadingSource, ReadingState
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, add_gas_point, add_reading, link_chat
from tests.support.pictures import plain_png

FOREIGN = 7_777
MARK = "Altrui"


# -- stray words --


async def test_stray_words_get_a_pointer(chat: ChatDriver) -> None:
    for said in ("che tempo fa", "😀", "<b>&amp;</i>", "?" * 4096, "/ boh"):
        await chat.sends(said)
        chat.sees("Posso aiutarti", "0547 000000")


async def test_stray_words_of_a_stranger_point_at_the_beginning(counter: Counter) -> None:
    anna = counter.visitor("Anna")
    await anna.sends("ciao")
    anna.sees("Posso aiutarti", "0547 000000", buttons=["Collega la fornitura"])


@pytest.mark.parametrize("linked", [True, False])
async def test_whatever_is_sent_is_answered(
    counter: Counter, chat: ChatDriver, linked: bool
) -> None:
    who = chat if linked else counter.visitor("Eve")
    person, here = who.person, who.person.private_chat
    ways: list[Callable[[], object]] = [
        lambda: person.send_sticker(here),
        lambda: person.send_voice(here),
        lambda: person.send_location(here, 44.1, 12.2),
        lambda: person.send_contact(here, "+390547000000"),
        lambda: person.send_document(here, b"%PDF-1.7", "lettera.pdf"),
        lambda: person.send_photo(here, plain_png(20, 20), "la mia <bolletta>"),
    ]
    for send in ways:
        send()
        await counter.settle()
        who.sees()
        who.skip()


async def test_an_album_is_answered(counter: Counter, chat: ChatDriver) -> None:
    chat.person.send_album(chat.person.private_chat, [plain_png(20, 20)] * 3)
    await counter.settle()
    chat.sees()
    chat.skip()


async def test_a_command_is_known_or_the_list_is_shown(chat: ChatDriver) -> None:
    for command in ("/pippo", "/autoletura", "/start_"):
        await chat.sends(command)
        chat.sees("non lo conosco", "/autolettura", "/annulla")
    await chat.sends("/AIUTO@sportello_bot per favore")
    chat.sees("Come si fa")


@pytest.mark.both_databases
async def test_an_edited_message_is_never_an_answer(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("quarantacinque")
    chat.sees("Scrivi solo il numero")
    await chat.edits("45000")
    chat.sees("messaggi modificati", "messaggio nuovo")
    await chat.sends("45000")
    chat.sees("Riepilogo")
    await chat.edits("46000")
    chat.sees("messaggi modificati")
    await chat.taps("Salva")
    chat.sees("45.000", edited=True)
    async with store.reading() as unit:
        pending = await unit.session.scalars(
            select(Reading.meter).where(Reading.state == ReadingState.PENDING)
        )
        assert list(pending) == [45_000]


async def test_an_edited_command_is_not_carried_out(chat: ChatDriver) -> None:
    await chat.sends("ciao")
    chat.sees("Ciao!")
    await chat.edits("/autolettura")
    chat.sees("messaggi modificati")


async def test_a_notice_of_telegrams_own_is_no_answer(counter: Counter, chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    message = {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400}}
    here = chat.person.private_chat
    stored = counter.telegram.post(here, message, sender=chat.person.user)
    counter.telegram.updates.add("message", stored.data, here.id)
    await counter.settle()
    chat.sees_nothing_more()
    await chat.sends("45000")
    chat.sees("Riepilogo")


# -- somebody stops the bot, and comes back --


async def test_who_stops_the_bot_gets_nothing_unasked_until_they_come_back(
    counter: Counter, chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    chat.person.block_bot()
    await counter.settle()
    async with store.reading() as unit:
        blocked = await unit.chats.get(chat.id)
    assert blocked is not None
    assert blocked.blocked_at == clock.now()
    clock.move(minutes=31)
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    chat.person.unblock_bot()
    await counter.settle()
    await counter.service.outbox.run()
    chat.sees("mezz'ora", "chiuso")


# -- a conversation left alone --


@pytest.mark.both_databases
async def test_a_conversation_left_alone_ends_and_says_so(
    counter: Counter, chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    clock.move(minutes=29, seconds=59)
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    clock.move(seconds=1)
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees("mezz'ora", "ho chiuso", "non è stato salvato niente")
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees_nothing_more()
    async with store.reading() as unit:
        assert await unit.session.get(Conversation, chat.id) is None


async def test_who_comes_back_late_before_that_is_told_and_served(
    counter: Counter, chat: ChatDriver, clock: MovableClock
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    clock.move(minutes=30)
    await chat.sends("ciao")
    chat.sees("più di mezz'ora", "chiuso")
    chat.sees("Ciao!")
    await counter.service.housekeeping.run()
    await counter.service.outbox.run()
    chat.sees_nothing_more()  # once is enough


async def test_every_step_begins_the_half_hour_anew(
    counter: Counter, chat: ChatDriver, clock: MovableClock
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    for _ in range(3):
        clock.move(minutes=20)
        await chat.sends("boh")
        chat.sees("Scrivi solo il numero")
        await counter.service.housekeeping.run()
    await chat.sends("45000")
    chat.sees("Riepilogo")


async def test_a_late_tap_saves_nothing(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await chat.sends("45000")
    chat.sees("Riepilogo")
    clock.move(minutes=31)
    tap = await chat.taps("Salva")
    assert "schermata di prima" in tap.text
    chat.sees("più di mezz'ora")
    chat.sees("Cosa serve?")
    async with store.reading() as unit:
        found = await unit.session.scalars(
            select(Reading).where(Reading.source == ReadingSource.SELF)
        )
        assert list(found) == []


# -- old buttons --


async def test_a_tap_after_cancelling_explains_itself_and_reopens_the_menu(
    chat: ChatDriver,
) -> None:
    await chat.sends("45000")
    summary = chat.sees("Riepilogo")
    await chat.sends("/annulla")
    chat.sees("Annullato")
    for label in ("Salva", "Correggi", "Annulla"):
        tap = await chat.taps(label, summary)
        assert "schermata di prima" in tap.text
        chat.sees("Cosa serve?")


async def test_a_tap_on_an_earlier_screen_leaves_the_newest_as_it_is(chat: ChatDriver) -> None:
    await chat.sends("45000")
    first = chat.sees("Riepilogo", "45.000")
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("45100")
    chat.sees("Riepilogo", "45.100")
    mark = first["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    tap = await chat.taps_data(mark, first["message_id"])
    assert "schermata di prima" in tap.text
    await chat.taps("Salva")
    chat.sees("45.100", edited=True)


@pytest.mark.both_databases
async def test_a_tap_on_a_message_that_is_gone_is_answered(chat: ChatDriver) -> None:
    await chat.sends("45000")
    summary = chat.sees("Riepilogo")
    data = summary["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    here = chat.person.private_chat
    del here.messages[summary["message_id"]]
    await chat.taps_data(data, summary["message_id"])
    chat.sees("Lettura salvata")


# -- forged buttons --


async def test_what_no_button_carries_is_answered(chat: ChatDriver) -> None:
    await chat.sends("/menu")
    menu = chat.sees("Cosa serve?")
    for data in [
        "",
        ":",
        "1",
        "0x",
        "2x:abc",
        "1zzz:1",
        "1sp",
        "1sp:",
        "1sp:1:2",
        "1sp:uno",
        "1sp:٤",
        "1sp:-",
        "1sp:1.5",
        "1sp:99999999999999999999999999999999",
        "1l:1",
        "noop",
        "😀" * 16,
        "1x:" + "'; DROP TABLE readings; --",
    ]:
        tap = await chat.taps_data(data, menu["message_id"])
        assert "non vale più" in tap.text, data
        chat.sees("Cosa serve?")


def forgeries(kind: type[Tap]) -> Iterator[str]:
    """Data that looks like a button of that type, with values that were never drawn."""
    hints = typing.get_type_hints(kind)
    columns = [
        list(_values(hints[field.name]))
        for field in dataclasses.fields(kind)  # type: ignore[arg-type]
    ]
    for turn in range(max((len(column) for column in columns), default=1)):
        values = [column[turn % len(column)] for column in columns]
        data = ":".join([VERSION + kind.code, *values])
        if len(data.encode()) <= MOST_BYTES:
            yield data


def _values(kind: typing.Any) -> Iterator[str]:
    if isinstance(kind, types.UnionType):
        yield ""
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    if kind is bool:
        yield from ("1", "0", "2")
    elif kind is int:
        yield from (str(FOREIGN), "0", "-1", str(2**31 - 1), str(2**31), str(-(2**31)), "2026", "x")
    elif kind is dt.date:
        yield from ("20260215", "00010101", "99991231", "20260231", "")
    elif issubclass(kind, enum.Enum):
        yield from (str(member.value) for member in kind)
        yield "nessuno"
    else:
        yield from ("", "000000", "abcdef", "<b>", "%s", "7777")


async def test_forged_buttons_of_every_kind_are_answered_and_show_nothing_foreign(
    counter: Counter, chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    other = await add_customer(store, "000017", id=FOREIGN, name=f"Nome {MARK}")
    point = await add_gas_point(store, other, id=FOREIGN, address=f"Via {MARK} 9")
    await add_reading(
        store,
        point,
        clock.now().date(),
        12_345,
        id=FOREIGN,
        source=ReadingSource.SELF,
        state=ReadingState.PENDING,
    )
    bruno = counter.visitor("Bruno")
    await link_chat(store, bruno.id, other, clock.now())
    await chat.sends("/menu")
    menu = chat.sees("Cosa serve?")
    for kind in list(Tap.registry.values()):
        for data in forgeries(kind):
            await chat.taps_data(data, menu["message_id"])
        chat.skip()
        said = "\n".join(chat.transcript)
        assert MARK not in said, f"{kind.__name__} shows what is somebody else's"
        assert "andato storto" not in said, f"{kind.__name__} fails:\n{said[-1500:]}"
    bruno.sees_nothing_more()
    async with store.reading() as unit:
        reading = await unit.session.get_one(Reading, FOREIGN)
        assert reading.state is ReadingState.PENDING
        theirs = await unit.session.scalars(
            select(ChatLink).where(ChatLink.customer_id == FOREIGN, ChatLink.revoked_at.is_(None))
        )
        assert [link.chat_id for link in theirs] == [bruno.id]


async def test_the_same_forged_buttons_from_a_stranger_reach_nothing(
    counter: Counter, chat: ChatDriver, store: Store
) -> None:
    eve = counter.visitor("Eve")
    await eve.sends("/start")
    greeting = eve.sees("Ciao!")
    for kind in list(Tap.registry.values()):
        for data in (*forgeries(kind), f"{VERSION}{kind.code}:1", f"{VERSION}{kind.code}:1:0"):
            await eve.taps_data(data, greeting["message_id"])
        said = "\n".join(eve.transcript)
        assert "Via Roma" not in said, f"{kind.__name__} shows what is somebody else's"
        assert "andato storto" not in said, f"{kind.__name__} fails:\n{said[-1500:]}"
        eve.skip()
    chat.sees_nothing_more()
    async with store.reading() as unit:
        assert await unit.chats.links(eve.id) == []
        assert len(await unit.chats.links(chat.id)) == 1
