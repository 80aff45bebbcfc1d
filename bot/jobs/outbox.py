"""Sending what is in the outbox: paced, in turn, and only what is still true."""

import asyncio
from datetime import timedelta

import structlog

from bot.sending import Sender, Unreachable
from conversations.kit.context import Context
from conversations.kit.desk import Desk
from conversations.notices import NOTICES
from conversations.texts import Words, choose_language
from storage.engine import Store, is_passing, reason_of
from storage.models import OutboxMessage, OutboxState

log = structlog.get_logger()

PER_SECOND = 25
_RETRY_AFTER = timedelta(minutes=1)
_MOST_ATTEMPTS = 5
_BATCH = 50


class OutboxJob:
    """Sends what is due. One message is in flight at a time, so a crash repeats at most that."""

    __name__ = "outbox"

    def __init__(
        self, store: Store, desk: Desk, sender: Sender, *, per_second: float = PER_SECOND
    ) -> None:
        self._store = store
        self._desk = desk
        self._sender = sender
        self._pause = 1 / per_second

    async def __call__(self, _context: Context) -> None:
        """As the scheduler calls it, every second."""
        try:
            await self.run()
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("outbox_put_off", reason=reason_of(error))

    async def run(self) -> int:
        """Sends everything that is due now; gives how many messages were dealt with."""
        done = 0
        while True:
            async with self._store.reading() as unit:
                due = await unit.outbox.due(self._desk.clock.now(), limit=_BATCH)
            for message in due:
                if self._sender.is_stopped:
                    return done  # the rest is sent after the next start, with no attempt counted
                await self._send(message)
                done += 1
            if len(due) < _BATCH:
                return done

    async def _send(self, message: OutboxMessage) -> None:
        now = self._desk.clock.now()
        state = OutboxState.OUTDATED
        if message.not_after is None or now < message.not_after:
            async with self._store.reading() as unit:
                chat = await unit.chats.get(message.chat_id)
                words = Words(choose_language(chat.language if chat else None), self._desk.zone)
                effects = await NOTICES[message.kind](unit, self._desk, words, message)
            if effects:
                try:
                    await self._sender.perform(message.chat_id, effects)
                    state = OutboxState.SENT
                except Unreachable:
                    if not self._sender.is_stopped:
                        await self._postpone(message)
                    return
                except Exception as error:
                    if is_passing(error):  # the database is away: the message is as due as before
                        raise
                    log.exception("outbox_message_failed", outbox_id=message.id, kind=message.kind)
                    state = OutboxState.FAILED
                await asyncio.sleep(self._pause)
        async with self._store.unit() as unit:
            await unit.outbox.settle(message.id, state, now=self._desk.clock.now())
            await unit.commit()

    async def _postpone(self, message: OutboxMessage) -> None:
        async with self._store.unit() as unit:
            if message.attempts + 1 >= _MOST_ATTEMPTS:
                await unit.outbox.settle(message.id, OutboxState.FAILED, now=self._desk.clock.now())
            else:
                await unit.outbox.postpone(message.id, until=self._desk.clock.now() + _RETRY_AFTER)
            await unit.commit()
