"""The time from a command to the first ``getUpdates``, and the memory of an idle bot."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from benchmarks.bots import Way
from benchmarks.conversations import BARE, OURS, PLAIN, databases_of, started
from benchmarks.figures import Figure, table
from tests.support.databases import KINDS

_REST = 3.0
_IMPORTS = """
import os, time, telegram.ext, sqlalchemy.ext.asyncio
pages = int(open("/proc/self/statm").read().split()[1])
print(time.process_time(), pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
"""


@dataclass(frozen=True)
class Start:
    """One start: the time to the first ``getUpdates``, and the memory some seconds later."""

    cpu: float
    mib: float


async def measure(*, rounds: int, names: Sequence[str] = (BARE, PLAIN, OURS)) -> str:
    """The start of each bot, beside the imports that all of them share."""
    least = "imports"
    runs: dict[str, list[Start]] = {name: [] for name in (least, *names)}
    with databases_of(KINDS[0]) as databases:
        for _ in range(rounds):
            runs[least].append(await _imported())
            for name in names:
                async with AsyncExitStack() as stack:
                    bot = await started(name, Way.POLLING, databases, stack, 1)
                    cpu = bot.cost().cpu_seconds
                    await asyncio.sleep(_REST)
                    runs[name].append(Start(cpu, bot.cost().own_mib))
    imports = Figure(tuple(run.cpu for run in runs[least]))
    rows = []
    for name, of in runs.items():
        seconds = Figure(tuple(run.cpu for run in of))
        memory = Figure(tuple(run.mib for run in of))
        ratio = "" if name == least else f"×{seconds.over(imports).shown(2)}"
        rows.append([name, seconds.shown(2), ratio, memory.shown(0)])
    return table(("", "CPU s to the first `getUpdates`", "ratio", "MiB at rest"), rows)


async def _imported() -> Start:
    """The imports of python-telegram-bot and SQLAlchemy, with the interpreter's start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _IMPORTS, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    cpu, mib = told.decode().split()
    return Start(float(cpu), float(mib))
