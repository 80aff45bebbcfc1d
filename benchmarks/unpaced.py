"""The service without Telegram's limits per chat, which the plain bot does not keep either.

It also accepts an immediate tap on *Cancella*: customers here tap as fast as they are answered.

The comparison is about the work of both; the pace has a benchmark of its own. On request it does
other work beside the customers, and reports how long its event loop was blocked: ``SIGUSR1`` draws
fifty charts and runs an acquisition, ``SIGUSR2`` writes what has happened since the last time into
the file that ``BENCHMARK_NOTES`` names.
"""

import asyncio
import json
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

from bot.application import Service
from bot.commands.runtime import work
from bot.counter.flood import FloodGuard
from bot.counter.pace import Pace
from bot.drawing import DrawingWorkers
from bot.settings import Settings
from conversations.kit.views import Made
from conversations.readings import listing

CHARTS = 50
_TICK = 0.002


class Watch:
    """Measures every other millisecond how late the event loop is."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.late = 0
        """How often it was more than fifty milliseconds late."""
        self.done: list[str] = []

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(_TICK)
            stall = time.perf_counter() - begun - _TICK
            self.worst = max(self.worst, stall)
            self.late += stall > 0.05

    def tell(self, path: Path) -> None:
        """Write the results since the last call."""
        notes = {"worst_ms": self.worst * 1000, "late": self.late, "done": self.done}
        whole = path.with_suffix(".part")
        whole.write_text(json.dumps(notes))
        whole.replace(path)
        self.worst, self.late, self.done = 0.0, 0, []


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    listing.DOUBLE_TAP = timedelta(0)
    pace = Pace(chat_rests=0, group_rests=0)
    flood = FloodGuard(time.monotonic, burst=10**9)
    watch = Watch()
    tasks: set[asyncio.Task[None]] = set()
    async with Service(settings, pace=pace, flood=flood) as service:
        if path := os.environ.get("BENCHMARK_NOTES"):
            tasks.add(asyncio.create_task(watch.run()))
            loop.add_signal_handler(signal.SIGUSR2, watch.tell, Path(path))
            loop.add_signal_handler(
                signal.SIGUSR1, lambda: tasks.add(asyncio.create_task(_busy(service, watch)))
            )
        await stopping.wait()
        for task in tasks:
            task.cancel()


async def _busy(service: Service, watch: Watch) -> None:
    async def acquire() -> None:
        await service.acquisition.run()
        watch.done.append("acquisition")

    async def draw() -> None:
        drawing = DrawingWorkers()
        await asyncio.gather(*(drawing.make(Made("invoice_guide")) for _ in range(CHARTS)))
        await drawing.close()
        watch.done.append("charts")

    await asyncio.gather(acquire(), draw())


if __name__ == "__main__":
    work(serve)
