"""The service of the dialogues, with what may go wrong around it switched on by the tests."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing
from functools import partial

import pytest
from pydantic import SecretStr

import bot.counter.polling
import bot.http
from bot.local_telegram import LocalTelegram
from bot.settings import Listen, Settings
from tests.dialogues.conftest import chat, clock, counter, post, settings, store, telegram, ways
from tests.support.chat import Counter
from tests.support.clock import MovableClock
from tests.support.post import PostOffice
from tests.support.runs import running

__all__ = ["chat", "clock", "counter", "post", "settings", "store", "telegram", "ways"]

Run = Callable[..., AbstractAsyncContextManager[Counter]]


@pytest.fixture
def run(telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice) -> Run:
    """Runs the service for a while; the next run gets the chats of the one before."""
    return partial(running, telegram, settings, clock, post)


@pytest.fixture
def webhook(telegram: LocalTelegram, settings: Settings) -> Settings:
    """The settings of a service that is served by webhook."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    telegram.webhook_pace = 0.01
    return settings.model_copy(
        update={
            "webhook_url": f"http://127.0.0.1:{port}/hook",
            "webhook_listen": Listen("127.0.0.1", port),
            "webhook_secret": SecretStr("a-secret-of-the-webhook"),
        }
    )


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short, and nobody waits long for an answer that does not come."""

    def brief(tries: int, longest: int = 60) -> float:  # noqa: ARG001  # as the real one
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
    monkeypatch.setattr(bot.http, "READ_SECONDS", 0.3)
    monkeypatch.setattr(bot.http, "UPLOAD_SECONDS", 0.3)
    monkeypatch.setattr(bot.counter.polling, "POLL_SECONDS", 1)


@pytest.fixture(params=["polling", "webhook"])
async def served(
    request: pytest.FixtureRequest,
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    post: PostOffice,
) -> AsyncIterator[Counter]:
    """The service, by polling and by webhook."""
    given: Settings = settings
    if request.param == "webhook":
        given = request.getfixturevalue("webhook")
    async with running(telegram, given, clock, post) as counter:
        yield counter
