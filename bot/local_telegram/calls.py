"""A log of the bot's calls, for tests and benchmarks."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SENDS = frozenset(
    {
        "sendmessage",
        "sendphoto",
        "senddocument",
        "sendmediagroup",
        "sendsticker",
        "sendvoice",
        "sendvideo",
        "sendlocation",
        "sendcontact",
        "copymessage",
        "forwardmessage",
    }
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    `method` is in lower case, `at` on the monotonic clock (seconds), `status` the HTTP status of
    the answer (0 if a fault prevented one), `description` its error message.
    """

    method: str
    chat_id: int | None
    at: float
    status: int
    description: str = ""

    @property
    def ok(self) -> bool:
        return self.status == 200  # noqa: PLR2004 HTTP's OK


class CallLog:
    """The latest calls, oldest first; at most `limit` are kept (None: all)."""

    def __init__(self, limit: int | None = 200_000) -> None:
        self._calls: deque[Call] = deque(maxlen=limit)

    def add(self, call: Call) -> None:
        self._calls.append(call)

    def clear(self) -> None:
        self._calls.clear()

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def of(self, *methods: str) -> list[Call]:
        """Return the calls of `methods` (in any case)."""
        wanted = {method.lower() for method in methods}
        return [call for call in self._calls if call.method in wanted]

    def peak(self, methods: Iterable[str] = SENDS, *, seconds: float = 1.0) -> int:
        """Return the highest number of successful calls of `methods` within `seconds`."""
        wanted = {method.lower() for method in methods}
        times = sorted(call.at for call in self._calls if call.ok and call.method in wanted)
        return max(
            (place + 1 - bisect_left(times, at - seconds + 1e-9) for place, at in enumerate(times)),
            default=0,
        )
