"""Answers leave outside of any turn: what holds one up holds up its own chat, and none is lost."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import SecretStr

from bot.counter.effects import EffectRunner
from bot.http import TokenRefused
from bot.local_telegram import LocalTelegram
from bot.settings import Listen, Settings
from conversations.kit.views import AnswerTap, Effect, Made, Say, View
from storage.models import InboxUpdate
from tests.faults.conftest import Run
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.load import free_port
from tests.support.post import PostOffice
from tests.support.runs import running, until

MANY = 65
"""One more than there were places for turns once."""
BODIES = [
    b"",
    b"{",
    b'{"ok": true, "resu',
    b"<html>Bad gateway</html>",
    b"null",
    b"[]",
    b"{}",
    b'{"ok": true, "result": null}',
]


def heard(chat: ChatDriver, words: str) -> bool:
    return any(
        words in message.get("text", "") for message in chat.messages() if message["from"]["is_bot"]
    )


async def has_heard(chat: ChatDriver, words: str) -> None:
    """Returns once the bot has said these words in a chat."""

    async def holds() -> bool:
        return heard(chat, words)

    await until(holds)


async def test_sixty_five_people_and_an_upload_that_hangs(counter: Counter) -> None:
    hang = counter.telegram.faults.fail("hang", "sendPhoto", times=None)
    picture: list[Effect] = [Say(View("La fattura", picture=Made("invoice_guide")))]
    for number in range(MANY):
        counter.service.answers.owe(counter.visitor(f"P{number}").id, 10**6 + number, picture)
    bruno = counter.visitor("Bruno")
    bruno.person.send_text(bruno.person.private_chat, "/aiuto")
    await has_heard(bruno, "Come si fa")
    assert not hang.spent
    bruno.skip()
    counter.service.sender.stop()


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize("body", BODIES)
async def test_an_answer_met_by_what_is_none_of_telegrams_words_goes_again(
    counter: Counter, body: bytes, status: int
) -> None:
    anna = counter.visitor("Anna")
    counter.telegram.faults.fail("odd", "sendMessage", times=2, status=status, body=body)
    await anna.sends("/start")
    anna.sees("Ciao!")
    async with counter.service.store.reading() as unit:
        chat = await unit.chats.get(anna.id)
        assert chat is not None
        assert chat.blocked_at is None
        assert await unit.inbox.unanswered() == [] or not counter.service.answers.owed_to


@pytest.mark.usefixtures("_hasty")
async def test_a_token_that_is_refused_ends_the_service_and_loses_no_answer(
    run: Run, telegram: LocalTelegram
) -> None:
    async with run() as counter:
        anna = counter.visitor("Anna")
        telegram.faults.fail(
            "odd",
            "sendMessage",
            times=None,
            status=401,
            body=b'{"ok": false, "error_code": 401, "description": "Unauthorized"}',
        )
        anna.person.send_text(anna.person.private_chat, "/start")
        with pytest.raises(TokenRefused):
            async with asyncio.timeout(30):
                await counter.service.finished()
        anna.sees_nothing_more()
        await counter.service.stop()
    telegram.faults.clear()
    async with run(counter):
        anna.sees("Ciao!")


async def test_what_goes_wrong_with_a_spinner_hides_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the spinner")

    async def first(*_: object) -> None:
        await asyncio.sleep(0)
        raise ValueError("what went wrong first")

    monkeypatch.setattr(EffectRunner, "end_spinner", broken)
    monkeypatch.setattr(EffectRunner, "run", first)
    with pytest.raises(ValueError, match="first"):
        await counter.service.sender.perform(1, [AnswerTap("1"), Say(View("x"))])


async def test_a_picture_that_cannot_be_drawn_costs_no_words(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(_made: Made) -> bytes:
        raise TimeoutError

    monkeypatch.setattr(counter.service.sender.uploads.pictures, "make", hangs)
    anna = counter.visitor("Anna")
    await anna.sends("/start")
    anna.sees("Ciao!")
    picture: list[Effect] = [Say(View("La fattura", picture=Made("invoice_guide")))]
    counter.service.answers.owe(anna.id, 10**6, picture)
    await counter.settle()
    anna.sees("La fattura")


# -- an update that the library cannot write --


def pinned(telegram: LocalTelegram, chat: ChatDriver, *, in_a_group: bool) -> dict[str, Any]:
    """Somebody pinned a message that Telegram no longer shows: all of it but its number is gone."""
    where = (
        {"id": telegram.add_group("Condominio", [chat.person]).id, "type": "group", "title": "C"}
        if in_a_group
        else {"id": chat.id, "type": "private", "first_name": "Anna"}
    )
    return {
        "message_id": 7,
        "date": 1_795_000_000,
        "chat": where,
        "from": {"id": chat.id, "is_bot": False, "first_name": "Anna"},
        "pinned_message": {"message_id": 3, "date": 0, "chat": where},
    }


@pytest.mark.parametrize("in_a_group", [True, False], ids=["group", "private"])
async def test_a_pinned_message_that_cannot_be_seen_costs_nobody_anything(
    served: Counter, *, in_a_group: bool
) -> None:
    telegram = served.telegram
    anna, bruno = served.visitor("Anna"), served.visitor("Bruno")
    message = pinned(telegram, anna, in_a_group=in_a_group)
    # Three at once: the first is handled as it comes, the others wait in line, stored.
    for _ in range(3):
        telegram.updates.add("message", message, message["chat"]["id"])
    await bruno.sends("/aiuto")
    bruno.sees("Come si fa")
    await anna.sends("/aiuto")
    anna.sees("Come si fa")
    async with served.service.store.reading() as unit:
        assert await unit.inbox.unhandled() == []


@pytest.mark.parametrize("in_a_group", [True, False], ids=["group", "private"])
async def test_nor_at_the_next_start(run: Run, clock: MovableClock, *, in_a_group: bool) -> None:
    async with run() as counter:
        anna = counter.visitor("Anna")
        message = pinned(counter.telegram, anna, in_a_group=in_a_group)
        update = {"update_id": 10**6, "message": message}
        async with counter.service.store.unit() as unit:
            unit.session.add(
                InboxUpdate(
                    update_id=10**6,
                    chat_id=message["chat"]["id"],
                    content=json.dumps(update),
                    received_at=clock.now(),
                )
            )
            await unit.commit()
    async with run(counter) as counter:
        await anna.sends("/aiuto")
        anna.sees("Come si fa")
        async with counter.service.store.reading() as unit:
            assert await unit.inbox.unhandled() == []


# -- the webhook's address --


@pytest.mark.parametrize("path", ["/a+b", "/a(b", "/hook?token=x+y(z", "/a.b/[c]", "/?q=1"])
async def test_a_webhook_is_found_at_whatever_address(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice, path: str
) -> None:
    port = free_port()
    given = settings.model_copy(
        update={
            "webhook_url": f"http://127.0.0.1:{port}{path}",
            "webhook_listen": Listen("127.0.0.1", port),
            "webhook_secret": SecretStr("a-secret-of-the-webhook"),
        }
    )
    telegram.webhook_pace = 0.01
    async with running(telegram, given, clock, post) as counter:
        anna = counter.visitor("Anna")
        await anna.sends("/start")
        anna.sees("Ciao!")
