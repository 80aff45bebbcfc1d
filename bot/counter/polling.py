"""Asking Telegram for updates, one batch after the other."""

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
# Asked for in this spelling: of the usual one the library says that it has a method for it. That
# reads a batch as a whole, fails over one update in it, and writes all of them into the log.
_GET_UPDATES = "get_Updates"


class Poller:
    """Asks Telegram for updates, for as long as it runs."""

    def __init__(self, bot: ExtBot[Any], arrivals: Arrivals) -> None:
        self._bot = bot
        self._arrivals = arrivals

    async def run(self) -> None:
        """Polls until cancelled. Failures are waited out with growing pauses, one line each.

        Whatever comes back in place of updates is waited out too: one odd answer, of Telegram's or
        of something on the way to it, must not end the service.

        Raises:
            TokenRefused: Telegram no longer knows the token, and said so several times in a row.
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
                if isinstance(error, BadRequest):  # it may be the number asked from that is wrong
                    offset = None
                tries += 1
                await self._wait(tries, error)

    async def _take_next(self, offset: int | None) -> int | None:
        """Takes in what there is, each update read by itself; gives the next offset."""
        raw = await self._ask(offset)
        found = [each for each in (read(one, self._bot) for one in raw) if each is not None]
        await self._arrivals.take(found)
        numbers = [each.number for each in found]
        if raw and not numbers:  # it would come again at once
            raise TelegramError("no update has a number")
        return max(numbers) + 1 if numbers else offset

    async def _ask(self, offset: int | None) -> list[Any]:
        """The next updates as Telegram writes them."""
        try:
            found = await self._bot.do_api_request(
                _GET_UPDATES,
                {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES},
                read_timeout=(self._bot.request.read_timeout or 0) + POLL_SECONDS,
            )
        except EndPointNotFound as error:  # what an unknown token is called here as well
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
