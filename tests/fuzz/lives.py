"""Lives of the service within one process: begun, stopped, or killed between two of its deeds.

A killed process does nothing any more, and the system lets go of what it held. Here a life that
has ended comes no further than its next commit or its next call to Telegram: it waits there for
ever, until its tasks are taken away; then a new life begins on the same database.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

import pytest
from aiosqlite.core import Connection

from bot.application import Service
from bot.http import AiohttpRequest
from storage.unit import Unit

T = TypeVar("T")

_life: ContextVar["Life | None"] = ContextVar("life", default=None)
_LOOKS_TO_BE_AT_REST = 3


class KilledError(Exception):
    """What was asked of the service was cut off by its end."""


class Life:
    """One service from its start to its end.

    Args:
        service: built and not started.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.ended = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._deeds_left: int | None = None
        self.statements = 0
        self._context: Context = copy_context()
        self._context.run(_life.set, self)

    # -- living --

    async def begin(self) -> None:
        """Starts the service."""
        await self.run(self.service.start())

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Has the service do something.

        Raises:
            KilledError: its end came before that was done.
        """
        task = asyncio.get_running_loop().create_task(work, context=self._context)
        end = asyncio.ensure_future(self.ended.wait())
        try:
            await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            end.cancel()
        if task.done():
            return task.result()
        raise KilledError

    async def stop(self) -> None:
        """As a service manager would: it finishes what is under way, and is gone."""
        await self.run(self.service.stop())

    # -- dying --

    def will_die(self, after: int) -> None:
        """It ends after so many further deeds: commits, and calls to Telegram, each with its
        moment before and its moment after."""
        self._deeds_left = after

    def spare(self) -> None:
        """It goes on living after all."""
        self._deeds_left = None

    async def bury(self) -> None:
        """Ends it at once, if it has not ended, and lets go of all that a process holds."""
        self.ended.set()
        await self._come_to_rest()
        while tasks := [task for task in self._tasks if not task.done()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        application, service = self.service.application, self.service
        if application.job_queue is not None and application.job_queue.scheduler.running:
            application.job_queue.scheduler.shutdown(wait=False)
        await application.bot.request.shutdown()
        await application.bot._request[0].shutdown()
        await service._lock.release()
        await service.store.close()

    async def _come_to_rest(self) -> None:
        """Waits until no statement is under way.

        A driver that is cut off in the middle of one leaves a connection half closed, which no
        dead process does.
        """
        looks = 0
        while looks < _LOOKS_TO_BE_AT_REST:
            await asyncio.sleep(0.002)
            looks = 0 if self.statements else looks + 1

    async def pass_by(self) -> None:
        """Where one deed ends and the next begins: who is dead comes no further."""
        if self._deeds_left is not None and not self.ended.is_set():
            self._deeds_left -= 1
            if self._deeds_left < 0:
                self.ended.set()
        if self.ended.is_set():
            await asyncio.Event().wait()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Counts a task among those of this life."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def watch_over_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Has every task on *loop* belong to the life that it was begun in."""

    def make(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
        given = options.get("context")
        life = given.get(_life) if given is not None else _life.get()
        if life is not None:
            life.adopt(task)
        return task

    loop.set_task_factory(make)


def set_moments(patch: pytest.MonkeyPatch) -> None:
    """Puts the moments at which a life may end around every commit and every call to Telegram."""
    commit, request = Unit.commit, AiohttpRequest.do_request
    execute: Any = Connection._execute  # the driver has no types for it

    async def committing(unit: Unit) -> None:
        life = _life.get()
        if life is None:
            await commit(unit)
            return
        await life.pass_by()
        await commit(unit)
        await life.pass_by()

    async def calling(self: AiohttpRequest, url: str, *given: Any, **named: Any) -> Any:
        life = _life.get()
        if life is None or url.endswith("/getUpdates"):
            return await request(self, url, *given, **named)
        await life.pass_by()
        answer = await request(self, url, *given, **named)
        await life.pass_by()
        return answer

    async def executing(self: Connection, *given: Any, **named: Any) -> Any:
        life = _life.get()
        if life is None:
            return await execute(self, *given, **named)
        life.statements += 1
        try:
            return await execute(self, *given, **named)
        finally:
            life.statements -= 1

    patch.setattr(Connection, "_execute", executing)
    patch.setattr(Unit, "commit", committing)
    patch.setattr(AiohttpRequest, "do_request", calling)
