"""Webhooks: pushes updates in order, and repeats them until they are accepted."""

import asyncio
import contextlib
import json
import logging
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp

from bot.local_telegram.updates import Entry
from bot.local_telegram.world import Webhook, World

Json = dict[str, Any]

_ANSWER_WITHIN: Final = 60.0  # seconds for one answer
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 60.0
_LONGEST_ASKED: Final = 3600.0
_OK: Final = range(200, 300)
_HELD_BACK: Final = 0.03  # seconds at most, while chats are to be mixed

logger = logging.getLogger(__name__)


class Pusher:
    """Delivers to the current webhook: in order within a key, and different keys in parallel.

    `pace` is the factor for every pause, so that tests need not wait for real ones.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.pace = 1.0
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self._queues: dict[int | str, deque[Entry]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._gate = asyncio.Semaphore(1)
        self._webhook: Webhook | None = None
        world.updates.listen(self._on_change)
        world.webhook_changed.append(self._restart)

    async def close(self) -> None:
        """Stop pushing."""
        self._webhook = None
        await self._stop(list(self._workers), self._session)
        self._session = None

    def _restart(self) -> None:
        workers, session = list(self._workers), self._session
        self._workers.clear()
        self._queues.clear()
        self._webhook = self._world.webhook
        self._session = None
        if workers or session:
            stopping = asyncio.get_running_loop().create_task(self._stop(workers, session))
            self._workers.add(stopping)
            stopping.add_done_callback(self._workers.discard)
        if self._webhook is None:
            return
        self._gate = asyncio.Semaphore(self._webhook.max_connections)
        connector = aiohttp.TCPConnector(limit=0, ssl=_trust(self._webhook))
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN)
        )
        for entry in self._world.updates.pending():
            self._queue(entry)

    @staticmethod
    async def _stop(
        workers: list[asyncio.Task[None]], session: aiohttp.ClientSession | None
    ) -> None:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if session is not None:
            await session.close()

    def _on_change(self, entry: Entry | None) -> None:
        if entry is not None and self._webhook is not None:
            self._queue(entry)

    def _queue(self, entry: Entry) -> None:
        queue = self._queues.get(entry.key)
        if queue is not None:
            queue.append(entry)
            return
        queue = self._queues[entry.key] = deque([entry])
        worker = asyncio.get_running_loop().create_task(self._work(entry.key, queue))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, key: int | str, queue: deque[Entry]) -> None:
        webhook, session = self._webhook, self._session
        if webhook is None or session is None:
            return
        try:
            await self._deliver(webhook, session, queue)
        finally:
            # Without a worker, all later updates with this key would be stuck.
            if self._queues.get(key) is queue:
                del self._queues[key]

    async def _deliver(
        self, webhook: Webhook, session: aiohttp.ClientSession, queue: deque[Entry]
    ) -> None:
        while queue:
            if self._world.faults.reorder:
                await asyncio.sleep(self._world.faults.chance() * _HELD_BACK)
            if len(queue) > 1 and self._world.faults.swaps():
                queue[0], queue[1] = queue[1], queue[0]
            entry = queue[0]
            failures = 0
            while not entry.done:
                async with self._gate:
                    pause = await self._try(webhook, session, entry)
                if pause is None:
                    break
                failures += 1
                await self.sleep(pause_after(failures, pause) * self.pace)
            queue.popleft()

    async def _try(
        self, webhook: Webhook, session: aiohttp.ClientSession, entry: Entry
    ) -> float | None:
        try:
            return await self._post(webhook, session, entry)
        except Exception:
            logger.exception("an update could not be pushed")
            self._note(webhook, "Internal error")
            return 0

    async def _post(
        self, webhook: Webhook, session: aiohttp.ClientSession, entry: Entry
    ) -> float | None:
        """Push one update. Returns None if accepted; else the requested pause in seconds, or 0."""
        self._world.updates.mark_fetched([entry])
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        faults = self._world.faults
        updates = [*faults.late(), entry.update]
        if faults.doubles():
            if faults.duplicate_late:
                faults.keep_for_later(entry.update)
            else:
                updates.append(entry.update)
        try:
            for update in updates:
                body = json.dumps(update, ensure_ascii=False).encode()
                async with session.post(
                    webhook.url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    status, reason = response.status, response.reason
                    asked = response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._note(webhook, _words(error))
            return 0
        if status in _OK:
            self._world.updates.confirm(entry)
            return None
        self._note(webhook, f"Wrong response from the webhook: {status} {reason}")
        return min(float(asked), _LONGEST_ASKED) if asked.isdigit() else 0

    def _note(self, webhook: Webhook, words: str) -> None:
        webhook.last_error_date = self._world.timestamp()
        webhook.last_error_message = words


def pause_after(failures: int, asked: float = 0) -> float:
    """Return the seconds to wait after `failures` of one update in a row.

    None the first time, then 2, 4, 8 … up to 60 s (C); a pause that the receiver `asked` for wins.
    """
    if asked:
        return asked
    return 0 if failures == 1 else min(_LONGEST_PAUSE, _FIRST_PAUSE ** (failures - 1))


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "Read timeout expired"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "Connection refused"
    return "Connection reset by peer"


def _trust(webhook: Webhook) -> ssl.SSLContext | bool:
    """Return how the receiver's certificate is checked: it may have been sent with setWebhook."""
    if webhook.certificate is None:
        return True
    context = ssl.create_default_context()
    with contextlib.suppress(ssl.SSLError, UnicodeDecodeError):
        context.load_verify_locations(cadata=webhook.certificate.decode("ascii"))
    context.check_hostname = False  # such certificates are often issued for a bare address
    return context
