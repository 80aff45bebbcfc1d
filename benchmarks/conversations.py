"""Submitting and cancelling a reading: Sportello, a plain bot, and a bare echo.

All bots of a comparison run at once, each in its own process with its own fake Telegram; they are
measured in turn while the others are idle. A figure is the median of the rounds; a ratio is
computed within each round.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bots import Bot, Way, prepare_plain, prepare_sportello, running
from benchmarks.fake_telegram import ECHO, SUBMIT_AND_CANCEL, Step
from benchmarks.figures import Figure, percentile, table
from tests.support.databases import KINDS, PostgresDatabases, SqliteDatabases

USERS = (1, 10, 100)
PLAIN, OURS, BARE = "plain", "Sportello", "echo"
_MODULES = {
    PLAIN: "benchmarks.plain_bot",
    OURS: "benchmarks.unpaced",
    BARE: "benchmarks.echo_bot",
}
_FIRST_CHAT = 1_000
_WARM_SECONDS = 2.0
Databases = SqliteDatabases | PostgresDatabases


@dataclass(frozen=True)
class Run:
    """The results of one bot in one round."""

    per_second: float
    """Conversations."""
    cpu_ms: float
    """CPU time per update, of the bot's process and its children."""
    p50_ms: float
    p99_ms: float
    own_mib: float
    all_mib: float


@dataclass(frozen=True)
class Comparison:
    """The rounds of each bot, by name and by number of concurrent users."""

    way: Way
    database: str
    runs: dict[tuple[str, int], list[Run]]

    def figure(self, name: str, users: int, field: str) -> Figure:
        """One field of the runs of a bot."""
        return Figure(tuple(getattr(run, field) for run in self.runs[name, users]))

    def rows(self) -> list[list[str]]:
        """The rows of the table, for each bot and number of users."""
        rows = []
        for name, users in self.runs:
            speed = self.figure(name, users, "per_second")
            plain = self.figure(PLAIN, users, "per_second")
            p50, p99 = (self.figure(name, users, field) for field in ("p50_ms", "p99_ms"))
            rows.append(
                [
                    f"{self.way.value}, {self.database}",
                    str(users),
                    name,
                    speed.shown(),
                    "" if name == PLAIN else f"×{speed.over(plain).shown(2)}",
                    self.figure(name, users, "cpu_ms").shown(2),
                    f"{p50.middle:.1f}",
                    f"{p99.middle:.1f}",
                    f"×{p99.middle / p50.middle:.1f}",
                    f"{self.figure(name, users, 'own_mib').middle:.0f}",
                ]
            )
        return rows


HEAD = (
    "way, database",
    "users",
    "bot",
    "conversations/s",
    "ratio",
    "CPU ms/update",
    "p50 ms",
    "p99 ms",
    "p99/p50",
    "MiB",
)


async def compare(
    way: Way,
    databases: Databases,
    *,
    rounds: int,
    seconds: float,
    names: Sequence[str] = (PLAIN, OURS, BARE),
    users: Sequence[int] = USERS,
) -> Comparison:
    """Measure each bot in turn: *rounds* of *seconds* each, for each number of *users*."""
    runs: dict[tuple[str, int], list[Run]] = {}
    async with AsyncExitStack() as stack:
        bots = [await started(name, way, databases, stack, max(users)) for name in names]
        for bot in bots:
            await busy(bot, min(10, max(users)), _WARM_SECONDS)
        for number in users:
            for _ in range(rounds):
                for bot in bots:
                    runs.setdefault((bot.name, number), []).append(await busy(bot, number, seconds))
    return Comparison(way, name_of(databases), runs)


async def started(
    name: str, way: Way, databases: Databases, stack: AsyncExitStack, people: int
) -> Bot:
    """A running bot of that name with its own database, which knows so many people."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    chats = range(_FIRST_CHAT, _FIRST_CHAT + people)
    environment: dict[str, str] = {}
    if name != BARE:
        url = await stack.enter_async_context(databases.fresh(folder, migrated=name == OURS))
        if name == OURS:
            environment = await prepare_sportello(url, folder, chats)
        else:
            environment = await prepare_plain(url, chats)
    return await stack.enter_async_context(running(name, _MODULES[name], way, environment))


async def busy(bot: Bot, users: int, seconds: float, steps: Sequence[Step] | None = None) -> Run:
    """Let *users* chat at once, each as fast as it is answered, for about *seconds*."""
    steps = steps or (ECHO if bot.name == BARE else SUBMIT_AND_CANCEL)
    people = [bot.telegram.person(number) for number in range(users)]
    for person in people:
        person.waits.clear()
    before = bot.cost()
    begun = time.perf_counter()

    async def until_late(number: int) -> None:
        while time.perf_counter() - begun < seconds:
            await people[number].converses(steps, 1)

    await asyncio.gather(*(until_late(number) for number in range(users)))
    took = time.perf_counter() - begun
    after = bot.cost()
    waits = [wait for person in people for wait in person.waits]
    return Run(
        per_second=len(waits) / len(steps) / took,
        cpu_ms=(after.cpu_seconds - before.cpu_seconds) * 1000 / len(waits),
        p50_ms=percentile(waits, 50) * 1000,
        p99_ms=percentile(waits, 99) * 1000,
        own_mib=after.own_mib,
        all_mib=after.all_mib,
    )


async def measure(
    *,
    rounds: int,
    seconds: float,
    ways: Sequence[Way] = tuple(Way),
    kinds: Sequence[str] = KINDS,
    names: Sequence[str] = (PLAIN, OURS, BARE),
    users: Sequence[int] = USERS,
) -> str:
    """The table of the given ways and databases."""
    rows: list[list[str]] = []
    for kind in kinds:
        with databases_of(kind) as databases:
            for way in ways:
                bare = way is Way.POLLING and kind == KINDS[0]  # the echo has no database
                found = await compare(
                    way,
                    databases,
                    rounds=rounds,
                    seconds=seconds,
                    names=[name for name in names if bare or name != BARE],
                    users=users,
                )
                rows += found.rows()
    return table(HEAD, rows)


def name_of(databases: Databases) -> str:
    """The database's name for the page."""
    return "SQLite" if isinstance(databases, SqliteDatabases) else "PostgreSQL"


@contextmanager
def databases_of(kind: str) -> Iterator[Databases]:
    """SQLite files, or a PostgreSQL server with durable commits."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield SqliteDatabases(Path(folder))
        return
    server = PostgresDatabases(durable=True)
    try:
        yield server
    finally:
        server.stop()
