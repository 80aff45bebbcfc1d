"""How updates come in: kept before they are confirmed, and handled in order within each chat.

Telegram forgets a batch of updates when the next one is asked for, or when a webhook answers 200.
Before either happens each update is kept: one that can be handled at once is handled, in the one
transaction that also keeps its number; only what must wait is stored apart. What is stored and not
handled when the program starts is handled first.

Of each chat only the oldest update is on its way at any time: chats run side by side, order holds
within each. What a chat sends too much is counted here, as it arrives, and never stands in line.

An update that cannot be read costs nobody else anything: its number is kept, so that Telegram
brings it no more, and that is all.
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
"""Seconds that an update which may be handled at once has for that, before it is stored apart."""
_MOST_RECENT = 10_000
"""How many numbers of updates are remembered that need not be looked up when they come again."""


class StoppingError(OSError):
    """The service stops: what is not kept yet is brought again."""


class Arrivals:
    """From Telegram to the turns, each chat's updates one after the other.

    Args:
        store: where the inbox is.
        clock: the time of day.
        flood: how much one chat may write.
        staff_chat_id: the staff's group, which may be as busy as it likes.
        turns: who handles them.
        answers: who says «un momento» while they cannot be kept.
        meter: what is counted.
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
        # What each busy chat has in line, the one that is on its way first. Of what is stored only
        # the number is held: it is read from the inbox when its turn comes.
        self._lines: dict[int, dict[int, Incoming | None]] = {}
        self._pending: dict[int, Incoming] = {}
        self._recent: OrderedDict[int, None] = OrderedDict()
        self._newest_before = -1
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    # -- from the start to the end --

    async def start(self) -> int:
        """Takes up what an earlier run left in the inbox; gives how much that is."""
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
        """Hands nothing over any more; what waits is handled after the next start."""
        self._stopped = True
        for each in self._pending.values():
            each.fail(StoppingError("the service stops"))

    async def wind_up(self) -> None:
        """Ends what waits for a turn that will not come."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def under_way(self) -> AbstractSet[int]:
        """The chats in which an update is being handled."""
        return self._lines.keys()

    # -- what comes --

    async def take(self, arrived: Sequence[Incoming]) -> None:
        """Returns once each of a batch is kept. Repeats are passed over.

        Raises:
            Exception: that could not be done; the batch must not be confirmed to Telegram.
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
        """Those that no earlier run has kept; what is newer than all of that needs no look."""
        old = [each.number for each in fresh if each.number <= self._newest_before]
        if not old:
            return fresh
        async with self._store.reading() as unit:
            known = await unit.inbox.known(old)
        for number in known:
            self._forget(number)
        return [each for each in fresh if each.number not in known]

    async def _count(self, fresh: Sequence[Incoming]) -> None:
        """Finds out which are too much of their chat."""
        staff: int | None = None
        if any(each.chat_id < 0 for each in fresh):
            async with self._store.reading() as unit:
                staff = await unit.tickets.staff_group(self._staff_chat_id)
        quiet = 0
        for each in fresh:
            # Whether the bot was blocked or let in must be known, however loud it is.
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
        # Of a group the rest of its people have done nothing: there it is quiet at once.
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
            late = await _first_trouble([each.kept() for each in mine], within=HANDLE_WITHIN)
            if late:
                self._turns.store([each for each in mine if not each.is_kept])
                await _first_trouble(late)
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
        """Of one that is kept no more than its number is held."""
        self._forget(one.number)
        line = self._lines.get(one.chat_id, {})
        if one.is_direct or one.number not in line:
            return
        line[one.number] = one if one.is_too_much else None
        one.update = None

    def _forget(self, number: int) -> None:
        """One that is kept: its number alone is remembered for a while."""
        self._pending.pop(number, None)
        self._recent[number] = None
        if len(self._recent) > _MOST_RECENT:
            self._recent.popitem(last=False)

    def _say_one_moment(self, one: Incoming, error: Exception) -> None:
        if one.update is not None and is_passing(error) and not isinstance(error, StoppingError):
            self._answers.excuse(one.update)

    # -- one chat --

    async def settled(self) -> None:
        """Returns when nothing is in line and nothing is being handled."""
        await self._is_quiet.wait()

    def _spawn(self, chat_id: int) -> None:
        self._is_quiet.clear()
        task = asyncio.create_task(self._serve(chat_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, chat_id: int) -> None:
        """Has a chat's updates handled, one after the other, until none is left."""
        line = self._lines[chat_id]
        while line and not self._stopped:
            number, one = next(iter(line.items()))
            await self._turns.handle(one or Incoming(number, chat_id, is_kept=True))
            del line[number]
        if not line:
            del self._lines[chat_id]
        if not self._lines:
            self._is_quiet.set()


async def _first_trouble(
    waiting: Sequence["asyncio.Future[None]"], *, within: float | None = None
) -> list["asyncio.Future[None]"]:
    """Waits for all of them, or so many seconds; gives those that are still to come.

    Raises:
        Exception: what one of them ended with.
    """
    if not waiting:
        return []
    done, late = await asyncio.wait(
        set(waiting), timeout=within, return_when=asyncio.FIRST_EXCEPTION
    )
    for each in done:
        each.result()
    return list(late)
