"""Sends the outbox: in order, at an even rate, and only what is still true.

A message is marked as being sent before it is, and settled right after: after a crash in between it
may have arrived, and is sent again at the next start if it is still true. That is one message as
long as Telegram answers within the interval between messages; if it takes longer, as many as are
needed to keep the rate, and at most ``LANES`` (decision 4).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.counter.pace import CHAT_RESTS, Manner, Priority
from bot.counter.sending import Held, Sender, Unreachable
from bot.jobs.job import ServiceJob
from conversations.kit.context import IDLE
from conversations.kit.services import Services
from conversations.kit.unasked import Family, Later, Telling
from conversations.kit.views import Edit, Effect
from conversations.notices import FAMILIES, LASTING, NOTICES
from conversations.texts import Words, choose_language
from storage.engine import Store, is_passing, reason_of
from storage.models import OutboxMessage, OutboxState
from storage.notices import Notice
from storage.repositories.outbox import LEAVING, WAITING, Addressee
from storage.unit import ReadUnit

log = structlog.get_logger()

LANES = 4
"""The most messages being sent at once: enough while Telegram answers within 160 ms."""
MOST_ATTEMPTS = 5

_MOST_TRIES = 6
"""How often a call is made in one attempt."""
_MOST_DOUBTS = 2
"""The most times a message is sent while it is not known whether it arrived."""
_RETRY_AFTER = timedelta(minutes=1)
_WAIT_FOR_CONVERSATION = timedelta(minutes=5)
_GIVE_WAY_SECONDS = 0.04
_BATCH = 50
_MOST_PASSED_OVER = 1_000
_STEP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The messages that go to one chat together, with their effects.

    ``leader`` is the message that the others are merged into.
    """

    chat_id: int
    leader: OutboxMessage
    messages: Sequence[OutboxMessage]
    effects: Sequence[Effect]

    @property
    def ids(self) -> list[int]:
        return [each.id for each in self.messages]


@dataclass(frozen=True, slots=True)
class _Ended:
    """The result of sending, until it is stored.

    With ``retry_at`` it is tried again then, and ``tries`` attempts are added; without it, a
    message that is queued again keeps its place.
    """

    ids: list[int]
    leader_id: int
    state: OutboxState
    retry_at: datetime | None = None
    tries: int = 0


class OutboxJob(ServiceJob[int]):
    """Sends what is due, at the rate that the limiter leaves after answers.

    Args:
        store: where the outbox is.
        services: the clock and the quiet hours.
        sender: carries out effects.
        quiet: returns when no customer's update is being handled. It is given a moment before each
            message, so that a broadcast does not compete for the database either.
        answering: the chats whose updates are being handled, or whose answers are still to be
            sent: unasked messages must not overtake these.
    """

    __name__ = "outbox"

    def __init__(
        self,
        store: Store,
        services: Services,
        sender: Sender,
        *,
        quiet: Callable[[], Awaitable[None]],
        answering: Callable[[], AbstractSet[int]],
    ) -> None:
        super().__init__()
        self._store = store
        self._services = services
        self._sender = sender
        self._quiet = quiet
        self._answering = answering
        self._pace = sender.pace
        self._seen: datetime | None = None
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._ended: list[_Ended] = []
        self._writing = asyncio.Lock()

    async def _run(self) -> int:
        """Send everything that is due; return how many messages were dealt with."""
        await self._write_down()
        await self._recover()
        await self._look_at_clock()
        dealt_with = 0
        try:
            while not self._sender.is_stopped:
                # Look again after a lane re-queues a message during the query.
                was_sending = bool(self._lanes)
                found = await self._due()
                for message in found:
                    if not self._is_busy(message.chat_id) and not self._sender.is_stopped:
                        dealt_with += await self._deal_with(message)
                if not found and not self._lanes and not was_sending:
                    break
                # New messages must not wait for a slow one.
                if not found and self._lanes:
                    await asyncio.wait(set(self._lanes.values()), timeout=CHAT_RESTS)
        except asyncio.CancelledError:
            for lane in self._lanes.values():
                lane.cancel()
            raise
        finally:
            await self._finish_lanes()
        return dealt_with

    # -- due messages --

    async def _recover(self) -> None:
        """Queue again what was being sent when an earlier run ended.

        It runs before this run sends anything.
        """
        async with self._store.reading() as unit:
            if not await unit.outbox.is_any_leaving():
                return
        async with self._store.unit() as unit:
            number = await unit.outbox.recover(most_attempts=MOST_ATTEMPTS)
            await unit.commit()
        log.info("outbox_recovered", messages=number)

    async def _look_at_clock(self) -> None:
        """At the start, and after the clock was set back, make messages due by the new time."""
        now = self._services.clock.now()
        seen, self._seen = self._seen, now
        if seen is not None and now > seen - _STEP:
            return
        async with self._store.unit() as unit:
            number = await unit.outbox.bring_forward(now)
            await unit.commit()
        if number:
            log.info("outbox_brought_forward", messages=number)

    def _busy(self) -> set[int]:
        """Chats to which a message is being sent, or was sent a moment ago."""
        return self._lanes.keys() | self._pace.resting()

    def _is_busy(self, chat_id: int) -> bool:
        return chat_id in self._busy() or chat_id in self._answering()

    async def _due(self) -> list[OutboxMessage]:
        """The next messages, after waiting for busy chats; empty once all are sent.

        Messages to chats that wait for an answer are left to another run, as that can take long.
        """
        while True:
            busy = self._busy()
            now = self._services.clock.now()
            async with self._store.reading() as unit:
                found = await self._due_besides(unit, busy, now)
                if found or not busy:
                    return found
                waiting = await unit.outbox.due(now, limit=_BATCH)
            waiting = [each for each in waiting if each.chat_id in busy]
            if not waiting or self._sender.is_stopped:
                return []
            lane = self._lanes.get(waiting[0].chat_id)
            if lane is not None:
                await asyncio.wait({lane}, timeout=CHAT_RESTS)
            else:
                # A group rests longer; meanwhile messages for others may become due.
                await self._pace.rested(waiting[0].chat_id, at_most=CHAT_RESTS)

    async def _due_besides(
        self, unit: ReadUnit, busy: AbstractSet[int], now: datetime
    ) -> list[OutboxMessage]:
        """Due messages, except to busy chats and to those that wait for an answer.

        The latter can be very many, and the parameters of a statement are limited.
        """
        passed_over = set(busy)
        while True:
            found = await unit.outbox.due(now, limit=_BATCH, besides=passed_over)
            free = [each for each in found if each.chat_id not in self._answering()]
            if free or not found or len(passed_over) > _MOST_PASSED_OVER:
                return free
            passed_over |= {each.chat_id for each in found}

    # -- sending to one chat --

    async def _deal_with(self, message: OutboxMessage) -> int:
        """Send a message, with others that belong to it; return how many they were."""
        if message.not_after is not None and message.not_after <= self._services.clock.now():
            await self._settle([message], OutboxState.OUTDATED)
            return 1
        # Nothing is made and marked while Telegram requests a pause, or all lanes are busy.
        await self._pace.gate.wait()
        while len(self._lanes) >= LANES:
            await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)
        await self._give_way()
        batch = await self._make(message)
        if batch is None:
            return 1
        await self._pace.unasked_slot()
        await self._give_way()
        if batch.chat_id in self._answering():  # the customer has written meanwhile
            return 0
        async with self._store.unit() as unit:
            started = await unit.outbox.start(batch.ids)
            if batch.leader.id not in started:  # its chat is gone, or was forgotten
                return 0  # without a commit
            await unit.commit()
        lane = asyncio.create_task(self._send(batch))
        self._lanes[batch.chat_id] = lane
        lane.add_done_callback(lambda _: self._lanes.pop(batch.chat_id, None))
        return len(batch.messages)

    async def _give_way(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GIVE_WAY_SECONDS):
                await self._quiet()

    async def _make(self, message: OutboxMessage) -> _Batch | None:
        """Make what is to be sent; if there is nothing, or not now, store that and return None."""
        now = self._services.clock.now()
        family = FAMILIES.get(message.kind)
        kinds = family.kinds if family is not None else (message.kind,)
        made: list[Effect] | Later | None = None
        # The results are written afterwards, to use one connection at a time.
        async with self._store.reading() as unit:
            whom = await unit.outbox.addressee(message.chat_id)
            is_blocked = whom.chat is not None and whom.chat.blocked_at is not None
            messages = await unit.outbox.waiting_with(message, kinds, now)
            is_there = any(each.id == message.id for each in messages)
            if family is None:
                messages = [message]
            if is_there and not is_blocked:
                try:
                    made = await self._made(unit, whom, family, messages, now)
                except Exception as error:
                    if is_passing(error):
                        raise
                    log.exception(
                        "outbox_message_not_made", outbox_id=message.id, kind=message.kind
                    )
        if is_blocked:
            await self._hold(message.chat_id)
            return None
        if not is_there:
            return None  # it was merged into another message
        if made is None:
            await self._settle([message], OutboxState.FAILED)
            return None
        if isinstance(made, Later):
            async with self._store.unit() as unit:
                await unit.outbox.put_off(
                    [each.id for each in messages], after=OutboxState.QUEUED, until=made.until
                )
                await unit.commit()
            return None
        if not made:
            await self._settle(messages, OutboxState.OUTDATED)
            return None
        leader = min(messages, key=lambda each: _rank(family, each))
        return _Batch(message.chat_id, leader, messages, made)

    async def _made(
        self,
        unit: ReadUnit,
        whom: Addressee,
        family: Family | None,
        messages: Sequence[OutboxMessage],
        now: datetime,
    ) -> list[Effect] | Later:
        language = choose_language(whom.chat.language if whom.chat else None)
        words = Words(language, self._services.zone)
        telling = Telling(
            unit, self._services, words, messages[0].chat_id, queued_at=messages[0].created_at
        )
        if family is None:
            return await NOTICES[messages[0].kind].make(telling, Notice.of(messages[0]))
        later = self._not_now(whom, now)
        return later or await family.make(telling, [Notice.of(each) for each in messages])

    def _not_now(self, whom: Addressee, now: datetime) -> Later | None:
        """When to try again, if the chat has quiet hours or an open conversation."""
        quiet = whom.preferences.quiet_hours(self._services.quiet_hours)
        allowed = quiet.next_allowed(now, self._services.zone)
        if allowed > now:
            return Later(allowed)
        opened = whom.conversation
        if opened is None or opened.expires_at <= now or opened.draft.get(IDLE):
            return None
        return Later(min(opened.expires_at, now + _WAIT_FOR_CONVERSATION))

    async def _hold(self, chat_id: int) -> None:
        async with self._store.unit() as unit:
            await unit.outbox.hold(chat_id)
            await unit.commit()

    async def _settle(self, messages: Sequence[OutboxMessage], state: OutboxState) -> None:
        async with self._store.unit() as unit:
            ids = [each.id for each in messages]
            await unit.outbox.settle(ids, state, after=WAITING, now=self._services.clock.now())
            await unit.commit()

    # -- lanes --

    async def _send(self, batch: _Batch) -> None:
        """Send messages and store the result; raises only if it is cancelled."""
        ended = await self._deliver(batch)
        if ended is None:
            return
        self._ended.append(ended)
        try:
            await self._write_down()
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("outbox_not_noted", reason=reason_of(error))

    async def _deliver(self, batch: _Batch) -> _Ended | None:
        """Send messages; return the result, or None if the chat is gone.

        In that case the sender has dealt with all of its messages.
        """
        ids, leader = batch.ids, batch.leader
        try:
            for place, effect in enumerate(batch.effects):
                if place:
                    if not isinstance(effect, Edit):
                        await self._pace.rested(batch.chat_id)
                    await self._pace.unasked_slot()
                # Messages that wait during a pause could become outdated, so they do not wait.
                manner = _manner(leader, effect, waits=place > 0)
                if not await self._sender.perform(batch.chat_id, [effect], manner=manner):
                    return None
        except Unreachable as error:
            if isinstance(error, Held) and not error.doubts:
                return _Ended(ids, leader.id, OutboxState.QUEUED)
            return self._to_try_again(batch, doubts=error.doubts)
        except Exception as error:
            if is_passing(error):  # the database: it is not known whether the message was sent
                log.warning("outbox_message_put_off", reason=reason_of(error))
                return self._to_try_again(batch, doubts=1)
            log.exception("outbox_message_failed", outbox_id=leader.id, kind=leader.kind)
            return _Ended(ids, leader.id, OutboxState.FAILED)
        return _Ended(ids, leader.id, OutboxState.SENT)

    def _to_try_again(self, batch: _Batch, *, doubts: int) -> _Ended:
        """Try again later; at most once if it may have arrived in *doubts* attempts."""
        ids, leader = batch.ids, batch.leader
        now = self._services.clock.now()
        if self._sender.is_stopped:
            return _Ended(ids, leader.id, OutboxState.QUEUED, retry_at=now)
        if leader.kind in LASTING:
            return _Ended(ids, leader.id, OutboxState.QUEUED, retry_at=now + _RETRY_AFTER)
        left = MOST_ATTEMPTS - leader.attempts - 1
        is_harmless = all(isinstance(each, Edit) for each in batch.effects)
        if left <= 0 or (doubts > 1 and not is_harmless):
            if doubts:
                log.warning("outbox_message_in_doubt", outbox_id=leader.id, kind=leader.kind)
            return _Ended(ids, leader.id, OutboxState.FAILED)
        return _Ended(
            ids,
            leader.id,
            OutboxState.QUEUED,
            retry_at=now + _RETRY_AFTER,
            tries=left if doubts and not is_harmless else 1,
        )

    async def _write_down(self) -> None:
        """Store results; what the database does not accept now, the next run tries again."""
        async with self._writing:
            while self._ended:
                ended = self._ended[0]
                async with self._store.unit() as unit:
                    if ended.state is OutboxState.QUEUED:
                        await unit.outbox.put_off(
                            ended.ids,
                            after=OutboxState.SENDING,
                            until=ended.retry_at,
                            tries=ended.tries,
                        )
                    else:
                        await unit.outbox.settle(
                            ended.ids,
                            ended.state,
                            after=LEAVING,
                            now=self._services.clock.now(),
                            carried_by=ended.leader_id,
                        )
                    await unit.commit()
                self._ended.pop(0)

    async def _finish_lanes(self) -> None:
        """Wait until all lanes are done; if cancelled, cancel them too."""
        try:
            while self._lanes:
                await asyncio.wait(set(self._lanes.values()))
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            lanes = set(self._lanes.values())
            for lane in lanes:
                lane.cancel()
            if lanes:
                await asyncio.wait(lanes)
            raise


def _manner(leader: OutboxMessage, effect: Effect, *, waits: bool) -> Manner:
    """Answers go first; a message that may have arrived is sent at most once more."""
    return Manner(
        Priority.BROADCAST if leader.bulk else Priority.NOTICE,
        waits=waits,
        most_tries=_MOST_TRIES,
        most_doubts=None if isinstance(effect, Edit) else _MOST_DOUBTS,
    )


def _rank(family: Family | None, message: OutboxMessage) -> tuple[int, int]:
    return (family.kinds.index(message.kind) if family else 0, message.id)
