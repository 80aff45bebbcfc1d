"""getUpdates: waiting calls, and conflicts between them."""

import asyncio
from typing import Any, Final

from bot.local_telegram.arguments import Arguments
from bot.local_telegram.errors import ApiError, conflict
from bot.local_telegram.updates import Entry
from bot.local_telegram.world import World

Json = dict[str, Any]

_LONGEST_TIMEOUT: Final = 50
_BY_POLLING: Final = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
_BY_WEBHOOK: Final = "terminated by setWebhook request"
_WEBHOOK_ACTIVE: Final = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Poller:
    """Answers getUpdates; holds at most one call until there is an update."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: asyncio.Future[ApiError | None] | None = None
        world.updates.listen(self._on_change)
        world.webhook_changed.append(self._on_webhook)

    async def poll(self, a: Arguments) -> list[Json]:
        """Return the next updates; waits up to `timeout` seconds for the first.

        Raises the 409 if another call replaces it.
        """
        world = self._world
        if world.webhook is not None:
            raise conflict(_WEBHOOK_ACTIVE)
        self.release(conflict(_BY_POLLING))
        world.updates.allow(a["allowed_updates"])
        limit = a.bounded("limit", 100, 1, 100)
        timeout = a.bounded("timeout", 0, 0, _LONGEST_TIMEOUT)
        batch = world.updates.batch(a["offset"] or 0, limit)
        if not batch and timeout:
            batch = await self._hold(limit, timeout)
        world.updates.mark_fetched(batch)
        return world.faults.arranged([(entry.key, entry.update) for entry in batch])

    async def _hold(self, limit: int, seconds: int) -> list[Entry]:
        held: asyncio.Future[ApiError | None] = asyncio.get_running_loop().create_future()
        self._held = held
        try:
            async with asyncio.timeout(seconds):
                error = await held
        except TimeoutError:
            return []
        finally:
            if self._held is held:
                self._held = None
        if error is not None:
            raise error
        return self._world.updates.batch(0, limit)

    def release(self, error: ApiError | None = None) -> None:
        """End the waiting call: with the updates there are, or with `error`."""
        if self._held is not None and not self._held.done():
            self._held.set_result(error)
        self._held = None

    def _on_change(self, entry: Entry | None) -> None:
        if entry is not None:
            self.release()

    def _on_webhook(self) -> None:
        if self._world.webhook is not None:
            self.release(conflict(_BY_WEBHOOK))
