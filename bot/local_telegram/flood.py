"""An approximation of Telegram's flood limits: token buckets that can be switched on."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.local_telegram.errors import too_many_requests


@dataclass(slots=True)
class _Bucket:
    rate: float
    size: float
    level: float
    at: float
    shut_until: float = 0.0

    def wait(self, now: float, count: int) -> float:
        """Return the seconds until `count` messages fit, 0 where they fit now."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        if now < self.shut_until:
            return self.shut_until - now
        # An album larger than the bucket waits for a full one and makes it negative.
        missing = min(count, self.size) - self.level
        return max(0.0, missing / self.rate)


@dataclass(slots=True)
class FloodLimits:
    """How much a bot may send to one chat, to a group, and in all. Off until `enabled`.

    Rates are in messages a second, bursts in messages at once. Telegram publishes «about 1 a second
    to a chat, 20 a minute to a group, 30 a second in all»; bursts are from experience, so set them
    as a test needs. After a refusal, everything is refused until the pause is over, as in Telegram.
    """

    monotonic: Callable[[], float]
    enabled: bool = False
    chat_rate: float = 1.0
    chat_burst: int = 5
    group_rate: float = 20 / 60
    group_burst: int = 20
    total_rate: float = 30.0
    total_burst: int = 30
    _chats: dict[int, _Bucket] = field(default_factory=dict)
    _total: _Bucket | None = None

    def reset(self) -> None:
        """Fill every bucket again."""
        self._chats.clear()
        self._total = None

    def admit(self, chat_id: int, *, group: bool, count: int = 1) -> None:
        """Take `count` messages to `chat_id`, or raise the 429 with the time to wait."""
        if not self.enabled:
            return
        now = self.monotonic()
        rate, size = (
            (self.group_rate, self.group_burst) if group else (self.chat_rate, self.chat_burst)
        )
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = self._chats[chat_id] = _Bucket(rate, size, size, now)
        if self._total is None:
            self._total = _Bucket(self.total_rate, self.total_burst, self.total_burst, now)
        buckets = (chat, self._total)
        for bucket in buckets:
            if wait := bucket.wait(now, count):
                pause = max(1, math.ceil(wait))
                bucket.shut_until = max(bucket.shut_until, now + wait)
                raise too_many_requests(pause)
        for bucket in buckets:
            bucket.level -= count
