"""Between Telegram, the database and the customer: what breaks there is waited out, and told."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs
from telegram.error import InvalidToken

import bot.application
import bot.backoff
import bot.counter.answers
import bot.counter.polling
import bot.counter.sending
import bot.counter.turns
import bot.counter.webhook
import storage.engine
from bot.application import Service
from bot.counter.meter import Turns
from bot.local_telegram import LocalTelegram
from bot.settings import Listen, Settings
from conversations.kit.views import Delete, Effect, Say, View
from conversations.readings.submit import screens
from storage import schema
from storage.engine import Store, StoreAwayError
from storage.models import InboxUpdate, Reading, ReadingState
from storage.repositories.inbox import Beginning, Inbox
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.post import PostOffice
from tests.support.runs import linked_chat, running, until

Run = Callable[[], AbstractAsyncContextManager[Counter]]
ONE_MOMENT = "Un momento"
PAUSING = (
    bot.application,
    bot.counter.answers,
    bot.counter.polling,
    bot.counter.sending,
    bot.counter.turns,
    bot.counter.webhook,
)


class Pauses(list[int]):
    """The failures in a row that were waited out, as many as each pause was told of."""


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    """Pauses are short, and remembered."""
    taken = Pauses()

    def brief(tries: int, longest: int = 60) -> float:  # noqa: ARG001  # as the real one
        taken.append(tries)
        return 0.02

    for module in (
        bot.application,
        bot.counter.answers,
        bot.counter.polling,
        bot.counter.sending,
        bot.counter.turns,
        bot.counter.webhook,
    ):
        monkeypatch.setattr(module, "growing_pause", brief)
    return taken


@pytest.fixture
def run(telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice) -> Run:
    """Runs the service for a while."""
    return partial(running, telegram, settings, clock, post)


def test_pauses_double_up_to_a_minute() -> None:
    pauses = [bot.backoff.growing_pause(tries) for tries in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert bot.backoff.growing_pause(10**9) == 60


# -- order, once --


async def test_ten_chats_at_once_each_in_its_order(counter: Counter) -> None:
    counter.telegram.faults.reorder_updates()
    visitors = [counter.visitor(f"Visitor {number}") for number in range(10)]
    for text in ("/collega", "12345", "123456", "/annulla"):
        for chat in visitors:
            chat.person.send_text(chat.person.private_chat, text)
    await counter.settle()
    for chat in visitors:
        chat.sees("Scrivi il codice cliente")
        chat.sees("Mancano delle cifre")
        chat.sees("Codice cliente 123456")
        chat.sees("Annullato")


async def test_an_update_that_comes_twice_is_handled_once(counter: Counter) -> None:
    anna = counter.visitor("Anna")
    counter.telegram.faults.duplicate_updates(times=3)
    for text in ("/collega", "028680", "/annulla"):
        await anna.sends(text)
    anna.sees("Scrivi il codice cliente")
    anna.sees("Codice cliente 028680")
    anna.sees("Annullato")


# -- by webhook --


@pytest.fixture
def webhook_settings(settings: Settings) -> Settings:
    """Settings for a webhook on a free port of this machine."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return settings.model_copy(
        update={
            "webhook_url": f"http://127.0.0.1:{port}/hook",
            "webhook_listen": Listen("127.0.0.1", port),
            "webhook_secret": SecretStr("a-secret-of-the-webhook"),
        }
    )


@pytest.fixture
async def pushed(
    telegram: LocalTelegram, webhook_settings: Settings, clock: MovableClock, post: PostOffice
) -> AsyncIterator[Counter]:
    """The service, with updates brought to it."""
    telegram.webhook_pace = 0.01
    async with running(telegram, webhook_settings, clock, post) as counter:
        yield counter


async def test_a_conversation_by_webhook(pushed: Counter, clock: MovableClock) -> None:
    assert pushed.telegram.webhook is not None
    assert pushed.telegram.webhook.secret == "a-secret-of-the-webhook"
    anna = await linked_chat(pushed, clock)
    await anna.sends("45000")
    anna.sees("Riepilogo", "45.000")
    await anna.taps("Salva")
    anna.sees("Lettura salvata", edited=True)
    pushed.telegram.faults.duplicate_updates(times=1)
    await anna.sends("/menu")
    anna.sees("Cosa serve?")
    assert not pushed.telegram.calls.of("getUpdates")


@pytest.mark.parametrize("secret", [None, "", "another", "a-secret-of-the-webhook\u00e9"])
async def test_who_does_not_know_the_secret_is_turned_away(
    pushed: Counter, webhook_settings: Settings, secret: str | None
) -> None:
    message = {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "date": 0,
            "chat": {"id": 5, "type": "private"},
            "from": {"id": 5, "is_bot": False, "first_name": "Eve"},
            "text": "/start",
        },
    }
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    assert await post_to(webhook_settings, json.dumps(message), headers) == 403
    async with pushed.service.store.reading() as unit:
        assert await unit.session.scalar(select(func.max(InboxUpdate.update_id))) is None


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"x"', '{"update_id": "x"}', "{}"])
async def test_what_is_no_update_is_refused(
    pushed: Counter, webhook_settings: Settings, body: str
) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": "a-secret-of-the-webhook"}
    assert await post_to(webhook_settings, body, headers) == 400
    anna = pushed.visitor("Anna")
    await anna.sends("/start")
    anna.sees("Ciao!")


async def post_to(settings: Settings, body: str, headers: dict[str, str]) -> int:
    """The status that the webhook answers with."""
    url = str(settings.webhook_url)
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as response,
    ):
        return response.status


@pytest.mark.usefixtures("pauses")
async def test_what_could_not_be_kept_is_brought_again(
    pushed: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = pushed.visitor("Anna")
    begin, failures = Inbox.begin, iter([StoreAwayError(OSError("the disk is away"))] * 2)

    async def failing(*given: Any, **named: Any) -> Beginning:
        if error := next(failures, None):
            raise error
        return await begin(*given, **named)

    monkeypatch.setattr(Inbox, "begin", failing)
    await anna.sends("/start")
    anna.sees(ONE_MOMENT)  # said once, however often it fails
    anna.sees("Ciao!")
    assert next(failures, None) is None


# -- Telegram is away --


async def test_an_answer_that_is_cut_off_goes_again_after_growing_pauses(
    counter: Counter, pauses: Pauses
) -> None:
    anna = counter.visitor("Anna")
    counter.telegram.faults.fail("cut", "sendMessage", times=2)
    counter.telegram.faults.fail("status", "sendMessage", times=2, status=502)
    with capture_logs() as logs:
        await anna.sends("/start")
    anna.sees("Ciao!")
    assert pauses == [1, 2, 3, 4]
    told = [line for line in logs if line["event"] == "sending_paused"]
    assert len(told) == len(pauses)  # one line each


@pytest.mark.usefixtures("pauses")
@pytest.mark.both_databases
async def test_telegram_away_for_long_keeps_answers_in_order_and_needs_no_restart(
    counter: Counter,
) -> None:
    anna, bruno = counter.visitor("Anna"), counter.visitor("Bruno")
    fault = counter.telegram.faults.fail("status", "sendMessage", times=None, status=502)
    for text in ("/start", "/aiuto"):
        anna.person.send_text(anna.person.private_chat, text)
    bruno.person.send_text(bruno.person.private_chat, "/start")
    await until(lambda: _happened(fault.happened, 18))
    await counter.telegram.until_confirmed()  # what comes in is taken all the same
    counter.telegram.faults.clear()
    await counter.settle()
    anna.sees("Ciao!")
    anna.sees("Come si fa")
    bruno.sees("Ciao!")
    async with counter.service.store.reading() as unit:
        rest = await unit.session.scalar(
            select(func.count()).select_from(InboxUpdate).where(InboxUpdate.handled_at.is_(None))
        )
    assert rest == 0


async def _happened(times: int, enough: int) -> bool:
    return times >= enough


async def test_a_telegram_that_is_slow_to_be_reached_is_waited_for_at_the_start(
    telegram: LocalTelegram, run: Run, pauses: Pauses
) -> None:
    telegram.faults.fail("cut", "getMe", times=2)
    telegram.faults.fail("status", "getMe", times=1, status=500)
    with capture_logs() as logs:
        async with run() as counter:
            assert pauses[:3] == [1, 2, 3]
            anna = counter.visitor("Anna")
            await anna.sends("/start")
            anna.sees("Ciao!")
    assert len([line for line in logs if line["event"] == "telegram_unreachable"]) == 3


async def test_polling_goes_on_after_whatever_comes_between(
    counter: Counter, pauses: Pauses
) -> None:
    faults = counter.telegram.faults
    faults.fail("status", "getUpdates", times=2, status=502)
    faults.fail("cut", "getUpdates", times=1)
    faults.fail("status", "getUpdates", times=1, status=409)
    anna = counter.visitor("Anna")
    with capture_logs() as logs:
        await anna.sends("/start")  # ends the call that is held, so that the next ones fail
        await anna.sends("/aiuto")
    anna.sees("Ciao!")
    anna.sees("Come si fa")
    paused = [line for line in logs if line["event"] == "polling_paused"]
    assert len(paused) == 4
    assert pauses == [1, 2, 3, 4]
    assert any("same token" in line["reason"] for line in paused)


async def test_a_second_program_with_the_same_token_is_named_in_the_log(
    counter: Counter, pauses: Pauses
) -> None:
    telegram = counter.telegram
    url = f"{telegram.api_url}/bot{telegram.token}/getUpdates"
    anna = counter.visitor("Anna")
    await anna.sends("/start")  # from here on the bot's own call is held
    anna.sees("Ciao!")
    with capture_logs() as logs:
        async with aiohttp.ClientSession() as rival, rival.get(url):
            await until(lambda: _happened(len(pauses), 1))
    assert any("same token" in line.get("reason", "") for line in logs)
    await anna.sends("/aiuto")
    anna.sees("Come si fa")


async def test_when_telegram_asks_for_a_pause_the_answer_waits_and_comes_once(
    counter: Counter,
) -> None:
    anna = counter.visitor("Anna")
    counter.telegram.faults.fail("status", "sendMessage", status=429, retry_after=1)
    await anna.sends("/start")
    anna.sees("Ciao!")


async def test_a_wrong_token_ends_the_start(
    telegram: LocalTelegram, settings: Settings, pauses: Pauses
) -> None:
    wrong = settings.model_copy(
        update={"telegram_token": SecretStr("5000000001:" + "wrong" * 7), "webhook_url": None}
    )
    with pytest.raises(InvalidToken):
        async with Service(wrong, jobs=False):
            pass
    assert pauses == []  # no use in trying again
    assert telegram.calls.of("getUpdates") == []


async def test_a_customer_who_blocks_the_bot_in_the_middle_of_an_answer(
    counter: Counter, store: Store
) -> None:
    anna = counter.visitor("Anna")
    anna.person.send_text(anna.person.private_chat, "/start")
    anna.person.private_chat.blocked = True
    await counter.settle()
    anna.sees_nothing_more()
    async with store.reading() as unit:
        chat = await unit.chats.get(anna.id)
        assert chat is not None
        assert chat.blocked_at is not None
        assert await unit.inbox.unhandled() == []
    anna.person.private_chat.blocked = False
    await anna.sends("/start")
    anna.sees("Ciao!")


# -- a step fails --


@pytest.mark.parametrize("defect_of_ours", [RuntimeError, FileNotFoundError, TimeoutError, OSError])
@pytest.mark.both_databases
async def test_a_step_that_fails_is_undone_and_apologised_for(
    chat: ChatDriver,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    defect_of_ours: type[Exception],
) -> None:
    await chat.sends("45000")
    chat.sees("Riepilogo")

    def broken(*_: object, **__: object) -> None:
        raise defect_of_ours("a defect of ours, after the reading was written")

    with monkeypatch.context() as defect:
        defect.setattr(screens, "receipt", broken)
        with capture_logs() as logs:
            tap = await chat.taps("Salva")
    assert tap.answered
    said = chat.sees("andato storto", "non è stato fatto")["text"]
    reference = next(line["reference"] for line in logs if line["event"] == "apology")
    assert reference in said
    async with store.reading() as unit:
        saved = select(func.count()).where(Reading.state == ReadingState.PENDING)
        assert await unit.session.scalar(saved) == 0
    # The conversation stands where it stood.
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)


@pytest.mark.usefixtures("pauses")
@pytest.mark.both_databases
async def test_a_failure_that_cannot_even_be_noted_does_not_hold_its_chat_for_ever(
    chat: ChatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, doomed = Inbox.finish, set[int]()

    async def failing(inbox: Inbox, update_id: int, chat_id: int, **named: Any) -> bool:
        doomed.update(() if doomed else {update_id})
        if update_id in doomed:
            raise RuntimeError("a defect of ours")
        return await finish(inbox, update_id, chat_id, **named)

    monkeypatch.setattr(Inbox, "finish", failing)
    with capture_logs() as logs:
        await chat.sends("/aiuto")
    assert (
        len([line for line in logs if line["event"] == "apology_failed"])
        == bot.counter.turns.MOST_TRIES
    )
    chat.sees(ONE_MOMENT)
    said = chat.sees("andato storto", "non è stato fatto")["text"]
    references = [line["reference"] for line in logs if line["event"] == "apology"]
    assert references[-1] in said
    await chat.sends("/menu")
    chat.sees("Cosa serve?")


# -- an answer is refused --


async def test_an_answer_that_telegram_refuses_is_apologised_for_and_the_next_one_comes(
    chat: ChatDriver, counter: Counter
) -> None:
    counter.telegram.faults.fail("status", "sendMessage", status=400)
    meter = counter.service.meter.turns
    before = meter[Turns.APOLOGISED]
    with capture_logs() as logs:
        await chat.sends("/aiuto")
    said = chat.sees("La risposta non è partita", "resta fatto")["text"]
    (line,) = [line for line in logs if line["event"] == "answer_failed"]
    assert line["reference"] in said
    assert meter[Turns.APOLOGISED] == before + 1
    await chat.sends("/aiuto")
    chat.sees("Come si fa")


async def test_in_english_too(counter: Counter) -> None:
    ann = counter.visitor("Ann", language="en")
    counter.telegram.faults.fail("status", "sendMessage", status=400)
    await ann.sends("/help")
    ann.sees("could not be sent")


async def test_what_else_an_answer_holds_is_done_although_a_part_of_it_is_refused(
    chat: ChatDriver, counter: Counter
) -> None:
    await chat.sends("/aiuto")
    old = chat.sees("Come si fa")["message_id"]
    counter.telegram.faults.fail("status", "sendMessage", status=400)
    effects: list[Effect] = [Say(View("Eccola.")), Delete(message_id=old)]
    counter.service.answers.owe(chat.id, 10**6, effects)
    await counter.settle()
    assert old not in [message["message_id"] for message in chat.messages()]
    chat.sees("La risposta non è partita")


async def test_an_answer_that_even_the_apology_cannot_be_said_for_holds_nobody(
    chat: ChatDriver, counter: Counter
) -> None:
    counter.telegram.faults.fail("status", "sendMessage", times=2, status=400)
    await chat.sends("/aiuto")
    chat.sees_nothing_more()
    await chat.sends("/aiuto")
    chat.sees("Come si fa")


# -- the database --


@asynccontextmanager
async def database_away(settings: Settings) -> AsyncIterator[None]:
    """The database is out of reach: SQLite's file is locked, PostgreSQL's door is gone."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        rival = sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)
        # In a thread: who holds the lock at this moment needs the loop to finish.
        await asyncio.to_thread(rival.execute, "BEGIN IMMEDIATE")
        try:
            yield
        finally:
            rival.close()
        return
    query = {name: str(value) for name, value in url.query.items()}
    admin = await asyncpg.connect(
        host=query["host"], port=int(query["port"]), user="postgres", database="postgres"
    )
    door = Path(query["host"]) / f".s.PGSQL.{query['port']}"
    away = door.with_suffix(".away")
    try:
        door.rename(away)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
            str(url.database),
        )
        yield
    finally:
        away.rename(door)
        await admin.close()


async def test_a_database_that_is_away_is_waited_for_and_nothing_is_lost(
    run: Run,
    settings: Settings,
    clock: MovableClock,
    pauses: Pauses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage.engine, "BUSY_TIMEOUT_MS", 20)
    async with run() as counter:
        anna = await linked_chat(counter, clock)
        await anna.sends("/autolettura")
        anna.sees("Lettura contatore")
        async with database_away(settings):
            anna.person.send_text(anna.person.private_chat, "45000")
            await until(lambda: _has_unread(anna))
            anna.sees(ONE_MOMENT, "non va perso")
            tries = len(pauses)
            await until(lambda: _happened(len(pauses), tries + 2))
            anna.sees_nothing_more()  # it is said once
        await counter.settle()
        anna.sees("Riepilogo", "45.000")
        anna.sees_nothing_more()
        async with database_away(settings):
            tap = anna.presses("Salva")
            await until(lambda: _has_unread(anna))
            anna.sees(ONE_MOMENT)
            await until(lambda: _happened(int(tap.answered), 1))
        await counter.settle()
        anna.sees("Lettura salvata", edited=True)
        async with counter.service.store.reading() as unit:
            saved = select(func.count()).where(Reading.state == ReadingState.PENDING)
            assert await unit.session.scalar(saved) == 1


async def _has_unread(chat: ChatDriver) -> bool:
    return bool(chat._unread)


async def test_a_database_that_is_behind_is_migrated_at_the_start(
    databases: SqliteDatabases | PostgresDatabases,
    tmp_path: Path,
    telegram: LocalTelegram,
    settings: Settings,
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    async with databases.fresh(folder, migrated=False) as url:
        behind = settings.model_copy(update={"database_url": url})
        async with running(telegram, behind, MovableClock(), PostOffice()) as counter:
            current = await schema.current_revision(counter.service.store.engine)
            assert current == schema.newest_revision()
            anna = counter.visitor("Anna")
            await anna.sends("/start")
            anna.sees("Ciao!")


async def test_a_database_of_a_newer_version_is_left_alone(
    run: Run, settings: Settings, telegram: LocalTelegram
) -> None:
    async with opened(settings.database_url) as store:
        async with store.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(Exception, match="9999"):
            async with run():
                pass
        assert await schema.current_revision(store.engine) == "9999"
    assert telegram.calls.of("getMe") == []


async def test_a_file_that_is_no_database_is_left_untouched(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Cara nonna, " * 100)
    wrong = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{file}"})
    with pytest.raises(storage.engine.DatabaseFileError, match="letter"):
        async with Service(wrong, jobs=False):
            pass
    assert file.read_text() == "Cara nonna, " * 100


async def test_stopping_does_not_wait_for_a_telegram_that_is_away(
    run: Run, telegram: LocalTelegram
) -> None:
    async with run() as counter:
        anna = counter.visitor("Anna")
        telegram.faults.fail("hang", "sendMessage", times=None)
        anna.person.send_text(anna.person.private_chat, "/start")
        await until(lambda: _is_stored(counter))
        async with asyncio.timeout(60):
            await counter.service.stop()
    telegram.faults.clear()
    async with run() as counter:
        assert any("Ciao!" in m.get("text", "") for m in anna.messages())


async def _is_stored(counter: Counter) -> bool:
    async with counter.service.store.reading() as unit:
        return bool(await unit.inbox.unanswered())
