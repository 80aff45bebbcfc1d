"""The page of figures: what it tells, and that it tells of nobody."""

import re
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from functools import partial

import aiohttp
import pytest

from bot.application import Service
from bot.local_telegram import LocalTelegram
from bot.settings import Listen, Settings
from storage.repositories.inbox import Inbox
from tests.dialogues.conftest import clock, post, settings, telegram
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.post import PostOffice
from tests.support.runs import linked_chat, running
from tests.support.tickets import answered, tickets, writes_to_staff

__all__ = ["clock", "post", "settings", "telegram"]

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[a-z_]+"\})? [0-9.e+]+')


@pytest.fixture
def listen() -> Listen:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return Listen("127.0.0.1", taken.getsockname()[1])


Run = Callable[[], AbstractAsyncContextManager[Counter]]


@pytest.fixture
def run(
    telegram: LocalTelegram,
    settings: Settings,
    clock: MovableClock,
    post: PostOffice,
    listen: Listen,
) -> Run:
    """Runs the service with its page."""
    watched = settings.model_copy(update={"metrics_listen": listen})
    return partial(running, telegram, watched, clock, post)


async def figures(listen: Listen) -> dict[str, float]:
    """What the page says, by name and label; fails where it is not in the format."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{listen}/metrics") as response,
    ):
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        page = await response.text()
    found = {}
    told = set()
    for line in page.splitlines():
        if line.startswith("#"):
            told.add(line.split()[2])
            continue
        assert LINE.fullmatch(line), line
        name, value = line.rsplit(" ", 1)
        assert name.partition("{")[0] in told, "a figure without a word on what it is"
        found[name] = float(value)
    assert page.endswith("\n")
    return found


async def test_what_happened_and_what_waits_is_counted(
    run: Run, clock: MovableClock, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run() as counter:
        anna = await linked_chat(counter, clock)
        for text in ("/autolettura", "45000"):
            await anna.sends(text)
        await anna.taps("Salva")
        found = await figures(listen)
        assert found['sportello_updates_total{outcome="handled"}'] == 3
        assert found["sportello_readings_pending"] == 1
        assert found['sportello_outbox_messages{state="queued"}'] == 0
        assert "sportello_last_acquisition_timestamp_seconds" not in found
        await counter.service.acquisition.run()
        found = await figures(listen)
        assert found["sportello_readings_pending"] == 0
        assert found["sportello_acquisitions_unfinished"] == 0
        assert found['sportello_outbox_messages{state="queued"}'] == 1
        last = found["sportello_last_acquisition_timestamp_seconds"]
        assert last == clock.now().timestamp()
        await _fail(anna, monkeypatch)
        found = await figures(listen)
        assert found['sportello_updates_total{outcome="apologised"}'] == 1
        assert found['sportello_updates_total{outcome="handled"}'] == 5
        anna.skip()


async def test_tickets_that_nobody_has_answered_are_counted(
    run: Run, clock: MovableClock, listen: Listen
) -> None:
    async with run() as counter:
        anna = await linked_chat(counter, clock)
        assert (await figures(listen))["sportello_tickets_waiting"] == 0
        await writes_to_staff(anna, "Buongiorno")
        assert (await figures(listen))["sportello_tickets_waiting"] == 1
        (ticket,) = await tickets(counter.service.store)
        await answered(counter.service.store, ticket.id, "A voi", now=clock.now())
        assert (await figures(listen))["sportello_tickets_waiting"] == 0


async def test_attempts_at_linking_are_counted_for_an_hour(
    run: Run, clock: MovableClock, listen: Listen
) -> None:
    figure = 'sportello_linking_last_hour{outcome="no_match"}'
    async with run() as counter:
        assert (await figures(listen))[figure] == 0
        eve = counter.visitor("Eve")
        for text in ("/collega", "028680", "00743110157"):
            await eve.sends(text)
        eve.skip()
        assert (await figures(listen))[figure] == 1
        clock.move(hours=1)
        assert (await figures(listen))[figure] == 0


async def _fail(anna: ChatDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    await anna.sends("/letture")
    with monkeypatch.context() as defect:
        defect.setattr(Inbox, "finish", _broken_once(Inbox.finish))
        await anna.sends("/aiuto")


def _broken_once(mark: object) -> object:
    """The first time it fails as a defect does, so that the update is apologised for."""
    failures = iter([RuntimeError("a defect of ours")])

    async def marked(*given: object, **named: object) -> object:
        if error := next(failures, None):
            raise error
        return await mark(*given, **named)  # type: ignore[operator]

    return marked


async def test_nothing_else_is_served_and_nothing_after_the_stop(run: Run, listen: Listen) -> None:
    async with aiohttp.ClientSession() as session:
        async with run():
            for path in ("/", "/metrics/more", "/.env"):
                async with session.get(f"http://{listen}{path}") as response:
                    assert response.status == 404
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://{listen}/metrics")


async def test_without_the_setting_nobody_listens(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    async with running(telegram, settings, clock, post) as counter:
        assert counter.service.metrics._server is None


async def test_a_database_that_is_away_is_seen(
    run: Run, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run() as counter:

        def away() -> None:
            raise OSError("the database is away")

        with monkeypatch.context() as fault:
            fault.setattr(counter.service.metrics._store, "reading", away)
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://{listen}/metrics") as response,
            ):
                assert response.status == 503
        assert await figures(listen)


async def test_an_address_that_is_taken_is_named(
    settings: Settings, telegram: LocalTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.counter.webhook._BIND_WITHIN_SECONDS", 0)
    taken = settings.model_copy(update={"metrics_listen": Listen("127.0.0.1", telegram.port)})
    with pytest.raises(OSError, match="METRICS_LISTEN"):
        async with Service(taken, jobs=False):
            pass
