"""Sends the answers to updates: in order within each chat, outside of transactions.

An answer is stored in the inbox, by the commit of its turn, until it is marked as sent. This module
repeats, uploads, mails and marks; the limiter sets the pace. A call that hangs delays only its own
chat.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from telegram import Chat as TelegramChat
from telegram import Update

from bot.backoff import LONGEST_PAUSE_FOR_DATABASE, growing_pause
from bot.counter.meter import Meter, Turns
from bot.counter.pace import ONCE
from bot.counter.sending import Progress, Sender
from bot.errors import Unreachable, new_reference
from conversations import apologies
from conversations.kit.services import Services
from conversations.kit.views import AnswerTap, Effect, Say, View, unpack_effects
from conversations.texts import Words, choose_language
from storage.engine import Store, is_away, is_passing, reason_of
from storage.unit import Unit
from storage.vault import SealedDataError

log = structlog.get_logger()

STOP_WITHIN = 1.5
"""How long answers may still be sent when the service stops, in seconds."""
MOST_IN_MEMORY = 2_000
"""The most answers in memory; others are read from the inbox when they are due, so that a hundred
thousand waiting answers need only a few megabytes."""

_MARK_EVERY = 0.2


@dataclass(slots=True)
class _Owed:
    """The answer to one update; its effects are in the inbox where they are None here."""

    update_id: int
    effects: list[Effect] | None
    progress: Progress = field(default_factory=Progress)


@dataclass(slots=True)
class Marks:
    """What is still to be stored about sent answers: their updates, and the ids of receipts."""

    update_ids: list[int] = field(default_factory=list)
    receipts: list[tuple[int, int, int]] = field(default_factory=list)

    def receipt(self, reading_id: int, chat_id: int, message_id: int) -> None:
        """Add the message that shows the state of a reading."""
        self.receipts.append((reading_id, chat_id, message_id))

    def __bool__(self) -> bool:
        return bool(self.update_ids or self.receipts)

    async def write(self, unit: Unit, now: datetime) -> None:
        """Write everything in a unit, which the caller commits."""
        for reading_id, chat_id, message_id in self.receipts:
            await unit.readings.set_receipt(reading_id, chat_id, message_id)
        if self.update_ids:
            await unit.inbox.mark_answered(self.update_ids, now=now)


class Answers:
    """Sends answers, chat by chat.

    Args:
        sender: carries out effects.
        store: where the inbox is.
        services: the clock and the time zone.
        meter: the counters.
    """

    def __init__(self, sender: Sender, store: Store, services: Services, meter: Meter) -> None:
        self._sender = sender
        self._store = store
        self._services = services
        self._meter = meter
        self._lines: dict[int, deque[_Owed]] = {}
        self._in_memory = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._marks = Marks()
        self._marker: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self._stopping = asyncio.Event()
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        # Chats that were told «un momento» and have had no answer since then.
        self._excused: set[int] = set()

    # -- start and stop --

    async def start(self) -> int:
        """Queue the answers that an earlier run did not send; return how many."""
        self._ending.clear()
        self._stopping.clear()
        async with self._store.reading() as unit:
            rest = await unit.inbox.unanswered()
        for update_id, chat_id in rest:
            self._put(chat_id, _Owed(update_id, None))
        self._marker = asyncio.create_task(self._mark_for_ever(), name="marks")
        return len(rest)

    async def wind_up(self) -> None:
        """Wait up to ``STOP_WITHIN`` for answers being sent, and mark those that were.

        An answer that is interrupted is sent at the next start.
        """
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=STOP_WITHIN)
        self._sender.stop()
        if self._tasks:
            log.info("answers_cut_off", count=len(self._tasks))
            self._stopping.set()
            await asyncio.wait(set(self._tasks), timeout=STOP_WITHIN)
        # The marking task is told to end, not cancelled: cancelling a transaction would leave a
        # connection half closed, and closing the event loop would wait for it for ever.
        self._ending.set()
        if self._marker is not None:
            await asyncio.gather(self._marker, return_exceptions=True)
        try:
            await self.mark()
        except Exception as error:
            if not is_passing(error):
                raise
            # These answers are sent again at the next start: delivery is «at least once».
            log.warning("answers_not_marked", reason=reason_of(error))

    @property
    def owed_to(self) -> AbstractSet[int]:
        """The chats to which an answer is still to be sent."""
        return self._lines.keys()

    async def settled(self) -> None:
        """Wait until all answers are sent."""
        await self._is_quiet.wait()

    # -- the queue of each chat --

    def owe(self, chat_id: int, update_id: int, effects: list[Effect]) -> None:
        """Add the answer to a committed update to the queue of its chat."""
        self._excused.discard(chat_id)
        if effects:
            self._put(chat_id, _Owed(update_id, effects))

    def _put(self, chat_id: int, owed: _Owed) -> None:
        if owed.effects is not None:
            if self._in_memory >= MOST_IN_MEMORY:
                owed.effects = None
            else:
                self._in_memory += 1
        line = self._lines.get(chat_id)
        if line is not None:
            line.append(owed)
            return
        self._is_quiet.clear()
        self._lines[chat_id] = deque([owed])
        self._spawn(self._work(chat_id))

    async def _work(self, chat_id: int) -> None:
        """Send the answers in a chat's queue, one after the other."""
        line = self._lines[chat_id]
        while line:
            owed = line[0]
            was_in_memory = owed.effects is not None
            if not await self._answer(chat_id, owed):
                return  # the service is stopping: the queue stays as it is
            line.popleft()
            self._in_memory -= was_in_memory
        del self._lines[chat_id]
        if not self._lines:
            self._is_quiet.set()

    async def _answer(self, chat_id: int, owed: _Owed) -> bool:
        """Send one answer, however long that takes; False if the service stopped first."""
        marks = Marks()
        tries = 0
        while True:
            try:
                effects = await self._effects(owed)
                await self._sender.perform(chat_id, effects, progress=owed.progress, notes=marks)
            except Exception as error:  # noqa: BLE001  # whatever it is, the chat must hear of it
                if self._sender.is_stopped:
                    return False
                if isinstance(error, Unreachable) or is_away(error):
                    tries += 1
                    reason = reason_of(error)
                    log.warning("answer_kept_for_later", update_id=owed.update_id, reason=reason)
                    await self._pause(growing_pause(tries))
                    continue
                owed.progress.failures.append(error)
            if owed.progress.failures:
                await self._apologise(chat_id, owed)
            marks.update_ids.append(owed.update_id)
            self._marks.update_ids += marks.update_ids
            self._marks.receipts += marks.receipts
            return True

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _effects(self, owed: _Owed) -> list[Effect]:
        if owed.effects is not None:
            return owed.effects
        try:
            async with self._store.reading() as unit:
                kept = await unit.inbox.answer(owed.update_id)
            owed.effects = unpack_effects(kept or [])
        except (ValidationError, SealedDataError) as error:  # of another version, or another key
            reason = type(error).__name__
            log.warning("answer_not_understood", update_id=owed.update_id, reason=reason)
            owed.effects = []
        return owed.effects

    async def _apologise(self, chat_id: int, owed: _Owed) -> None:
        """Say once that an answer could not be sent, though its step was done."""
        reference = new_reference()
        self._meter.turns[Turns.APOLOGISED] += 1
        for failure in owed.progress.failures:
            log.error(
                "answer_failed",
                reference=reference,
                update_id=owed.update_id,
                chat_id=chat_id,
                exc_info=failure,
            )
        if chat_id:
            words = await self._words_in(chat_id)
            await self.try_to_say(chat_id, [Say(apologies.not_sent(words, reference))])

    async def _words_in(self, chat_id: int) -> Words:
        """The language of a chat; the default where it cannot be read."""
        chat = None
        with contextlib.suppress(Exception):
            async with self._store.reading() as unit:
                chat = await unit.chats.get(chat_id)
        return Words(choose_language(chat.language if chat else None), self._services.zone)

    # -- messages when nothing else is possible --

    async def try_to_say(self, chat_id: int, effects: list[Effect]) -> None:
        """Try once to send something."""
        try:
            await self._sender.perform(chat_id, effects, manner=ONCE)
        except Exception as failure:  # noqa: BLE001  # the database has news for the sender, too
            log.warning("not_said", chat_id=chat_id, reason=type(failure).__name__)

    def excuse(self, update: Update, view: Callable[[Words], View] = apologies.one_moment) -> None:
        """Send «un momento» to the chat of an update, once until it gets an answer."""
        chat = update.effective_chat
        if chat is None or chat.type != TelegramChat.PRIVATE or chat.id in self._excused:
            return
        self._excused.add(chat.id)
        effects: list[Effect] = [Say(view(words_for(update, self._services)))]
        if update.callback_query is not None:
            effects.insert(0, AnswerTap(query_id=update.callback_query.id))
        self._spawn(self.try_to_say(chat.id, effects))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- marks --

    def take_marks(self) -> Marks:
        """Take the marks to write them in another transaction; ``give_back`` if that fails."""
        marks, self._marks = self._marks, Marks()
        return marks

    def give_back(self, marks: Marks) -> None:
        """Return marks that were taken and not written."""
        self._marks.update_ids[:0] = marks.update_ids
        self._marks.receipts[:0] = marks.receipts

    async def mark(self) -> None:
        """Write the marks of all answers sent so far."""
        marks = self.take_marks()
        if not marks:
            return
        try:
            async with self._store.unit() as unit:
                await marks.write(unit, self._services.clock.now())
                await unit.commit()
        except BaseException:
            self.give_back(marks)
            raise

    async def _mark_for_ever(self) -> None:
        tries = 0
        pause = _MARK_EVERY
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
            try:
                await self.mark()
            except Exception as error:  # noqa: BLE001  # whatever it is, the next round tries again
                tries += 1
                pause = growing_pause(tries, LONGEST_PAUSE_FOR_DATABASE)
                log.warning("answers_not_marked_yet", reason=reason_of(error), seconds=pause)
            else:
                tries, pause = 0, _MARK_EVERY


def words_for(update: Update, services: Services) -> Words:
    """The language of the sender of an update."""
    user = update.effective_user
    return Words(choose_language(user.language_code if user else None), services.zone)
