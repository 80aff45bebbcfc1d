"""Customers who submit a reading and cancel it, over and over, as fast as they are answered."""

import asyncio
import time
from typing import Any

from bot.local_telegram import Event, LocalTelegram, Person
from conversations.readings.listing import DOUBLE_TAP


class Customer:
    """One person at the local Telegram, who waits for each answer."""

    def __init__(self, telegram: LocalTelegram, person: Person) -> None:
        self.person = person
        self.waits: list[float] = []
        self._shown: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._telegram = telegram
        self._pause = 0.0
        telegram.subscribe(self._on_event)

    async def converse(self, times: int, *, pause: float = 0.0) -> None:
        """Submit and cancel *times* times, with a *pause* of seconds before each action."""
        self._pause = pause
        for _ in range(times):
            await self._does(
                lambda: self.person.send_text(self.person.private_chat, "/autolettura")
            )
            await self._does(lambda: self.person.send_text(self.person.private_chat, "45.000"))
            await self._taps("Salva")
            await asyncio.sleep(DOUBLE_TAP.total_seconds())  # a sooner tap is not taken for meant
            await self._taps("Cancella")
            await self._taps("Sì")

    async def _taps(self, label: str) -> None:
        await self._does(lambda: self.person.tap_button(self.person.private_chat, label))

    async def _does(self, deed: Any) -> None:
        await asyncio.sleep(self._pause)
        while not self._shown.empty():
            self._shown.get_nowait()
        begun = time.perf_counter()
        deed()
        await asyncio.wait_for(self._shown.get(), 60)
        self.waits.append(time.perf_counter() - begun)

    def _on_event(self, event: Event) -> None:
        if event.chat_id == self.person.id and event.from_bot and event.message is not None:
            self._shown.put_nowait(event.message)
