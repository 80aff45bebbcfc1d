"""The staff's group and the customer's chat, side by side: what is said here arrives there."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from bot.application import Service
from bot.counter.incoming import read
from bot.counter.pace import Pace
from bot.counter.sending import Sender
from bot.errors import Unreachable
from bot.local_telegram import Group, LocalTelegram, Person
from bot.settings import Settings
from storage.engine import Store
from storage.models import (
    MediaKind,
    OutboxState,
    StaffGroup,
    TicketAuthor,
    TicketState,
)
from storage.models.base import Base
from storage.notices import StaffPost, StaffThread, TicketAnswer, TicketClosed
from storage.repositories.tickets import NewFile
from storage.rules.tickets import LONGEST_SUBJECT
from tests.dialogues.conftest import unhurried
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import add_customer, link_chat
from tests.support.pictures import PlainPictures, plain_png
from tests.support.post import PostOffice
from tests.support.staff import StaffRoom
from tests.support.tickets import answered, closed, files, said, tickets, writes_to_staff
from tests.support.unasked import states

PHOTO = plain_png(40, 30)
CUSTOMER, STAFF = TicketAuthor.CUSTOMER, TicketAuthor.STAFF


@pytest.fixture
def olga(telegram: LocalTelegram) -> Person:
    """One of the staff, and the group's creator."""
    return telegram.add_person("Olga")


@pytest.fixture
def is_forum() -> bool:
    """Whether the group has topics; the tests of plain groups say no."""
    return True


@pytest.fixture
def group(telegram: LocalTelegram, olga: Person, is_forum: bool) -> Group:
    return telegram.add_group("Assistenza", [olga], is_forum=is_forum, bot_is_admin=True)


@pytest.fixture
def settings(settings: Settings, group: Group) -> Settings:
    return settings.model_copy(update={"staff_chat_id": group.id})


@pytest.fixture
def room(counter: Counter, group: Group, olga: Person) -> StaffRoom:
    return StaffRoom(counter, group, olga)


async def opens(chat: ChatDriver, room: StaffRoom, words: str = "La fattura è doppia") -> int:
    """The customer opens a ticket, and it is posted; gives its topic."""
    before = room.topics()
    await writes_to_staff(chat, words, "Bolletta o pagamento")
    await room.passes()
    room.sees("Richiesta n.", words)
    (topic,) = room.topics().keys() - before.keys() or {0}
    return topic


# -- a forum --


async def test_each_ticket_is_a_topic_with_all_that_the_staff_need(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    await writes_to_staff(chat, "Ho pagato <due> volte", "Bolletta o pagamento")
    await room.passes()
    (ticket,) = await tickets(store)
    ((topic, title),) = room.topics().items()
    assert title == f"n. {ticket.id} · Mario Rossi · Bolletta o pagamento"
    room.sees(
        f"Richiesta n. {ticket.id} · Bolletta o pagamento",
        "Mario Rossi · cliente 028680",
        "//",
        "/chiudi",
        "Ho pagato <due> volte",
        topic=topic,
    )
    assert (ticket.thread_chat_id, ticket.thread_id) == (room.group.id, topic)
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps("✍️ Nuova richiesta")
    chat.sees("Di che cosa si tratta?", edited=True)
    await chat.sends("a" * LONGEST_SUBJECT)
    chat.sees("Ora racconta")
    await chat.sends("Un'altra cosa")
    chat.sees("Non ancora inviata")
    await chat.taps("Fatto")
    chat.sees("Riepilogo", edited=True)
    await chat.taps("Invia")
    chat.sees("inviata", edited=True)
    await room.passes()
    room.sees("Un'altra cosa")
    assert len(room.topics()) == 2
    assert all(len(each) <= 128 for each in room.topics().values())


async def test_what_staff_write_in_a_topic_reaches_the_customer(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    topic = await opens(chat, room)
    await room.writes("Buongiorno, controllo <subito> & rispondo.", topic=topic)
    chat.sees(
        "Risposta alla richiesta n.",
        "Bolletta o pagamento",
        "Buongiorno, controllo <subito> & rispondo.",
        buttons=["✍️ Rispondi"],
    )
    await room.sends_photo(PHOTO, "Questa è la ricevuta", topic=topic)
    assert "photo" in chat.sees("Questa è la ricevuta")
    await room.sends_file(b"%PDF-1.4", "storno.pdf", topic=topic)
    paper = chat.sees("Risposta alla richiesta")
    assert paper["document"]["file_name"] == "storno.pdf"
    room.sees_nothing_more()
    assert await said(store) == [
        (CUSTOMER, "La fattura è doppia", 0),
        (STAFF, "Buongiorno, controllo <subito> & rispondo.", 0),
        (STAFF, "Questa è la ricevuta", 1),
        (STAFF, "", 1),
    ]


async def test_what_the_customer_adds_reaches_the_topic_with_photos(
    chat: ChatDriver, room: StaffRoom
) -> None:
    topic = await opens(chat, room)
    await room.writes("Ci manda una foto?", topic=topic)
    chat.sees("Ci manda una foto?")
    await chat.taps("✍️ Rispondi")
    chat.sees("scrivi qui sotto")
    await chat.sends_photo(PHOTO, "Eccola")
    chat.sees("Eccola")
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    await room.passes()
    assert "photo" in room.sees("👤", "Mario Rossi", "Eccola", topic=topic)
    await chat.taps("✍️ Rispondi")
    chat.sees("scrivi qui sotto")
    await chat.sends_album([PHOTO, PHOTO])
    chat.sees("con gli allegati")
    await chat.sends("Altre due, e ho finito")
    chat.sees("Altre due")
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    await room.passes()
    assert "photo" not in room.sees("Altre due, e ho finito", topic=topic)
    for _ in range(2):
        assert "photo" in room.sees("continua", topic=topic)


async def test_what_begins_with_two_strokes_stays_among_the_staff(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    topic = await opens(chat, room)
    await room.writes("// questo è quello che chiama sempre", topic=topic)
    await room.writes("//", topic=topic)
    await room.sends_photo(PHOTO, "//vedi qui", topic=topic)
    chat.sees_nothing_more()
    assert len(await said(store)) == 1


async def test_what_is_said_outside_of_topics_is_nobodys(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    await opens(chat, room)
    await room.writes("Chi va a pranzo?")
    message = await room.writes("Io")
    await room.writes("Anch'io", reply_to=message)
    chat.sees_nothing_more()
    room.sees_nothing_more()
    assert len(await said(store)) == 1


async def test_a_topic_of_the_staffs_own_is_no_ticket(
    chat: ChatDriver, room: StaffRoom, counter: Counter, store: Store
) -> None:
    await opens(chat, room)
    own = await counter.service.application.bot.create_forum_topic(room.group.id, "Turni")
    await room.writes("Domani ci sono io", topic=own.message_thread_id)
    await room.writes("/chiudi", topic=own.message_thread_id)
    room.sees("Di quale richiesta?", topic=own.message_thread_id)
    chat.sees_nothing_more()
    assert len(await said(store)) == 1


async def test_edits_and_stickers_do_not_arrive_and_staff_are_told(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    topic = await opens(chat, room)
    message = await room.writes("Sono 45 euro", topic=topic)
    chat.sees("Sono 45 euro")
    room.person.edit_text(room.group, message["message_id"], "Sono 54 euro")
    await room.passes()
    note = room.sees("Le modifiche non arrivano al cliente", topic=topic)
    assert note["reply_to_message"]["message_id"] == message["message_id"]
    room.person.send_sticker(room.group, thread_id=topic)
    await room.passes()
    room.sees("questo messaggio non gli è arrivato", topic=topic)
    aside = await room.writes("// tra noi", topic=topic)
    room.person.edit_text(room.group, aside["message_id"], "// sempre tra noi")
    await room.passes()
    room.sees_nothing_more()
    chat.sees_nothing_more()
    assert [words for _, words, _ in await said(store)] == ["La fattura è doppia", "Sono 45 euro"]


async def test_a_place_or_a_voice_with_it_does_not_arrive_by_half(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    topic = await opens(chat, room)
    update = room.person.send_document(room.group, b"ftyp", "a.mp4", "Guardi qui", thread_id=topic)
    await room.passes()
    chat.sees("Guardi qui")
    post = next(each for each in chat.messages() if "Guardi qui" in each.get("caption", ""))
    assert post["document"]["file_id"] == update["document"]["file_id"]
    chat.counter.telegram.updates.add(
        "message",
        {
            **{key: value for key, value in update.items() if key != "document"},
            "message_id": update["message_id"] + 100,
            "video": {
                "file_id": "video",
                "file_unique_id": "v",
                "width": 1,
                "height": 1,
                "duration": 1,
            },
        },
        room.group.id,
    )
    await room.passes()
    room.sees("questo messaggio non gli è arrivato")
    chat.sees_nothing_more()
    assert len(await said(store)) == 2


@pytest.mark.parametrize("command", ["/chiudi", "/chiudi@sportello_bot", "/CHIUDI"])
async def test_closing_is_told_to_both_sides(
    command: str, chat: ChatDriver, room: StaffRoom, store: Store, clock: MovableClock
) -> None:
    topic = await opens(chat, room)
    await room.writes(command, topic=topic)
    (ticket,) = await tickets(store)
    assert ticket.state is TicketState.CLOSED
    chat.sees(f"La richiesta n. {ticket.id}", "è stata chiusa", "/assistenza", buttons=[])
    room.sees(f"Richiesta n. {ticket.id} chiusa", "/riapri", topic=topic)
    assert room.is_closed(topic)
    await room.writes("/chiudi", topic=topic)
    room.sees("è già chiusa", topic=topic)
    chat.sees_nothing_more()
    await room.writes("Ah, un'altra cosa", topic=topic)
    room.sees("è chiusa: il messaggio non è arrivato al cliente", topic=topic)
    await room.writes("/riapri", topic=topic)
    room.sees(f"Richiesta n. {ticket.id} riaperta", topic=topic)
    assert not room.is_closed(topic)
    await room.writes("/riapri", topic=topic)
    room.sees("è già aperta", topic=topic)
    await room.writes("Ah, un'altra cosa", topic=topic)
    chat.sees("Ah, un'altra cosa")
    clock.move(minutes=1)
    await room.writes("/chiudi", topic=topic)
    chat.sees("è stata chiusa")
    room.sees("chiusa", topic=topic)


async def test_a_number_says_which_ticket_is_meant_from_anywhere_in_the_group(
    chat: ChatDriver, room: StaffRoom, store: Store, telegram: LocalTelegram
) -> None:
    topic = await opens(chat, room)
    (ticket,) = await tickets(store)
    colleague = telegram.add_person("Carla")
    room.group.add_member(colleague)
    await room.writes(f"/chiudi {ticket.id}")
    chat.sees("è stata chiusa")
    room.sees("chiusa", topic=topic)
    # In a closed topic members without rights cannot write: they open it from outside.
    colleague.send_text(room.group, f"/riapri n. {ticket.id}")
    await room.passes()
    room.sees("riaperta", topic=topic)
    assert (await tickets(store))[0].state is TicketState.OPEN
    for nonsense in ("/chiudi", "/chiudi 999999", "/chiudi tutto", f"/chiudi {10**12}"):
        await room.writes(nonsense)
        room.sees("Di quale richiesta?", "/chiudi 12")
    assert (await tickets(store))[0].state is TicketState.OPEN


async def test_a_ticket_that_the_group_never_saw_is_told_when_it_is_opened_again(
    chat: ChatDriver, room: StaffRoom, store: Store, clock: MovableClock
) -> None:
    async with store.unit() as unit:  # from before there was a group
        (customer,) = await unit.tickets.customers(chat.id)
        ticket = await unit.tickets.open(
            chat.id,
            customer.id,
            "Altro",
            "Una vecchia storia",
            (),
            receipt_message_id=None,
            staff_group=None,
            now=clock.now(),
        )
        assert ticket is not None
        await unit.tickets.close(ticket, staff_group=None, now=clock.now())
        await unit.commit()
    await room.writes(f"/riapri {ticket.id}")
    ((topic, _),) = room.topics().items()
    room.sees("Richiesta n.", "Una vecchia storia", topic=topic)
    room.sees("riaperta", topic=topic)
    await chat.sends("/menu")  # the closing was told before anything else
    chat.skip()


async def test_the_group_has_a_command_menu_of_its_own(
    room: StaffRoom, telegram: LocalTelegram, chat: ChatDriver
) -> None:
    menu = telegram.commands.seen_by(room.person.user, room.group.chat)
    assert [each["command"] for each in menu] == ["chiudi", "riapri"]
    private = telegram.commands.seen_by(chat.person.user, chat.person.private_chat)
    assert "chiudi" not in [each["command"] for each in private]


async def test_other_commands_are_neither_done_nor_sent(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    topic = await opens(chat, room)
    for command in ("/start", "/annulla", "/letture"):
        await room.writes(command, topic=topic)
        room.sees("Qui conosco solo /chiudi e /riapri", topic=topic)
    await room.writes("/chiudi@other_bot", topic=topic)
    room.sees_nothing_more()
    chat.sees_nothing_more()
    assert (await tickets(store))[0].state is TicketState.OPEN


async def test_a_topic_that_was_deleted_is_opened_anew(
    chat: ChatDriver, room: StaffRoom, counter: Counter, store: Store
) -> None:
    topic = await opens(chat, room)
    await room.writes("Dica", topic=topic)
    chat.sees("Dica")
    await counter.service.application.bot.delete_forum_topic(room.group.id, topic)
    assert room.topics() == {}
    await chat.sends("Mi sentite?")
    chat.sees("Mi sentite?")
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    await room.passes()
    ((anew, title),) = room.topics().items()
    assert anew != topic
    assert "Mario Rossi" in title
    room.sees("Richiesta n.", "cliente 028680", "/chiudi", topic=anew)
    room.sees("👤", "Mi sentite?", topic=anew)
    await room.writes("Sì", topic=anew)
    chat.sees("Sì")
    (ticket,) = await tickets(store)
    assert ticket.thread_id == anew


async def test_two_tickets_at_once_keep_to_their_topics(
    chat: ChatDriver, room: StaffRoom, counter: Counter, store: Store, clock: MovableClock
) -> None:
    ugo = counter.visitor("Ugo")
    await link_chat(
        store, ugo.id, await add_customer(store, "000018", name="Ugo Neri"), clock.now()
    )
    first = await opens(chat, room, "Sono Anna")
    second = await opens(ugo, room, "Sono Ugo")
    assert first != second
    await room.writes("Ciao Ugo", topic=second)
    await room.writes("Ciao Anna", topic=first)
    ugo.sees("Ciao Ugo")
    chat.sees("Ciao Anna")


async def test_posts_keep_their_order(chat: ChatDriver, room: StaffRoom) -> None:
    topic = await opens(chat, room)
    words = [f"messaggio {number}" for number in range(1, 6)]
    for each in words:
        room.person.send_text(room.group, each, thread_id=topic)
    await room.passes()
    for each in words:
        chat.sees(each)


async def test_the_longest_texts_fit_into_what_telegram_takes(
    room: StaffRoom, counter: Counter, store: Store, clock: MovableClock
) -> None:
    """Names, subject and words, all as long as they may be, in a text and in a caption."""
    ugo = counter.visitor("Ugo")
    ugo.person.private_chat.started = True
    customer = await add_customer(store, "000018", name="&" * 300)
    await link_chat(store, ugo.id, customer, clock.now())
    photo = ugo.person.send_photo(ugo.person.private_chat, PHOTO)
    await counter.settle()
    ugo.skip()
    file = NewFile(MediaKind.PHOTO, photo["photo"][-1]["file_id"], "foto.jpg")
    for words, with_files in (("<" * 8_000, ()), ("<" * 600, (file,))):
        async with store.unit() as unit:
            ticket = await unit.tickets.open(
                ugo.id,
                customer.id,
                "&" * LONGEST_SUBJECT,
                words,
                with_files,
                receipt_message_id=None,
                staff_group=room.group.id,
                now=clock.now(),
            )
            assert ticket is not None
            await unit.commit()
        await answered(store, ticket.id, words, now=clock.now(), with_files=with_files)
        await room.passes()
    assert set(await states(store)) == {OutboxState.SENT}
    assert "".join(_body(room.sees("<<<")) for _ in range(3)) == "<" * 8_000
    assert "<" * 600 in room.sees("<<<")["caption"]
    assert "".join(_body(ugo.sees("<<<")) for _ in range(3)) == "<" * 8_000
    assert "<" * 600 in ugo.sees("<<<")["caption"]


def _body(message: dict[str, str]) -> str:
    """What was written, without what the bot says around it."""
    return next(part for part in message["text"].split("\n\n") if part.startswith("<"))


# -- a plain group --


@pytest.mark.parametrize("is_forum", [False])
async def test_in_a_plain_group_only_replies_reach_the_customer(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    await opens(chat, room)
    (ticket,) = await tickets(store)
    assert (ticket.thread_chat_id, ticket.thread_is_topic) == (room.group.id, False)
    post = counter_message(room, "La fattura è doppia")
    await room.writes("Chi se ne occupa?")
    await room.writes("// io", reply_to=post)
    chat.sees_nothing_more()
    await room.writes("La controllo io", reply_to=post)
    chat.sees("La controllo io")
    await chat.sends("Grazie!")
    chat.sees("Grazie!")
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    await room.passes()
    added = room.sees("👤", "Grazie!")
    assert added["reply_to_message"]["message_id"] == post["message_id"], "a thread of replies"
    await room.writes("/chiudi", reply_to=added)
    chat.sees("è stata chiusa")
    room.sees("chiusa")
    await room.writes("Ci siamo?", reply_to=post)
    room.sees("è chiusa: il messaggio non è arrivato")
    await room.writes("/riapri", reply_to=post)
    room.sees("riaperta")
    await room.writes("/chiudi")
    room.sees("Di quale richiesta?")


def counter_message(room: StaffRoom, words: str) -> dict[str, object]:
    """The bot's message in the group that holds these words."""
    return next(
        each
        for each in room.counter.telegram.messages(room.group)
        if each["from"]["is_bot"] and words in each.get("text", "")
    )


@pytest.mark.parametrize("is_forum", [False])
async def test_two_customers_in_a_plain_group_are_kept_apart(
    chat: ChatDriver, room: StaffRoom, counter: Counter, store: Store, clock: MovableClock
) -> None:
    ugo = counter.visitor("Ugo")
    await link_chat(
        store, ugo.id, await add_customer(store, "000018", name="Ugo Neri"), clock.now()
    )
    await opens(chat, room, "Sono Anna")
    await opens(ugo, room, "Sono Ugo")
    await room.writes("Ciao Anna", reply_to=counter_message(room, "Sono Anna"))
    await room.writes("Ciao Ugo", reply_to=counter_message(room, "Sono Ugo"))
    chat.sees("Ciao Anna")
    ugo.sees("Ciao Ugo")


@pytest.mark.parametrize("is_forum", [False])
async def test_a_group_that_grows_is_followed_and_told_what_is_open(
    chat: ChatDriver, room: StaffRoom, store: Store, settings: Settings
) -> None:
    await opens(chat, room)
    former = room.group.id
    room.group.migrate_to_supergroup(is_forum=True)
    await room.passes()
    assert room.group.id != former
    async with store.reading() as unit:
        assert await unit.tickets.staff_group(settings.staff_chat_id) == room.group.id
        moved = await unit.session.get(StaffGroup, former)
        assert moved is not None
    ((topic, _),) = room.topics().items()
    room.sees("Richiesta n.", "La fattura è doppia", topic=topic)
    await room.writes("Eccoci qui", topic=topic)
    chat.sees("Eccoci qui")
    # It moves once more: whoever asks for the first number is led to the last.
    async with store.unit() as unit:
        await unit.tickets.move_group(room.group.id, -1_009_999, now=moved.moved_at)
        assert await unit.tickets.staff_group(former) == -1_009_999


@pytest.mark.parametrize("is_forum", [False])
@pytest.mark.both_databases
async def test_a_move_that_was_not_heard_of_is_learnt_from_the_first_post(
    chat: ChatDriver, room: StaffRoom, counter: Counter, store: Store
) -> None:
    room.group.migrate_to_supergroup()
    counter.telegram.updates.clear()
    await writes_to_staff(chat, "Siete ancora lì?")
    await room.passes()
    await room.passes()
    room.sees("Richiesta n.", "Siete ancora lì?")
    (ticket,) = await tickets(store)
    assert ticket.thread_chat_id == room.group.id


# -- a bot without rights, or without the group --


@pytest.mark.both_databases
async def test_a_bot_that_may_not_open_topics_talks_in_the_group_itself(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    room.group.demote_bot()
    await room.counter.settle()
    await writes_to_staff(chat, "Mi leggete?")
    await room.passes()
    post = room.sees("Richiesta n.", "Mi leggete?")
    assert room.topics() == {}
    await room.writes("Sì, la leggiamo", reply_to=post)
    chat.sees("Sì, la leggiamo")
    (ticket,) = await tickets(store)
    assert not ticket.thread_is_topic


async def test_what_could_not_be_posted_is_posted_once_the_bot_is_let_in(
    chat: ChatDriver, room: StaffRoom, store: Store, clock: MovableClock
) -> None:
    room.group.kick_bot()
    await room.counter.settle()
    await writes_to_staff(chat, "Prima")
    for _ in range(10):
        await room.passes()
        clock.move(minutes=10)
    room.sees_nothing_more()
    assert await states(store, "staff_post") == [OutboxState.HELD]
    assert len(await tickets(store)) == 1, "the customer has the number all the same"
    room.group.add_bot()
    room.group.promote_bot()
    await room.passes()
    ((topic, _),) = room.topics().items()
    room.sees("Richiesta n.", "Prima", topic=topic)


async def test_a_telegram_that_is_away_for_long_loses_no_words(
    chat: ChatDriver,
    room: StaffRoom,
    store: Store,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = await opens(chat, room)

    async def away(*_given: object, **_named: object) -> bool:
        raise Unreachable

    with monkeypatch.context() as patch:
        patch.setattr(Sender, "perform", away)
        async with store.unit() as unit:
            (ticket,) = await tickets(store)
            found = await unit.tickets.by_id(ticket.id)
            assert found is not None
            await unit.tickets.answer(found, "Tenga duro", (), now=clock.now())
            await unit.commit()
        for _ in range(20):
            await room.counter.service.outbox.run()
            clock.move(minutes=2)
    chat.sees_nothing_more()
    await room.passes()
    chat.sees("Tenga duro")
    await room.writes("Rieccoci", topic=topic)
    chat.sees("Rieccoci")


async def test_a_group_that_is_full_keeps_nobody_else_waiting(
    chat: ChatDriver, room: StaffRoom, counter: Counter
) -> None:
    topic = await opens(chat, room)
    full = counter.telegram.faults.fail("status", "sendMessage", status=429, retry_after=3_600)
    room.person.send_text(room.group, "/start", thread_id=topic)
    async with asyncio.timeout(60):
        # What the bot says to it is refused, for an hour.
        while not full.happened:  # noqa: ASYNC110  # nobody tells when
            await asyncio.sleep(0.01)
        chat.person.send_text(chat.person.private_chat, "/menu")
        while "Cosa serve?" not in chat.messages()[-1]["text"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    chat.sees("Cosa serve?")
    room.sees_nothing_more()


async def test_a_group_that_is_full_keeps_no_notice_from_anybody(
    chat: ChatDriver, room: StaffRoom, counter: Counter, store: Store, clock: MovableClock
) -> None:
    await opens(chat, room)
    (ticket,) = await tickets(store)
    await chat.sends("/assistenza")
    chat.sees("Le tue richieste")
    await chat.taps(f"n. {ticket.id} · Bolletta o pagamento")
    chat.sees("scrivi qui sotto", edited=True)
    await chat.sends("Ancora io")
    chat.sees("Ancora io")
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    full = counter.telegram.faults.fail("status", "sendMessage", status=429, retry_after=3_600)
    running = asyncio.create_task(counter.service.outbox.run())
    async with asyncio.timeout(60):
        while not full.happened:  # noqa: ASYNC110  # nobody tells when
            await asyncio.sleep(0.01)
        await answered(store, ticket.id, "Eccomi", now=clock.now())
        while "Eccomi" not in chat.messages()[-1]["text"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    chat.sees("Eccomi")
    room.sees_nothing_more()
    counter.service.sender.stop()
    await running


# -- the group is set later --


async def test_a_group_that_is_set_later_is_told_of_what_is_open(  # noqa: PLR0917
    telegram: LocalTelegram,
    settings: Settings,
    group: Group,
    olga: Person,
    clock: MovableClock,
    post: PostOffice,
) -> None:
    def service(given: Settings) -> Service:
        return Service(
            given,
            clock=clock,
            post=post,
            pictures=PlainPictures(),
            flood=unhurried(),
            pace=Pace(per_second=1_000, chat_rests=0, group_rests=0),
            jobs=False,
        )

    async with service(settings.model_copy(update={"staff_chat_id": None})) as first:
        counter = Counter(telegram, first)
        anna = counter.visitor("Anna")
        await link_chat(first.store, anna.id, await add_customer(first.store), clock.now())
        await writes_to_staff(anna, "Ancora aperta")
        (ticket,) = await tickets(first.store)
        await answered(first.store, ticket.id, "Dal terminale", now=clock.now())
        await first.outbox.run()
        anna.sees("Dal terminale")
        await anna.sends("/assistenza")
        anna.sees("Le tue richieste")
        await anna.taps("✍️ Nuova richiesta")
        anna.sees("Di che cosa si tratta?", edited=True)
        await anna.taps("Altro")
        anna.sees("Ora racconta", edited=True)
        await anna.sends("Chiusa prima")
        anna.sees("Non ancora inviata")
        await anna.taps("Fatto")
        anna.sees("Riepilogo", edited=True)
        await anna.taps("Invia")
        anna.sees("inviata", edited=True)
        await closed(first.store, (await tickets(first.store))[1].id, now=clock.now())
        await first.outbox.run()
        anna.sees("chiusa")
    for _ in range(2):  # and once more, which tells nothing twice
        async with service(settings) as second:
            counter = Counter(telegram, second)
            room = StaffRoom(counter, group, olga)
            await room.passes()
            if len(room.transcript) == 0:
                continue
            ((topic, _),) = room.topics().items()
            room.sees("Richiesta n.", "Ancora aperta", topic=topic)
            room.sees("🏢", "già risposto al cliente", "Dal terminale", topic=topic)
            room.sees_nothing_more()
            await room.writes("E dal gruppo", topic=topic)
    assert len(group.chat.topics) == 1
    answers = [each.get("text", "") for each in anna.messages() if each["from"]["is_bot"]]
    assert sum("E dal gruppo" in each for each in answers) == 1
    anna.skip()


# -- a customer who is away --


async def test_staff_are_told_when_nobody_reads_the_answer(
    chat: ChatDriver, room: StaffRoom, store: Store, clock: MovableClock
) -> None:
    topic = await opens(chat, room)
    chat.person.block_bot()
    await room.counter.settle()
    await room.writes("C'è nessuno?", topic=topic)
    room.sees("ha bloccato il bot", topic=topic)
    chat.person.unblock_bot()
    await chat.sends("/menu")
    chat.sees("Cosa serve?")
    await room.passes()
    chat.sees("C'è nessuno?")
    async with store.unit() as unit:
        (link,) = await unit.chats.links(chat.id)
        await unit.chats.unlink(chat.id, link.customer_id, now=clock.now())
        await unit.commit()
    await room.writes("E adesso?", topic=topic)
    room.sees("Nessuna chat è più collegata al cliente 028680", topic=topic)
    chat.sees_nothing_more()
    assert [words for _, words, _ in await said(store)][1:] == ["C'è nessuno?", "E adesso?"]


# -- who is no staff --


async def test_nobody_outside_of_the_group_closes_or_answers(
    chat: ChatDriver, room: StaffRoom, counter: Counter, store: Store
) -> None:
    topic = await opens(chat, room)
    (ticket,) = await tickets(store)
    for command in ("/chiudi", f"/chiudi {ticket.id}", f"/riapri {ticket.id}"):
        await chat.sends(command)
        chat.sees("Questo comando non lo conosco")
    elsewhere = counter.telegram.add_group("Truffa", [chat.person], is_forum=True)
    elsewhere.promote_bot()
    theirs = await counter.service.application.bot.create_forum_topic(elsewhere.id, "Finta")
    for words in ("/chiudi", f"/chiudi {ticket.id}", "Sono lo staff"):
        chat.person.send_text(elsewhere, words)
        chat.person.send_text(elsewhere, words, thread_id=theirs.message_thread_id)
    await room.passes()
    assert (await tickets(store))[0].state is TicketState.OPEN
    assert len(await said(store)) == 1
    room.sees_nothing_more()
    chat.sees_nothing_more()
    outside = [m["text"] for m in counter.telegram.messages(elsewhere) if "text" in m]
    assert any("chat privata" in each for each in outside)
    assert not any("conosco solo" in each for each in outside)
    assert room.topics().keys() == {topic}


async def test_one_of_the_staff_is_a_customer_like_others_in_private(
    room: StaffRoom, counter: Counter
) -> None:
    chat = ChatDriver(counter, room.person)
    counter.chats.append(chat)
    await chat.sends("/chiudi")
    chat.sees("Questo comando non lo conosco")


# -- at rest --


@pytest.mark.both_databases
async def test_nothing_that_was_written_lies_in_clear_in_the_database(
    chat: ChatDriver, room: StaffRoom, store: Store
) -> None:
    topic = await opens(chat, room, "Zanzibar: la mia fattura")
    await room.sends_file(b"%PDF-1.4", "zanzibar.pdf", "Zanzibar è arrivata", topic=topic)
    chat.sees("Zanzibar è arrivata")
    await chat.sends("Zanzibar, grazie")
    chat.sees("Zanzibar, grazie")
    (kept,) = await files(store)
    async with store.reading() as unit:
        for table in Base.metadata.sorted_tables:
            # As the file of the database has it, past the columns that open what is sealed.
            rows = await unit.session.execute(text(f"SELECT * FROM {table.name}"))  # noqa: S608
            for row in rows:
                written = repr(tuple(row)).lower()
                assert "zanzibar" not in written, table.name
                assert kept.file_id.lower() not in written, table.name
    await chat.taps("Invia")
    chat.sees("Aggiunto", edited=True)
    await room.passes()
    room.sees("Zanzibar, grazie", topic=topic)


async def test_what_became_of_a_ticket_is_looked_up_when_it_is_told(
    chat: ChatDriver, room: StaffRoom, store: Store, clock: MovableClock
) -> None:
    """A message of the outbox whose ticket is not there any more says nothing."""
    await opens(chat, room)
    async with store.unit() as unit:
        for odd in (StaffPost(999, 0), TicketAnswer(999, 0), StaffThread(999), TicketClosed(999)):
            await unit.outbox.queue(f"odd-{odd.kind}", odd, room.group.id, now=clock.now())
        await unit.commit()
    await room.passes()
    assert await states(store, "staff_post") == [OutboxState.SENT, OutboxState.OUTDATED]
    assert await states(store, "staff_thread", "ticket_closed") == [OutboxState.OUTDATED] * 2
    room.sees_nothing_more()


CHANNEL = {"id": -1009, "type": "channel", "title": "Offerte"}


@pytest.mark.parametrize(
    "stranger",
    [
        {"from": {"id": 99, "is_bot": True, "first_name": "Robot"}},
        {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}, "sender_chat": CHANNEL},
        {
            "from": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
            "sender_chat": CHANNEL,
        },
    ],
    ids=["another bot", "the group's channel", "a channel"],
)
async def test_what_no_person_of_the_staff_wrote_stays_in_the_thread(
    chat: ChatDriver, room: StaffRoom, store: Store, stranger: dict[str, Any]
) -> None:
    topic = await opens(chat, room)
    message = await room.writes("// tra noi", topic=topic)
    for number, words in enumerate(("Compra adesso!", "/chiudi"), start=1):
        chat.counter.telegram.updates.add(
            "message",
            {
                **message,
                **stranger,
                "message_id": message["message_id"] + number,
                "text": words,
                "entities": [{"type": "bot_command", "offset": 0, "length": 7}]
                if words.startswith("/")
                else [],
            },
            room.group.id,
        )
    await room.passes()
    chat.sees_nothing_more()
    room.sees_nothing_more()
    assert len(await said(store)) == 1


async def test_who_writes_as_the_group_is_one_of_its_administrators(
    chat: ChatDriver, room: StaffRoom
) -> None:
    topic = await opens(chat, room)
    message = await room.writes("// tra noi", topic=topic)
    chat.counter.telegram.updates.add(
        "message",
        {
            **message,
            "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
            "sender_chat": {"id": room.group.id, "type": "supergroup", "title": "Staff"},
            "message_id": message["message_id"] + 1,
            "text": "Sono 45 euro",
        },
        room.group.id,
    )
    await room.passes()
    chat.sees("Sono 45 euro")


async def test_a_post_forwarded_from_a_channel_stays_in_the_thread_and_that_is_told(
    chat: ChatDriver, room: StaffRoom
) -> None:
    topic = await opens(chat, room)
    message = await room.writes("// tra noi", topic=topic)
    origin = {"type": "channel", "date": 1, "chat": CHANNEL, "message_id": 5}
    service = chat.counter.service
    update = read(
        {
            "update_id": 900_000_001,
            "message": {
                **message,
                "forward_origin": origin,
                "message_id": message["message_id"] + 1,
                "text": "Offerta di Natale",
            },
        },
        service.application.bot,
    )
    assert update is not None
    await service.arrivals.take([update])
    await room.passes()
    room.sees("al cliente non è arrivato nulla")
    chat.sees_nothing_more()
