"""How fast the bot may speak: answers at once, what it says unasked in what room they leave.

Telegram takes about thirty messages a second from a bot, one a second in a chat, and twenty a
minute in a group. Whoever is answered waits only where the chat itself goes faster than that; what
goes unasked keeps an even step, never catches up in a burst, and steps back when answers take the
room. Once Telegram has asked for silence, everybody leaves through one gate for a while.
"""

import asyncio
import heapq
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
CHAT_AT_ONCE = 4
"""Messages and edits that a chat may have at once, before each waits for its second: Telegram lets
short bursts pass, and a refusal of one chat's would hold up everybody."""
GROUP_AT_ONCE = 15
"""The same for a group, which takes twenty a minute."""

_WINDOW = 1.0
_SWEEP_FROM = 1_000
_NARROW_SECONDS = 5.0
_UNASKED_STEP_BACK = 5.0
"""How much later than an answer something unasked is taken to have come to the gate."""


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
        # Until when what a chat had is paid off, at one a rest.
        self._owing: dict[int, float] = {}
        self._sweep_at = _SWEEP_FROM
        self._last_turn = -_WINDOW

    def note(self, chat_id: int, *, is_message: bool) -> None:
        """Something leaves for a chat, whoever sends it; an edit is no message."""
        now = self._monotonic()
        self._forget(now)
        self._left.append(now)
        if is_message:
            self._chats[chat_id] = now + (self._group_rests if chat_id < 0 else self._chat_rests)

    async def room(self, chat_id: int) -> None:
        """Returns when one more message or edit may go to a chat, and counts it there.

        A few go at once; a chat that goes on faster than Telegram takes it waits by itself.
        """
        rests = self._group_rests if chat_id < 0 else self._chat_rests
        at_once = GROUP_AT_ONCE if chat_id < 0 else CHAT_AT_ONCE
        while True:
            now = self._monotonic()
            owing = max(self._owing.get(chat_id, now), now)
            wait = owing - now - (at_once - 1) * rests
            if wait <= 0:
                break
            await self._sleep(wait)
        self._owing[chat_id] = owing + rests
        if len(self._owing) > self._sweep_at:
            self._owing = {chat: until for chat, until in self._owing.items() if until > now}
            self._sweep_at = max(_SWEEP_FROM, 2 * len(self._owing))

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


class Throttle:
    """When Telegram says «retry after N», everybody who sends waits it out.

    What has gathered meanwhile must not leave in one burst, which would only meet the next refusal:
    for some seconds after a hold, and as long as anybody stands in line, all leave one after the
    other, answers before what is unasked. Otherwise nobody waits here.

    Args:
        per_second: how many may leave in a second, in line.
    """

    def __init__(self, *, per_second: float = PER_SECOND) -> None:
        self._step = 1 / per_second
        self._until = 0.0
        self._narrow_until = 0.0
        self._line: list[tuple[float, int, asyncio.Future[None]]] = []
        self._came = 0
        self._keeper: asyncio.Task[None] | None = None

    def hold(self, seconds: float) -> None:
        """Nothing leaves for so long."""
        self._until = max(self._until, time.monotonic() + seconds)
        self._narrow_until = self._until + _NARROW_SECONDS

    @property
    def is_held(self) -> bool:
        """Whether everybody is to wait."""
        return self._until > time.monotonic()

    async def wait(self) -> None:
        """Returns when the hold is over."""
        while (left := self._until - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    async def turn(self, *, unasked: bool = False) -> None:
        """Returns when one message may leave."""
        now = time.monotonic()
        if not self._line and now >= max(self._until, self._narrow_until):
            return
        self._came += 1
        going: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        rank = now + (_UNASKED_STEP_BACK if unasked else 0.0)
        heapq.heappush(self._line, (rank, self._came, going))
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._let_through())
        try:
            await going
        finally:
            if all(each.done() for _, _, each in self._line):  # who waited was cut off
                self._line.clear()

    async def _let_through(self) -> None:
        while self._line:
            await self.wait()
            going = heapq.heappop(self._line)[2] if self._line else None
            if going is None or going.done():
                continue
            going.set_result(None)
            self._narrow_until = max(self._narrow_until, time.monotonic() + _WINDOW)
            await asyncio.sleep(self._step)
