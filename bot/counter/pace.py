"""How fast the bot may speak: answers at once, what it says unasked in what room they leave.

Telegram takes about thirty messages a second from a bot, one a second in a chat, and twenty a
minute in a group. Whoever is answered waits only where the chat itself goes faster than that; what
goes unasked keeps an even step, never catches up in a burst, and steps back when answers take the
room. Every call passes through here, as python-telegram-bot means its rate limiter to be.

A chat for which Telegram asks for silence is silent, and nobody else is. Where it asks so for
several, it means the bot: then everybody waits, and leaves through one gate for a while.
"""

import asyncio
import enum
import heapq
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.errors import Held

PER_SECOND = 25.0
"""Messages a second at the most while something goes unasked, answers among them."""
CHAT_RESTS = 1.0
"""Seconds between a message to a chat and the next that goes there unasked."""
GROUP_RESTS = 3.0
"""The same for a group."""
CHAT_AT_ONCE = 4
"""Messages and edits that a chat may have at once, before each waits for its second: Telegram lets
short bursts pass."""
GROUP_AT_ONCE = 15
"""The same for a group, which takes twenty a minute."""

_WINDOW = 1.0
_SWEEP_FROM = 1_000
_NARROW_SECONDS = 5.0
_LOOKS_AGAIN = 1.0
_STEP_BACK = 5.0
"""How much later than an answer a notice is taken to have come to the gate, and than a notice
something that goes to many."""


class Priority(enum.IntEnum):
    """Who goes first where not all can."""

    ANSWER = 0
    NOTICE = 1
    BROADCAST = 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call is made; python-telegram-bot hands it on as ``rate_limit_args``.

    ``waits`` says whether it waits while Telegram wants silence; where not, ``Held`` is raised, so
    that it can be made anew of what is true then. ``most_tries`` is after how many failures in a
    row it is given up, None never; ``most_doubts`` after how many of which nobody knows whether it
    arrived all the same.
    """

    priority: Priority = Priority.ANSWER
    waits: bool = True
    most_tries: int | None = None
    most_doubts: int | None = None


ANSWER = Manner()
ONCE = Manner(most_tries=1)
"""A call that nobody waits for: tried once, or after a hold."""

_Result = bool | dict[str, Any] | list[dict[str, Any]]


class Pace(BaseRateLimiter[Manner]):
    """The one limiter: per chat, per group, and in all.

    Args:
        per_second: how many messages a second, in all, while something goes unasked.
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
        self.gate = Gate(per_second=per_second, monotonic=monotonic, sleep=sleep)
        # Until when Telegram wants silence from whom: a chat, or a method that names none.
        self._held: dict[int | str, float] = {}
        # What left within the last second, and until when the chats rest that it went to: both
        # forget by time, so that they hold no more than leaves in a few seconds.
        self._left: deque[float] = deque()
        self._chats: dict[int, float] = {}
        # Until when what a chat had is paid off, at one a rest.
        self._owing: dict[int, float] = {}
        self._sweep_at = _SWEEP_FROM
        self._last_turn = -_WINDOW

    # -- as python-telegram-bot calls it --

    async def initialize(self) -> None:
        """Nothing to begin."""

    async def shutdown(self) -> None:
        """Nothing to end."""

    async def process_request(  # noqa: PLR0917  # the library's own
        self,
        callback: Callable[..., Coroutine[Any, Any, _Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Manner | None,
    ) -> _Result:
        """Makes a call when its time has come, and once more where Telegram asks for a pause.

        Raises:
            Held: Telegram wants silence, and the call is of those that do not wait.
        """
        if endpoint.lower().replace("_", "") == "getupdates":  # whoever polls waits by himself
            return await callback(*args, **kwargs)
        manner = rate_limit_args or ANSWER
        chat_id = data.get("chat_id")
        whom: int | str = chat_id if isinstance(chat_id, int) else endpoint
        is_message, is_edit = _kind_of(endpoint)
        if isinstance(chat_id, int) and (is_message or is_edit):
            await self.room(chat_id)
            self.note(chat_id, is_message=is_message)
        while True:
            if not manner.waits and self.is_held(whom):
                raise Held
            await self._until_free(whom)
            if is_message or is_edit:
                await self.gate.turn(manner.priority)
            else:
                await self.gate.wait()
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self.hold(whom, seconds_asked(error))

    # -- when Telegram wants silence --

    def hold(self, whom: int | str, seconds: float) -> None:
        """Nothing leaves for a chat, or by a method that names none, for so long.

        Where another one is held already, nothing leaves at all. A group has had its twenty a
        minute: that says nothing of anybody else.
        """
        now = self._monotonic()
        self._held = {each: until for each, until in self._held.items() if until > now}
        others = [each for each in self._held if each != whom and not _is_group(each)]
        self._held[whom] = max(self._held.get(whom, 0.0), now + seconds)
        if others and not _is_group(whom):
            self.gate.hold(seconds)

    def is_held(self, whom: int | str) -> bool:
        """Whether a chat is to wait, by itself or with everybody."""
        return self.gate.is_held or self._held.get(whom, 0.0) > self._monotonic()

    def release(self) -> None:
        """Forgets every hold."""
        self._held.clear()
        self.gate.release()

    async def _until_free(self, whom: int | str) -> None:
        while (left := self._held.get(whom, 0.0) - self._monotonic()) > 0:
            await self._sleep(min(left, _LOOKS_AGAIN))

    # -- what leaves --

    def note(self, chat_id: int, *, is_message: bool) -> None:
        """Something leaves for a chat, whoever sends it; an edit is no message."""
        now = self._monotonic()
        self._forget(now)
        self._left.append(now)
        if is_message:
            self._chats.pop(chat_id, None)  # the latest stand last
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
        now = self._monotonic()
        self._forget(now)
        held = {each for each, until in self._held.items() if until > now and isinstance(each, int)}
        return held | {chat for chat, until in self._chats.items() if until > now}

    async def rested(self, chat_id: int, *, at_most: float = math.inf) -> None:
        """Returns when a chat has had its pause, or after *at_most* seconds."""
        end = self._monotonic() + at_most
        while True:
            until = max(self._chats.get(chat_id, 0.0), self._held.get(chat_id, 0.0))
            left = min(until, end) - self._monotonic()
            if left <= 0:
                return
            await self._sleep(left)

    async def turn(self) -> None:
        """Returns when one more may leave unasked; it is counted when it leaves."""
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
        while self._chats:
            chat_id = next(iter(self._chats))
            if self._chats[chat_id] > now:
                return
            del self._chats[chat_id]


class Gate:
    """When Telegram wants silence from the bot, everybody who sends waits it out here.

    What has gathered meanwhile must not leave in one burst, which would only meet the next refusal:
    for some seconds after a hold, and as long as anybody stands in line, all leave one after the
    other, answers before what is unasked. Otherwise nobody waits here.

    Args:
        per_second: how many may leave in a second, in line.
        monotonic: seconds that only go forward.
        sleep: waits for so many of them.
    """

    def __init__(
        self,
        *,
        per_second: float = PER_SECOND,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._step = 1 / per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._until = 0.0
        self._narrow_until = 0.0
        self._line: list[tuple[float, int, asyncio.Future[None]]] = []
        self._came = 0
        self._keeper: asyncio.Task[None] | None = None

    def hold(self, seconds: float) -> None:
        """Nothing leaves for so long."""
        self._until = max(self._until, self._monotonic() + seconds)
        self._narrow_until = self._until + _NARROW_SECONDS

    def release(self) -> None:
        """Forgets a hold."""
        self._until = self._narrow_until = 0.0

    @property
    def is_held(self) -> bool:
        """Whether everybody is to wait."""
        return self._until > self._monotonic()

    async def wait(self) -> None:
        """Returns when the hold is over."""
        while (left := self._until - self._monotonic()) > 0:
            await self._sleep(left)

    async def turn(self, priority: Priority = Priority.ANSWER) -> None:
        """Returns when one message may leave."""
        now = self._monotonic()
        if not self._line and now >= max(self._until, self._narrow_until):
            return
        self._came += 1
        going: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, (now + priority * _STEP_BACK, self._came, going))
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
            self._narrow_until = max(self._narrow_until, self._monotonic() + _WINDOW)
            await self._sleep(self._step)


def seconds_asked(error: BaseException) -> float:
    """How long Telegram asks to be left alone; 0 where it does not."""
    if not isinstance(error, RetryAfter):
        return 0.0
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())


def _kind_of(endpoint: str) -> tuple[bool, bool]:
    """Whether a method sends a message, and whether it edits one."""
    name = endpoint.lower()
    is_message = name.startswith(("send", "copy", "forward")) and name != "sendchataction"
    return is_message, name.startswith("editmessage")


def _is_group(whom: int | str) -> bool:
    return isinstance(whom, int) and whom < 0
