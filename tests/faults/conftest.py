"""The service of the dialogues, with what may go wrong around it switched on by the tests."""

import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from functools import partial

import pytest
from pydantic import SecretStr

import bot.application
import bot.delivery
import bot.http
import bot.sending
import bot.turns
from bot.application import Service
from bot.demo.local_telegram import LocalTelegram
from bot.pacing import Pacer
from bot.settings import Listen, Settings
from storage.rules.flood import FloodGuard
from tests.dialogues.conftest import chat, clock, counter, post, settings, store, telegram, ways
from tests.support.chat import Counter
from tests.support.clock import MovableClock
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice
from tests.support.runs import running

__all__ = ["chat", "clock", "counter", "post", "settings", "store", "telegram", "ways"]

Run = Callable[..., AbstractAsyncContextManager[Counter]]


@pytest.fixture
def run(telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice) -> Run:
    """Runs the service for a while; the next run gets the chats of the one before."""
    return partial(running, telegram, settings, clock, post)


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short, and nobody waits long for an answer that does not come."""

    def brief(tries: int, longest: int = 60) -> float:  # noqa: ARG001  # as the real one
        return 0.02

    for module in (bot.application, bot.delivery, bot.sending, bot.turns):
        monkeypatch.setattr(module, "growing_pause", brief)
    monkeypatch.setattr(bot.http, "READ_SECONDS", 0.3)
    monkeypatch.setattr(bot.http, "UPLOAD_SECONDS", 0.3)
    monkeypatch.setattr(bot.delivery, "POLL_SECONDS", 1)


@pytest.fixture(params=["polling", "webhook"])
async def served(
    request: pytest.FixtureRequest,
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    post: PostOffice,
) -> AsyncIterator[Counter]:
    """The service, by polling and by webhook."""
    given = settings
    if request.param == "webhook":
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        given = settings.model_copy(
            update={
                "webhook_url": f"http://127.0.0.1:{port}/hook",
                "webhook_listen": Listen("127.0.0.1", port),
                "webhook_secret": SecretStr("a-secret-of-the-webhook"),
            }
        )
        telegram.webhook_pace = 0.01
    async with running(telegram, given, clock, post) as counter:
        yield counter


@asynccontextmanager
async def service_with_its_own_post(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock
) -> AsyncIterator[Counter]:
    """The service with the mail server of its settings."""
    service = Service(
        settings,
        clock=clock,
        pictures=PlainPictures(),
        flood=FloodGuard(time.monotonic, burst=10**6),
        pacer=Pacer(per_second=1_000, chat_rests=0),
        jobs=False,
    )
    async with service:
        counter = Counter(telegram, service)
        yield counter
        counter.check_nothing_left()
