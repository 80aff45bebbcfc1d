"""The queue of updates between Telegram and the bot."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.local_telegram.errors import bad_request

Json = dict[str, Any]

KINDS: Final = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
        "guest_message",
    }
)
# Kinds that a bot must request by name (Bot API reference, getUpdates).
ON_REQUEST: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
DEFAULT_KINDS: Final = KINDS - ON_REQUEST
_LIFETIMES: Final = {"callback_query": timedelta(seconds=150)}
_LIFETIME: Final = timedelta(hours=24)


@dataclass(slots=True)
class Entry:
    """One queued update; updates with the same `key` are delivered in order (webhooks)."""

    update: Json
    key: int | str
    expires: datetime
    fetched: bool = False
    done: bool = False

    @property
    def update_id(self) -> int:
        return int(self.update["update_id"])


class UpdateQueue:
    """Updates in order of arrival, until the bot confirms them or they expire."""

    def __init__(self, now: Callable[[], datetime], first_id: int) -> None:
        self._now = now
        self._next_id = first_id
        self._entries: deque[Entry] = deque()
        self._open = 0
        self._unseen = 0  # pending and never fetched by the bot
        self._listeners: list[Callable[[Entry | None], None]] = []
        self._earliest: datetime | None = None  # nothing expires before this
        self.allowed: frozenset[str] = DEFAULT_KINDS
        self.allowed_as_given: list[str] | None = None

    # --- in

    def add(self, kind: str, content: Json, key: int | str) -> Entry | None:
        """Queue an update of `kind`; None if the bot did not request this kind."""
        if kind not in self.allowed:
            return None
        expires = self._now() + _LIFETIMES.get(kind, _LIFETIME)
        entry = Entry({"update_id": self._next_id, kind: content}, key, expires)
        self._next_id += 1
        self._entries.append(entry)
        self._open += 1
        self._unseen += 1
        self._earliest = min(self._earliest or expires, expires)
        self._tell(entry)
        return entry

    def allow(self, kinds: list[str] | None) -> None:
        """Set a bot's `allowed_updates`: None keeps the previous ones, ``[]`` is the default."""
        if kinds is None:
            return
        if not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("can't parse allowed updates: an Array of String is expected")
        known = [kind for kind in kinds if kind in KINDS]
        self.allowed = frozenset(known) if known else DEFAULT_KINDS
        self.allowed_as_given = known or None

    # --- out

    def __len__(self) -> int:
        """How many are neither confirmed nor expired."""
        self._forget_old()
        return self._open

    def pending(self) -> Iterator[Entry]:
        """All that are neither confirmed nor expired, oldest first."""
        self._forget_old()
        return (entry for entry in list(self._entries) if not entry.done)

    def batch(self, offset: int, limit: int) -> list[Entry]:
        """Confirm what `offset` confirms and return the next `limit` at most."""
        self._forget_old()
        if offset > 0:
            self.confirm_below(offset)
        elif offset < 0:
            self._keep_last(-offset)
        batch: list[Entry] = []
        for entry in self._entries:
            if len(batch) == limit:
                break
            if not entry.done:
                batch.append(entry)
        return batch

    def mark_fetched(self, entries: Iterable[Entry]) -> None:
        """Record that the bot has fetched `entries` at least once."""
        for entry in entries:
            if not entry.fetched:
                entry.fetched = True
                self._unseen -= not entry.done
        self._tell()

    def confirm_below(self, offset: int) -> None:
        """Remove every update with an id below `offset`."""
        changed = False
        while self._entries and (self._entries[0].done or self._entries[0].update_id < offset):
            self._end(self._entries.popleft())
            changed = True
        if changed:
            self._tell()

    def confirm(self, entry: Entry) -> None:
        """Remove one update, wherever it is in the queue."""
        self._end(entry)
        while self._entries and self._entries[0].done:
            self._entries.popleft()
        self._tell()

    def clear(self) -> None:
        """Remove all updates (``drop_pending_updates``)."""
        self._keep_last(0)

    @property
    def all_fetched(self) -> bool:
        return self._unseen == 0

    # --- listening

    def listen(self, listener: Callable[[Entry | None], None]) -> Callable[[], None]:
        """Call `listener` on every change, with the entry if one was added.

        Calling the result stops that.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, entry: Entry | None = None) -> None:
        for listener in tuple(self._listeners):
            listener(entry)

    def _end(self, entry: Entry) -> None:
        if not entry.done:
            entry.done = True
            self._open -= 1
            self._unseen -= not entry.fetched

    def _keep_last(self, count: int) -> None:
        while self._entries and self._open > count:
            self._end(self._entries.popleft())
        self._tell()

    def _forget_old(self) -> None:
        now = self._now()
        if self._earliest is None or now < self._earliest:
            return
        # Lifetimes differ, so an expired tap may be behind a message that has not expired.
        for entry in self._entries:
            if entry.expires <= now:
                self._end(entry)
        while self._entries and self._entries[0].done:
            self._entries.popleft()
        self._earliest = min((e.expires for e in self._entries if not e.done), default=None)
