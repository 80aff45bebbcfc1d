"""Turns: one transaction for each update, in which nothing is sent.

Effects, draft, conversation state and the mark that the update is handled are committed together;
only then is anything sent. A failure before the commit undoes everything; what is not sent after
the commit is sent at the next start.

SQLite has one writer: there, the turns of several chats that are ready at the same time share a
transaction, since the commit is the slow part. If one of them fails, each is done again separately.
On PostgreSQL they run in parallel.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog
from telegram import Bot, Update
from telegram import Chat as TelegramChat
from telegram.ext import ApplicationHandlerStop

from bot.backoff import LONGEST_PAUSE_FOR_DATABASE, growing_pause
from bot.counter.answers import Answers, words_for
from bot.counter.incoming import Incoming, read
from bot.counter.meter import Meter, Turns
from bot.errors import new_reference
from conversations import apologies
from conversations.kit.context import IDLE, Context, Turn, current_turn
from conversations.kit.services import Services
from conversations.kit.views import AnswerTap, Effect, Say, pack_effects, unpack_effects
from conversations.texts import Words, choose_language
from storage.engine import Store, is_away, reason_of
from storage.models import InboxUpdate
from storage.repositories.inbox import Arrival, Beginning
from storage.unit import Unit
from storage.vault import SealedDataError

log = structlog.get_logger()

Process = Callable[[Update], Awaitable[None]]
"""python-telegram-bot's function that passes one update through the handlers."""

SHARING = 16
"""The most turns in one transaction, so that the first of them need not wait long."""
SIDE_BY_SIDE = 8
"""The most parallel transactions where the database allows them: fewer than its connections."""
STOP_WITHIN = 1.5
"""How long running turns may take to commit when the service stops, in seconds."""
MOST_TRIES = 3
"""How often a turn is tried whose failure cannot even be stored."""

_Handling = tuple[Incoming, "asyncio.Future[None]"]


class TurnMaker:
    """Handles updates; those of one chat come one at a time (``Arrivals`` ensures that).

    Args:
        store: the database.
        services: what steps may use.
        bot: the bot.
        process: passes an update through the handlers.
        answers: sends the effects.
        meter: the counters.
    """

    def __init__(  # noqa: PLR0917
        self,
        store: Store,
        services: Services,
        bot: Bot,
        process: Process,
        answers: Answers,
        meter: Meter,
    ) -> None:
        self._store = store
        self._services = services
        self._bot = bot
        self._process = process
        self._answers = answers
        self.meter = meter
        self._ready: deque[_Handling] = deque()
        self._to_store: list[Incoming] = []
        self._work_is_there = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._sharing = SHARING if store.is_sqlite else 1

    # -- start and stop --

    def start(self) -> None:
        """Begin to handle updates."""
        self._stopping.clear()
        number = 1 if self._store.is_sqlite else SIDE_BY_SIDE
        self._workers = [
            asyncio.create_task(self._work(), name=f"turns {each}") for each in range(number)
        ]

    async def wind_up(self) -> None:
        """Begin no further turn, and wait until the running ones are committed."""
        self._stopping.set()
        self._work_is_there.set()
        if self._workers:
            # Not cancelled: cancelling a transaction would leave a connection half closed, and
            # closing the event loop would wait for it for ever.
            await asyncio.wait(self._workers, timeout=2 * STOP_WITHIN)

    # -- requests --

    def store(self, arrived: Sequence[Incoming]) -> None:
        """Store updates to be handled later; each is notified when it is stored."""
        for each in arrived:
            if not each.is_kept and not each.is_being_stored:
                each.is_being_stored = True
                self._to_store.append(each)
        if self._to_store:
            self._work_is_there.set()

    async def handle(self, one: Incoming) -> None:
        """Return when an update is handled, or apologised for, and committed.

        While the database is unavailable, it waits: nothing is skipped or overtaken. A defect that
        prevents even the apology must not block its chat for ever.
        """
        while not self._stopping.is_set():
            try:
                await self._in_a_turn(one)
            except Exception as error:  # noqa: BLE001  # whatever it is, the chat must hear of it
                if await self._handle_failure(one, error):
                    return
            else:
                return

    async def _in_a_turn(self, one: Incoming) -> None:
        done = asyncio.get_running_loop().create_future()
        self._ready.append((one, done))
        self._work_is_there.set()
        await done

    # -- transactions --

    async def _work(self) -> None:
        while not self._stopping.is_set():
            if not self._ready and not self._to_store:
                self._work_is_there.clear()
                await self._work_is_there.wait()
                continue
            stored, self._to_store = self._to_store, []
            group: list[_Handling] = []
            # Where transactions run in parallel, storing waits for no turn.
            if self._store.is_sqlite or not stored:
                while self._ready and len(group) < self._sharing:
                    group.append(self._ready.popleft())
            await self._commit(stored, group)

    async def _commit(self, stored: list[Incoming], group: list[_Handling]) -> None:
        """Do all of this in one transaction; if that fails, each part separately."""
        try:
            answers = await self._transact(stored, [one for one, _ in group])
        except Exception as error:  # noqa: BLE001  # each is told
            parts = len(group) + bool(stored)
            if parts > 1 and not is_away(error):
                await self._commit_each(stored, group)
                return
            for one in stored:
                one.is_being_stored = False
                one.fail(error)
            for _, done in group:
                if not done.done():
                    done.set_exception(error)
            return
        for one in stored:
            one.is_being_stored = False
            one.keep()
        for (one, done), effects in zip(group, answers, strict=True):
            one.keep()
            self._answers.owe(one.chat_id, one.number, effects)
            if not done.done():
                done.set_result(None)

    async def _commit_each(self, stored: list[Incoming], group: list[_Handling]) -> None:
        if stored:
            await self._commit(stored, [])
        for each in group:
            await self._commit([], [each])

    async def _transact(
        self, stored: Sequence[Incoming], group: Sequence[Incoming]
    ) -> list[list[Effect]]:
        """Run one transaction; return the effects of each turn once it is committed."""
        marks = self._answers.take_marks()
        try:
            async with self._store.unit(urgent=True) as unit:
                if stored:
                    await self._store_apart(unit, stored)
                answers = [await self._turn(unit, one) for one in group]
                await marks.write(unit, self._services.clock.now())
                await unit.commit()
        except BaseException:
            self._answers.give_back(marks)
            raise
        self.meter.turns[Turns.HANDLED] += len(group)
        return answers

    async def _store_apart(self, unit: Unit, stored: Sequence[Incoming]) -> None:
        now = self._services.clock.now()
        arrivals = [Arrival(one.number, one.chat_id, one.content) for one in stored]
        await unit.inbox.store(arrivals, now=now)
        await unit.inbox.pass_over([one.number for one in stored if one.is_passed], now=now)

    # -- one turn --

    async def _turn(self, shared: Unit, one: Incoming) -> list[Effect]:
        """Handle an update, and return its effects; nothing for a repeat.

        After an exception, the rollback of the transaction undoes everything in the turn.
        """
        unit, now = shared.part(), self._services.clock.now()
        begun = await self._begin(unit, one)
        if begun is None:
            return []
        row = begun.row
        if row is not None and row.handled_at is not None:
            # A connection that breaks during a commit leaves open whether it succeeded.
            return _kept_effects(row) if one.tries else []
        update = one.update or self._stored_update(row)
        effects: list[Effect] = []
        if update is not None:
            turn = await self._open(unit, update, begun)
            await self._run_handlers(turn, one)
            effects = turn.effects
        await unit.write()
        is_first = await unit.inbox.finish(
            one.number,
            one.chat_id,
            answer=pack_effects(effects) if effects else None,
            received_at=one.received_at or now,
            now=now,
        )
        if not is_first:
            raise RuntimeError("an update was handled twice at once")
        unit.put_down()
        return effects

    async def _begin(self, unit: Unit, one: Incoming) -> Beginning | None:
        """The data that a turn begins with; None if no key opens it, and the update is skipped."""
        try:
            return await unit.inbox.begin(one.number, one.chat_id)
        except SealedDataError:
            if one.update is not None:
                raise
        try:
            await unit.inbox.content(one.number)
        except SealedDataError:
            log.exception("update_not_readable", update_id=one.number)
            now = self._services.clock.now()
            await unit.inbox.pass_over([one.number], now=now)
            return None
        raise SealedDataError("a conversation that no key at hand opens")

    def _stored_update(self, row: InboxUpdate | None) -> Update | None:
        """The update in a row of the inbox; None if this version cannot read it."""
        if row is None or not row.content:
            return None
        found = read(json.loads(row.content), self._bot)
        return found.update if found is not None else None

    async def _open(self, unit: Unit, update: Update, begun: Beginning) -> Turn:
        """Begin a turn with its chat, language, and open conversation.

        An expired conversation is closed here, and the customer is told first. Only private chats
        have rows and conversations; for groups both are None.
        """
        now = self._services.clock.now()
        telegram_chat, user = update.effective_chat, update.effective_user
        private = telegram_chat is not None and telegram_chat.type == TelegramChat.PRIVATE
        chat = conversation = None
        late = False
        if private and telegram_chat is not None:
            chat = await unit.chats.meet(telegram_chat.id, now=now, chat=begun.chat)
            conversation = begun.conversation
            if conversation is not None and conversation.expires_at <= now:
                await unit.conversations.close(conversation.chat_id)
                late = not conversation.draft.get(IDLE)
                conversation = None
        language = (chat.language if chat else None) or (user.language_code if user else None)
        if chat is not None and chat.language is None and language:
            # The language of later notices, which come without a telephone's language.
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
            is_linked=private and begun.is_linked,
        )
        if late:
            turn.late = True
            turn.effects.append(Say(apologies.came_back_late(words)))
        return turn

    async def _run_handlers(self, turn: Turn, one: Incoming) -> None:
        """Pass the update through the handlers, or tell the chat that it floods."""
        if one.is_too_much:
            self.meter.turns[Turns.FLOODED] += 1
            turn.effects = [Say(apologies.too_fast(turn.words))]
            if turn.update.callback_query is not None:
                turn.effects.insert(0, AnswerTap(query_id=turn.update.callback_query.id))
        else:
            with turn.at_hand():
                await self._process(turn.update)
            if turn.failure is not None:
                raise turn.failure
            _close(turn)
        await turn.settle()

    # -- failures --

    async def _handle_failure(self, one: Incoming, error: Exception) -> bool:
        """Apologise for a failed turn, or wait before it is tried again."""
        if not is_away(error):
            log.error("turn_failed", update_id=one.number, exc_info=error)
            try:
                await self._apologise(one)
            except Exception as failure:  # noqa: BLE001  # whatever it is, the chat must hear of it
                error = failure
            else:
                return True
            if not is_away(error):
                log.error("apology_failed", update_id=one.number, exc_info=error)
                if one.tries + 1 >= MOST_TRIES:
                    await self._give_up(one)
                    return True
        one.tries += 1
        if is_away(error):
            one.fail(error)
        else:  # an update that cannot be handled can still be stored
            self.store([one])
        self.meter.turns[Turns.PUT_OFF] += 1
        pause = growing_pause(one.tries, LONGEST_PAUSE_FOR_DATABASE)
        reason = reason_of(error)
        log.warning("turn_put_off", update_id=one.number, reason=reason, seconds=pause)
        if one.update is not None:
            self._answers.excuse(one.update)
        await self._pause(pause)
        return False

    async def _apologise(self, one: Incoming) -> None:
        """Store an update whose step failed as handled, with an apology as its answer."""
        now = self._services.clock.now()
        effects = await self._apology(one)
        async with self._store.unit(urgent=True) as unit:
            is_first = await unit.inbox.finish(
                one.number,
                one.chat_id,
                answer=pack_effects(effects) if effects else None,
                received_at=one.received_at or now,
                now=now,
            )
            await unit.commit()
        self.meter.turns[Turns.APOLOGISED] += 1
        self.meter.turns[Turns.HANDLED] += 1
        one.keep()
        if is_first:
            self._answers.owe(one.chat_id, one.number, effects)

    async def _give_up(self, one: Incoming) -> None:
        """Apologise and skip an update: it stays in the inbox for the next start."""
        self.meter.turns[Turns.APOLOGISED] += 1
        await self._answers.try_to_say(one.chat_id, await self._apology(one))

    async def _apology(self, one: Incoming) -> list[Effect]:
        """The apology for a failed step, with a reference that is in the log too."""
        reference = new_reference()
        log.error("apology", reference=reference, update_id=one.number)
        update = one.update
        if update is None:
            async with self._store.reading() as unit:
                content = await unit.inbox.content(one.number)
            found = read(json.loads(content), self._bot) if content else None
            update = found.update if found is not None else None
        effects: list[Effect] = []
        if update is not None and one.chat_id:
            words = words_for(update, self._services)
            effects.append(Say(apologies.apology(words, reference)))
        if update is not None and update.callback_query is not None:
            effects.insert(0, AnswerTap(query_id=update.callback_query.id))
        return effects

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


async def note_failure(_update: object, context: Context) -> None:
    """python-telegram-bot's error handler: record the failure in the turn, which rolls back.

    Raises:
        ApplicationHandlerStop: always, so that no further handler gets the update.
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


def _kept_effects(row: InboxUpdate) -> list[Effect]:
    return unpack_effects(row.answer or []) if row.answered_at is None else []


def _close(turn: Turn) -> None:
    """Add what every turn needs: an answer to a tap, and a notice about a left conversation."""
    query = turn.update.callback_query
    if query is not None and not any(isinstance(each, AnswerTap) for each in turn.effects):
        turn.effects.insert(0, AnswerTap(query_id=query.id))
    if turn.left:
        turn.effects.insert(0, Say(apologies.left_in_the_middle(turn.words)))
