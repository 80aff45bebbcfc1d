"""Limits how much one chat may write: more than people type, less than a program sends."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique

BURST = 30
"""Messages and taps at once: three albums of photos, and more than anybody types or taps."""
PER_SECOND = 1.0
"""How many more are allowed each second."""
CALM_SECONDS = 60.0
"""How long a flooding chat must stay within its limit until it is served again, in seconds."""
MOST_CHATS = 100_000
"""How many chats are remembered; the one unseen for longest is forgotten first."""


@unique
class Flow(Enum):
    """The decision about one more message of a chat."""

    SERVED = "served"
    TOLD = "told"  # too many: tell the chat, once
    QUIET = "quiet"  # too many, and the chat was told already


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    excess_at: float | None = None  # the latest message beyond the limit, since the chat was told


class FloodGuard:
    """A token bucket for each chat: a message takes a token, time adds some.

    A chat that was told is served again, and may be told again, after it has stayed within its
    limit for *calm* seconds.

    Args:
        burst: tokens in a full bucket.
        per_second: tokens added each second.
        calm: see above.
        monotonic: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        burst: int = BURST,
        per_second: float = PER_SECOND,
        calm: float = CALM_SECONDS,
    ) -> None:
        self._monotonic = monotonic
        self._burst = burst
        self._per_second = per_second
        self._calm = calm
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    def one_more(self, chat_id: int) -> Flow:
        """Count one more message of a chat, and decide what to do with it."""
        now = self._monotonic()
        bucket = self._buckets.pop(chat_id, None) or _Bucket(float(self._burst), now)
        self._buckets[chat_id] = bucket
        if len(self._buckets) > MOST_CHATS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        was_told = bucket.excess_at is not None
        if bucket.tokens < 1:
            bucket.excess_at = now
            return Flow.QUIET if was_told else Flow.TOLD
        bucket.tokens -= 1
        if bucket.excess_at is not None and now - bucket.excess_at < self._calm:
            return Flow.QUIET
        bucket.excess_at = None
        return Flow.SERVED
