"""A chat is linked: the other chats hear of it, and so does the address on file, come what may."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from bot.local_telegram import LocalTelegram
from bot.settings import LinkVerification, Settings
from conversations.notices import letters
from storage.engine import Store
from storage.models import Access, Customer, OutboxMessage, OutboxState, Proof
from storage.notices import ChatLinked, ChatLinkedLetter
from storage.repositories.outbox import Outbox
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import TAX_CODE, add_customer, add_gas_point, link_chat
from tests.support.post import Letter, PostOffice
from tests.support.runs import running
from tests.support.unasked import outbox, states

SUBJECT = "Una nuova chat è collegata alla tua fornitura"


@pytest.fixture
async def customer(store: Store) -> Customer:
    mario = await add_customer(store)
    await add_gas_point(store, mario)
    return mario


async def link(chat: ChatDriver, post: PostOffice) -> None:
    """The whole linking, without looking."""
    for text in ("/collega", "028680", TAX_CODE):
        await chat.sends(text)
    await chat.taps("Conferma")
    await chat.sends(post.letters[-1].code)
    chat.skip()


def told(post: PostOffice) -> list[Letter]:
    """The letters that tell of a new link."""
    return [each for each in post.letters if each.subject == SUBJECT]


@pytest.mark.usefixtures("customer")
async def test_the_address_on_file_is_told_who_came_in_and_how_to_put_them_out(
    counter: Counter, post: PostOffice, store: Store
) -> None:
    figlia = counter.visitor("Figlia")
    await link(figlia, post)
    assert told(post) == []  # nobody waits for it: the answer in the chat was first
    await counter.service.letters.run()
    (letter,) = told(post)
    assert letter.to == "mario.rossi@example.it"
    for words in (
        "15/02/2026, 10:00",
        "028680",
        "il codice mandato a questo indirizzo",
        "inviare e cancellare letture",
        "/preferenze",
        "Chat collegate",
        "Scollega",
        "0547 000000",
        "Luce e Gas Prova",
    ):
        assert words in letter.text
    assert "Rossi" not in letter.text
    await counter.service.letters.run()
    assert len(told(post)) == 1
    (row,) = await outbox(store, ChatLinkedLetter.kind)
    assert row.state is OutboxState.SENT
    assert row.content is None  # the address stays no longer than it is needed


async def test_the_other_chats_can_go_and_end_it(
    counter: Counter, post: PostOffice, store: Store, clock: MovableClock, customer: Customer
) -> None:
    mario, figlia = counter.visitor("Mario"), counter.visitor("Figlia")
    await mario.sends("/start")
    mario.skip()
    await link_chat(store, mario.id, customer, clock.now())
    await link(figlia, post)
    await counter.service.outbox.run()
    mario.sees("028680", "un'altra chat", buttons=["👥 Chat collegate"])
    await mario.taps("👥 Chat collegate")
    mario.sees("Chat collegate", edited=True)
    await mario.taps("Scollega 2")
    mario.sees(edited=True)
    await mario.taps("Sì")
    mario.sees(edited=True)
    async with store.reading() as unit:
        assert await unit.chats.links(figlia.id) == []
    await counter.service.outbox.run()
    figlia.sees("non è più collegata")


async def test_the_letter_speaks_the_language_of_who_was_there_first(
    counter: Counter, post: PostOffice, store: Store, clock: MovableClock, customer: Customer
) -> None:
    john = counter.visitor("John", language="en")
    await john.sends("/start")
    john.skip()
    await link_chat(store, john.id, customer, clock.now())
    await link(counter.visitor("Figlia"), post)
    await counter.service.letters.run()
    assert "A new chat" in post.letters[-1].subject


async def test_a_guest_is_told_of_too(
    counter: Counter, post: PostOffice, store: Store, clock: MovableClock, customer: Customer
) -> None:
    mario, anna = counter.visitor("Mario"), counter.visitor("Anna")
    await link_chat(store, mario.id, customer, clock.now(), Access.FULL, Proof.MAILED_CODE)
    await mario.sends("/preferenze")
    await mario.taps("👥 Chat collegate")
    await mario.taps("✉️ Invita")
    await mario.taps("Sola consultazione")
    address = next(m["text"] for m in reversed(mario.messages()) if "?start=i" in m["text"])
    token = address.split("?start=")[1].split()[0]
    mario.skip()
    await anna.sends(f"/start {token}")
    await anna.taps("Accetto")
    await counter.service.outbox.run()
    await mario.taps("Conferma")
    for chat in (mario, anna):
        chat.skip()
    await counter.service.letters.run()
    (letter,) = told(post)
    assert "invitata" in letter.text
    assert "soltanto guardare" in letter.text
    assert [each.chat_id for each in await outbox(store, ChatLinked.kind)] == []
    await counter.service.outbox.run()
    anna.sees("Collegato")


# -- whatever is away --


@pytest.mark.usefixtures("customer")
async def test_a_mail_server_that_is_away_gets_it_when_it_is_back(
    counter: Counter, post: PostOffice, store: Store, clock: MovableClock
) -> None:
    await link(counter.visitor("Figlia"), post)
    post.closed = True
    pauses = []
    for _ in range(9):
        await counter.service.letters.run()
        (row,) = await outbox(store, ChatLinkedLetter.kind)
        assert row.state is OutboxState.QUEUED
        pauses.append((row.not_before - clock.now()) / timedelta(minutes=1))
        clock.set_to(row.not_before)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    post.closed = False
    await counter.service.letters.run()
    assert len(told(post)) == 1


@pytest.mark.usefixtures("customer")
async def test_after_a_week_it_is_told_no_more(
    counter: Counter, post: PostOffice, store: Store, clock: MovableClock
) -> None:
    await link(counter.visitor("Figlia"), post)
    clock.move(days=7)
    await counter.service.letters.run()
    assert told(post) == []
    assert await states(store, ChatLinkedLetter.kind) == [OutboxState.OUTDATED]


@pytest.mark.usefixtures("customer")
async def test_one_letter_that_cannot_be_made_does_not_hold_up_the_others(
    counter: Counter, post: PostOffice, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await link(counter.visitor("Figlia"), post)
    await link(counter.visitor("Figlio"), post)
    make, times = letters.LETTERS[ChatLinkedLetter.kind], iter([RuntimeError("a defect of ours")])

    def fail_once(*given: object) -> object:
        if error := next(times, None):
            raise error
        return make(*given)  # type: ignore[arg-type]

    monkeypatch.setitem(letters.LETTERS, ChatLinkedLetter.kind, fail_once)
    await counter.service.letters.run()
    assert await states(store, ChatLinkedLetter.kind) == [OutboxState.FAILED, OutboxState.SENT]
    assert len(told(post)) == 1


@pytest.mark.usefixtures("customer")
async def test_what_was_taken_while_the_database_was_away_is_not_sent_again(
    counter: Counter, post: PostOffice, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await link(counter.visitor("Figlia"), post)

    async def away(*_: object, **__: object) -> None:
        raise OSError("the database is away")

    with monkeypatch.context() as fault:
        fault.setattr(Outbox, "settle", away)
        with pytest.raises(OSError, match="away"):
            await counter.service.letters.run()
    assert len(told(post)) == 1
    await counter.service.letters.run()
    assert len(told(post)) == 1
    assert await states(store, ChatLinkedLetter.kind) == [OutboxState.SENT]


async def test_it_goes_although_the_program_stopped_and_the_newcomer_blocked_the_bot(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    run = partial(running, telegram, settings, clock, post)
    async with run() as counter:
        await add_customer(counter.service.store)
        eve = counter.visitor("Eve")
        await link(eve, post)
        eve.person.block_bot()
        await counter.settle()
    async with run(counter):
        await counter.service.outbox.run()
        await counter.service.letters.run()
        assert len(told(post)) == 1


async def test_news_for_chats_do_not_wait_for_a_mail_server(
    counter: Counter, post: PostOffice, store: Store, clock: MovableClock, customer: Customer
) -> None:
    mario = counter.visitor("Mario")
    await mario.sends("/start")
    mario.skip()
    await link_chat(store, mario.id, customer, clock.now())
    await link(counter.visitor("Figlia"), post)
    post.closed = True
    await counter.service.outbox.run()  # a letter is none of its business
    mario.sees("un'altra chat")
    assert await states(store, ChatLinkedLetter.kind) == [OutboxState.QUEUED]


# -- where there is nothing to mail --


@pytest.mark.both_databases
async def test_in_a_closed_trial_no_letter_waits_for_a_server_that_is_not_there(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    trial = settings.model_copy(update={"link_verification": LinkVerification.NONE})
    async with running(telegram, trial, clock, post) as counter:
        store = counter.service.store
        await add_customer(store)
        chat = counter.visitor("Anna")
        for text in ("/collega", "028680", TAX_CODE):
            await chat.sends(text)
        await chat.taps("Conferma")
        chat.skip()
        async with store.reading() as unit:
            assert await unit.session.scalar(select(OutboxMessage.id)) is None
