"""`sportello run` and `sportello demo` as processes of their own, as an operator starts them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.runner import PortTakenError
from bot.errors import reason_for
from bot.local_telegram import LocalTelegram
from bot.settings import Settings
from storage import schema
from storage.lock import AlreadyServedError
from storage.vault import Vault
from tests.support.databases import opened
from tests.support.factories import add_customer

PATIENCE = 120.0
"""Seconds after which a process that does not do its part fails the test."""

TOKEN = "987654321:AAEsecrettokenthatnobodyshouldread12345"


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram(token=TOKEN, now=lambda: datetime.now(UTC)) as served:
        yield served


@pytest.fixture
def environment(telegram: LocalTelegram, tmp_path: Path) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields}
    return {
        **inherited,
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram.api_url,
        "DATA_DIR": str(tmp_path / "data"),
        "ENCRYPTION_KEY": Vault.new_key(),
        "LINK_VERIFICATION": "none",
    }


@asynccontextmanager
async def sportello(
    environment: Mapping[str, str], folder: Path, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(true: Callable[[], object]) -> None:
    # What is waited for happens in another process: nothing here could set an event.
    while not true():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_it_serves_until_it_is_told_to_stop(
    environment: dict[str, str], telegram: LocalTelegram, tmp_path: Path
) -> None:
    anna = telegram.add_person("Anna")
    async with sportello(environment, tmp_path, "run") as process:
        anna.send_text(anna.private_chat, "/start")
        await until(lambda: len(telegram.messages(anna.private_chat)) > 1)
        process.send_signal(signal.SIGTERM)
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"Traceback" not in said
    assert TOKEN.encode() not in said
    assert (tmp_path / "data" / "sportello.db").exists()


async def test_a_wrong_token_is_told_in_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    wrong = "987654321:AAEanothertokenthatisnotthisbot12345"
    async with sportello({**environment, "TELEGRAM_TOKEN": wrong}, tmp_path, "run") as process:
        _, said = await process.communicate()
    assert process.returncode == 1
    assert b"Error: Telegram refuses TELEGRAM_TOKEN" in said
    assert b"Traceback" not in said
    assert wrong.encode() not in said


async def test_another_key_is_refused_before_anything_is_done(
    environment: dict[str, str], telegram: LocalTelegram, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'served.db'}"
    async with opened(url, Vault([Vault.new_key()])) as store:
        await schema.upgrade(store.engine)
        await add_customer(store)
    async with sportello({**environment, "DATABASE_URL": url}, tmp_path, "run") as process:
        _, said = await process.communicate()
    assert process.returncode == 1
    assert b"Error: ENCRYPTION_KEY does not open what is in the database" in said
    assert b"Traceback" not in said
    assert telegram.calls.of("getMe") == []


async def test_a_second_one_on_the_same_file_is_told(
    environment: dict[str, str], telegram: LocalTelegram, tmp_path: Path
) -> None:
    async with sportello(environment, tmp_path, "run"):
        await until(lambda: telegram.calls.of("setMyCommands"))
        async with sportello(environment, tmp_path, "run") as second:
            _, said = await second.communicate()
    assert second.returncode == 1
    assert said.startswith(b"Error: ")
    assert b"Traceback" not in said


async def test_the_demo_says_where_it_is_and_leaves_nothing(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    async with sportello(environment, tmp_path, "demo", "--port", "0", "--no-open") as process:
        assert process.stdout is not None
        said = b""
        while b"Ctrl+C" not in said:
            line = await process.stdout.readline()
            assert line, (await process.communicate())[1].decode()
            said += line
        assert b"http://127.0.0.1:" in said
        assert b"028680" in said
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert list(temporary.glob("sportello-demo-*")) == []


@pytest.mark.parametrize("kind", [AlreadyServedError, PortTakenError])
def test_own_refusals_are_told_in_their_own_words(kind: type[Exception]) -> None:
    assert reason_for(kind("because")) == "because"
