"""What leaves: effects become calls to Telegram, once their transaction is committed.

Here is what one call does when it fails, and what a list of effects comes to; how each effect is
carried out is in ``bot.counter.errand``.
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

from bot.backoff import Patience, growing_pause
from bot.counter.errand import Errand, Files, Notes, Pictures, Post
from bot.counter.pace import ANSWER, ONCE, Manner, Pace
from bot.counter.uploads import Uploads
from bot.errors import Gone, Held, Unreachable
from bot.http import TokenRefused, may_have_arrived
from conversations.kit.services import Clock
from conversations.kit.unasked import Letter
from conversations.kit.views import AnswerTap, Effect
from storage.engine import Store, is_away

__all__ = ["Files", "Held", "Pictures", "Post", "Progress", "Sender", "Unreachable"]

log = structlog.get_logger()

T = TypeVar("T")

REFUSALS_BELIEVED = 5
"""How often in a row Telegram must refuse the token until it is taken for gone."""
_MOST_ODD = 5
"""How often a call is made that ends in an error which nobody thought of: an answer that the
library cannot read, or a defect that no further try will mend."""

_MAILS_AT_ONCE = 16
"""A connection each: mail servers have little patience with more from one place."""


@dataclass(slots=True)
class Progress:
    """How far a list of effects was carried out, so that it can be gone on with."""

    done: int = 0
    failures: list[Exception] = field(default_factory=list)


class Sender:
    """Carries out effects, in order, with Telegram's moods taken into account.

    Args:
        bot: who speaks; its pace is its limiter's.
        store: where it is looked up what Telegram holds already.
        clock: the time of day.
        pace: the bot's limiter.
        post: who sends e-mails.
        pictures: who draws.
        files: where customers' files lie.
        zone: the company's time zone.
        protect_files: whether the company's papers may not be passed on.
        mails_failed: counts mails that were not taken, by whose fault it is.
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
        self.patience = Patience()
        self.uploads = Uploads(store, clock, self.patience, pictures, files)
        self.mails = asyncio.Semaphore(_MAILS_AT_ONCE)
        self.mails_failed: Counter[str] = Counter() if mails_failed is None else mails_failed
        self._refusals = 0
        self.refused: asyncio.Future[None] | None = None

    def stop(self) -> None:
        """Waits for Telegram and the mail server no longer: what is being sent is unreachable."""
        self.patience.end()

    @property
    def is_stopped(self) -> bool:
        return self.patience.is_over

    async def token_refused(self) -> None:
        """Ends with an error once Telegram has refused the token several times in a row.

        Raises:
            TokenRefused: it has.
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
        """Does what *effects* say, for one chat. A chat that is gone is marked, and that is all.

        Args:
            chat_id: the chat.
            effects: what to do there, in order.
            manner: how the calls are made.
            progress: takes what is done, and what went wrong for good, after which the rest is done
                all the same; where it is not given, the first such failure is raised, and the rest
                is not done.
            notes: takes what is to be written down about it; where it is not given, it is written
                at once.

        Returns:
            False where the chat is gone.

        Raises:
            Unreachable: Telegram could not be reached; doing the rest again later is right.
        """
        errand = Errand(self, chat_id, manner, notes)
        done = progress.done if progress is not None else 0
        taps = [each for each in effects[done:] if isinstance(each, AnswerTap)]
        # The spinner of a tap ends while the screen is being changed: one round trip less to wait.
        ending = [asyncio.create_task(errand.end_spinner(tap)) for tap in taps]
        try:
            for effect in effects[done:]:
                try:
                    await errand.do(effect)
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
            # What goes wrong with a spinner must not hide what went wrong before it.
            for ended in await asyncio.gather(*ending, return_exceptions=True):
                if isinstance(ended, Exception):
                    log.warning("tap_not_answered", reason=type(ended).__name__)
        return True

    async def post_letter(self, letter: Letter) -> None:
        """Hands an e-mail over that nobody waits for in a chat.

        Raises:
            MailError: the server did not take it.
            Unreachable: a stop cut it short.
        """
        with self.patience.waiting():
            await self.post.send(letter.to, letter.subject, letter.text)

    async def fetch(self, call: Callable[[], Awaitable[T]]) -> T:
        """One call for which nobody waits; tried once, or after a hold. Errors as of ``call``."""
        return await self.call(call, ONCE)

    async def call(self, call: Callable[[], Awaitable[T]], manner: Manner = ANSWER) -> T:
        """One call, again after what passes.

        Not delivered is everything but a refusal of this very message: an answer that is cut short,
        empty, or somebody else's says nothing of what was asked.

        Raises:
            BadRequest: Telegram refuses it as it is.
            ChatMigrated: the group is another one now.
            Gone: the chat takes nothing.
            Held: it is unasked, and Telegram wants silence.
            Unreachable: it did not go through.
        """
        with self.patience.waiting():
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
                    if odd >= _MOST_ODD:
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
            self.refused.exception()  # whoever waits for it raises it; nobody may be waiting yet

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
    """Whether Telegram refuses this very message, in words of its own."""
    if not isinstance(error, BadRequest | Forbidden | ChatMigrated):
        return False
    # The library tells an answer by its status alone; one that it could not read is no word of
    # Telegram's, whatever its status.
    return not isinstance(error.__cause__, TelegramError)
