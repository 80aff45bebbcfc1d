"""Whoever finds the webhook's address costs next to nothing, and keeps nobody out."""

import asyncio
import io
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

import bot.counter.webhook
from bot.local_telegram import LocalTelegram
from bot.logs import set_up_logs
from bot.settings import LogFormat, Settings
from tests.support.chat import Counter
from tests.support.clock import MovableClock
from tests.support.post import PostOffice
from tests.support.runs import running

pytestmark = pytest.mark.usefixtures("_hasty")

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Serve = Callable[[], AbstractAsyncContextManager[Counter]]
PATIENCE = 60


@pytest.fixture
def serve(
    telegram: LocalTelegram, webhook: Settings, clock: MovableClock, post: PostOffice
) -> Serve:
    """Runs the service by webhook."""
    return partial(running, telegram, webhook, clock, post)


async def connected(webhook: Settings) -> Connection:
    return await asyncio.open_connection(webhook.webhook_listen.host, webhook.webhook_listen.port)


async def everything_from(connection: Connection) -> bytes:
    """What the server says until it closes the connection; it must close it."""
    reader, writer = connection
    async with asyncio.timeout(PATIENCE):
        found = await reader.read()
    writer.close()
    return found


def posted(path: str, secret: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("path", "secret"), [("/hook", "guessed"), ("/hook", ""), ("/other", "guessed")]
)
async def test_the_body_of_who_does_not_know_the_secret_is_not_read(
    serve: Serve, webhook: Settings, path: str, secret: str
) -> None:
    async with serve():
        stranger = await connected(webhook)
        stranger[1].write(posted(path, secret, 900_000))  # and nothing of it follows
        said = await everything_from(stranger)
        assert said.startswith(b"HTTP/1.1 403 ")


async def test_headers_that_do_not_come_are_not_waited_for(
    serve: Serve, webhook: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.counter.webhook, "HEADER_SECONDS", 0.2)
    async with serve():
        for begun in (b"", b"POST /hook HTTP/1.1\r\nHost: he"):
            stranger = await connected(webhook)
            stranger[1].write(begun)
            assert await everything_from(stranger) == b""


async def test_a_body_that_does_not_come_is_not_waited_for(
    serve: Serve, webhook: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.counter.webhook, "BODY_SECONDS", 0.2)
    assert webhook.webhook_secret is not None
    async with serve():
        known = await connected(webhook)
        known[1].write(posted("/hook", webhook.webhook_secret.get_secret_value(), 900))
        assert await everything_from(known) == b""


async def test_open_connections_of_strangers_keep_telegram_out_no_more_than_they_fill_the_log(
    serve: Serve, webhook: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 8
    monkeypatch.setattr(bot.counter.webhook, "MOST_CONNECTIONS", most)
    async with serve() as counter:
        written = io.StringIO()
        set_up_logs(LogFormat.JSON, stream=written)
        logging.getLogger().setLevel(logging.INFO)
        strangers = [await connected(webhook) for _ in range(5 * most)]
        for _, writer in strangers:
            writer.write(b"POST /hook HTTP/1.1\r\n")  # and no more
        anna = counter.visitor("Anna")
        for _ in range(3):
            await anna.sends("/start")
            anna.sees("Ciao!")
        guesses = [await connected(webhook) for _ in range(most)]
        for guess in guesses:
            guess[1].write(posted("/hook", "guessed", 10))
            await everything_from(guess)
        logging.getLogger().handlers.clear()
        assert "403" not in written.getvalue()
        assert len(written.getvalue()) < 5_000
        for reader, _ in strangers[: 4 * most]:  # the oldest went
            async with asyncio.timeout(PATIENCE):
                assert await reader.read() == b""
        for _, writer in strangers:
            writer.close()
