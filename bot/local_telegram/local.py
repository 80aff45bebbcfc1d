"""`LocalTelegram`: the state together with its server."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from bot.local_telegram.model import Chat
from bot.local_telegram.page import Page, routes
from bot.local_telegram.people import Group, Person, Tap
from bot.local_telegram.polling import Poller
from bot.local_telegram.pushing import Pusher
from bot.local_telegram.server import (
    FileHandler,
    MethodHandler,
    NotFound,
    longest_read,
)
from bot.local_telegram.world import World

_LOOPBACK = "127.0.0.1"


class LocalTelegram(World):
    """A local Telegram with one bot. The package's docstring shows how to use it.

    The arguments are those of `World`. `serve` starts the server, `close` stops it; as an
    asynchronous context manager it does both, on a free port.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._server: HTTPServer | None = None
        self._poller: Poller | None = None
        self._pusher: Pusher | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self.port = 0
        self.page = Page(self)

    async def serve(self, port: int = 0) -> Self:
        """Listen on `port` of 127.0.0.1 (0: a free one); OSError if it is in use."""
        if self._server is not None:
            message = "already served"
            raise RuntimeError(message)
        self._poller = Poller(self)
        self._pusher = Pusher(self)
        application = Application(
            [
                (
                    r"/bot([^/]+)/([^/]+)/?",
                    MethodHandler,
                    {"world": self, "poller": self._poller},
                ),
                (r"/file/bot([^/]+)/(.+)", FileHandler, {"world": self}),
                *routes(self.page),
                (r".*", NotFound),
            ],
            log_function=lambda _: None,
        )
        sockets = bind_sockets(port, _LOOPBACK)
        self.port = sockets[0].getsockname()[1]
        longest = longest_read(self.limits)
        self._server = HTTPServer(application, max_buffer_size=longest, max_body_size=longest)
        self._server.add_sockets(sockets)
        return self

    async def close(self) -> None:
        """Stop serving, and end waiting calls."""
        if self._server is None:
            return
        server, self._server = self._server, None
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        server.stop()
        if self._poller is not None:
            self._poller.release()
        if self._pusher is not None:
            await self._pusher.close()
        await server.close_all_connections()

    async def __aenter__(self) -> Self:
        if self._server is None:
            await self.serve()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def api_url(self) -> str:
        """The base URL: a bot calls ``{api_url}/bot{token}/{method}``."""
        return f"http://{_LOOPBACK}:{self.port}"

    @property
    def webhook_pace(self) -> float:
        """The factor for pauses between webhook deliveries (1: as Telegram does)."""
        return self._pusher.pace if self._pusher else 1.0

    @webhook_pace.setter
    def webhook_pace(self, pace: float) -> None:
        if self._pusher is None:
            message = "serve first"
            raise RuntimeError(message)
        self._pusher.pace = pace

    # --- unanswered taps

    def add_tap(self, chat: Chat, person: Person, message_id: int, data: str) -> Tap:
        """Do what `World.add_tap` does, and end the tap after the time limit."""
        tap = super().add_tap(chat, person, message_id, data)
        self._watch_taps()
        return tap

    def _watch_taps(self) -> None:
        if self._ticking is None and self._server is not None:
            # Slightly late: whether the time is over is decided by the state's own clock.
            pause = self.tap_timeout.total_seconds() + 0.05
            self._ticking = asyncio.get_running_loop().call_later(pause, self._look_at_taps)

    def _look_at_taps(self) -> None:
        self._ticking = None
        self.expire_taps()
        if self.taps:
            self._watch_taps()

    # --- waiting for the bot

    async def until_fetched(self, timeout: float | None = 10.0) -> None:  # noqa: ASYNC109
        """Wait until the bot has fetched every update once; TimeoutError after `timeout` s."""
        await self._until(lambda: self.updates.all_fetched, timeout)

    async def until_confirmed(self, timeout: float | None = 60.0) -> None:  # noqa: ASYNC109
        """Wait until the bot has confirmed every update; TimeoutError after `timeout` seconds."""
        await self._until(lambda: len(self.updates) == 0, timeout)

    async def _until(self, holds: Callable[[], bool], timeout: float | None) -> None:  # noqa: ASYNC109
        changed = asyncio.Event()
        end = self.updates.listen(lambda _: changed.set())
        try:
            async with asyncio.timeout(timeout):
                while not holds():
                    changed.clear()
                    await changed.wait()
        finally:
            end()


__all__ = ["Chat", "Group", "LocalTelegram", "Person", "Tap"]
