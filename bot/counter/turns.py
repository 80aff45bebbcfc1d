"""One turn at the counter: a transaction around each update, and then what is to be sent for it.

The order is the whole point. Effects, draft, conversation state and the mark that the update is
handled are one commit; only then does anything leave. What fails before the commit has not
happened, what fails after it is sent at the next start.
"""

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Sequence
from typing import Any

import structlog
from pydantic import ValidationError
from telegram import Chat as TelegramChat
from telegram import Update
from telegram.ext import ApplicationHandlerStop, BaseUpdateProcessor

from bot.backoff import LONGEST_PAUSE_FOR_DATABASE, growing_pause
from bot.counter.arrivals import Feed, chat_of
from bot.counter.sending import Sender, Unreachable
from bot.errors import new_reference
from bot.metrics import Meter, Turns
from conversations import apologies
from conversations.kit.context import IDLE, Context, Turn, current_turn
from conversations.kit.services import Services
from conversations.kit.views import (
    AnswerTap,
    Effect,
    Mail,
    Say,
    View,
    pack_effects,
    unpack_effects,
)
from conversations.texts import Words, choose_language
from storage.engine import Store, is_away, is_passing, reason_of
from storage.models import InboxUpdate
from storage.unit import Unit

log = structlog.get_logger()

SIDE_BY_SIDE = 64
STOP_WITHIN = 1.5
"""Seconds that turns under way get to be answered when the service stops."""

MOST_TRIES = 3
"""How often a turn is begun of which not even the failure can be written down."""

_FLUSH_SECONDS = 0.2


class TurnProcessor(BaseUpdateProcessor):
    """Handles updates side by side, one of each chat at a time (the feed sees to that)."""

    _sender: Sender
    _feed: Feed

    def __init__(self, store: Store, services: Services) -> None:
        super().__init__(SIDE_BY_SIDE)
        self._store = store
        self._services = services
        self.meter = Meter()
        self._answered: list[int] = []
        self._failures: dict[int, int] = {}
        # How often not even an apology could be written down, though the database was there.
        self._defects: dict[int, int] = {}
        self._flusher: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self._pauses: set[asyncio.Task[None]] = set()
        self._turns: set[asyncio.Task[Any]] = set()
        self._takes_no_more = False
        # Chats that were told «un momento» and have had no answer since.
        self._excused: set[int] = set()

    def connect(self, sender: Sender, feed: Feed) -> None:
        """Tells who sends answers, and where updates come from; both need the bot to be built."""
        self._sender = sender
        self._feed = feed
        feed.connect(self.excuse, self._count_flooded)

    async def initialize(self) -> None:
        """Starts writing down what was answered, a few times a second."""
        self._ending.clear()
        self._takes_no_more = False
        self._flusher = asyncio.create_task(self._flush_for_ever())

    async def shutdown(self) -> None:
        """Writes down what was answered up to now."""
        for task in self._pauses:
            task.cancel()
        # The flusher is asked and not cancelled: in the middle of a transaction that would leave a
        # connection half closed, for which the end of the loop then waits in vain.
        self._ending.set()
        await asyncio.gather(*self._pauses, *filter(None, [self._flusher]), return_exceptions=True)
        try:
            await self._flush()
        except Exception as error:
            if not is_passing(error):
                raise
            # It is answered a second time at the next start: that is what «at least once» means.
            log.warning("answers_not_marked", reason=reason_of(error))

    async def wind_up(self) -> None:
        """Begins no further turn, and gives those under way ``STOP_WITHIN`` to be answered.

        Nothing is lost in what is cut off: what was not committed is handled at the next start,
        what was not sent is answered then.
        """
        self._takes_no_more = True
        if self._turns:
            await asyncio.wait(set(self._turns), timeout=STOP_WITHIN)
        self._sender.stop()
        if self._turns:
            log.info("turns_cut_off", count=len(self._turns))
            await asyncio.wait(set(self._turns), timeout=STOP_WITHIN)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handles one update from its transaction to its answer."""
        task = asyncio.current_task()
        if not isinstance(update, Update) or task is None or self._takes_no_more:
            _discard(coroutine)
            return
        self._turns.add(task)
        try:
            await self._serve(update, coroutine)
        finally:
            self._turns.discard(task)
            _discard(coroutine)

    async def _serve(self, update: Update, coroutine: Awaitable[Any]) -> None:
        """One update of a chat, to its end: then, and only then, the chat's next one may come.

        In every case it is either answered, or on its way to being repeated or answered later, and
        whoever takes that over lets the next one come.
        """
        chat_id = chat_of(update)
        try:
            effects = await self._handle_or_apologise(update, coroutine)
        except Exception as error:  # noqa: BLE001  # whatever it is, the chat must hear of it
            # While the database is away its chat waits: nothing is passed over, nothing overtakes
            # it. A defect that lets not even an apology be written down must not hold it for ever.
            if is_away(error) or not self._is_hopeless(update, error):
                self._wait_and_repeat(update, error)
                return
            await self._give_up(update)
            effects = []
        else:
            self.meter.turns[Turns.HANDLED] += 1
        self._failures.pop(update.update_id, None)
        self._defects.pop(update.update_id, None)
        self._excused.discard(chat_id)
        if _is_mail(effects):
            # A mail server may take its time: the chat's line waits for it, nobody's turn does.
            self._spawn_turn(self._answer_aside(update.update_id, chat_id, effects))
            return
        if effects and not await self.answer(update.update_id, chat_id, effects):
            # The chat's line waits with it, so that answers keep their order.
            self._spawn(self._answer_later(chat_id, [(update.update_id, effects)]))
            return
        await self._feed.finished(chat_id)

    async def _answer_aside(self, update_id: int, chat_id: int, effects: list[Effect]) -> None:
        if not await self.answer(update_id, chat_id, effects):
            self._spawn(self._answer_later(chat_id, [(update_id, effects)]))
            return
        await self._feed.finished(chat_id)

    def _spawn_turn(self, work: Any) -> None:
        """Goes on with a turn without its place: a stop gives it the same time as the others."""
        task = asyncio.create_task(work)
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    async def _handle_or_apologise(self, update: Update, coroutine: Awaitable[Any]) -> list[Effect]:
        try:
            return await self._handle(update, coroutine)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("turn_failed", update_id=update.update_id)
            return await self._apologise(update)

    def _is_hopeless(self, update: Update, error: Exception) -> bool:
        """Notes that an update's failure could not be written down; whether that is enough."""
        log.error("apology_failed", update_id=update.update_id, exc_info=error)
        tries = self._defects[update.update_id] = self._defects.get(update.update_id, 0) + 1
        return tries >= MOST_TRIES

    async def answer(self, update_id: int, chat_id: int, effects: list[Effect]) -> bool:
        """Sends what is to be sent for an update, and has it marked as answered.

        Of what cannot be sent at all the customer hears, with a reference: trying for ever would
        not mend it.

        Returns:
            False where Telegram is out of reach: the answer stays in the inbox.
        """
        failures: list[Exception] = []
        try:
            await self._sender.perform(chat_id, effects, failures=failures)
        except Unreachable:
            log.warning("answer_kept_for_later", update_id=update_id, chat_id=chat_id)
            return False
        except Exception as error:  # noqa: BLE001  # whatever it is, the chat must hear of it
            if is_away(error):  # what is sent, or who it goes to, could not be looked up
                reason = reason_of(error)
                log.warning("answer_kept_for_later", update_id=update_id, reason=reason)
                return False
            failures.append(error)
        if failures:
            await self._apologise_for_answer(update_id, chat_id, failures)
        self._answered.append(update_id)
        return True

    async def _apologise_for_answer(
        self, update_id: int, chat_id: int, failures: list[Exception]
    ) -> None:
        """Says, once, that an answer could not be sent; what it tells of has been done."""
        reference = new_reference()
        self.meter.turns[Turns.APOLOGISED] += 1
        for failure in failures:
            log.error(
                "answer_failed",
                reference=reference,
                update_id=update_id,
                chat_id=chat_id,
                exc_info=failure,
            )
        if chat_id:
            words = await self._words_in(chat_id)
            await self._try_to_say(chat_id, [Say(apologies.not_sent(words, reference))])

    async def _answer_later(self, chat_id: int, waiting: list[tuple[int, list[Effect]]]) -> None:
        """Sends the answers of a chat, in order, as soon as they get through."""
        for update_id, effects in waiting:
            tries = 1
            await asyncio.sleep(growing_pause(tries))
            while not await self.answer(update_id, chat_id, effects):
                tries += 1
                await asyncio.sleep(growing_pause(tries))
        await self._feed.finished(chat_id)

    async def answer_the_rest(self) -> int:
        """Answers what an earlier run handled and could not answer; gives how much that was.

        What cannot be sent now is sent as soon as Telegram takes it, before anything else is said
        in the same chats.
        """
        done = 0
        last = -1
        later: dict[int, list[tuple[int, list[Effect]]]] = {}
        while True:
            async with self._store.reading() as unit:
                rows = await unit.inbox.unanswered(after=last)
            if not rows:
                break
            for row in rows:
                effects = self._kept_effects(row)
                # Where Telegram is out of reach for one chat, the others need not wait to learn it.
                # Nor need they wait for a mail server.
                aside = bool(later) or _is_mail(effects)
                if aside or not await self.answer(row.update_id, row.chat_id, effects):
                    later.setdefault(row.chat_id, []).append((row.update_id, effects))
                done += 1
            last = rows[-1].update_id
            await self._flush()
        for chat_id, waiting in later.items():
            self._feed.hold(chat_id)
            self._spawn(self._answer_later(chat_id, waiting))
        return done

    @staticmethod
    def _kept_effects(row: InboxUpdate) -> list[Effect]:
        try:
            return unpack_effects(row.answer or [])
        except ValidationError:  # a version that knew other effects wrote it
            log.warning("answer_not_understood", update_id=row.update_id)
            return []

    # -- one turn --

    async def _handle(self, update: Update, coroutine: Awaitable[Any]) -> list[Effect]:
        """The turn's one transaction: all that the update does, and what is to be sent for it.

        Gives what is to be sent once this is committed; nothing for an update that was handled
        before. Whatever is raised, nothing of the turn has happened.

        Args:
            update: what came in.
            coroutine: python-telegram-bot's way through the handlers; it finds the turn by itself.
        """
        now = self._services.clock.now()
        async with self._store.unit() as unit:
            if update.update_id in self._failures:
                # A connection that breaks during a commit leaves open whether it went through.
                kept = await unit.inbox.handled(update.update_id)
                if kept is not None:
                    return self._kept_effects(kept)
            turn = await self._begin(unit, update)
            if self._feed.is_too_much(chat_of(update), update.update_id):
                self._say_too_much(turn)
            else:
                turn.begin()
                await coroutine
                if turn.failure is not None:
                    raise turn.failure
                _close(turn)
            await turn.settle()
            answer = pack_effects(turn.effects) if turn.effects else None
            if not await unit.inbox.mark_handled(update.update_id, answer=answer, now=now):
                return []  # it came twice, and the first time was enough
            await unit.commit()
            return turn.effects

    def _say_too_much(self, turn: Turn) -> None:
        """Its chat floods: that is said once, in place of what the turn would have been."""
        self._count_flooded(1)
        turn.effects = [Say(apologies.too_fast(turn.words))]
        if turn.update.callback_query is not None:
            turn.effects.insert(0, AnswerTap(query_id=turn.update.callback_query.id))

    def _count_flooded(self, count: int) -> None:
        self.meter.turns[Turns.FLOODED] += count

    async def _begin(self, unit: Unit, update: Update) -> Turn:
        """What a turn starts from: the chat, its language, and its conversation if one is open.

        One that has expired is closed here, and that is the first thing to be said. Only private
        chats are known and have conversations; in groups both are None.
        """
        now = self._services.clock.now()
        telegram_chat, user = update.effective_chat, update.effective_user
        private = telegram_chat is not None and telegram_chat.type == TelegramChat.PRIVATE
        chat = conversation = None
        late = False
        if private and telegram_chat is not None:
            chat = await unit.chats.meet(telegram_chat.id, now=now)
            conversation = await unit.conversations.open_in(telegram_chat.id)
            if conversation is not None and conversation.expires_at <= now:
                await unit.conversations.close(conversation)
                late = not conversation.draft.get(IDLE)
                conversation = None
        language = (chat.language if chat else None) or (user.language_code if user else None)
        if chat is not None and chat.language is None and language:
            # What is said unasked has no telephone to go by: reminders, receipts, notices.
            chat.language = choose_language(language)
        words = Words(choose_language(language), self._services.zone)
        turn = Turn(
            update=update,
            unit=unit,
            services=self._services,
            now=now,
            chat=chat,
            words=words,
            conversation=conversation,
        )
        if late:
            turn.late = True
            turn.effects.append(Say(apologies.came_back_late(words)))
        return turn

    async def _apologise(self, update: Update) -> list[Effect]:
        """Marks an update whose step failed as handled, with an apology for its answer."""
        effects = self._apology(update)
        async with self._store.unit() as unit:
            await unit.inbox.mark_handled(
                update.update_id, answer=pack_effects(effects), now=self._services.clock.now()
            )
            await unit.commit()
        self.meter.turns[Turns.APOLOGISED] += 1
        return effects

    async def _give_up(self, update: Update) -> None:
        """Apologises and passes an update over: it stays in the inbox for the next start."""
        self.meter.turns[Turns.APOLOGISED] += 1
        await self._try_to_say(chat_of(update), self._apology(update))

    def _apology(self, update: Update) -> list[Effect]:
        """What to say of a step that failed; the log knows it by the same number."""
        reference = new_reference()
        log.error("apology", reference=reference, update_id=update.update_id)
        effects: list[Effect] = []
        if chat_of(update):
            effects.append(Say(apologies.apology(self._words_for(update), reference)))
        if update.callback_query is not None:
            effects.insert(0, AnswerTap(query_id=update.callback_query.id))
        return effects

    async def _try_to_say(self, chat_id: int, effects: list[Effect]) -> None:
        """Sends, once, what is said when nothing else can be done."""
        try:
            await self._sender.perform(chat_id, effects)
        except Exception as failure:  # noqa: BLE001  # the database has news for the sender, too
            log.warning("not_said", chat_id=chat_id, reason=type(failure).__name__)

    async def _words_in(self, chat_id: int) -> Words:
        """The language of a chat, in the words for it; the usual one where it cannot be read."""
        chat = None
        with contextlib.suppress(Exception):
            async with self._store.reading() as unit:
                chat = await unit.chats.get(chat_id)
        return Words(choose_language(chat.language if chat else None), self._services.zone)

    def _words_for(self, update: Update) -> Words:
        user = update.effective_user
        language = choose_language(user.language_code if user else None)
        return Words(language, self._services.zone)

    # -- the database is away --

    def _wait_and_repeat(self, update: Update, error: Exception) -> None:
        self.meter.turns[Turns.PUT_OFF] += 1
        tries = self._failures[update.update_id] = self._failures.get(update.update_id, 0) + 1
        pause = growing_pause(tries, LONGEST_PAUSE_FOR_DATABASE)
        log.warning(
            "turn_put_off",
            update_id=update.update_id,
            reason=reason_of(error),
            seconds=pause,
        )
        self.excuse([update])
        self._spawn(self._feed.again(update, after=pause))

    def excuse(self, updates: Sequence[Update]) -> None:
        """Says «un momento» in the chats of *updates*, once until they have had an answer."""
        for update in updates:
            chat = update.effective_chat
            if chat is None or chat.type != TelegramChat.PRIVATE or chat.id in self._excused:
                continue
            self._excused.add(chat.id)
            self._spawn(self._say_one_moment(update, apologies.one_moment(self._words_for(update))))

    async def _say_one_moment(self, update: Update, view: View) -> None:
        effects: list[Effect] = [Say(view)]
        if update.callback_query is not None:
            effects.insert(0, AnswerTap(query_id=update.callback_query.id))
        await self._try_to_say(chat_of(update), effects)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._pauses.add(task)
        task.add_done_callback(self._pauses.discard)

    # -- what was answered --

    async def _flush_for_ever(self) -> None:
        tries = 0
        pause = _FLUSH_SECONDS
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
            try:
                await self._flush()
            except Exception as error:  # noqa: BLE001  # whatever it is, the next round tries again
                tries += 1
                pause = growing_pause(tries, LONGEST_PAUSE_FOR_DATABASE)
                log.warning("answers_not_marked_yet", reason=reason_of(error), seconds=pause)
            else:
                tries, pause = 0, _FLUSH_SECONDS

    async def _flush(self) -> None:
        if not self._answered:
            return
        batch, self._answered = self._answered, []
        try:
            async with self._store.unit() as unit:
                await unit.inbox.mark_answered(batch, now=self._services.clock.now())
                await unit.commit()
        except BaseException:
            self._answered = batch + self._answered
            raise


async def note_failure(_update: object, context: Context) -> None:
    """python-telegram-bot's error handler: the turn that failed is told, and will roll back.

    Raises:
        ApplicationHandlerStop: no further handler looks at the update.
    """
    error = context.error
    if error is None:
        return
    try:
        turn = current_turn()
    except LookupError:
        log.error("job_failed", exc_info=error)  # noqa: TRY400
        return
    turn.failure = error
    raise ApplicationHandlerStop


def _close(turn: Turn) -> None:
    """What every turn owes: an end to the spinner of a tap, and a word on what was left behind."""
    query = turn.update.callback_query
    if query is not None and not any(isinstance(each, AnswerTap) for each in turn.effects):
        turn.effects.insert(0, AnswerTap(query_id=query.id))
    if turn.left:
        turn.effects.insert(0, Say(apologies.walked_out(turn.words)))


def _is_mail(effects: Sequence[Effect]) -> bool:
    return any(isinstance(each, Mail) for each in effects)


def _discard(coroutine: Awaitable[Any]) -> None:
    if inspect.iscoroutine(coroutine):
        coroutine.close()
