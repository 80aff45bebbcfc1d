"""Takes updates in: stores them before they are confirmed, and hands them on in order per chat.

Telegram forgets a batch of updates when the next one is requested, or when a webhook answers 200.
Before that, each update must be in the database: one that can be handled at once is handled, and
the same transaction stores its id; only updates that must wait are stored separately. After a
restart, updates that are stored and not handled come first.

Only the oldest update of a chat is handled at any time: chats run in parallel, each in order.
Updates beyond a chat's limit are counted as they arrive, and are not queued.

An update that cannot be read affects no other: its id is stored, so that Telegram does not send it
again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import structlog

from bot.counter.answers import Answers
from bot.counter.flood import FloodGuard, Flow
from bot.counter.incoming import Incoming, read
from bot.counter.meter import Meter, Turns
from bot.counter.turns import TurnMaker
from conversations.kit.services import Clock
from storage.engine import Store, is_passing

__all__ = ["ALLOWED_UPDATES", "Arrivals", "read"]

log = structlog.get_logger()

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
HANDLE_WITHIN = 1.0
"""How long an update may take to be handled at once, before it is stored separately, in seconds."""
_MOST_RECENT = 10_000
"""How many ids of recent updates are remembered, to recognise repeats without the database."""


class StoppingError(OSError):
    """The service is stopping: Telegram will send the update again."""


class Arrivals:
    """Passes updates from Telegram to the turns, each chat's one after the other.

    Args:
        store: where the inbox is.
        clock: the clock.
        flood: limits how much one chat may write.
        staff_chat_id: the staff's group, which has no limit.
        turns: handles updates.
        answers: says «un momento» while updates cannot be stored.
        meter: the counters.
    """

    def __init__(  # noqa: PLR0917
        self,
        store: Store,
        clock: Clock,
        flood: FloodGuard,
        staff_chat_id: int | None,
        turns: TurnMaker,
        answers: Answers,
        meter: Meter,
    ) -> None:
        self._store = store
        self._clock = clock
        self._flood = flood
        self._staff_chat_id = staff_chat_id
        self._turns = turns
        self._answers = answers
        self._meter = meter
        # The queue of each busy chat; the first update is being handled. Of stored updates only the
        # id is kept, and they are read from the inbox when they are due.
        self._lines: dict[int, dict[int, Incoming | None]] = {}
        self._pending: dict[int, Incoming] = {}
        self._recent: OrderedDict[int, None] = OrderedDict()
        self._newest_before = -1
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    # -- start and stop --

    async def start(self) -> int:
        """Queue the updates that an earlier run left in the inbox; return how many."""
        self._stopped = False
        async with self._store.reading() as unit:
            rest = await unit.inbox.unhandled()
            self._newest_before = await unit.inbox.newest()
        for number, chat_id in rest:
            self._lines.setdefault(chat_id, {})[number] = None
        for chat_id in list(self._lines):
            self._spawn(chat_id)
        return len(rest)

    def stop(self) -> None:
        """Hand no more updates on; queued ones are handled after the next start."""
        self._stopped = True
        for each in self._pending.values():
            each.fail(StoppingError("the service stops"))

    async def wind_up(self) -> None:
        """Fail the updates that wait for a turn that will not come."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def under_way(self) -> AbstractSet[int]:
        """The chats in which an update is being handled."""
        return self._lines.keys()

    # -- taking updates in --

    async def take(self, arrived: Sequence[Incoming]) -> None:
        """Return once every update of a batch is stored. Repeats are ignored.

        Raises:
            Exception: it failed; the batch must not be confirmed to Telegram.
        """
        if self._stopped:
            raise StoppingError("the service stops")
        mine, fresh = [], []
        for each in sorted(arrived, key=lambda one: one.number):
            known = self._pending.get(each.number)
            if known is not None:
                mine.append(known)
            elif each.number not in self._recent:
                self._pending[each.number] = each
                fresh.append(each)
        try:
            fresh = await self._unknown(fresh)
            await self._count(fresh)
        except Exception as error:
            for each in fresh:
                self._pending.pop(each.number, None)
                self._say_one_moment(each, error)
            raise
        self._put_in_line(fresh)
        mine += fresh
        self._turns.store([each for each in mine if not each.is_direct])
        await self._until_kept(mine)

    async def _unknown(self, fresh: list[Incoming]) -> list[Incoming]:
        """The updates that no earlier run has stored; newer ids need no query."""
        old = [each.number for each in fresh if each.number <= self._newest_before]
        if not old:
            return fresh
        async with self._store.reading() as unit:
            known = await unit.inbox.known(old)
        for number in known:
            self._forget(number)
        return [each for each in fresh if each.number not in known]

    async def _count(self, fresh: Sequence[Incoming]) -> None:
        """Find the updates that are beyond their chat's limit."""
        staff: int | None = None
        if any(each.chat_id < 0 for each in fresh):
            async with self._store.reading() as unit:
                staff = await unit.tickets.staff_group(self._staff_chat_id)
        quiet = 0
        for each in fresh:
            # Whether the bot was blocked or added matters even in a flood.
            if each.update is None or each.chat_id in {0, staff}:
                continue
            if each.update.my_chat_member is not None:
                continue
            flow = self._flow(each.chat_id)
            each.is_too_much = flow is Flow.TOLD
            each.is_passed = flow is Flow.QUIET
            quiet += each.is_passed
        self._meter.turns[Turns.FLOODED] += quiet

    def _flow(self, chat_id: int) -> Flow:
        flow = self._flood.one_more(chat_id)
        if flow is not Flow.TOLD:
            return flow
        log.warning("chat_floods", chat_id=chat_id)
        # In a group the others have done nothing wrong: no message is sent there.
        return flow if chat_id > 0 else Flow.QUIET

    def _put_in_line(self, fresh: Sequence[Incoming]) -> None:
        now = self._clock.now()
        for each in fresh:
            each.received_at = now
            if each.is_passed:
                continue
            line = self._lines.get(each.chat_id)
            if line is None:
                each.is_direct = True
                self._lines[each.chat_id] = {each.number: each}
                self._spawn(each.chat_id)
            else:
                line[each.number] = each

    async def _until_kept(self, mine: Sequence[Incoming]) -> None:
        try:
            late = await _wait_for_all([each.kept() for each in mine], within=HANDLE_WITHIN)
            if late:
                self._turns.store([each for each in mine if not each.is_kept])
                await _wait_for_all(late)
        except Exception as error:
            for each in mine:
                if not each.is_kept:
                    self._say_one_moment(each, error)
            raise
        finally:
            for each in mine:
                if each.is_kept:
                    self._let_go(each)

    def _let_go(self, one: Incoming) -> None:
        """Keep only the id of an update that is stored."""
        self._forget(one.number)
        line = self._lines.get(one.chat_id, {})
        if one.is_direct or one.number not in line:
            return
        line[one.number] = one if one.is_too_much else None
        one.update = None

    def _forget(self, number: int) -> None:
        """Remember the id of a stored update for some time."""
        self._pending.pop(number, None)
        self._recent[number] = None
        if len(self._recent) > _MOST_RECENT:
            self._recent.popitem(last=False)

    def _say_one_moment(self, one: Incoming, error: Exception) -> None:
        if one.update is not None and is_passing(error) and not isinstance(error, StoppingError):
            self._answers.excuse(one.update)

    # -- each chat --

    async def settled(self) -> None:
        """Wait until no update is queued or being handled."""
        await self._is_quiet.wait()

    def _spawn(self, chat_id: int) -> None:
        self._is_quiet.clear()
        task = asyncio.create_task(self._serve(chat_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, chat_id: int) -> None:
        """Have a chat's updates handled, one after the other, until there are none."""
        line = self._lines[chat_id]
        while line and not self._stopped:
            number, one = next(iter(line.items()))
            await self._turns.handle(one or Incoming(number, chat_id, is_kept=True))
            del line[number]
        if not line:
            del self._lines[chat_id]
        if not self._lines:
            self._is_quiet.set()


async def _wait_for_all(
    waiting: Sequence["asyncio.Future[None]"], *, within: float | None = None
) -> list["asyncio.Future[None]"]:
    """Wait for all of them, or for so many seconds; return those that are not done.

    Raises:
        Exception: the error of one of them.
    """
    if not waiting:
        return []
    done, late = await asyncio.wait(
        set(waiting), timeout=within, return_when=asyncio.FIRST_EXCEPTION
    )
    for each in done:
        each.result()
    return list(late)
