"""The service without the pace that Telegram wants in a chat, which the bare bot keeps not either.

What is compared is the work of both; the pace has a benchmark of its own.
"""

import asyncio
import signal
import time

from bot.application import Service
from bot.commands.runtime import work
from bot.counter.flood import FloodGuard
from bot.counter.pace import Pacer
from bot.settings import Settings


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    pacer = Pacer(chat_rests=0, group_rests=0)
    flood = FloodGuard(time.monotonic, burst=10**9)
    async with Service(settings, pacer=pacer, flood=flood):
        await stopping.wait()


if __name__ == "__main__":
    work(serve)
