"""Submitting a reading and cancelling it: this project against bare python-telegram-bot.

Both bots run as a process of their own, by polling, against the same local Telegram, in turn.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.customers import Customer, Result, busy
from bot.local_telegram import LocalTelegram
from storage import schema
from storage.engine import open_store
from storage.vault import Vault
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)

CUSTOMERS = (1, 10, 100)
CONVERSATIONS = 100


async def compare() -> None:
    """Prints a row for each number of customers at once."""
    print("Submit a reading and cancel it (5 updates), conversations a second, median wait")
    print(f"{'customers':>10}  {'bare PTB':>16}  {'Sportello':>16}  {'ratio':>6}")
    bare = await measure(bare=True)
    ours = await measure(bare=False)
    for number in CUSTOMERS:
        one, two = bare[number], ours[number]
        ratio = two.conversations_per_second / one.conversations_per_second
        print(f"{number:>10}  {_cell(one)}  {_cell(two)}  {ratio:>6.2f}")


def _cell(result: Result) -> str:
    return f"{result.conversations_per_second:>6.1f}/s {result.median_ms:>5.0f} ms"


async def measure(*, bare: bool) -> dict[int, Result]:
    """One bot's results, by the number of customers at once."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        async with LocalTelegram(now=lambda: datetime.now(UTC)) as telegram:
            people = [
                telegram.add_person(f"P{i}", language_code="it") for i in range(max(CUSTOMERS))
            ]
            environment = {
                **os.environ,
                "TELEGRAM_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.api_url,
            }
            if not bare:
                environment |= await _prepare(Path(folder), [person.id for person in people])
            module = ["benchmarks.bare_bot" if bare else "benchmarks.unpaced"]
            async with _running(module, environment):
                customers = [Customer(telegram, person) for person in people]
                await busy(customers[:1], 3)  # until it is up and warm
                for number in CUSTOMERS:
                    results[number] = await busy(customers[:number], CONVERSATIONS)
    return results


async def _prepare(folder: Path, chats: list[int]) -> dict[str, str]:
    key = Vault.new_key()
    url = f"sqlite+aiosqlite:///{folder}/sportello.db"
    now = datetime.now(UTC)
    store = open_store(url, Vault([key]))
    await schema.upgrade(store.engine)
    await add_open_window(store, now)
    for number, chat_id in enumerate(chats):
        customer = await add_customer(store, f"{number:06d}")
        point = await add_gas_point(store, customer)
        await add_reading(store, point, (now - timedelta(days=31)).date(), 44_870)
        await link_chat(store, chat_id, customer, now)
    await store.close()
    return {
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "ENCRYPTION_KEY": key,
        "LINK_VERIFICATION": "none",
        "ACQUISITION_INTERVAL": "24h",
    }


@asynccontextmanager
async def _running(module: list[str], environment: dict[str, str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *module, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
