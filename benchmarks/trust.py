"""Everything that could make the service lose or double something, in one run.

Customers submit and cancel readings while the bot is killed and restarted, while calls to Telegram
fail in every way, and while updates are repeated, late and out of order; by polling and by webhook,
on SQLite and on PostgreSQL. At the end, what customers were told, what the store holds and what the
company's files contain must agree. Then the faults are tried one by one (``tests/faults``) and
whole chats are fuzzed (``tests/fuzz``). The figures are written into ``docs/trust.md``.

    python -m benchmarks.trust [--seconds 150] [--people 6] [--seed 1] [--plays 40]
"""

import argparse
import asyncio
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psutil

from benchmarks.page import ROOT, commit, put
from bot.local_telegram import LocalTelegram
from bot.local_telegram.faults import FaultKind
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.load import Load, busy_counter
from tests.support.process import RunningBot, sportello

SECONDS = 150
PEOPLE = 6
POINTS = 2_000
"""More points than a customer can read in the time."""
CALM = 4.0
"""The most seconds between two kills."""

FAULTS: tuple[tuple[FaultKind, int, float], ...] = (
    ("status", 500, 0.03),
    ("status", 502, 0.03),
    ("status", 429, 0.005),  # it pauses everything for a second
    ("cut", 0, 0.03),
    ("cut_after", 0, 0.03),
    ("hang", 0, 0.0005),  # the bot waits twenty seconds for each
)


@dataclass
class Trial:
    """The results of one way of delivery on one database."""

    database: str
    delivery: str
    seed: int
    seconds: float = 0
    updates: int = 0
    delivered_twice: int = 0
    kills: int = 0
    faults: int = 0
    confirmed: int = 0
    in_store: int = 0
    cancelled: int = 0
    acquired: int = 0
    in_files: int = 0
    doubled: int = 0


@dataclass
class Report:
    """The results of the whole run."""

    trials: list[Trial] = field(default_factory=list)
    commit: str = ""
    faults_tried: int = 0
    faults_failed: int = 0
    fuzz: dict[str, Any] = field(default_factory=dict)


async def run(seconds: float, people: int, seed: int) -> list[Trial]:
    """Kill, fail, repeat and reorder, with every way of delivery and database."""
    trials = []
    for database in ("SQLite", "PostgreSQL"):
        for delivery in ("polling", "webhook"):
            trial = Trial(database, delivery, seed)
            with tempfile.TemporaryDirectory(prefix="sportello-trust-") as name:
                await _try(trial, Path(name), seconds, people)
            trials.append(trial)
            print(f"{database}, {delivery}: {trial}", flush=True)
    return trials


async def _try(trial: Trial, folder: Path, seconds: float, people: int) -> None:
    async with AsyncExitStack() as stack:
        if trial.database == "SQLite":
            (folder / "template").mkdir()
            made: SqliteDatabases | PostgresDatabases = SqliteDatabases(folder / "template")
        else:
            made = PostgresDatabases(durable=True)
            stack.callback(made.stop)
        url = await stack.enter_async_context(made.fresh(folder))
        load = await stack.enter_async_context(
            busy_counter(
                url,
                folder,
                people=people,
                points=POINTS,
                seed=trial.seed,
                webhook=trial.delivery == "webhook",
                acquisition_interval="2s",
            )
        )
        await _shake(trial, load, seconds)


async def _shake(trial: Trial, load: Load, seconds: float) -> None:
    chance = random.Random(trial.seed)
    bot = load.bot()
    await bot.start()
    begun = time.monotonic()
    ends = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for customer in load.customers:
            group.create_task(customer.live(ends))
        await load.progress(by=1)
        _switch_on(load.telegram, trial.seed)
        while time.monotonic() - begun < seconds:
            await _kill(bot, load, chance)
        trial.faults = sum(fault.happened for fault in load.telegram.faults.faults)
        load.telegram.faults.clear()
        await load.progress(by=1)
        ends.set()
    code, _, errors = await sportello(load.settings, load.folder, "acquire")
    if code:
        raise RuntimeError(errors)
    await load.settle()
    balance = await load.check()
    trial.seconds = time.monotonic() - begun
    trial.updates = load.updates
    trial.delivered_twice = load.telegram.faults.happened
    trial.kills = bot.kills
    trial.confirmed = balance.confirmed
    trial.in_store = balance.in_store
    trial.cancelled = balance.cancelled
    trial.acquired = balance.acquired
    trial.in_files = balance.in_files
    trial.doubled = balance.doubled + balance.in_store - balance.confirmed


def _switch_on(telegram: LocalTelegram, seed: int) -> None:
    telegram.faults.reseed(seed)
    telegram.faults.duplicate_updates(probability=0.2, late=True)
    telegram.faults.reorder_updates()
    for kind, status, probability in FAULTS:
        telegram.faults.fail(kind, times=None, probability=probability, status=status or 500)


async def _kill(bot: RunningBot, load: Load, chance: random.Random) -> None:
    """Kill it while it starts, or after as many more readings as there are customers."""
    if chance.random() < 0.3:
        await asyncio.sleep(chance.uniform(0.3, 3))
    else:
        await load.progress(by=len(load.customers))
        await asyncio.sleep(chance.uniform(0, CALM))
    await bot.kill()
    await bot.start()


def try_faults_one_by_one() -> tuple[int, int]:
    """Run ``tests/faults``; return how many tests there were, and how many failed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faults.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--all", "tests/faults", f"--junitxml={file}"],
            cwd=ROOT,
            check=False,
        )
        suites = ET.parse(file).getroot().iter("testsuite")
        counts = [
            (int(each.get("tests", 0)), int(each.get("failures", 0)) + int(each.get("errors", 0)))
            for each in suites
        ]
    return sum(tests for tests, _ in counts), sum(failed for _, failed in counts)


def fuzz(plays: int, seed: int) -> dict[str, Any]:
    """Fuzz whole chats with restarts at any moment; return the figures of ``tests/fuzz``."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fuzz.json"
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "tests/fuzz",
                f"--fuzz-plays={plays}",
                f"--fuzz-seed={seed}",
                f"--fuzz-figures={file}",
            ],
            cwd=ROOT,
            check=True,
        )
        figures: dict[str, Any] = json.loads(file.read_text())
    return figures


# -- the page --


def table(report: Report) -> str:
    """The figures in the form of the page."""
    trials = report.trials
    minutes = sum(trial.seconds for trial in trials) / 60
    about = (
        f"Run on {datetime.now(UTC):%d %B %Y} at commit `{report.commit}`, "
        f"{psutil.cpu_count()} cores, Python {platform.python_version()}, "
        f"seed {trials[0].seed}, {minutes:.0f} minutes of load."
    )
    lines = [
        about,
        "",
        *_rows(
            ["", *(f"{trial.database}, {trial.delivery}" for trial in trials), "all"],
            [
                [what, *(getattr(trial, name) for trial in trials), _sum(trials, name)]
                for what, name in _ROWS
            ],
        ),
    ]
    besides = [
        *_tried(report),
        *([f"fuzzing: {what}", value] for what, value in _fuzzed(report)),
    ]
    if besides:
        lines += ["", *_rows(["besides", "figure"], besides)]
    return "\n".join(lines)


_ROWS = (
    ("updates sent by customers", "updates"),
    ("… delivered twice, the second time late", "delivered_twice"),
    ("`kill -9`, and a start after each", "kills"),
    ("calls to Telegram that failed on purpose", "faults"),
    ("readings confirmed to customers", "confirmed"),
    ("readings found in the store", "in_store"),
    ("… cancelled by customers", "cancelled"),
    ("… acquired", "acquired"),
    ("readings found in the company's files", "in_files"),
    ("**duplicates, in the store or in the files**", "doubled"),
)


def _sum(trials: Iterable[Trial], name: str) -> int:
    return sum(getattr(trial, name) for trial in trials)


def _tried(report: Report) -> list[list[object]]:
    if not report.faults_tried:
        return []
    return [
        ["faults tried one by one (`tests/faults`)", report.faults_tried],
        ["… of which failed", report.faults_failed],
    ]


def _fuzzed(report: Report) -> list[tuple[str, object]]:
    return [
        (name.replace("_", " "), str(value) if name == "seed" else value)
        for name, value in report.fuzz.items()
    ]


def _rows(head: list[str], rows: list[list[object]]) -> list[str]:
    cells = [[_cell(each) for each in row] for row in rows]
    return [
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
        *("| " + " | ".join(row) + " |" for row in cells),
    ]


def _cell(value: object) -> str:
    if isinstance(value, float):
        value = round(value)
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)


def agrees(report: Report) -> bool:
    """Whether nothing was lost or doubled, and no test failed."""
    return not report.faults_failed and all(
        trial.doubled == 0
        and trial.confirmed == trial.in_store
        and trial.acquired == trial.in_files == trial.in_store - trial.cancelled
        for trial in report.trials
    )


def _tell(report: Report, *, dry: bool) -> None:
    print(table(report), flush=True)
    if not dry:
        put("figures", table(report))


def main() -> None:
    """Run everything, write the page, and end with 1 if the figures do not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each of four trials")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--plays", type=int, default=40, help="of the fuzzing; 0 leaves it out")
    parser.add_argument("--no-faults", action="store_true", help="leaves tests/faults out")
    parser.add_argument("--dry", action="store_true", help="prints the table, writes no page")
    given = parser.parse_args()
    at = commit()  # before the page is written, which changes the tree
    trials = asyncio.run(run(given.seconds, given.people, given.seed))
    report = Report(trials, at)
    _tell(report, dry=given.dry)  # written now, in case the rest fails
    if given.plays:
        report.fuzz = fuzz(given.plays, given.seed)
        _tell(report, dry=given.dry)
    if not given.no_faults:
        report.faults_tried, report.faults_failed = try_faults_one_by_one()
        _tell(report, dry=given.dry)
    if not agrees(report):
        sys.exit("the figures do not agree")


if __name__ == "__main__":
    main()
