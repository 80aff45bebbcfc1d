import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from bot.local_telegram import LocalTelegram, Person
from tests.local_telegram.conftest import Call, until


class Receiver:
    """A webhook that answers as it is told, and remembers what it got."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []  # the next answers; 200 when they are used up
        self.retry_after: str | None = None
        self.gate: asyncio.Event | None = None
        self.open = self.most_open = 0
        self.url = ""

    async def until(self, count: int) -> None:
        await until(lambda: len(self.updates) >= count)

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.updates]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()

    class Handler(RequestHandler):
        async def post(self) -> None:
            receiver.open += 1
            receiver.most_open = max(receiver.most_open, receiver.open)
            if receiver.gate is not None:
                await receiver.gate.wait()
            receiver.open -= 1
            receiver.updates.append(json.loads(self.request.body))
            receiver.headers.append(dict(self.request.headers.get_all()))
            if receiver.retry_after is not None:
                self.set_header("Retry-After", receiver.retry_after)
            self.set_status(receiver.statuses.pop(0) if receiver.statuses else 200)

    server = HTTPServer(Application([(r"/hook", Handler)], log_function=lambda _: None))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    receiver.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/hook"
    yield receiver
    if receiver.gate is not None:
        receiver.gate.set()
    server.stop()
    await server.close_all_connections()


async def test_updates_are_pushed_with_the_secret(
    call: Call, receiver: Receiver, anna: Person, telegram: LocalTelegram
) -> None:
    anna.send_text(anna.private_chat, "già in attesa")
    secret = "abc_DEF-123"
    assert (await call("setWebhook", url=receiver.url, secret_token=secret))["result"] is True
    anna.send_text(anna.private_chat, "subito 😀")
    await receiver.until(2)
    assert receiver.texts() == ["già in attesa", "subito 😀"]
    assert {h["X-Telegram-Bot-Api-Secret-Token"] for h in receiver.headers} == {secret}
    assert {h["Content-Type"] for h in receiver.headers} == {"application/json"}
    await telegram.until_confirmed(5)


async def test_any_2xx_confirms_and_the_rest_comes_again(
    call: Call, receiver: Receiver, anna: Person, telegram: LocalTelegram
) -> None:
    telegram.webhook_pace = 0.001
    receiver.statuses = [500, 302, 404, 204]
    await call("setWebhook", url=receiver.url)
    anna.send_text(anna.private_chat, "uno")
    anna.send_text(anna.private_chat, "due")
    await telegram.until_confirmed(5)
    assert receiver.texts() == ["uno", "uno", "uno", "uno", "due"]
    info = (await call("getWebhookInfo"))["result"]
    assert info["pending_update_count"] == 0
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"
    assert info["last_error_date"] == telegram.timestamp()


async def test_pauses_grow(
    call: Call, receiver: Receiver, anna: Person, telegram: LocalTelegram
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    assert telegram._pusher is not None
    telegram._pusher.sleep = sleep
    receiver.statuses = [500] * 9
    await call("setWebhook", url=receiver.url)
    anna.send_text(anna.private_chat, "x")
    await telegram.until_confirmed(5)
    assert pauses == [0, 2, 4, 8, 16, 32, 60, 60, 60]
    pauses.clear()
    receiver.statuses, receiver.retry_after = [503], "7"
    anna.send_text(anna.private_chat, "y")
    await telegram.until_confirmed(5)
    receiver.statuses, receiver.retry_after = [503], "7200"
    anna.send_text(anna.private_chat, "z")
    await telegram.until_confirmed(5)
    assert pauses == [7, 3600]


async def test_one_chat_in_order_others_beside_it(
    call: Call, receiver: Receiver, anna: Person, telegram: LocalTelegram
) -> None:
    bruno = telegram.add_person("Bruno", started=True)
    receiver.gate = asyncio.Event()
    await call("setWebhook", url=receiver.url)
    for text in ("1", "2", "3"):
        anna.send_text(anna.private_chat, text)
        bruno.send_text(bruno.private_chat, text)
    await until(lambda: receiver.open == 2)
    receiver.gate.set()
    await telegram.until_confirmed(5)
    for person in (anna, bruno):
        of_one = [u["message"] for u in receiver.updates if u["message"]["from"]["id"] == person.id]
        assert [message["text"] for message in of_one] == ["1", "2", "3"]
    assert receiver.most_open == 2


async def test_max_connections(
    call: Call, receiver: Receiver, anna: Person, telegram: LocalTelegram
) -> None:
    receiver.gate = asyncio.Event()
    await call("setWebhook", url=receiver.url, max_connections=1)
    anna.send_text(anna.private_chat, "x")
    anna.tap(anna.private_chat, 1, "y")
    await until(lambda: receiver.open == 1)
    receiver.gate.set()
    await telegram.until_confirmed(5)
    assert receiver.most_open == 1
    assert (await call("getWebhookInfo"))["result"]["max_connections"] == 1


async def test_a_webhook_that_is_not_there(
    call: Call, anna: Person, telegram: LocalTelegram
) -> None:
    telegram.webhook_pace = 0.001
    await call("setWebhook", url="http://127.0.0.1:9/nobody")
    anna.send_text(anna.private_chat, "x")
    await until(lambda: bool(telegram.webhook and telegram.webhook.last_error_message))
    info = (await call("getWebhookInfo"))["result"]
    assert (info["pending_update_count"], info["last_error_message"]) == (1, "Connection refused")
    # What was not taken waits for getUpdates.
    await call("deleteWebhook")
    assert len((await call("getUpdates"))["result"]) == 1


async def test_dropping_what_waits(call: Call, anna: Person, telegram: LocalTelegram) -> None:
    anna.send_text(anna.private_chat, "x")
    await call("deleteWebhook")
    assert telegram.pending_updates == 1
    await call("deleteWebhook", drop_pending_updates=True)
    assert telegram.pending_updates == 0


async def test_info(call: Call, receiver: Receiver) -> None:
    assert (await call("getWebhookInfo"))["result"] == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }
    await call("setWebhook", url=receiver.url, allowed_updates=["message"])
    assert (await call("getWebhookInfo"))["result"] == {
        "url": receiver.url,
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 40,
        "ip_address": "127.0.0.1",
        "allowed_updates": ["message"],
    }


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            {"url": "http://127.0.0.1:1/x", "secret_token": "ä"},
            "secret token contains unallowed characters",
        ),
        (
            {"url": "http://127.0.0.1:1/x", "secret_token": "a" * 257},
            "secret token contains unallowed characters",
        ),
        ({"url": "ftp://127.0.0.1/x"}, "bad webhook: an HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.org/x"},
            "bad webhook: only loopback addresses are reached from a local server",
        ),
        ({"url": "http://127.0.0.1:no/x"}, "bad webhook: invalid URL specified"),
    ],
)
async def test_webhooks_that_are_refused(
    call: Call, arguments: dict[str, Any], reason: str
) -> None:
    answer = await call("setWebhook", **arguments)
    assert answer["description"] == f"Bad Request: {reason}"
