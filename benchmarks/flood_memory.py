"""Memory and liveness of the bot with a hundred thousand updates at once.

The bot runs in its own process, by polling, on SQLite. Its resident memory is measured while it
takes the flood in and handles it, and compared with the memory before, warm and idle. A customer
who writes in the middle of it must be answered before the flood is over.

    python -m benchmarks.flood_memory [--updates 100000] [--chats 20]
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import func, select

from benchmarks.page import commit, put
from bot.local_telegram import Event, LocalTelegram
from storage import schema
from storage.engine import Store
from storage.models import InboxUpdate
from storage.vault import Vault
from tests.support.databases import opened
from tests.support.process import RunningBot

UPDATES = 100_000
CHATS = 20
TEXT = "ciao " * 40
"""Two hundred characters: more than most people write."""
WARM_UP = 300
EARLY = 15

_MIB = 1 << 20


@dataclass(frozen=True)
class Result:
    """The results of one run; memory in MiB, times in seconds."""

    updates: int
    chats: int
    idle_mib: float
    peak_mib: float
    after_mib: float
    stored_in: float
    watched_for: float
    handled: int
    answers: int
    visitor_waited: float
    visitor_was_first: bool

    @property
    def growth_mib(self) -> float:
        """The increase over the idle memory."""
        return self.peak_mib - self.idle_mib


async def measure(
    updates: int = UPDATES, chats: int = CHATS, minutes: float | None = None
) -> Result:
    """Do one run; with *minutes*, stop watching the flood after that time."""
    key = Vault.new_key()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite+aiosqlite:///{folder}/sportello.db"
        async with (
            LocalTelegram(now=lambda: datetime.now(UTC)) as telegram,
            opened(url, Vault([key])) as store,
        ):
            await schema.upgrade(store.engine)
            bot = RunningBot(
                {
                    "TELEGRAM_TOKEN": telegram.token,
                    "TELEGRAM_API_URL": telegram.api_url,
                    "DATABASE_URL": url,
                    "DATA_DIR": str(folder),
                    "ENCRYPTION_KEY": key,
                    "LINK_VERIFICATION": "none",
                    "ACQUISITION_INTERVAL": "24h",
                },
                folder / "bot.log",
                guarded=True,
            )
            await bot.start()
            try:
                await bot.logged('"serving"')
                process = psutil.Process(bot.pid)
                return await _flood(telegram, store, process, (updates, chats), minutes)
            finally:
                await bot.terminate()


async def _flood(
    telegram: LocalTelegram,
    store: Store,
    process: psutil.Process,
    size: tuple[int, int],
    minutes: float | None,
) -> Result:
    updates, chats = size
    people = [telegram.add_person(f"P{number}", language_code="it") for number in range(chats)]
    visitor = telegram.add_person("Anna", language_code="it")
    answers = 0
    heard_at, heard_after = 0.0, 0
    heard = asyncio.Event()

    def listen(event: Event) -> None:
        nonlocal answers, heard_at, heard_after
        if event.from_bot and event.kind == "message":
            answers += 1
            if event.chat_id == visitor.id and not heard.is_set():
                heard_at, heard_after = time.monotonic(), answers
                heard.set()

    telegram.subscribe(listen)
    early = [telegram.add_person(f"E{number}", language_code="it") for number in range(EARLY)]
    for number in range(WARM_UP):
        person = early[number % EARLY]  # not one who floods, and would be told so already
        person.send_text(person.private_chat, TEXT)
    await _settled(telegram, store)
    await asyncio.sleep(2)
    idle = process.memory_info().rss
    peak = idle
    answers = 0
    begun = time.monotonic()

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, process.memory_info().rss)
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    for number in range(updates):
        person = people[number % chats]
        person.send_text(person.private_chat, TEXT)
        if number % 500 == 0:
            await asyncio.sleep(0)
        if number == updates // 4:
            visitor.send_text(visitor.private_chat, "/start")
            wrote = time.monotonic()
    await heard.wait()
    await telegram.until_confirmed(timeout=None)
    stored = time.monotonic()
    with suppress(TimeoutError):
        async with asyncio.timeout(None if minutes is None else minutes * 60):
            await _settled(telegram, store)
    ended = time.monotonic()
    left = await _unhandled(store)
    watching.cancel()
    return Result(
        updates=updates,
        chats=chats,
        idle_mib=idle / _MIB,
        peak_mib=peak / _MIB,
        after_mib=process.memory_info().rss / _MIB,
        stored_in=stored - begun,
        watched_for=ended - begun,
        handled=updates - left,
        answers=answers - 1,
        visitor_waited=heard_at - wrote,
        visitor_was_first=heard_after < answers,
    )


async def _unhandled(store: Store) -> int:
    async with store.reading() as unit:
        waiting = select(func.count()).where(InboxUpdate.answered_at.is_(None))
        return int(await unit.session.scalar(waiting.select_from(InboxUpdate)) or 0)


async def _settled(telegram: LocalTelegram, store: Store) -> None:
    await telegram.until_confirmed(timeout=None)
    while await _unhandled(store):  # noqa: ASYNC110  # another process sends no word
        await asyncio.sleep(0.5)


def told(result: Result) -> str:
    """The results in words."""
    where = "before the flood was over" if result.visitor_was_first else "after the flood"
    return f"""\
{result.updates} updates at once, from {result.chats} chats
  resident before          {result.idle_mib:>8.1f} MiB
  resident at the most     {result.peak_mib:>8.1f} MiB
  growth                   {result.growth_mib:>8.1f} MiB
  resident in the end      {result.after_mib:>8.1f} MiB
  all of it stored after   {result.stored_in:>8.1f} s
  watched for              {result.watched_for:>8.1f} s
  handled by then          {result.handled:>8}
  answers to the flood     {result.answers:>8}
  a visitor was answered   {result.visitor_waited:>8.1f} s after writing, {where}"""


def main() -> None:
    """Do one run, print it and, if requested, write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=UPDATES)
    parser.add_argument("--chats", type=int, default=CHATS)
    parser.add_argument("--minutes", type=float, help="to watch the flood being worked off")
    parser.add_argument("--write", action="store_true", help="into docs/trust.md")
    given = parser.parse_args()
    at = commit()
    words = told(asyncio.run(measure(given.updates, given.chats, given.minutes)))
    print(words)
    if given.write:
        today = f"{datetime.now(UTC):%d %B %Y}"
        put("flood", f"Run on {today} at commit `{at}`.\n\n```\n{words}\n```")


if __name__ == "__main__":
    main()
