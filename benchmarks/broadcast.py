"""An announcement to three thousand chats, while a customer submits readings.

The bot runs in its own process, by polling, with a local Telegram whose flood limits are on. The
results are: whether all messages arrived, how often Telegram answered 429, the most messages within
any second, and how long the customer waited before and during the broadcast. Ends with 1 if a
target was missed; ``--write`` writes the figures into ``docs/performance.md``.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from zoneinfo import ZoneInfo

from benchmarks.customers import Customer
from benchmarks.page import PERFORMANCE, commit, put
from bot.local_telegram import Event, LocalTelegram
from storage import schema
from storage.engine import Store, open_store
from storage.models import Access, Announcement, Audience, Chat, ChatLink, Proof
from storage.models import Customer as CustomerRow
from storage.repositories.hours import first_hour
from storage.rules.quiet_hours import QuietHours
from storage.vault import Vault
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)

CHATS = 3_000
CONVERSATIONS = 30
"""How many conversations the customer has before the broadcast."""
PAUSE = 1.0
"""Seconds between the customer's actions: nobody types faster."""

HIGHEST_PEAK = 30
HIGHEST_RATIO = 2.0
MARKS = "broadcast"

_UPDATES = 5
_SAVE = 3
"""The index of the update with *Salva*."""
_SECONDS_EACH = 15.0
"""The customer must finish at least one conversation in so many seconds of the broadcast."""
_ZONE = ZoneInfo("Europe/Rome")


@dataclass(frozen=True)
class Result:
    """The results of one run; waits in milliseconds, from an action to the bot's answer."""

    chats: int
    delivered: int
    doubled: int
    rejected_twice: int
    rejected: int
    peak: int
    seconds: float
    alone: tuple[float, ...]
    meanwhile: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times longer the customer waits during the broadcast, over all updates."""
        return _middle(self.meanwhile) / _middle(self.alone)

    @property
    def save_ratio(self) -> float:
        """The same for *Salva* alone."""
        return _middle(_saves(self.meanwhile)) / _middle(_saves(self.alone))

    @property
    def conversations(self) -> int:
        return len(self.meanwhile) // _UPDATES

    @property
    def missed(self) -> list[str]:
        """The targets that were missed."""
        least = max(1, int(self.seconds / _SECONDS_EACH))
        targets = {
            "all is delivered": self.delivered == self.chats,
            "nothing is delivered twice": self.doubled == 0,
            "nobody is rejected more than once": self.rejected_twice == 0,
            f"no second has more than {HIGHEST_PEAK}": self.peak <= HIGHEST_PEAK,
            f"submitting takes less than {HIGHEST_RATIO:.0f} times as long": (
                max(self.ratio, self.save_ratio) < HIGHEST_RATIO
            ),
            f"at least {least} readings are submitted meanwhile": self.conversations >= least,
        }
        return [target for target, is_met in targets.items() if not is_met]


def _middle(waits: Sequence[float]) -> float:
    return median(waits) * 1000


def _p95(waits: Sequence[float]) -> float:
    return quantiles(waits, n=20, method="inclusive")[-1] * 1000


def _saves(waits: Sequence[float]) -> Sequence[float]:
    return waits[_SAVE - 1 :: _UPDATES]


async def measure(chats: int = CHATS, conversations: int = CONVERSATIONS) -> Result:
    """One run."""
    with tempfile.TemporaryDirectory() as folder:
        key = Vault.new_key()
        url = f"sqlite+aiosqlite:///{folder}/sportello.db"
        store = open_store(url, Vault([key]))
        await schema.upgrade(store.engine)
        async with LocalTelegram(now=lambda: datetime.now(UTC)) as telegram:
            anna = telegram.add_person("Anna", language_code="it")
            await _prepare(store, anna.id)
            listeners = []
            for number in range(chats):
                person = telegram.add_person(f"P{number}", language_code="it")
                telegram.chat(person.id).started = True
                listeners.append(person.id)
            await _link_all(store, listeners)
            environment = {
                **os.environ,
                "TELEGRAM_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.api_url,
                "DATABASE_URL": url,
                "DATA_DIR": folder,
                "ENCRYPTION_KEY": key,
                "LINK_VERIFICATION": "none",
                "ACQUISITION_INTERVAL": "24h",
                "QUIET_HOURS": "0-0",
            }
            async with _running(environment):
                result = await _run(
                    telegram, store, Customer(telegram, anna), listeners, conversations
                )
        await store.close()
    return result


async def _run(
    telegram: LocalTelegram,
    store: Store,
    customer: Customer,
    listeners: list[int],
    conversations: int,
) -> Result:
    heard = dict.fromkeys(listeners, 0)
    last = 0.0

    def listen(event: Event) -> None:
        nonlocal last
        if event.kind == "message" and event.from_bot and event.chat_id in heard:
            heard[event.chat_id] += 1
            last = time.perf_counter()

    telegram.subscribe(listen)
    await customer.converse(3)  # until it is up and warm
    telegram.flood.enabled = True
    alone = await _chat(customer, conversations)
    telegram.calls.clear()
    telegram.flood.reset()
    await _announce(store)
    begun = time.perf_counter()
    while not any(heard.values()):  # noqa: ASYNC110  # what is heard has no event of its own
        await asyncio.sleep(0.01)
    meanwhile: list[float] = []
    while not all(heard.values()) and time.perf_counter() - begun < 60 + len(listeners) / 5:
        meanwhile += await _chat(customer, 1)
    calls = telegram.calls
    refused = [call.chat_id for call in calls if call.status == 429]
    return Result(
        chats=len(listeners),
        delivered=sum(number > 0 for number in heard.values()),
        doubled=sum(number > 1 for number in heard.values()),
        rejected=len(refused),
        rejected_twice=len(refused) - len(set(refused)),
        peak=calls.peak(),
        seconds=last - begun,
        alone=tuple(alone),
        meanwhile=tuple(meanwhile),
    )


async def _chat(customer: Customer, conversations: int) -> list[float]:
    """How long the customer waited for each answer, in seconds."""
    customer.waits.clear()
    for _ in range(conversations):
        await customer.converse(1, pause=PAUSE)
    return list(customer.waits)


async def _prepare(store: Store, chat_id: int) -> None:
    now = datetime.now(UTC)
    await add_open_window(store, now)
    customer = await add_customer(store, "999999")
    point = await add_gas_point(store, customer)
    await add_reading(store, point, (now - timedelta(days=31)).date(), 44_870)
    await link_chat(store, chat_id, customer, now)


async def _link_all(store: Store, chats: list[int]) -> None:
    """Create a customer with electricity for each chat, in one transaction."""
    now = datetime.now(UTC)
    async with store.unit() as unit:
        customers = [
            CustomerRow(code=f"{number:06d}", name="Prova", address="Via Prova")
            for number in range(len(chats))
        ]
        unit.session.add_all(customers)
        unit.session.add_all(
            Chat(id=chat_id, first_seen_at=now, last_seen_at=now) for chat_id in chats
        )
        await unit.session.flush()
        unit.session.add_all(
            ChatLink(
                chat_id=chat_id,
                customer_id=customer.id,
                access=Access.FULL,
                proof=Proof.MAILED_CODE,
                linked_at=now,
            )
            for chat_id, customer in zip(chats, customers, strict=True)
        )
        await unit.commit()


async def _announce(store: Store) -> None:
    now = datetime.now(UTC)
    announcement = Announcement(
        digest="0" * 64,
        audience=Audience.ALL,
        text="Gli uffici sono <b>chiusi</b> dal 24/12 al 6/1. Buone feste!",
        made_at=now,
    )
    async with store.unit() as unit:
        unit.session.add(announcement)
        await unit.commit()
    after: int | None = None
    while True:
        async with store.unit() as unit:
            found = await unit.announcements.queue_next(
                announcement,
                (),
                after=after,
                not_before=first_hour(now, QuietHours.parse("0-0"), [], _ZONE),
                not_after=now + timedelta(days=1),
                at_once=False,
                today=now.date(),
                now=now,
            )
            await unit.commit()
        if found is None:
            return
        after = found[0]


@asynccontextmanager
async def _running(environment: dict[str, str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def told(result: Result) -> str:
    """The results in the form of the page."""
    lines = [
        f"Announcement to {result.chats} chats, flood limits on",
        f"  delivered             {result.delivered:>8}",
        f"  delivered twice       {result.doubled:>8}",
        f"  rejected (429)        {result.rejected:>8}",
        f"  … more than once      {result.rejected_twice:>8}",
        f"  peak in any second    {result.peak:>8}",
        f"  messages a second     {result.delivered / result.seconds:>8.1f}",
        f"  seconds               {result.seconds:>8.1f}",
        f"A reading submitted and taken back, meanwhile {result.conversations} times",
        "                          median       95 %",
    ]
    for name, of in (("each answer", tuple), ("Salva alone", _saves)):
        for when, waits in (("alone", result.alone), ("meanwhile", result.meanwhile)):
            some = of(waits)
            lines.append(f"  {name}, {when:<9} {_middle(some):>8.1f} ms {_p95(some):>7.1f} ms")
    lines.append(f"  longer by             ×{result.ratio:.2f} (Salva ×{result.save_ratio:.2f})")
    lines += [f"MISSED: {target}" for target in result.missed]
    return "\n".join(lines)


async def block(chats: int, conversations: int) -> str:
    """Do one run and return the results for the page, with missed targets."""
    return f"```\n{told(await measure(chats, conversations))}\n```"


def main() -> int:
    """Do one run, print it and, if requested, write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=CHATS)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    given = parser.parse_args()
    at = commit()  # before the page is written, which changes the tree
    result = asyncio.run(measure(given.chats, given.conversations))
    text = told(result)
    print(text)
    if given.write:
        day = datetime.now(UTC).date()
        put(MARKS, f"Commit `{at}`, {day:%d/%m/%Y}.\n\n```\n{text}\n```", page=PERFORMANCE)
    return 1 if result.missed else 0


if __name__ == "__main__":
    sys.exit(main())
