"""How much one chat may write: more than anybody types, less than a program sends."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique

BURST = 30
"""Messages and taps at once: three albums of photos, and more than anybody types or taps."""
PER_SECOND = 1.0
"""How many more each second."""
CALM_SECONDS = 60.0
"""Without anything too much, until a chat that flooded is listened to again."""
MOST_CHATS = 100_000
"""How many chats are remembered; the one unseen for longest is forgotten first."""


@unique
class Flow(Enum):
    """What becomes of one more message of a chat."""

    SERVED = "served"
    TOLD = "told"  # too many: said once, kindly
    QUIET = "quiet"  # too many, and said already


@dataclass(slots=True)
class _Bucket:
    room: float
    at: float
    excess_at: float | None = None  # since the chat was told: when there was too much the last time


class FloodGuard:
    """A bucket for each chat: a message takes one place, time gives places back.

    Who was told is served again, and may be told again, once nothing has been too much for a while.

    Args:
        burst: places in a bucket.
        per_second: places that come back each second.
        calm: how many seconds that while is.
        monotonic: seconds that only go forward.
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
        """Counts one more message of a chat, and says what becomes of it."""
        now = self._monotonic()
        bucket = self._buckets.pop(chat_id, None) or _Bucket(float(self._burst), now)
        self._buckets[chat_id] = bucket
        if len(self._buckets) > MOST_CHATS:
            self._buckets.popitem(last=False)
        bucket.room = min(self._burst, bucket.room + (now - bucket.at) * self._per_second)
        bucket.at = now
        was_told = bucket.excess_at is not None
        if bucket.room < 1:
            bucket.excess_at = now
            return Flow.QUIET if was_told else Flow.TOLD
        bucket.room -= 1
        if bucket.excess_at is not None and now - bucket.excess_at < self._calm:
            return Flow.QUIET
        bucket.excess_at = None
        return Flow.SERVED
