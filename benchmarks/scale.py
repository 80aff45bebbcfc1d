"""The same conversation with a thousand customers and with a million.

There is a database and a bot for each number of customers; all run at once and are measured in
turn. Most customers are copies of one, whose sealed columns are never opened; the few that write
are real ones.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.engine import make_url

from benchmarks.bots import Bot, Way, prepare_sportello, running
from benchmarks.conversations import Run, busy, databases_of
from benchmarks.fake_telegram import SUBMIT_AND_CANCEL, Step
from benchmarks.figures import Figure, table
from bot.application import build_services
from bot.clock import SystemClock
from bot.jobs.reminders import RemindersJob
from bot.settings import Settings
from storage.engine import open_store
from storage.models import ChatLink, Invoice, InvoiceState, Withdrawal
from storage.vault import Vault
from tests.support.databases import KINDS
from tests.support.factories import add_customer, add_gas_point, add_reading, link_chat

USERS = 10
_FIRST_CHAT = 1_000
_MANY_CHATS = 10_000_000
LISTS = {
    "readings": Step("/letture", awaits=None),
    "supply points": Step("/fornitura", awaits=None),
    "invoices": Step("/fatture", awaits=None),
    "withdrawals": Step("/prelievi", awaits=None),
}
_COPIED: tuple[tuple[str, dict[str, str]], ...] = (
    ("customers", {"id": "n", "code": "printf('x%05x', n)", "tax_code_hash": "printf('%064x', n)"}),
    (
        "supply_points",
        {"id": "n", "code": "printf('%014d', 30000000000000 + n)", "customer_id": "n"},
    ),
    ("supplies", {"id": "NULL", "supply_point_id": "n", "customer_id": "n"}),
    ("readings", {"id": "NULL", "supply_point_id": "n"}),
    ("chats", {"id": f"{_MANY_CHATS} + n"}),
    ("chat_links", {"id": "NULL", "chat_id": f"{_MANY_CHATS} + n", "customer_id": "n"}),
    ("invoices", {"id": "NULL", "customer_id": "n", "number": "printf('F%07d', n)"}),
    ("withdrawals", {"supply_point_id": "n"}),
)
"""The tables that grow, and what differs between copies: the customer's number *n*."""


async def measure(*, sizes: Sequence[int], rounds: int, seconds: float) -> str:
    """The table, a row for each number of customers."""
    submits: dict[int, list[Run]] = {size: [] for size in sizes}
    lists: dict[tuple[int, str], list[float]] = {}
    ticks: dict[int, float] = {}
    with databases_of(KINDS[0]) as databases:
        async with AsyncExitStack() as stack:
            bots: dict[int, Bot] = {}
            for size in sizes:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                url = await stack.enter_async_context(databases.fresh(folder))
                environment = await _populated(url, folder, size)
                ticks[size] = await _tick(environment)
                bots[size] = await stack.enter_async_context(
                    running(str(size), "benchmarks.unpaced", Way.POLLING, environment)
                )
                await busy(bots[size], USERS, 2)
            for _ in range(rounds):
                for size, bot in bots.items():
                    submits[size].append(await busy(bot, USERS, seconds, SUBMIT_AND_CANCEL))
                    for name, step in LISTS.items():
                        run = await busy(bot, USERS, seconds / len(LISTS), [step])
                        lists.setdefault((size, name), []).append(run.cpu_ms)
    rows = []
    for size in sizes:
        speed = Figure(tuple(run.per_second for run in submits[size]))
        first = Figure(tuple(run.per_second for run in submits[sizes[0]]))
        cpu = Figure(tuple(run.cpu_ms for run in submits[size]))
        rows.append(
            [
                *(f"{size:,}", speed.shown(), f"×{speed.over(first).shown(2)}", cpu.shown(2)),
                *(Figure(tuple(lists[size, name])).shown(2) for name in LISTS),
                f"{ticks[size] * 1000:.1f}",
            ]
        )
    head = ("customers", "conversations/s", "ratio", "CPU ms/update")
    return table((*head, *(f"{name}: CPU ms" for name in LISTS), "reminders' tick ms"), rows)


async def _populated(url: str, folder: Path, size: int) -> dict[str, str]:
    """Fill a database with so many customers, including ``USERS`` who write."""
    key = Vault.new_key()
    store = open_store(url, Vault([key]))
    now = datetime.now(UTC)
    customer = await add_customer(store, "000001")
    point = await add_gas_point(store, customer)
    await add_reading(store, point, date(2026, 1, 1), 44_870)
    await link_chat(store, _MANY_CHATS, customer, now)
    async with store.unit() as unit:
        unit.session.add(_invoice(customer.id, "F0000000", now))
        unit.session.add(Withdrawal(supply_point_id=point.id, year=2026, month=1, smc=None))
        await unit.commit()
    await store.close()
    await asyncio.to_thread(_copy, make_url(url).database or "", size)
    people = range(_FIRST_CHAT, _FIRST_CHAT + USERS)
    environment = await prepare_sportello(url, folder, people, key=key, reminds=False)
    store = open_store(url, Vault([key]))
    async with store.unit() as unit:
        writing = select(ChatLink.customer_id).where(ChatLink.chat_id.in_(people))
        for number, customer_id in enumerate((await unit.session.scalars(writing)).all()):
            unit.session.add(_invoice(customer_id, f"P{number}", now))
        await unit.commit()
    await store.close()
    return environment


def _invoice(customer_id: int, number: str, now: datetime) -> Invoice:
    return Invoice(
        customer_id=customer_id,
        number=number,
        day=date(2026, 1, 1),
        due=date(2026, 2, 1),
        amount_cents=8_420,
        state=InvoiceState.PAID,
        listed_at=now,
        told_at=now,
    )


def _copy(path: str, size: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        connection.row_factory = sqlite3.Row
        with connection:
            for name, changed in _COPIED:
                template = connection.execute(f"SELECT * FROM {name} LIMIT 1").fetchone()
                columns = template.keys()
                values = [changed.get(column, f"template.{column}") for column in columns]
                connection.execute(
                    "WITH RECURSIVE numbers (n) AS"
                    " (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
                    f" INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(values)}"
                    f" FROM numbers CROSS JOIN (SELECT * FROM {name} LIMIT 1) AS template",
                    (size,),
                )
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _tick(environment: dict[str, str]) -> float:
    """Seconds of the second run of the reminders' job, with nothing due."""
    settings = Settings(
        database_url=environment["DATABASE_URL"],
        encryption_key=(SecretStr(environment["ENCRYPTION_KEY"]),),
    )
    store = open_store(settings.database_url, settings.vault())
    job = RemindersJob(store, build_services(settings, SystemClock()))
    await job.run()
    begun = time.perf_counter()
    await job.run()
    took = time.perf_counter() - begun
    await store.close()
    return took
