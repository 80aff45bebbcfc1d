"""Customers in a busy hour, with charts, an import and an acquisition at the same time.

It measures the longest block of the service's event loop, and how long customers waited: first with
nothing else running, then while fifty charts are drawn, another process imports a long file, and as
many readings are acquired.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.bots import Bot, Way, prepare_sportello, running
from benchmarks.conversations import Run, busy, databases_of, name_of
from benchmarks.exchange import submitted
from benchmarks.figures import table
from benchmarks.import_million import write_files
from storage.engine import open_store
from storage.vault import Vault
from tests.support.databases import KINDS
from tests.support.factories import VAT_NUMBER

USERS = 10
_FIRST_CHAT = 1_000
_SLICE = 2.0
_LONGEST = 150.0
_ALL = {"acquisition", "charts", "import"}


async def measure(*, rows: int) -> str:
    """The table for both databases."""
    found = []
    for kind in KINDS:
        found += await _on(kind, rows)
    head = ("database", "meanwhile", "updates/s", "p50 ms", "p99 ms", "p99", "longest stall ms")
    return table(head, found)


async def _on(kind: str, rows: int) -> list[list[str]]:
    async with AsyncExitStack() as stack:
        databases = stack.enter_context(databases_of(kind))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(databases.fresh(folder))
        environment = await prepare_sportello(url, folder, range(_FIRST_CHAT, _FIRST_CHAT + USERS))
        store = open_store(url, Vault([environment["ENCRYPTION_KEY"]]))
        await submitted(store, rows, code="900000", now=datetime.now(UTC))
        await store.close()
        await asyncio.to_thread(write_files, folder, rows)
        await _import(environment, folder / "clienti.csv", folder / "punti.csv")
        notes = folder / "notes.json"
        environment |= {"BENCHMARK_NOTES": str(notes), "COMPANY_VAT": VAT_NUMBER}
        bot = await stack.enter_async_context(
            running("Sportello", "benchmarks.unpaced", Way.POLLING, environment)
        )
        await busy(bot, USERS, _SLICE)
        await _notes(bot, notes)
        quiet = await busy(bot, USERS, 4 * _SLICE)
        stood = await _notes(bot, notes)
        bot.process.send_signal(signal.SIGUSR1)
        importing = asyncio.create_task(_import(environment, folder / "letture.csv"))
        done: set[str] = set()
        worst = 0.0
        waits: list[Run] = []
        begun = time.perf_counter()
        while done != _ALL and time.perf_counter() - begun < _LONGEST:
            waits.append(await busy(bot, USERS, _SLICE))
            told = await _notes(bot, notes)
            worst = max(worst, told["worst_ms"])
            done |= {*told["done"], *(["import"] if importing.done() else [])}
        await importing
        left = ", ".join(sorted(_ALL - done))
    name = name_of(databases)
    p99 = sorted(run.p99_ms for run in waits)[len(waits) // 2]
    p50 = sorted(run.p50_ms for run in waits)[len(waits) // 2]
    speed = sum(run.per_second for run in waits) / len(waits) * 5
    beside = f"charts, import, acquisition{f' (unfinished: {left})' if left else ''}"
    return [
        [name, "nothing", *_row(quiet), "", f"{stood['worst_ms']:.0f}"],
        [
            *(name, beside, f"{speed:.0f}", f"{p50:.1f}", f"{p99:.1f}"),
            *(f"×{p99 / quiet.p99_ms:.2f}", f"{worst:.0f}"),
        ],
    ]


def _row(run: Run) -> list[str]:
    return [f"{run.per_second * 5:.0f}", f"{run.p50_ms:.1f}", f"{run.p99_ms:.1f}"]


async def _import(environment: dict[str, str], *paths: Path) -> None:
    """Run ``sportello import``, as an operator does beside the service."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "import", *map(str, paths)),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait():
        raise RuntimeError("the import was refused")


async def _notes(bot: Bot, path: Path) -> dict[str, Any]:
    """What the service has recorded since it was last asked."""
    bot.process.send_signal(signal.SIGUSR2)
    while (notes := _taken(path)) is None:  # noqa: ASYNC110 - a file of another process's
        await asyncio.sleep(0.01)
    return notes


def _taken(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    notes: dict[str, Any] = json.loads(path.read_text())
    path.unlink()
    return notes
