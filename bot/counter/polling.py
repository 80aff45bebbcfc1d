"""Polls Telegram for updates, one batch after the other."""

import asyncio
from typing import Any

import structlog
from telegram.error import (
    BadRequest,
    Conflict,
    EndPointNotFound,
    RetryAfter,
    TelegramError,
)
from telegram.ext import ExtBot

from bot.backoff import LONGEST_PAUSE_FOR_DATABASE, LONGEST_PAUSE_SECONDS, growing_pause
from bot.counter.arrivals import ALLOWED_UPDATES, Arrivals, read
from bot.counter.pace import seconds_asked
from bot.counter.sending import REFUSALS_BELIEVED
from bot.http import TokenRefused
from storage.engine import is_passing, reason_of

log = structlog.get_logger()

POLL_SECONDS = 30
# In this spelling, because the library warns about the usual one and recommends its own method.
# That parses a whole batch, fails on a single bad update, and logs the whole batch.
_GET_UPDATES = "get_Updates"


class Poller:
    """Polls Telegram for updates while it runs."""

    def __init__(self, bot: ExtBot[Any], arrivals: Arrivals) -> None:
        self._bot = bot
        self._arrivals = arrivals

    async def run(self) -> None:
        """Poll until cancelled. After a failure, log a line and wait, with growing pauses.

        Any odd response is handled like a failure: a single one, from Telegram or something in
        between, must not end the service.

        Raises:
            TokenRefused: Telegram refused the token several times in a row.
        """
        offset: int | None = None
        tries = refusals = 0
        webhook_gone = False
        while True:
            try:
                if not webhook_gone:
                    webhook_gone = await self._bot.delete_webhook()
                offset = await self._take_next(offset)
                tries = refusals = 0
            except RetryAfter as error:
                refusals = 0
                await asyncio.sleep(seconds_asked(error))
            except Exception as error:
                refusals = refusals + 1 if isinstance(error, TokenRefused) else 0
                if refusals >= REFUSALS_BELIEVED:
                    raise
                if isinstance(error, BadRequest):  # the offset may be wrong
                    offset = None
                tries += 1
                await self._wait(tries, error)

    async def _take_next(self, offset: int | None) -> int | None:
        """Take one batch in, parsing each update separately; return the next offset."""
        raw = await self._ask(offset)
        found = [each for each in (read(one, self._bot) for one in raw) if each is not None]
        await self._arrivals.take(found)
        numbers = [each.number for each in found]
        if raw and not numbers:  # the same batch would come again at once
            raise TelegramError("no update has a number")
        return max(numbers) + 1 if numbers else offset

    async def _ask(self, offset: int | None) -> list[Any]:
        """The next updates as raw JSON values."""
        try:
            found = await self._bot.do_api_request(
                _GET_UPDATES,
                {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES},
                read_timeout=(self._bot.request.read_timeout or 0) + POLL_SECONDS,
            )
        except EndPointNotFound as error:  # Telegram's answer to an unknown token
            if isinstance(error.__cause__, TokenRefused):
                raise error.__cause__ from None
            raise
        if not isinstance(found, list):
            raise TelegramError("what came is no list")
        return found

    async def _wait(self, tries: int, error: Exception) -> None:
        longest = LONGEST_PAUSE_SECONDS
        if isinstance(error, TokenRefused):
            reason = "Telegram refuses the token"
        elif isinstance(error, Conflict):
            reason = "another program is polling with the same token"
        elif isinstance(error, TelegramError):
            reason = f"Telegram did not answer: {type(error).__name__}"
        elif is_passing(error):
            reason = f"the inbox could not be written: {reason_of(error)}"
            longest = LONGEST_PAUSE_FOR_DATABASE
        else:
            raise error
        pause = growing_pause(tries, longest)
        log.warning("polling_paused", reason=reason, seconds=pause)
        await asyncio.sleep(pause)
