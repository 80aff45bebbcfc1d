"""A counter under load: customers who take a reading as done only when the bot says so.

Whatever happens to the bot meanwhile, in the end three things must agree: what customers were told,
what the store holds, and what the company finds in its files.
"""

import asyncio
import csv
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.local_telegram import Event, LocalTelegram, Person
from conversations.readings.listing import DOUBLE_TAP
from conversations.readings.submit.screens import ReadPoint
from storage.engine import Store
from storage.models import Customer as StoredCustomer
from storage.models import (
    InboxUpdate,
    OutboxMessage,
    OutboxState,
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
    SelfReadingKind,
    Service,
    SupplyPoint,
)
from storage.vault import Vault
from tests.support.clock import ROME
from tests.support.databases import opened
from tests.support.factories import add_customer, add_open_window, keep_points, link_chat
from tests.support.process import RunningBot

PATIENCE = 120.0
"""Seconds after which a customer whom nobody answers gives up, and the test fails."""

FASTEST = 10
"""Updates a second that one customer sends at most."""

LAST = 44_870


@dataclass
class Told:
    """What a customer knows of one supply point, from the bot's own words."""

    point: SupplyPoint
    saved: list[int] = field(default_factory=list)
    cancelled: int = 0

    @property
    def in_place(self) -> list[int]:
        """The reading that the customer counts on; none where the last one was cancelled."""
        return self.saved[-1:] if len(self.saved) > self.cancelled else []


class Customer:
    """Reads one point after the other; cancels now and then, and reads again."""

    def __init__(
        self, telegram: LocalTelegram, person: Person, points: list[SupplyPoint], seed: int
    ) -> None:
        self.person = person
        self.random = random.Random(seed)  # noqa: S311
        self.told = [Told(point) for point in points]
        self.updates = 0
        self._seen: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        telegram.subscribe(self._on_event)

    @property
    def confirmed(self) -> int:
        """How many readings the bot said that it had saved."""
        return sum(len(told.saved) for told in self.told)

    async def live(self, ends: asyncio.Event) -> None:
        """Reads every point, or as many as there is time for."""
        for told in self.told:
            await self.read(told)
            while self.random.random() < 0.4 and await self._cancel():
                told.cancelled += 1
                await self.read(told)
            if ends.is_set():
                return

    async def read(self, told: Told) -> None:
        value = LAST + self.random.randrange(10, 530)
        chat = self.person.private_chat
        asked = self.person.send_text(chat, "/fornitura")
        self.updates += 2
        await self.until("punto di fornitura")
        self.person.tap(chat, asked["message_id"], ReadPoint(told.point.id).encode())
        await self.until("Lettura contatore")
        self.write(str(value))
        await self.until("Riepilogo")
        self.tap("Salva")
        self._receipt = (await self.until("Lettura salvata"))["message_id"]
        told.saved.append(value)

    async def _cancel(self) -> bool:
        """Cancels the last reading; False where an acquisition was first."""
        await asyncio.sleep(DOUBLE_TAP.total_seconds())  # a sooner tap is not taken for meant
        for label, done in (("Cancella", "Confermi la cancellazione"), ("Sì", "stata cancellata")):
            try:
                self.tap(label, self._receipt)
            except LookupError:  # the receipt was edited a moment ago: acquired
                return False
            seen = await self.until(done, "☑️", message_id=self._receipt)
            if "☑️" in seen["text"]:
                return False
        return True

    def write(self, text: str) -> None:
        self.updates += 1
        self.person.send_text(self.person.private_chat, text)

    def tap(self, label: str, message_id: int | None = None) -> None:
        self.person.tap_button(self.person.private_chat, label, message_id=message_id)
        self.updates += 1

    async def until(self, *words: str, message_id: int | None = None) -> dict[str, Any]:
        """The next message of the bot with any of these words."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    message = await self._seen.get()
                    if message_id not in {None, message["message_id"]}:
                        continue
                    if any(word in message.get("text", "") for word in words):
                        break
        except TimeoutError:
            raise AssertionError(f"{self.person} was never told {words}") from None
        await asyncio.sleep(1 / FASTEST)
        return message

    def _on_event(self, event: Event) -> None:
        if event.chat_id == self.person.id and event.from_bot and event.message:
            self._seen.put_nowait(event.message)


@dataclass
class Load:
    """The local Telegram, its customers, and what a bot needs to serve them."""

    telegram: LocalTelegram
    store: Store
    customers: list[Customer]
    settings: dict[str, str]
    folder: Path
    bots: list[RunningBot] = field(default_factory=list)

    def bot(self, **settings: str) -> RunningBot:
        """One more process; it is not started yet."""
        log = self.folder / f"bot{len(self.bots)}.log"
        made = RunningBot(self.settings | settings, log)
        self.bots.append(made)
        return made

    @property
    def updates(self) -> int:
        return sum(customer.updates for customer in self.customers)

    @property
    def confirmed(self) -> int:
        return sum(customer.confirmed for customer in self.customers)

    async def progress(self, by: int = 1) -> None:
        """Returns when customers have been told of so many more readings."""
        goal = self.confirmed + by
        async with asyncio.timeout(PATIENCE):
            while self.confirmed < goal:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def everybody(self) -> None:
        """Returns when every customer has been told of one more reading."""
        goals = [(customer, customer.confirmed + 1) for customer in self.customers]
        async with asyncio.timeout(PATIENCE):
            while any(customer.confirmed < goal for customer, goal in goals):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def settle(self) -> None:
        """Returns when the bot has handled and answered everything."""
        async with asyncio.timeout(PATIENCE):
            while await self._open_ends():  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def _open_ends(self) -> int:
        async with self.store.reading() as unit:
            waiting = await unit.session.scalar(
                select(func.count())
                .select_from(InboxUpdate)
                .where(InboxUpdate.answered_at.is_(None))
            )
            queued = await unit.session.scalar(
                select(func.count())
                .select_from(OutboxMessage)
                .where(
                    OutboxMessage.state.in_((OutboxState.QUEUED, OutboxState.SENDING)),
                    OutboxMessage.not_before <= datetime.now(UTC),
                )
            )
        return int(waiting or 0) + int(queued or 0)

    async def check(self) -> "Balance":
        """Holds what customers were told against the store and the company's files.

        Raises:
            AssertionError: something was lost, doubled or half done.
        """
        async with self.store.reading() as unit:
            readings = (
                await unit.session.scalars(
                    select(Reading).where(Reading.source == ReadingSource.SELF).order_by(Reading.id)
                )
            ).all()
        kept: dict[int, list[int]] = {}
        in_place: dict[int, list[int]] = {}
        acquired: Counter[tuple[int, int]] = Counter()
        for reading in readings:
            kept.setdefault(reading.supply_point_id, []).append(reading.meter)
            if reading.state is not ReadingState.CANCELLED:
                in_place.setdefault(reading.supply_point_id, []).append(reading.meter)
            if reading.state is ReadingState.ACQUIRED:
                acquired[reading.supply_point_id, reading.meter] += 1
        codes = {told.point.code: told.point.id for c in self.customers for told in c.told}
        filed = Counter((codes[code], meter) for code, meter in self._filed())
        for customer in self.customers:
            for told in customer.told:
                assert kept.get(told.point.id, []) == told.saved, self.logs
                assert in_place.get(told.point.id, []) == told.in_place, self.logs
        assert filed == acquired, self.logs
        return Balance(
            confirmed=self.confirmed,
            in_store=len(readings),
            cancelled=sum(told.cancelled for c in self.customers for told in c.told),
            acquired=acquired.total(),
            in_files=filed.total(),
            doubled=sum(count - 1 for count in filed.values()),
        )

    def _filed(self) -> Iterable[tuple[str, int]]:
        for path in sorted((self.folder / "data" / "exports").glob("autoletture_*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file, delimiter=";"):
                    yield row["punto"], int(row["contatore"])

    @property
    def logs(self) -> str:
        """What the bots logged, for whoever reads a failure."""
        return "\n".join(bot.log[-8_000:] for bot in self.bots)


@dataclass(frozen=True)
class Balance:
    """How many readings there are, wherever one looks."""

    confirmed: int
    in_store: int
    cancelled: int
    acquired: int
    in_files: int
    doubled: int


@asynccontextmanager
async def busy_counter(
    database_url: str,
    folder: Path,
    *,
    people: int,
    points: int,
    seed: int,
    webhook: bool = False,
    acquisition_interval: str = "24h",
) -> AsyncIterator[Load]:
    """Customers with gas points to read, and everything that a bot needs; no bot runs yet."""
    key = Vault.new_key()
    async with (
        LocalTelegram(now=lambda: datetime.now(UTC)) as telegram,
        opened(database_url, Vault([key])) as store,
    ):
        telegram.webhook_pace = 0.1
        now = datetime.now(UTC)
        await add_open_window(store, now)
        customers = []
        for number in range(people):
            person = telegram.add_person(f"P{number}", language_code="it")
            customer = await add_customer(store, f"{number:06d}")
            own = await _points(store, customer, number * points, points)
            await link_chat(store, person.id, customer, now)
            customers.append(Customer(telegram, person, own, seed + number))
        settings = {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.api_url,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder / "data"),
            "ENCRYPTION_KEY": key,
            "LINK_VERIFICATION": "none",
            "ACQUISITION_INTERVAL": acquisition_interval,
            # Reminders are another matter: whatever the time of day, they wait until later.
            "QUIET_HOURS": f"{(now.astimezone(ROME).hour - 1) % 24}-"
            f"{(now.astimezone(ROME).hour + 4) % 24}",
        }
        if webhook:
            address = f"127.0.0.1:{free_port()}"
            settings |= {
                "WEBHOOK_URL": f"http://{address}/telegram",
                "WEBHOOK_LISTEN": address,
                "WEBHOOK_SECRET": "a-secret-that-only-telegram-knows",
            }
        load = Load(telegram, store, customers, settings, folder)
        try:
            yield load
        finally:
            for bot in load.bots:
                await bot.terminate()


async def _points(
    store: Store, customer: StoredCustomer, first: int, count: int
) -> list[SupplyPoint]:
    """Gas points that were read a month ago, in one transaction: there may be hundreds."""
    points = [
        SupplyPoint(
            code=f"{first + number:014d}",
            customer_id=customer.id,
            service=Service.GAS,
            address=f"Via Roma {number}, Cesena",
            self_reading=SelfReadingKind.METER,
            meter_serial=f"M{first + number}",
            meter_digits=5,
            meter_class="G4",
            coefficient_c=Decimal("1.027235"),
            since=date(2010, 1, 1),
        )
        for number in range(count)
    ]
    day = (datetime.now(UTC) - timedelta(days=31)).date()
    async with store.unit() as unit:
        await keep_points(unit, *points)
        unit.session.add_all(
            Reading(
                supply_point_id=point.id,
                day=day,
                meter=LAST,
                meter_serial=point.meter_serial,
                source=ReadingSource.MEASURED,
                state=ReadingState.ACQUIRED,
                outcome=Outcome.NONE,
            )
            for point in points
        )
        await unit.commit()
    return points


def free_port() -> int:
    """A port of this machine that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
