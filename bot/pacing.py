"""How fast the bot may speak: answers at once, what it says unasked in what room they leave.

Telegram takes about thirty messages a second from a bot, one a second in a chat, and twenty a
minute in a group. Whoever is answered does not wait here at all, only is counted; what goes unasked
keeps an even step, never catches up in a burst, and steps back when answers take the room.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable

PER_SECOND = 25.0
"""Messages a second at the most while something goes unasked, answers among them."""
CHAT_RESTS = 1.0
"""Seconds between a message to a chat and the next that goes there unasked."""
GROUP_RESTS = 3.0
"""The same for a group."""

_WINDOW = 1.0


class Pacer:
    """Counts what leaves, and tells when something unasked may.

    Args:
        per_second: how many messages a second, in all.
        chat_rests: seconds from any message to a chat until one may go there unasked.
        group_rests: the same for a group, whose number is below zero.
        monotonic: seconds that only go forward.
        sleep: waits for so many of them.
    """

    def __init__(
        self,
        *,
        per_second: float = PER_SECOND,
        chat_rests: float = CHAT_RESTS,
        group_rests: float = GROUP_RESTS,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._step = 1 / per_second
        self._most = max(1, int(per_second))
        self._chat_rests = chat_rests
        self._group_rests = group_rests
        self._monotonic = monotonic
        self._sleep = sleep
        # What left within the last second, and until when the chats rest that it went to: both
        # forget by time, so that they hold no more than leaves in a few seconds.
        self._left: deque[float] = deque()
        self._chats: dict[int, float] = {}
        self._last_turn = -_WINDOW

    def note(self, chat_id: int, *, is_message: bool) -> None:
        """Something leaves for a chat, whoever sends it; an edit is no message."""
        now = self._monotonic()
        self._forget(now)
        self._left.append(now)
        if is_message:
            self._chats[chat_id] = now + (self._group_rests if chat_id < 0 else self._chat_rests)

    def resting(self) -> set[int]:
        """The chats where nothing may go unasked just now."""
        self._forget(self._monotonic())
        return set(self._chats)

    async def rested(self, chat_id: int, *, at_most: float = math.inf) -> None:
        """Returns when a chat has had its pause, or after *at_most* seconds."""
        end = self._monotonic() + at_most
        while (until := self._chats.get(chat_id)) is not None:
            left = min(until, end) - self._monotonic()
            if left <= 0:
                return
            await self._sleep(left)

    async def turn(self) -> None:
        """Returns when one more may leave unasked; whoever comes must then ``note`` it."""
        while (wait := self._wait()) > 0:
            await self._sleep(wait)
        self._last_turn = self._monotonic()

    def _wait(self) -> float:
        now = self._monotonic()
        self._forget(now)
        step = self._last_turn + self._step - now
        if len(self._left) < self._most:
            return step
        # The room is taken. One a second goes all the same: a crowd of customers who chat must not
        # keep a reminder from ever arriving.
        room = self._left[-self._most] + _WINDOW - now
        return max(step, min(room, self._last_turn + _WINDOW - now))

    def _forget(self, now: float) -> None:
        while self._left and self._left[0] <= now - _WINDOW:
            self._left.popleft()
        for chat_id, until in list(self._chats.items()):
            if until <= now:
                del self._chats[chat_id]
