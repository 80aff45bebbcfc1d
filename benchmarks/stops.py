"""How fast the bot stops, and how fast a second one takes over from a dead one.

It is stopped during a conversation, and while Telegram does not answer. On PostgreSQL, the second
takes over from a killed one, and from one that hangs, which closes no connection.

    python -m benchmarks.stops [--write]
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.page import commit, put
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.load import busy_counter

WAYS = {"polling": False, "webhook": True}


async def stop(
    databases: SqliteDatabases | PostgresDatabases, *, webhook: bool, hang: bool
) -> float:
    """Seconds from SIGTERM until the process is gone."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(databases.fresh(folder))
        load = await stack.enter_async_context(
            busy_counter(url, folder, people=1, points=1, seed=1, webhook=webhook)
        )
        bot, (anna,) = load.bot(), load.customers
        await bot.start()
        anna.write("/autolettura")
        await anna.until("Lettura contatore")
        if hang:
            fault = load.telegram.faults.fail("hang", times=None)
            anna.write("45000")
            while not fault.happened:  # noqa: ASYNC110  # a fault sends no word
                await asyncio.sleep(0.01)
        begun = time.monotonic()
        await bot.terminate()
        taken = time.monotonic() - begun
        load.telegram.faults.clear()
        return taken


async def takeover(databases: PostgresDatabases, *, hang: bool) -> float:
    """Seconds from the end of the first bot until the second serves."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(databases.fresh(folder))
        load = await stack.enter_async_context(
            busy_counter(url, folder, people=1, points=1, seed=1)
        )
        first, second = load.bot(), load.bot()
        await first.start()
        await first.logged('"serving"')
        await second.start()
        await second.logged('"standing_by"')
        begun = time.monotonic()
        if hang:
            first.freeze()
        else:
            await first.kill()
        await second.logged('"serving"')
        taken = time.monotonic() - begun
        if hang:
            first.thaw()
        return taken


async def measure() -> list[tuple[str, float]]:
    """Each case with its seconds."""
    found: list[tuple[str, float]] = []
    postgres = PostgresDatabases()
    with tempfile.TemporaryDirectory() as name:
        kinds: dict[str, SqliteDatabases | PostgresDatabases]
        kinds = {"SQLite": SqliteDatabases(Path(name)), "PostgreSQL": postgres}
        try:
            for kind, databases in kinds.items():
                for way, webhook in WAYS.items():
                    for hang, words in ((False, ""), (True, ", Telegram does not answer")):
                        seconds = await stop(databases, webhook=webhook, hang=hang)
                        found.append((f"stop, {kind}, {way}{words}", seconds))
            for hang, words in ((False, "was killed"), (True, "hangs")):
                seconds = await takeover(postgres, hang=hang)
                found.append((f"takeover, PostgreSQL, from one that {words}", seconds))
        finally:
            postgres.stop()
    return found


def main() -> None:
    """Do one run, print it and, if requested, write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/trust.md")
    write = parser.parse_args().write
    at = commit()
    rows = [f"| {words} | {seconds:.1f} |" for words, seconds in asyncio.run(measure())]
    table = "\n".join(["| | seconds |", "|---|---:|", *rows])
    print(table)
    if write:
        put("stops", f"Run on {datetime.now(UTC):%d %B %Y} at commit `{at}`.\n\n{table}")


if __name__ == "__main__":
    main()
