"""Tidies up: abandoned conversations, updates answered long ago, files that no row names."""

from datetime import datetime, timedelta

import structlog

from bot.jobs.job import ServiceJob
from conversations.kit.context import IDLE
from conversations.kit.services import Services
from storage.engine import Store
from storage.files import PARTS, FileStore
from storage.notices import ConversationLeftAlone

log = structlog.get_logger()

INBOX_MEMORY = timedelta(days=2)
SWEEP_PAUSE = timedelta(hours=6)
_NOTICE_LIFETIME = timedelta(hours=12)
_PART_LASTS = timedelta(minutes=1)


class Housekeeping(ServiceJob[None]):
    """Finds what is over by index, so the number of chats does not matter.

    Stored files are checked in small parts, one a minute, by the time of day: all of them take four
    and a half hours.
    """

    __name__ = "housekeeping"

    def __init__(self, store: Store, services: Services, files: FileStore) -> None:
        super().__init__()
        self._store = store
        self._services = services
        self._files = files
        self._swept_at: datetime | None = None
        self._swept_minute = -1

    async def _run(self) -> None:
        """End abandoned conversations with a notice, and remove what is too old."""
        now = self._services.clock.now()
        async with self._store.reading() as unit:
            expired = await unit.conversations.expired(now)
        for conversation in expired:
            async with self._store.unit() as unit:
                if not await unit.conversations.close_if_expired(conversation.chat_id, now):
                    continue
                if not conversation.draft.get(IDLE):  # only looked at something: no notice
                    await unit.outbox.queue(
                        f"left:{conversation.chat_id}:{conversation.token}",
                        ConversationLeftAlone(),
                        conversation.chat_id,
                        now=now,
                        not_after=now + _NOTICE_LIFETIME,
                    )
                await unit.commit()
        async with self._store.unit() as unit:
            if await unit.inbox.forget(before=now - INBOX_MEMORY):
                await unit.commit()
        await self._sweep(now)
        await self._sweep_files(now)

    async def _sweep(self, now: datetime) -> None:
        """At intervals, remove what the limits on linking kept of forgotten chats."""
        if self._swept_at is not None and now - self._swept_at < SWEEP_PAUSE:
            return
        async with self._store.unit() as unit:
            if await unit.erasure.sweep(now=now):
                await unit.commit()
        self._swept_at = now

    async def _sweep_files(self, now: datetime) -> None:
        """Remove stored files that no row names, in the part for the current minute."""
        minute = int(now.timestamp() // _PART_LASTS.total_seconds())
        if minute == self._swept_minute:
            return
        self._swept_minute = minute
        part = minute % PARTS
        names = await self._files.names_in(part)
        async with self._store.reading() as unit:
            named = await unit.kept_files.named(names)
        if gone := await self._files.sweep(part, named, now=now):
            log.info("files_swept", files=gone)
