"""Sends: turns effects into calls to Telegram, once their transaction is committed.

This module handles a call's failures and a list's progress; ``bot.counter.effects`` carries out
each effect.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    TelegramError,
)
from telegram.ext import ExtBot

from bot.backoff import StoppableWaits, growing_pause
from bot.counter.effects import EffectRunner, Files, Notes, Pictures, Post
from bot.counter.pace import ANSWER, ONCE, Manner, Pace
from bot.counter.uploads import Uploads
from bot.errors import Gone, Held, Unreachable
from bot.http import TokenRefused, may_have_arrived
from conversations.kit.services import Clock
from conversations.kit.unasked import Letter
from conversations.kit.views import AnswerTap, Effect
from storage.engine import Store, is_away
from storage.files import FileGoneError

__all__ = ["Files", "Held", "Pictures", "Post", "Progress", "Sender", "Unreachable"]

log = structlog.get_logger()

T = TypeVar("T")

REFUSALS_BELIEVED = 5
"""How often in a row Telegram must refuse the token until it counts as revoked."""
_MOST_ODD = 5
"""How often a call is made that ends in an unknown error, such as an answer that the library cannot
parse, or a defect."""

_MAILS_AT_ONCE = 16
"""Connections to the mail server at a time: servers limit them per client."""


@dataclass(slots=True)
class Progress:
    """How far a list of effects has been carried out, so that it can be continued."""

    done: int = 0
    failures: list[Exception] = field(default_factory=list)


class Sender:
    """Carries out effects in order. Retries with backoff; the limiter honours RetryAfter.

    Args:
        bot: the bot, with its limiter.
        store: where known ``file_id``s are stored.
        clock: the clock.
        pace: the bot's limiter.
        post: sends e-mails.
        pictures: makes pictures.
        files: the store of customers' files.
        zone: the company's time zone.
        protect_files: whether the company's documents cannot be forwarded.
        mails_failed: counts mails that were not accepted, by cause.
    """

    def __init__(
        self,
        bot: ExtBot[Any],
        store: Store,
        clock: Clock,
        pace: Pace,
        *,
        post: Post,
        pictures: Pictures,
        files: Files,
        zone: ZoneInfo,
        protect_files: bool = False,
        mails_failed: Counter[str] | None = None,
    ) -> None:
        self.bot = bot
        self.store = store
        self.clock = clock
        self.pace = pace
        self.post = post
        self.files = files
        self.zone = zone
        self.protect_files = protect_files
        self.waits = StoppableWaits()
        self.uploads = Uploads(store, clock, self.waits, pictures, files)
        self.mails = asyncio.Semaphore(_MAILS_AT_ONCE)
        self.mails_failed: Counter[str] = Counter() if mails_failed is None else mails_failed
        self._refusals = 0
        self.refused: asyncio.Future[None] | None = None

    def stop(self) -> None:
        """Stop waiting for Telegram and the mail server: current calls raise ``Unreachable``."""
        self.waits.end()

    @property
    def is_stopped(self) -> bool:
        return self.waits.is_over

    async def token_refused(self) -> None:
        """Wait until Telegram has refused the token several times in a row, then raise.

        Raises:
            TokenRefused: always.
        """
        if self.refused is None:
            self.refused = asyncio.get_running_loop().create_future()
        await asyncio.shield(self.refused)

    async def perform(
        self,
        chat_id: int,
        effects: Sequence[Effect],
        *,
        manner: Manner = ANSWER,
        progress: Progress | None = None,
        notes: Notes | None = None,
    ) -> bool:
        """Carry out *effects* in one chat. If the chat is gone, mark it and stop.

        Args:
            chat_id: the chat.
            effects: what to do there, in order.
            manner: how the calls are made.
            progress: records what is done and which effects failed for good, after which the rest
                is still done; without it, the first such failure is raised, and the rest is not
                done.
            notes: collects what must be stored about it; without it, that is stored at once.

        Returns:
            False if the chat is gone.

        Raises:
            Unreachable: Telegram could not be reached; the rest should be tried again later.
        """
        runner = EffectRunner(self, chat_id, manner, notes)
        done = progress.done if progress is not None else 0
        taps = [each for each in effects[done:] if isinstance(each, AnswerTap)]
        # A tap is answered while the screen is being edited, which saves a round trip.
        ending = [asyncio.create_task(runner.end_spinner(tap)) for tap in taps]
        try:
            for effect in effects[done:]:
                try:
                    await runner.run(effect)
                except (Gone, Unreachable):
                    raise
                except Exception as failure:
                    if progress is None or is_away(failure):
                        raise
                    progress.failures.append(failure)
                if progress is not None:
                    progress.done += 1
        except Gone as gone:
            await self._mark_gone(chat_id, gone)
            return False
        finally:
            # An error of the spinner must not hide an earlier one.
            for ended in await asyncio.gather(*ending, return_exceptions=True):
                if isinstance(ended, Exception):
                    log.warning("tap_not_answered", reason=type(ended).__name__)
        return True

    async def post_letter(self, letter: Letter) -> None:
        """Send an e-mail that is not an answer in a chat.

        Raises:
            MailError: the server did not accept it.
            Unreachable: the service is stopping.
        """
        with self.waits.waiting():
            await self.post.send(letter.to, letter.subject, letter.text)

    async def fetch(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call that nobody waits for, once, or after a pause. Errors as in ``call``."""
        return await self.call(call, ONCE)

    async def call(self, call: Callable[[], Awaitable[T]], manner: Manner = ANSWER) -> T:
        """Make one call, and repeat it after passing errors.

        Only Telegram's refusal of this very message is final: an answer that is cut short, empty,
        or from another server says nothing about the message.

        Raises:
            BadRequest: Telegram refuses the message.
            ChatMigrated: the group has a new id.
            FileGoneError: the stored file to send is missing or damaged.
            Gone: the chat accepts no messages.
            Held: Telegram requests a pause, and the call does not wait.
            Unreachable: it did not succeed.
        """
        with self.waits.waiting():
            return await self._call(call, manner)

    async def _call(self, call: Callable[[], Awaitable[T]], manner: Manner) -> T:
        tries = doubts = odd = 0
        while True:
            try:
                answer = await call()
            except Held:
                raise Held(doubts=doubts) from None
            except Exception as error:
                if is_refusal(error):
                    self._refusals = 0
                    if isinstance(error, Forbidden):
                        raise Gone(for_good="deactivated" in error.message.lower()) from None
                    raise
                if not isinstance(error, TelegramError):
                    odd += 1
                    if odd >= _MOST_ODD or isinstance(error, FileGoneError):
                        raise
                self._count_refusal(error)
                tries += 1
                doubts += not isinstance(error, NetworkError) or may_have_arrived(error)
                if tries == manner.most_tries or doubts == manner.most_doubts:
                    raise Unreachable(doubts=doubts) from None
                pause = growing_pause(tries)
                log.warning("sending_paused", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
            else:
                self._refusals = 0
                return answer

    def _count_refusal(self, error: Exception) -> None:
        if not isinstance(error, TokenRefused):
            return
        self._refusals += 1
        if self._refusals < REFUSALS_BELIEVED:
            return
        if self.refused is None:
            self.refused = asyncio.get_running_loop().create_future()
        if not self.refused.done():
            self.refused.set_exception(error)
            self.refused.exception()  # marks the error as seen, if nothing waits for it

    async def _mark_gone(self, chat_id: int, gone: Gone) -> None:
        log.info("chat_gone", chat_id=chat_id, for_good=gone.for_good)
        async with self.store.unit() as unit:
            now = self.clock.now()
            if gone.for_good:
                await unit.chats.mark_gone(chat_id, now=now)
                await unit.outbox.drop(chat_id)
            else:
                await unit.chats.mark_blocked(chat_id, now=now)
                await unit.outbox.hold(chat_id)
            await unit.commit()


def is_refusal(error: Exception) -> bool:
    """Whether Telegram itself refuses this very message."""
    if not isinstance(error, BadRequest | Forbidden | ChatMigrated):
        return False
    # The library decides by the status alone; an answer that it could not parse is not Telegram's,
    # whatever its status.
    return not isinstance(error.__cause__, TelegramError)
