"""The service as customers meet it: production code, over HTTP, against the local Telegram."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.application import Service
from bot.counter.flood import FloodGuard
from bot.counter.pace import Pace
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from conversations.kit.context import Turn
from storage.engine import Store
from storage.vault import Vault
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.diagrams import is_drawn
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)
from tests.support.pictures import PlainPictures
from tests.support.post import PostOffice
from tests.support.reference import held_to_the_reference


def unhurried() -> FloodGuard:
    """Tests tap faster than people do."""
    return FloodGuard(time.monotonic, burst=10**6)


@pytest.fixture(autouse=True)
def ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails where a conversation went a way that its diagram does not draw."""
    strayed: list[str] = []
    settle = Turn.settle

    async def watched(turn: Turn) -> None:
        row, flow, state = turn.conversation, turn.flow, turn.state
        before = row.state if row is not None and row.flow == flow else None
        if flow is not None and state is not None and not is_drawn(flow, before, state):
            strayed.append(f"{flow}: {before} --> {state}")
        await settle(turn)

    monkeypatch.setattr(Turn, "settle", watched)
    yield
    assert not strayed, f"not in the diagram: {strayed}"


@pytest.fixture(autouse=True)
def reference(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails where a call, an answer or an update is not as the Bot API reference has it."""
    with held_to_the_reference(monkeypatch, calls=True):
        yield


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def post() -> PostOffice:
    return PostOffice()


@pytest.fixture
async def telegram(clock: MovableClock) -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram(now=clock.now) as local:
        yield local


@pytest.fixture
def settings(telegram: LocalTelegram, database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        telegram_token=SecretStr(telegram.token),
        telegram_api_url=telegram.api_url,
        database_url=database_url,
        data_dir=tmp_path / "data",
        encryption_key=(SecretStr(Vault.new_key()),),
        company_name="Luce e Gas Prova",
        company_contacts="0547 000000",
        emergency_gas="800 900 999",
        emergency_power="803 500",
        company_vat="00743110157",
    )


@pytest.fixture
async def counter(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> AsyncIterator[Counter]:
    """The service, running; the scheduler's jobs are called by the tests."""
    service = Service(
        settings,
        clock=clock,
        post=post,
        pictures=PlainPictures(),
        flood=unhurried(),
        # The pace has tests of its own.
        pace=Pace(per_second=1_000, chat_rests=0, group_rests=0),
        jobs=False,
    )
    async with service:
        counter = Counter(telegram, service)
        yield counter
        counter.check_nothing_left()


@pytest.fixture
def store(counter: Counter) -> Store:
    """The store of the running service."""
    return counter.service.store


@pytest.fixture
async def chat(counter: Counter, store: Store, clock: MovableClock) -> ChatDriver:
    """Anna, linked, with one gas point that was read a month ago at 44.870, and a window open."""
    anna = counter.visitor("Anna")
    customer = await add_customer(store)
    point = await add_gas_point(store, customer, address="Via Roma 12, Cesena")
    await add_open_window(store, clock.now())
    day = clock.now().date().replace(month=1)
    await add_reading(store, point, day, 44_870)
    await link_chat(store, anna.id, customer, clock.now())
    return anna
