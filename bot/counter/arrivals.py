"""How updates come in: stored first, then handled, in order within each chat.

Telegram forgets a batch of updates when the next one is asked for, or when a webhook answers 200.
So everything goes into the inbox, one commit a batch, before either happens; what is there and
not handled when the program starts is handled first.

Of each chat only the oldest update is on its way at any time: chats run side by side, order holds
within each. What a chat sends too much is counted here, as it arrives, and never stands in line.

An update that cannot be read costs nobody else anything: its number is kept, so that Telegram
brings it no more, and that is all.
"""

import asyncio
import errno
import json
from collections import deque
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from socket import socket
from typing import Any, Protocol

import structlog
from telegram import Bot, Update
from telegram.error import (
    BadRequest,
    Conflict,
    EndPointNotFound,
    RetryAfter,
    TelegramError,
)
from tornado.netutil import bind_sockets

from bot.backoff import LONGEST_PAUSE_FOR_DATABASE, LONGEST_PAUSE_SECONDS, growing_pause
from bot.counter.cleaning import cleaned
from bot.counter.flood import FloodGuard, Flow
from bot.http import TokenRefused
from conversations.kit.services import Clock
from storage.engine import Store, is_passing, reason_of
from storage.repositories.inbox import Arrival
from storage.unit import Unit

log = structlog.get_logger()

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
POLL_SECONDS = 30
_BIND_PATIENCE_SECONDS = 20
# Asked for in this spelling: of the usual one the library says that it has a method for it. That
# reads a batch as a whole, fails over one update in it, and writes all of them into the log.
_GET_UPDATES = "get_Updates"
_LARGEST_NUMBER = 2**63 - 1
REFUSALS_BELIEVED = 5
"""How often in a row Telegram must refuse the token until it is taken for gone."""


class Excuse(Protocol):
    """Tells customers that their messages came and will be answered later."""

    def __call__(self, updates: Sequence[Update], /) -> None: ...


class Feed:
    """From the inbox to the application, each chat's updates one after the other.

    Args:
        store: where the inbox is.
        bot: who updates are for.
        queue: where they are handed over.
        clock: the time of day.
        flood: how much one chat may write.
        staff_chat_id: the staff's group, which may be as busy as it likes.
    """

    def __init__(  # noqa: PLR0917
        self,
        store: Store,
        bot: Bot,
        queue: "asyncio.Queue[object]",
        clock: Clock,
        flood: FloodGuard,
        staff_chat_id: int | None,
    ) -> None:
        self._store = store
        self._bot = bot
        self._queue = queue
        self._clock = clock
        self._flood = flood
        self._staff_chat_id = staff_chat_id
        # Numbers only: what they hold is read from the inbox when its turn comes, so that a
        # hundred thousand waiting updates cost a few megabytes.
        self._waiting: dict[int, deque[int]] = {}
        self._under_way: set[int] = set()
        self._unsure: set[int] = set()
        # What was found of updates that may come again, because they could not be stored.
        self._counted: dict[int, Flow] = {}
        # Of each chat in line, the updates with which it became too much.
        self._told: dict[int, set[int]] = {}
        self._stopped = False
        self._excuse: Excuse | None = None
        self._passed_over: Callable[[int], None] = lambda _count: None
        self._quiet = asyncio.Event()
        self._quiet.set()

    def connect(self, excuse: Excuse, passed_over: Callable[[int], None]) -> None:
        """Tells who says «un momento» while the inbox cannot be written, and who counts."""
        self._excuse = excuse
        self._passed_over = passed_over

    def is_too_much(self, chat_id: int, update_id: int) -> bool:
        """Whether a chat began to flood with an update, which is to be told instead of handled."""
        return update_id in self._told.get(chat_id, ())

    async def settled(self) -> None:
        """Returns when everything that was taken has been handled and answered."""
        await self._quiet.wait()

    def under_way(self) -> AbstractSet[int]:
        """The chats in which an update is being handled, or its answer is still owed."""
        return self._under_way

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

    async def take(self, updates: Sequence[Update], unreadable: Sequence[int] = ()) -> None:
        """Stores a batch in one commit, then lets it be handled. Repeats are passed over.

        Args:
            updates: what came.
            unreadable: the numbers of what came and cannot be handled.

        Raises:
            Exception: the database did not take it; the batch must not be confirmed to Telegram.
        """
        if not updates and not unreadable:
            return
        try:
            new, flows = await self._keep(updates, unreadable)
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
            flow = flows.get(update.update_id, Flow.SERVED)
            if flow is Flow.QUIET:
                continue
            if flow is Flow.TOLD:
                self._told.setdefault(chat_id, set()).add(update.update_id)
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

    async def _keep(
        self, updates: Sequence[Update], unreadable: Sequence[int]
    ) -> tuple[set[int], dict[int, Flow]]:
        """Writes a batch into the inbox; gives the numbers of those that are new, and their flow.

        What is too much is done with in the same commit.
        """
        now = self._clock.now()
        arrivals = [
            Arrival(update.update_id, chat_of(update), update.to_json()) for update in updates
        ]
        arrivals += [Arrival(number, 0, None) for number in unreadable]
        # Urgent: before it is stored nobody knows that a customer wrote, or that somebody floods.
        async with self._store.unit(urgent=True) as unit:
            new = set(await unit.inbox.store(arrivals, now=now))
            flows = await self._flows(unit, [each for each in updates if each.update_id in new])
            quiet = [number for number, flow in flows.items() if flow is Flow.QUIET]
            await unit.inbox.pass_over(
                [*quiet, *(each for each in unreadable if each in new)], now=now
            )
            await unit.commit()
        for number in flows:
            self._counted.pop(number, None)
        if quiet:
            self._passed_over(len(quiet))
        return new, flows

    async def _flows(self, unit: Unit, updates: Sequence[Update]) -> dict[int, Flow]:
        """What becomes of each update; those that are not counted are left out."""
        staff: int | None = None
        if any(chat_of(update) < 0 for update in updates):
            staff = await unit.tickets.staff_group(self._staff_chat_id)
        flows: dict[int, Flow] = {}
        for update in sorted(updates, key=lambda each: each.update_id):
            chat_id = chat_of(update)
            # Whether the bot was blocked or let in must be known, however loud it is.
            if chat_id in {0, staff} or update.my_chat_member is not None:
                continue
            flow = self._counted.get(update.update_id)
            if flow is None:
                flow = self._counted[update.update_id] = self._flow(chat_id)
            flows[update.update_id] = flow
        return flows

    def _flow(self, chat_id: int) -> Flow:
        flow = self._flood.one_more(chat_id)
        if flow is not Flow.TOLD:
            return flow
        log.warning("chat_floods", chat_id=chat_id)
        # Of a group the rest of its people have done nothing: there it is quiet at once.
        return flow if chat_id > 0 else Flow.QUIET

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
            except Exception as error:  # the database may be away; then nothing may be skipped
                if not is_passing(error):  # no other try would mend it, and the chat must go on
                    log.exception("update_not_readable", update_id=line[0])
                    await self._pass_over(line.popleft())
                    continue
                tries += 1
                await asyncio.sleep(growing_pause(tries, LONGEST_PAUSE_FOR_DATABASE))
                continue
            number = line.popleft()
            if not content:
                continue
            update = read(json.loads(content), self._bot)
            if isinstance(update, Update):
                self._queue.put_nowait(update)
                return
            await self._pass_over(number)  # another version could read it
        self._waiting.pop(chat_id, None)
        self._told.pop(chat_id, None)
        self._under_way.discard(chat_id)
        if not self._under_way:
            self._quiet.set()

    async def _pass_over(self, number: int) -> None:
        try:
            async with self._store.unit() as unit:
                await unit.inbox.pass_over([number], now=self._clock.now())
                await unit.commit()
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("inbox_not_written", reason=reason_of(error))  # until the next start


def chat_of(update: Update) -> int:
    """The chat within which an update keeps its order; 0 for one that has none."""
    return update.effective_chat.id if update.effective_chat is not None else 0


def read(raw: Any, bot: Bot) -> Update | int | None:
    """An update out of what Telegram sent; its number alone where it cannot be read.

    What is in it stays out of the log: it may be anything that a customer wrote.

    Returns:
        None where not even a number is in it.
    """
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if type(number) is not int or not 0 <= number <= _LARGEST_NUMBER:
        log.error("update_without_number")
        return None
    try:
        update = Update.de_json(cleaned(raw), bot)
        chat_id = chat_of(update)
        if type(chat_id) is int and abs(chat_id) <= _LARGEST_NUMBER:
            return update
        reason = "no such chat"
    except Exception as error:  # noqa: BLE001  # the library promises nothing about what it raises
        reason = type(error).__name__
    log.error("update_not_readable", update_id=number, reason=reason)
    return number


class Poller:
    """Asks Telegram for updates, for as long as it runs."""

    def __init__(self, bot: Bot, feed: Feed) -> None:
        self._bot = bot
        self._feed = feed

    async def run(self) -> None:
        """Polls until cancelled. Failures are waited out with growing pauses, one line each.

        Whatever comes back in place of updates is waited out too: one odd answer, of Telegram's or
        of something on the way to it, must not end the service.

        Raises:
            TokenRefused: Telegram no longer knows the token, and said so several times in a row.
        """
        offset: int | None = None
        tries = refusals = 0
        webhook_gone = False
        while True:
            try:
                if not webhook_gone:
                    webhook_gone = await self._bot.delete_webhook()
                offset = await self._take_next(offset)
                tries = refusals = 0
            except RetryAfter as error:
                refusals = 0
                await asyncio.sleep(seconds_asked(error))
            except Exception as error:
                refusals = refusals + 1 if isinstance(error, TokenRefused) else 0
                if refusals >= REFUSALS_BELIEVED:
                    raise
                if isinstance(error, BadRequest):  # it may be the number asked from that is wrong
                    offset = None
                tries += 1
                await self._wait(tries, error)

    async def _take_next(self, offset: int | None) -> int | None:
        """Takes in what there is, each update read by itself; gives the next offset."""
        raw = await self._ask(offset)
        found = [read(each, self._bot) for each in raw]
        updates = [each for each in found if isinstance(each, Update)]
        unreadable = [each for each in found if isinstance(each, int)]
        await self._feed.take(updates, unreadable)
        numbers = [*(update.update_id for update in updates), *unreadable]
        if raw and not numbers:  # it would come again at once
            raise TelegramError("no update has a number")
        return max(numbers) + 1 if numbers else offset

    async def _ask(self, offset: int | None) -> list[Any]:
        """The next updates as Telegram writes them."""
        try:
            found = await self._bot.do_api_request(
                _GET_UPDATES,
                {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES},
                read_timeout=(self._bot.request.read_timeout or 0) + POLL_SECONDS,
            )
        except EndPointNotFound as error:  # what an unknown token is called here as well
            if isinstance(error.__cause__, TokenRefused):
                raise error.__cause__ from None
            raise
        if not isinstance(found, list):
            raise TelegramError("what came is no list")
        return found

    async def _wait(self, tries: int, error: Exception) -> None:
        longest = LONGEST_PAUSE_SECONDS
        if isinstance(error, TokenRefused):
            reason = "Telegram refuses the token"
        elif isinstance(error, Conflict):
            reason = "another program is polling with the same token"
        elif isinstance(error, TelegramError):
            reason = f"Telegram did not answer: {type(error).__name__}"
        elif is_passing(error):
            reason = f"the inbox could not be written: {reason_of(error)}"
            longest = LONGEST_PAUSE_FOR_DATABASE
        else:
            raise error
        pause = growing_pause(tries, longest)
        log.warning("polling_paused", reason=reason, seconds=pause)
        await asyncio.sleep(pause)


def seconds_asked(error: TelegramError) -> float:
    """How long Telegram asks to be left alone; 0 where it does not."""
    if not isinstance(error, RetryAfter):
        return 0.0
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())


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
