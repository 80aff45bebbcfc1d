"""The rate limiter: answers go at once, unasked messages use the rest of the rate.

Telegram accepts about thirty messages a second from a bot, one a second in a chat, and twenty a
minute in a group. An answer waits only where its own chat is faster than that. Unasked messages
keep an even interval, never catch up in a burst, and give way to answers. Every call passes through
here, as it is python-telegram-bot's rate limiter.

A chat for which Telegram requests a pause is paused alone. If Telegram requests it for several
chats at once, it means the bot: then all messages pause, and afterwards leave one by one for some
time.
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
"""The most messages a second while unasked ones are sent, including answers."""
CHAT_RESTS = 1.0
"""The least time between a message to a chat and the next unasked one, in seconds."""
GROUP_RESTS = 3.0
"""The same for a group."""
CHAT_AT_ONCE = 4
"""How many messages and edits a chat may have at once, before each waits a second: Telegram
accepts short bursts."""
GROUP_AT_ONCE = 15
"""The same for a group, which may have twenty a minute."""

_WINDOW = 1.0
_SWEEP_FROM = 1_000
_NARROW_SECONDS = 5.0
_LOOKS_AGAIN = 1.0
_STEP_BACK = 5.0
"""By how many seconds a notice is queued as if it came later than an answer, and a message to many
later than a notice."""


class Priority(enum.IntEnum):
    """The order in which calls leave when they must wait."""

    ANSWER = 0
    NOTICE = 1
    BROADCAST = 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call is made; python-telegram-bot passes it on as ``rate_limit_args``.

    ``waits``: whether it waits while Telegram requests a pause; otherwise ``Held`` is raised, so
    that the message can be made again later. ``most_tries``: after how many failures in a row it is
    given up, None for never; ``most_doubts``: after how many failures in which it may have arrived
    all the same.
    """

    priority: Priority = Priority.ANSWER
    waits: bool = True
    most_tries: int | None = None
    most_doubts: int | None = None


ANSWER = Manner()
ONCE = Manner(most_tries=1)
"""A call that nobody waits for: tried once, or after a pause that Telegram requests."""

_Result = bool | dict[str, Any] | list[dict[str, Any]]


class Pace(BaseRateLimiter[Manner]):
    """The rate limiter: per chat, per group, and in all.

    Args:
        per_second: the most messages a second, in all, while unasked ones are sent.
        chat_rests: seconds from any message to a chat until an unasked one may follow.
        group_rests: the same for a group, whose id is negative.
        monotonic: a monotonic clock, in seconds.
        sleep: waits for so many seconds.
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
        # Until when Telegram requests a pause, by chat, or by method if it has no chat.
        self._held: dict[int | str, float] = {}
        # What was sent within the last second, and until when its chats rest: both are cleaned by
        # time, so they hold only what is sent in a few seconds.
        self._left: deque[float] = deque()
        self._chats: dict[int, float] = {}
        # Until when a chat has used up its burst, at one message per rest.
        self._owing: dict[int, float] = {}
        self._sweep_at = _SWEEP_FROM
        self._last_unasked = -_WINDOW

    # -- python-telegram-bot's interface --

    async def initialize(self) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing."""

    async def process_request(  # noqa: PLR0917  # the library's own
        self,
        callback: Callable[..., Coroutine[Any, Any, _Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Manner | None,
    ) -> _Result:
        """Make a call when the limits allow it, and again after a pause that Telegram requests.

        Raises:
            Held: Telegram requests a pause, and the call does not wait.
        """
        if endpoint.lower().replace("_", "") == "getupdates":  # polling has its own pauses
            return await callback(*args, **kwargs)
        manner = rate_limit_args or ANSWER
        chat_id = data.get("chat_id")
        whom: int | str = chat_id if isinstance(chat_id, int) else endpoint
        is_message, is_edit = _kind_of(endpoint)
        if isinstance(chat_id, int) and (is_message or is_edit):
            await self.chat_slot(chat_id)
            self.note(chat_id, is_message=is_message)
        while True:
            if not manner.waits and self.is_held(whom):
                raise Held
            await self._until_free(whom)
            if is_message or is_edit:
                await self.gate.enter(manner.priority)
            else:
                await self.gate.wait()
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self.hold(whom, seconds_asked(error))

    # -- pauses that Telegram requests --

    def hold(self, whom: int | str, seconds: float) -> None:
        """Pause a chat, or a method without a chat, for so many seconds.

        If another one is paused already, everything pauses. A group that has had its twenty a
        minute does not count, as that says nothing about others.
        """
        now = self._monotonic()
        self._held = {each: until for each, until in self._held.items() if until > now}
        others = [each for each in self._held if each != whom and not _is_group(each)]
        self._held[whom] = max(self._held.get(whom, 0.0), now + seconds)
        if others and not _is_group(whom):
            self.gate.hold(seconds)

    def is_held(self, whom: int | str) -> bool:
        """Whether a chat must wait, alone or with all others."""
        return self.gate.is_held or self._held.get(whom, 0.0) > self._monotonic()

    def release(self) -> None:
        """End all pauses."""
        self._held.clear()
        self.gate.release()

    async def _until_free(self, whom: int | str) -> None:
        while (left := self._held.get(whom, 0.0) - self._monotonic()) > 0:
            await self._sleep(min(left, _LOOKS_AGAIN))

    # -- rates --

    def note(self, chat_id: int, *, is_message: bool) -> None:
        """Record that something is sent to a chat, by whomever; an edit is no message."""
        now = self._monotonic()
        self._forget(now)
        self._left.append(now)
        if is_message:
            self._chats.pop(chat_id, None)  # so that the latest are at the end
            self._chats[chat_id] = now + (self._group_rests if chat_id < 0 else self._chat_rests)

    async def chat_slot(self, chat_id: int) -> None:
        """Wait until one more message or edit may go to a chat, and count it there.

        A few go at once; beyond Telegram's rate, the chat waits alone.
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
        """The chats to which nothing unasked may be sent just now."""
        now = self._monotonic()
        self._forget(now)
        held = {each for each, until in self._held.items() if until > now and isinstance(each, int)}
        return held | {chat for chat, until in self._chats.items() if until > now}

    async def rested(self, chat_id: int, *, at_most: float = math.inf) -> None:
        """Wait until a chat's rest is over, or for *at_most* seconds."""
        end = self._monotonic() + at_most
        while True:
            until = max(self._chats.get(chat_id, 0.0), self._held.get(chat_id, 0.0))
            left = min(until, end) - self._monotonic()
            if left <= 0:
                return
            await self._sleep(left)

    async def unasked_slot(self) -> None:
        """Wait until one more unasked message may be sent; it is counted when it is sent."""
        while (wait := self._wait()) > 0:
            await self._sleep(wait)
        self._last_unasked = self._monotonic()

    def _wait(self) -> float:
        now = self._monotonic()
        self._forget(now)
        step = self._last_unasked + self._step - now
        if len(self._left) < self._most:
            return step
        # The rate is used up by answers. One message a second is sent all the same, so that many
        # chatting customers do not keep a reminder from ever arriving.
        free_in = self._left[-self._most] + _WINDOW - now
        return max(step, min(free_in, self._last_unasked + _WINDOW - now))

    def _forget(self, now: float) -> None:
        while self._left and self._left[0] <= now - _WINDOW:
            self._left.popleft()
        while self._chats:
            chat_id = next(iter(self._chats))
            if self._chats[chat_id] > now:
                return
            del self._chats[chat_id]


class Gate:
    """Where all calls wait while Telegram requests a pause from the bot.

    Waiting messages must not leave in one burst, which would be refused again: for some seconds
    after a pause, and as long as any are queued, they leave one by one, answers before unasked
    messages. At other times nothing waits here.

    Args:
        per_second: how many queued messages may leave in a second.
        monotonic: a monotonic clock, in seconds.
        sleep: waits for so many seconds.
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
        """Pause everything for so many seconds."""
        self._until = max(self._until, self._monotonic() + seconds)
        self._narrow_until = self._until + _NARROW_SECONDS

    def release(self) -> None:
        """End the pause."""
        self._until = self._narrow_until = 0.0

    @property
    def is_held(self) -> bool:
        """Whether everything is paused."""
        return self._until > self._monotonic()

    async def wait(self) -> None:
        """Wait until the pause is over."""
        while (left := self._until - self._monotonic()) > 0:
            await self._sleep(left)

    async def enter(self, priority: Priority = Priority.ANSWER) -> None:
        """Wait until one message may leave."""
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
            if all(each.done() for _, _, each in self._line):  # the others were cancelled
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
    """The pause that Telegram requests, in seconds; 0 for other errors."""
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
