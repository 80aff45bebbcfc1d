"""How updates come in: stored first, then handled, in order within each chat.

Telegram forgets a batch of updates when the next one is asked for, or when a webhook answers 200.
So everything goes into the inbox, one commit a batch, before either happens; what is there and
not handled when the program starts is handled first.

Of each chat only the oldest update is on its way at any time: chats run side by side, order holds
within each, and one that floods waits in its own line.
"""

import asyncio
import errno
import hmac
import json
from collections import deque
from collections.abc import Sequence
from socket import socket
from typing import Any, Protocol

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler

from bot.patience import LONGEST_PAUSE_FOR_DATABASE, LONGEST_PAUSE_SECONDS, growing_pause
from conversations.kit.desk import Clock
from storage.engine import Store, is_passing, reason_of
from storage.repositories.inbox import Arrival

log = structlog.get_logger()

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
POLL_SECONDS = 30
_BIND_PATIENCE_SECONDS = 20
LARGEST_WEBHOOK_BODY = 1_000_000


class Excuse(Protocol):
    """Tells customers that their messages came and will be answered later."""

    def __call__(self, updates: Sequence[Update], /) -> None: ...


class Feed:
    """From the inbox to the application, each chat's updates one after the other."""

    def __init__(
        self, store: Store, bot: Bot, queue: "asyncio.Queue[object]", clock: Clock
    ) -> None:
        self._store = store
        self._bot = bot
        self._queue = queue
        self._clock = clock
        # Numbers only: what they hold is read from the inbox when its turn comes, so that a
        # hundred thousand waiting updates cost a few megabytes.
        self._waiting: dict[int, deque[int]] = {}
        self._under_way: set[int] = set()
        self._unsure: set[int] = set()
        self._stopped = False
        self._excuse: Excuse | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    def connect(self, excuse: Excuse) -> None:
        """Tells who says «un momento» while the inbox cannot be written."""
        self._excuse = excuse

    async def settled(self) -> None:
        """Returns when everything that was taken has been handled and answered."""
        await self._quiet.wait()

    def hold(self, chat_id: int) -> None:
        """Lets a chat's updates wait: an earlier answer to it is not out yet."""
        self._under_way.add(chat_id)
        self._quiet.clear()

    def _start(self, chat_id: int, update: Update) -> None:
        self._under_way.add(chat_id)
        self._quiet.clear()
        self._queue.put_nowait(update)

    async def resume(self) -> int:
        """Takes up what an earlier run left in the inbox; gives how much that is."""
        async with self._store.reading() as unit:
            rest = await unit.inbox.unhandled()
        for update_id, chat_id in rest:
            self._waiting.setdefault(chat_id, deque()).append(update_id)
        for chat_id in list(self._waiting):
            if chat_id not in self._under_way:  # an answer to it may still be owed
                self.hold(chat_id)
                await self._next(chat_id)
        return len(rest)

    async def take(self, updates: Sequence[Update]) -> None:
        """Stores a batch in one commit, then lets it be handled. Repeats are passed over.

        Raises:
            Exception: the database did not take it; the batch must not be confirmed to Telegram.
        """
        if not updates:
            return
        try:
            new = await self._keep(updates)
        except Exception as error:
            # A connection that breaks during a commit leaves open whether it went through.
            self._unsure |= {update.update_id for update in updates}
            if is_passing(error) and self._excuse is not None:
                self._excuse(updates)
            raise
        for update in sorted(updates, key=lambda each: each.update_id):
            chat_id = chat_of(update)
            if update.update_id not in new:
                if update.update_id in self._unsure:
                    self._unsure.discard(update.update_id)
                    await self._look_up(chat_id, update.update_id)
                continue
            new.discard(update.update_id)
            self._unsure.discard(update.update_id)
            if chat_id in self._under_way:
                self._waiting.setdefault(chat_id, deque()).append(update.update_id)
            else:
                self._start(chat_id, update)

    async def _look_up(self, chat_id: int, update_id: int) -> None:
        """Hands over what was stored by a commit that seemed to fail."""
        self._waiting.setdefault(chat_id, deque()).append(update_id)
        if chat_id not in self._under_way:
            self.hold(chat_id)
            await self._next(chat_id)

    async def _keep(self, updates: Sequence[Update]) -> set[int]:
        """Writes a batch into the inbox; gives the numbers of those that are new."""
        async with self._store.unit() as unit:
            new = await unit.inbox.store(
                [
                    Arrival(update.update_id, chat_of(update), update.to_json())
                    for update in updates
                ],
                now=self._clock.now(),
            )
            await unit.commit()
        return set(new)

    async def finished(self, chat_id: int) -> None:
        """The update of a chat that was under way is done with; its next one may come."""
        await self._next(chat_id)

    async def again(self, update: Update, *, after: float) -> None:
        """Hands an update over once more after a pause; the rest of its chat waits."""
        await asyncio.sleep(after)
        if not self._stopped:
            self._queue.put_nowait(update)

    def stop(self) -> None:
        """Hands nothing over any more; what waits stays in the inbox for the next start."""
        self._stopped = True

    async def _next(self, chat_id: int) -> None:
        """Hands the next update of a chat over, or ends its being under way.

        The chat stays under way while its next update is read: what arrives meanwhile must stand in
        line behind it.
        """
        line = self._waiting.get(chat_id)
        tries = 0
        while line and not self._stopped:
            try:
                async with self._store.reading() as unit:
                    content = await unit.inbox.content(line[0])
            except Exception as error:  # the database may be away; nothing may be skipped
                if not is_passing(error):
                    raise
                tries += 1
                await asyncio.sleep(growing_pause(tries, LONGEST_PAUSE_FOR_DATABASE))
                continue
            line.popleft()
            update = Update.de_json(json.loads(content), self._bot) if content else None
            if update is not None:
                self._queue.put_nowait(update)
                return
        self._waiting.pop(chat_id, None)
        self._under_way.discard(chat_id)
        if not self._under_way:
            self._quiet.set()


def chat_of(update: Update) -> int:
    """The chat within which an update keeps its order; 0 for one that has none."""
    return update.effective_chat.id if update.effective_chat is not None else 0


class Poller:
    """Asks Telegram for updates, for as long as it runs."""

    def __init__(self, bot: Bot, feed: Feed) -> None:
        self._bot = bot
        self._feed = feed

    async def run(self) -> None:
        """Polls until cancelled. Failures are waited out with growing pauses, one line each.

        Raises:
            InvalidToken: Telegram no longer knows the token.
        """
        offset: int | None = None
        tries = 0
        webhook_gone = False
        while True:
            try:
                if not webhook_gone:
                    webhook_gone = await self._bot.delete_webhook()
                updates = await self._bot.get_updates(
                    offset=offset,
                    timeout=POLL_SECONDS,
                    allowed_updates=ALLOWED_UPDATES,
                )
                await self._feed.take(updates)
                if updates:
                    offset = max(update.update_id for update in updates) + 1
                tries = 0
            except InvalidToken:
                raise
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error))
            except Conflict:
                tries += 1
                await self._wait(tries, "another program is polling with the same token")
            except (NetworkError, TelegramError) as error:
                tries += 1
                await self._wait(tries, f"Telegram did not answer: {type(error).__name__}")
            except Exception as error:
                if not is_passing(error):
                    raise
                tries += 1
                await self._wait(
                    tries,
                    f"the inbox could not be written: {reason_of(error)}",
                    LONGEST_PAUSE_FOR_DATABASE,
                )

    async def _wait(self, tries: int, reason: str, longest: int = LONGEST_PAUSE_SECONDS) -> None:
        pause = growing_pause(tries, longest)
        log.warning("polling_paused", reason=reason, seconds=pause)
        await asyncio.sleep(pause)


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())


class Webhook:
    """Lets Telegram bring updates: 200 only once they are in the inbox."""

    def __init__(self, bot: Bot, feed: Feed, *, url: str, secret: str) -> None:
        self._bot = bot
        self._feed = feed
        self._url = url
        self._secret = secret
        self._server: HTTPServer | None = None

    async def start(self, host: str, port: int) -> None:
        """Listens, then tells Telegram where."""
        path = "/" + self._url.split("://", 1)[-1].partition("/")[2]
        handler = (path, _Receive, {"bot": self._bot, "feed": self._feed, "secret": self._secret})
        self._server = HTTPServer(WebApplication([handler]), max_body_size=LARGEST_WEBHOOK_BODY)
        self._server.add_sockets(await bound(host, port, setting="WEBHOOK_LISTEN"))
        tries = 0
        while True:
            try:
                await self._bot.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
                )
            except InvalidToken:
                raise
            except (NetworkError, RetryAfter) as error:
                tries += 1
                pause = growing_pause(tries)
                log.warning("webhook_not_set", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
            else:
                return

    async def stop(self) -> None:
        """Listens no longer; Telegram keeps what it could not bring."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()


async def bound(host: str, port: int, *, setting: str) -> list[socket]:
    """Listens at the address of a *setting*, which errors name.

    Whoever stood by may have to wait until the one before has let go of the address.

    Raises:
        OSError: the address is another program's, or none of this machine's.
    """
    tries, waited = 0, 0.0
    while True:
        try:
            return bind_sockets(port, host)
        except OSError as error:
            tries += 1
            pause = growing_pause(tries)
            waited += pause
            if error.errno != errno.EADDRINUSE or waited > _BIND_PATIENCE_SECONDS:
                raise OSError(error.errno, error.strerror, f"{setting} {host}:{port}") from None
            log.warning("address_taken", setting=setting, host=host, port=port, seconds=pause)
            await asyncio.sleep(pause)


class _Receive(RequestHandler):
    """One update as Telegram posts it."""

    def initialize(self, bot: Bot, feed: Feed, secret: str) -> None:
        self._bot = bot
        self._feed = feed
        self._secret = secret

    async def post(self) -> None:
        given = self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            self.set_status(403)
            return
        try:
            data: Any = json.loads(self.request.body)
            update = Update.de_json(data, self._bot)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.set_status(400)
            return
        if type(update.update_id) is not int:  # the library takes whatever stands there
            self.set_status(400)
            return
        try:
            await self._feed.take([update])
        except Exception as error:  # noqa: BLE001  # not stored, so Telegram must bring it again
            log.warning("inbox_not_written", reason=reason_of(error))
            self.set_status(503)
