"""SIGTERM in the middle of a conversation: it stops soon, and goes on after the next start.

How soon is measured by ``benchmarks/stops.py``.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.models import Outcome, Reading, ReadingSource, ReadingState
from tests.faults.test_mail_server import MoodyServer, listening
from tests.support.factories import TAX_CODE
from tests.support.load import Customer, Load, busy_counter
from tests.support.process import RunningBot

MANY = 2_000
"""Readings for which an acquisition needs a moment; those of every hundredth are told about."""

PATIENCE = 120.0

BOTH_WAYS = pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])


async def _stop(bot: RunningBot) -> None:
    async with asyncio.timeout(PATIENCE):
        code = await bot.terminate()
    assert code == 0, bot.log
    assert "Traceback" not in bot.log
    assert '"level": "error"' not in bot.log


async def _begin(load: Load, bot: RunningBot) -> None:
    (anna,) = load.customers
    await bot.start()
    anna.write("/autolettura")
    await anna.until("Lettura contatore")


@BOTH_WAYS
async def test_it_stops_at_once_and_the_conversation_goes_on_after_the_start(
    database_url: str, tmp_path: Path, webhook: bool
) -> None:
    async with busy_counter(
        database_url, tmp_path, people=1, points=1, seed=1, webhook=webhook
    ) as load:
        bot = load.bot()
        (anna,) = load.customers
        await _begin(load, bot)
        await _stop(bot)
        anna.write("45000")  # while nobody is there
        await bot.start()
        await anna.until("Riepilogo")
        await _stop(bot)
        await bot.start()
        anna.tap("Salva")
        await anna.until("Lettura salvata")
        assert await _saved(load) == [45_000]


@BOTH_WAYS
@pytest.mark.parametrize("kind", ["hang", "status"])
async def test_it_stops_although_telegram_does_not_answer(
    database_url: str, tmp_path: Path, kind: str, webhook: bool
) -> None:
    async with busy_counter(
        database_url, tmp_path, people=1, points=1, seed=1, webhook=webhook
    ) as load:
        bot = load.bot()
        (anna,) = load.customers
        await _begin(load, bot)
        fault = load.telegram.faults.fail(kind, times=None, status=502)  # type: ignore[arg-type]
        anna.write("45000")
        async with asyncio.timeout(PATIENCE):
            while not fault.happened:  # noqa: ASYNC110  # a fault sends no word
                await asyncio.sleep(0.01)
        await _stop(bot)
        load.telegram.faults.clear()
        await bot.start()
        await anna.until("Riepilogo")
        anna.tap("Salva")
        await anna.until("Lettura salvata")
        assert await _saved(load) == [45_000]


@pytest.mark.parametrize(
    ("webhook", "method", "words"),
    [
        (False, "getMe", '"telegram_unreachable"'),
        (True, "getMe", '"telegram_unreachable"'),
        (True, "setWebhook", '"webhook_not_set"'),
    ],
)
async def test_it_stops_while_it_waits_for_telegram_at_the_start(
    database_url: str, tmp_path: Path, webhook: bool, method: str, words: str
) -> None:
    async with busy_counter(
        database_url, tmp_path, people=1, points=1, seed=1, webhook=webhook
    ) as load:
        bot = load.bot()
        load.telegram.faults.fail("status", method, times=None, status=502)
        await bot.start()
        await bot.logged(words)
        await _stop(bot)


@BOTH_WAYS
async def test_it_stops_in_the_middle_of_an_acquisition(
    database_url: str, tmp_path: Path, webhook: bool
) -> None:
    """However far it was, every reading is handed over in the end, and once."""
    async with busy_counter(
        database_url,
        tmp_path,
        people=1,
        points=MANY,
        seed=1,
        webhook=webhook,
        acquisition_interval="1s",
    ) as load:
        (anna,) = load.customers
        today = datetime.now(UTC).date()
        async with load.store.unit() as unit:
            unit.session.add_all(
                Reading(
                    supply_point_id=told.point.id,
                    customer_id=told.point.customer_id,
                    chat_id=None if number % 100 else anna.person.id,
                    day=today,
                    meter=45_000,
                    meter_serial=told.point.meter_serial,
                    source=ReadingSource.SELF,
                    state=ReadingState.PENDING,
                    outcome=Outcome.NONE,
                )
                for number, told in enumerate(anna.told)
            )
            await unit.commit()
        for told in anna.told:
            told.saved.append(45_000)
        bot = load.bot()
        await bot.start()
        exports = tmp_path / "data" / "exports"
        async with asyncio.timeout(PATIENCE):
            while not any(exports.glob("*autoletture_*")):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        await _stop(bot)
        await bot.start()
        async with asyncio.timeout(PATIENCE):
            while await _pending(load):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await load.settle()
        await _stop(bot)
        assert (await load.check()).acquired == MANY


@BOTH_WAYS
async def test_it_stops_while_the_mail_server_takes_its_time(
    database_url: str, tmp_path: Path, webhook: bool
) -> None:
    server, asked = MoodyServer(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await asyncio.Event().wait()

    server.before_data = slow
    async with (
        listening(server) as address,
        busy_counter(database_url, tmp_path, people=1, points=1, seed=1, webhook=webhook) as load,
    ):
        bot = load.bot(
            LINK_VERIFICATION="email",
            SMTP_URL=f"smtp://{address.host}:{address.port}",
            MAIL_FROM="sportello@example.it",
        )
        bruno = Customer(load.telegram, load.telegram.add_person("Bruno"), [], seed=2)
        await bot.start()
        for text in ("/collega", "000000"):
            bruno.write(text)
        await bruno.until("codice fiscale")
        bruno.write(TAX_CODE)
        await bruno.until("Conferma")
        bruno.tap("Conferma")
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        await _stop(bot)
        assert not server.letters
        server.before_data = None
        await bot.start()
        await bruno.until("codice di sei cifre")
        assert server.letters
        await _stop(bot)


async def _pending(load: Load) -> int:
    async with load.store.reading() as unit:
        return (
            await unit.session.scalar(
                select(func.count())
                .select_from(Reading)
                .where(Reading.source == ReadingSource.SELF, Reading.state != ReadingState.ACQUIRED)
            )
            or 0
        )


async def _saved(load: Load) -> list[int]:
    await load.settle()
    (anna,) = load.customers
    async with load.store.reading() as unit:
        found = await unit.readings.recent(anna.told[0].point)
    return [reading.meter for reading in found if reading.source is ReadingSource.SELF]
