"""Runs bots in their own processes: starts them, measures their cost, ends them."""

import asyncio
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

import psutil
from sqlalchemy import insert, update

from benchmarks import plain_bot
from benchmarks.fake_telegram import TOKEN, FakeTelegram
from storage.engine import open_store
from storage.models import EntryWindow
from storage.vault import Vault
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)

_FIRST_CODE = 500_000
_LONGEST_START = 60.0
_LONGEST_STOP = 15.0


class Way(Enum):
    """How a bot receives its updates."""

    POLLING = "polling"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Cost:
    """The resources that a process and its children have used so far, or hold now."""

    cpu_seconds: float
    own_mib: float
    """Resident memory of the process itself."""
    all_mib: float
    """The same with its children; what they share is counted once for each."""


@dataclass
class Bot:
    """A running bot."""

    name: str
    telegram: FakeTelegram
    process: psutil.Process
    start_seconds: float
    """From the start of its process to its first ``getUpdates`` or its ``setWebhook``."""

    def cost(self) -> Cost:
        """The cost so far."""
        family = [self.process, *self.process.children(recursive=True)]
        seconds = resident = 0.0
        for each in family:
            try:
                times = each.cpu_times()
                seconds += times.user + times.system
                resident += each.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        own = self.process.memory_info().rss
        return Cost(seconds, own / 2**20, resident / 2**20)


@asynccontextmanager
async def running(
    name: str, module: str, way: Way, environment: Mapping[str, str]
) -> AsyncIterator[Bot]:
    """Start ``python -m module`` with its own fake Telegram, and wait until it is up.

    Raises:
        RuntimeError: it ended, or did not come up in a minute; its output is on this process's
            standard error.
    """
    async with FakeTelegram() as telegram:
        settings = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            **environment,
        }
        if way is Way.WEBHOOK:
            port = _free_port()
            settings["WEBHOOK_URL"] = f"http://127.0.0.1:{port}/updates"
            settings["WEBHOOK_LISTEN"] = f"127.0.0.1:{port}"
            settings["WEBHOOK_SECRET"] = secrets.token_hex(8)
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, env=settings, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            await _until_up(name, process, telegram)
            took = time.perf_counter() - begun
            yield Bot(name, telegram, psutil.Process(process.pid), took)
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), _LONGEST_STOP)
                except TimeoutError:
                    process.kill()
                    await process.wait()


async def _until_up(name: str, process: asyncio.subprocess.Process, telegram: FakeTelegram) -> None:
    up = asyncio.create_task(telegram.first_poll.wait())
    ended = asyncio.create_task(process.wait())
    done, _ = await asyncio.wait(
        {up, ended}, timeout=_LONGEST_START, return_when=asyncio.FIRST_COMPLETED
    )
    for task in (up, ended):
        task.cancel()
    if up not in done:
        raise RuntimeError(f"{name} did not come up")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def prepare_plain(url: str, people: Iterable[int]) -> dict[str, str]:
    """Create the plain bot's tables and its customers, with one point and one reading each."""
    sessions = plain_bot.open_sessions(url)
    engine = sessions.kw["bind"]
    day = (datetime.now(UTC) - timedelta(days=31)).date()
    async with engine.begin() as connection:
        await connection.run_sync(plain_bot.Base.metadata.create_all)
        customers = [
            {"id": number, "chat_id": chat_id, "name": "Mario Rossi"}
            for number, chat_id in enumerate(people, 1)
        ]
        points = [
            {"id": each["id"], "customer_id": each["id"], "code": f"{each['id']:014}"}
            for each in customers
        ]
        readings = [
            {"point_id": each["id"], "day": day, "meter": 44_870, "state": "acquired"}
            for each in customers
        ]
        await connection.execute(insert(plain_bot.Customer), customers)
        await connection.execute(insert(plain_bot.Point), points)
        await connection.execute(insert(plain_bot.Reading), readings)
    await engine.dispose()
    return {"DATABASE_URL": url}


async def prepare_sportello(
    url: str,
    folder: Path,
    people: Iterable[int],
    *,
    key: str | None = None,
    reminds: bool = True,
) -> dict[str, str]:
    """Create linked customers with one gas point and one reading each, and an open window.

    Args:
        url: a migrated database.
        folder: for the service's files.
        people: the chats, one per customer.
        key: the database's key, if it has one already.
        reminds: whether the window is new, so that everybody must be reminded of it.
    """
    key = key or Vault.new_key()
    now = datetime.now(UTC)
    store = open_store(url, Vault([key]))
    await add_open_window(store, now)
    for number, chat_id in enumerate(people):
        customer = await add_customer(store, f"{_FIRST_CODE + number:06d}")
        point = await add_gas_point(store, customer)
        await add_reading(store, point, (now - timedelta(days=31)).date(), 44_870)
        await link_chat(store, chat_id, customer, now)
    if not reminds:
        async with store.unit() as unit:
            await unit.session.execute(update(EntryWindow).values(planned_at=now))
            await unit.commit()
    await store.close()
    return sportello_environment(url, folder, key)


def sportello_environment(url: str, folder: Path, key: str) -> dict[str, str]:
    """The environment of the service."""
    return {
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "ENCRYPTION_KEY": key,
        "LINK_VERIFICATION": "none",
        "ACQUISITION_INTERVAL": "24h",
    }
