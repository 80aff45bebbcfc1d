"""One update, from its arrival until it is stored."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from telegram import Bot, Update

from bot.counter.cleaning import cleaned

log = structlog.get_logger()

_LARGEST_NUMBER = 2**63 - 1


@dataclass(slots=True, eq=False)
class Incoming:
    """An update as it arrived, and its state.

    It is *kept* once it is handled, or stored to be handled later: only then may Telegram be told.
    ``is_too_much`` marks the update with which its chat began to flood, ``is_passed`` one that is
    ignored, ``is_direct`` one that was the first of its chat when it came; ``tries`` counts failed
    attempts.
    """

    number: int
    chat_id: int = 0
    update: Update | None = None
    raw: Any = None
    received_at: datetime | None = None
    is_too_much: bool = False
    is_passed: bool = False
    is_direct: bool = False
    is_being_stored: bool = False
    is_kept: bool = False
    tries: int = 0
    _kept: "asyncio.Future[None] | None" = field(default=None, repr=False)

    @property
    def content(self) -> str | None:
        """The JSON text, as it is stored."""
        return None if self.raw is None else json.dumps(self.raw, ensure_ascii=False)

    def kept(self) -> "asyncio.Future[None]":
        """A future that is done once it is kept, or fails if it cannot be kept this time."""
        if self._kept is None:
            self._kept = asyncio.get_running_loop().create_future()
            self._kept.add_done_callback(_look_at)
            if self.is_kept:
                self._kept.set_result(None)
        return self._kept

    def keep(self) -> None:
        """Mark it as handled or stored."""
        self.is_kept = True
        self.raw = None
        if self._kept is not None and not self._kept.done():
            self._kept.set_result(None)

    def fail(self, error: Exception) -> None:
        """Report that it could not be kept this time."""
        if not self.is_kept and self._kept is not None and not self._kept.done():
            self._kept.set_exception(error)
            self._kept = None


def _look_at(future: "asyncio.Future[None]") -> None:
    """Avoid a warning about an error that nobody waits for."""
    if not future.cancelled():
        future.exception()


def chat_of(update: Update) -> int:
    """The chat within which an update must stay in order; 0 for one that has none."""
    return update.effective_chat.id if update.effective_chat is not None else 0


def read(raw: Any, bot: Bot) -> Incoming | None:
    """Read an update from Telegram; one that cannot be parsed has only its id.

    Its content is not logged: it may be anything that a customer wrote.

    Returns:
        None if it does not even have an id.
    """
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if type(number) is not int or not 0 <= number <= _LARGEST_NUMBER:
        log.error("update_without_number")
        return None
    try:
        raw = cleaned(raw)
        update = Update.de_json(raw, bot)
        chat_id = chat_of(update)
        if type(chat_id) is int and abs(chat_id) <= _LARGEST_NUMBER:
            return Incoming(number, chat_id, update, raw)
        reason = "no such chat"
    except Exception as error:  # noqa: BLE001  # the library promises nothing about what it raises
        reason = type(error).__name__
    log.error("update_not_readable", update_id=number, reason=reason)
    return Incoming(number, is_passed=True)
