"""A mail server that is slow, refuses, or breaks off in the middle of a linking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from bot.local_telegram import LocalTelegram
from bot.mail import Mailer
from bot.settings import Sender, Settings, SmtpSecurity, SmtpServer
from storage.models import OneTimeCode, OutboxState
from storage.notices import ChatLinkedLetter
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import TAX_CODE, add_customer, add_gas_point
from tests.support.post import Letter
from tests.support.runs import running, until
from tests.support.unasked import outbox, states

FROM = Sender("sportello@example.it", "Luce e Gas Prova")
RETRY = ["Riprova", "Annulla"]


class MoodyServer:
    """Takes mails, unless told to do otherwise; each command has its answer or its delay."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.answers: dict[str, str] = {}
        self.before_data: Callable[[], Awaitable[object]] | None = None
        self.after_data: Callable[[], Awaitable[object]] | None = None

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.before_data is not None:
            await self.before_data()
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("2"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            body = message.get_body(("plain",))
            text = "" if body is None else str(body.get_content())
            self.letters.append(Letter(envelope.rcpt_tos[0], str(message["Subject"]), text))
        if self.after_data is not None:
            await self.after_data()
        return answer


@asynccontextmanager
async def listening(server: MoodyServer) -> AsyncIterator[SmtpServer]:
    loop = asyncio.get_running_loop()
    served = await loop.create_server(
        lambda: SMTP(server, hostname="localhost", loop=loop, enable_SMTPUTF8=True),
        "127.0.0.1",
        0,
    )
    try:
        yield SmtpServer(SmtpSecurity.NONE, "127.0.0.1", served.sockets[0].getsockname()[1])
    finally:
        served.close()


@pytest.fixture
def server() -> MoodyServer:
    return MoodyServer()


@pytest.fixture
async def counter(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, server: MoodyServer
) -> AsyncIterator[Counter]:
    """The service with a real mailer."""
    async with listening(server) as address:
        mailer = Mailer(address, FROM)
        async with running(telegram, settings, clock, mailer) as counter:
            await add_gas_point(counter.service.store, await add_customer(counter.service.store))
            yield counter


async def ask_for_a_code(counter: Counter) -> ChatDriver:
    """As far as the summary, without looking."""
    anna = counter.visitor("Anna")
    for text in ("/collega", "028680", TAX_CODE):
        await anna.sends(text)
    anna.skip()
    return anna


def waits_for_the_mail(counter: Counter, seconds: float) -> None:
    """Sets when the mailer gives up a server that does not answer."""
    counter.service.sender.post._timeout = seconds  # type: ignore[attr-defined]


async def forever() -> None:
    await asyncio.Event().wait()


async def test_while_a_server_takes_its_time_everybody_else_is_served(
    counter: Counter, server: MoodyServer
) -> None:
    anna = await ask_for_a_code(counter)
    bruno = counter.visitor("Bruno")
    slow = asyncio.Event()
    server.before_data = slow.wait
    anna.presses("Conferma")
    await counter.telegram.until_confirmed()
    bruno.person.send_text(bruno.person.private_chat, "/start")
    await until(lambda: _has_heard(bruno))
    bruno.sees("Ciao!")
    assert server.letters == []
    slow.set()
    await counter.settle()
    anna.sees("Invio il codice", edited=True)
    anna.sees("codice di sei cifre", edited=True)
    await anna.sends(server.letters[-1].code)
    anna.sees("Collegato")


async def test_more_people_linking_than_there_are_turns_keep_nobody_waiting(
    counter: Counter, server: MoodyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter.service.turns, "_sharing", 3)
    store = counter.service.store
    people = []
    for number in range(5):
        await add_gas_point(store, await add_customer(store, f"{number:06d}"))
        chat = counter.visitor(f"P{number}")
        for text in ("/collega", f"{number:06d}", TAX_CODE):
            await chat.sends(text)
        chat.skip()
        people.append(chat)
    slow = asyncio.Event()
    server.before_data = slow.wait
    for chat in people:
        chat.presses("Conferma")
    await counter.telegram.until_confirmed()
    people[0].person.send_text(people[0].person.private_chat, "/annulla")
    bruno = counter.visitor("Bruno")
    bruno.person.send_text(bruno.person.private_chat, "/start")
    await until(lambda: _has_heard(bruno))
    bruno.sees("Ciao!")
    assert server.letters == []
    slow.set()
    await counter.settle()
    for chat in people:
        chat.sees("Invio il codice", edited=True)
        chat.sees("codice di sei cifre", edited=True)
    people[0].sees("Annullato")  # in its order, behind what was asked before
    assert len(server.letters) == 5


async def _has_heard(chat: ChatDriver) -> bool:
    return bool(chat._unread)


async def test_a_server_that_took_it_and_never_said_so_has_mailed_a_code_that_is_worth_nothing(
    counter: Counter, server: MoodyServer
) -> None:
    anna = await ask_for_a_code(counter)
    server.after_data = forever
    waits_for_the_mail(counter, 3)  # and the code arrives within them
    await anna.taps("Conferma")
    anna.sees("Invio il codice", edited=True)
    anna.sees("non è partito", "non vale più", buttons=RETRY, edited=True)
    await anna.sends(server.letters[-1].code)  # it arrived after all, as was said it might
    anna.sees("non vale più")
    server.after_data = None
    waits_for_the_mail(counter, 60)
    await anna.taps("Rimanda il codice")
    anna.sees("Invio il codice", edited=True)
    anna.sees("codice di sei cifre", edited=True)
    await anna.sends(server.letters[-1].code)
    anna.sees("Collegato")


async def test_a_server_that_never_answers_costs_a_code_each_time(
    counter: Counter, server: MoodyServer
) -> None:
    anna = await ask_for_a_code(counter)
    server.before_data = forever
    waits_for_the_mail(counter, 0.2)
    await anna.taps("Conferma")
    for _ in range(2):
        anna.sees("Invio il codice", edited=True)
        anna.sees("non è partito", buttons=RETRY, edited=True)
        await anna.taps("Riprova")
    anna.sees("Invio il codice", edited=True)
    anna.sees("non è partito", buttons=RETRY, edited=True)
    server.before_data = None
    await anna.taps("Riprova")
    anna.sees("già stati chiesti troppi", edited=True)
    async with counter.service.store.reading() as unit:
        rows = (await unit.session.scalars(select(OneTimeCode).order_by(OneTimeCode.id))).all()
    assert [(row.lost, row.tries_left) for row in rows] == [(True, 0)] * 3


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "421 closing"),
        ("MAIL", "550 not from you"),
        ("RCPT", "450 try later"),
        ("DATA", "452 disk full"),
        ("DATA", "554 spam"),
    ],
)
async def test_what_a_server_refuses_is_told_and_can_be_tried_again(
    counter: Counter, server: MoodyServer, command: str, answer: str
) -> None:
    anna = await ask_for_a_code(counter)
    server.answers[command] = answer
    await anna.taps("Conferma")
    anna.sees("Invio il codice", edited=True)
    anna.sees("non è partito", "Non dipende da te", buttons=RETRY, edited=True)
    assert "mario.rossi" not in str(anna.messages())
    server.answers.clear()
    await anna.taps("Riprova")
    anna.sees("Invio il codice", edited=True)
    anna.sees("codice di sei cifre", edited=True)
    await anna.sends(server.letters[-1].code)
    anna.sees("Collegato")


async def test_an_address_that_the_server_refuses_for_good_is_told_as_such(
    counter: Counter, server: MoodyServer
) -> None:
    anna = await ask_for_a_code(counter)
    server.answers["RCPT"] = "550 no such mailbox"
    await anna.taps("Conferma")
    anna.sees("Invio il codice", edited=True)
    anna.sees("Quell'indirizzo non riceve", "contattaci", buttons=RETRY, edited=True)
    assert "mario.rossi" not in str(anna.messages())
    server.answers.clear()
    await anna.taps("Riprova")
    anna.sees("Invio il codice", edited=True)
    anna.sees("codice di sei cifre", edited=True)
    await anna.sends(server.letters[-1].code)
    anna.sees("Collegato")


async def test_a_letter_waits_for_a_slow_server_and_goes_when_it_is_well(
    counter: Counter, server: MoodyServer, clock: MovableClock
) -> None:
    anna = await ask_for_a_code(counter)
    await anna.taps("Conferma")
    await anna.sends(server.letters[-1].code)
    anna.skip()
    server.before_data = forever
    waits_for_the_mail(counter, 0.2)
    await counter.service.letters.run()
    store = counter.service.store
    (row,) = await outbox(store, ChatLinkedLetter.kind)
    assert row.state is OutboxState.QUEUED
    server.before_data = None
    waits_for_the_mail(counter, 60)
    clock.set_to(row.not_before)
    await counter.service.letters.run()
    assert await states(store, ChatLinkedLetter.kind) == [OutboxState.SENT]
    assert "Una nuova chat" in server.letters[-1].subject


async def test_a_mailbox_that_does_not_exist_is_given_up(
    counter: Counter, server: MoodyServer
) -> None:
    anna = await ask_for_a_code(counter)
    await anna.taps("Conferma")
    await anna.sends(server.letters[-1].code)
    anna.skip()
    server.answers["RCPT"] = "550 no such mailbox"
    await counter.service.letters.run()
    assert await states(counter.service.store, ChatLinkedLetter.kind) == [OutboxState.FAILED]


async def test_a_stop_does_not_wait_for_a_mail_server_and_the_letter_goes_later(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, server: MoodyServer
) -> None:
    async with listening(server) as address:
        mailer = Mailer(address, FROM)
        async with running(telegram, settings, clock, mailer) as counter:
            await add_gas_point(counter.service.store, await add_customer(counter.service.store))
            anna = await ask_for_a_code(counter)
            await anna.taps("Conferma")
            await anna.sends(server.letters[-1].code)
            anna.skip()
            reached = asyncio.Event()

            async def hang() -> None:
                reached.set()
                await forever()

            server.before_data = hang
            sending = asyncio.create_task(counter.service.letters.run())
            await reached.wait()
            counter.service.sender.stop()
            assert await sending == 0
        server.before_data = None
        async with running(telegram, settings, clock, mailer, counter):
            await counter.service.letters.run()
            assert "Una nuova chat" in server.letters[-1].subject
