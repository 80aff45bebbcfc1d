"""Submit, cancel, acquire, crash, hear the outcome: any order of it, against a plain model."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from storage.engine import Store
from storage.exchange.acquisition import acquire, finish_unfinished
from storage.exchange.outcomes import import_outcomes
from storage.exchange.report import FileStatus
from storage.models import (
    Acquisition,
    OutboxMessage,
    Outcome,
    Reading,
    ReadingState,
    SupplyPoint,
)
from storage.repositories.acquisitions import Acquisitions
from storage.repositories.readings import NewReading
from storage.vault import Vault
from tests.support.company_files import CORRECTOR, METER, NOW, ROME, take_customers_and_points
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened

POINTS = (METER, CORRECTOR)
DAYS = [date(2026, 3, 10) + timedelta(days=number) for number in range(3)]
CHAT = 7


@dataclass
class Kept:
    """What the model knows of one reading."""

    id: int
    point: str
    day: date
    meter: int
    state: ReadingState = ReadingState.PENDING
    outcome: Outcome = Outcome.NONE
    note: str | None = None

    @property
    def is_live(self) -> bool:
        return self.state is not ReadingState.CANCELLED and self.outcome is not Outcome.REFUSED


class CrashError(BaseException):
    """The process dies here."""


class Desk(RuleBasedStateMachine):
    """The store and its files on one side, a list of ``Kept`` on the other."""

    store: Store
    runner: asyncio.Runner
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.kept: list[Kept] = []
        self.seen: dict[str, bytes] = {}

    @initialize()
    def begin(self) -> None:
        async def empty() -> None:
            async with self.store.unit() as unit:
                for table in (OutboxMessage, Reading, Acquisition):
                    await unit.session.execute(delete(table))
                await unit.commit()

        self.runner.run(empty())
        self.exports = self.folder / f"exports-{len(list(self.folder.iterdir()))}"
        self.exports.mkdir()

    # --- what customers do

    @rule(point=st.sampled_from(POINTS), day=st.sampled_from(DAYS), meter=st.integers(0, 99_999))
    def submit(self, point: str, day: date, meter: int) -> None:
        async def run() -> int | None:
            async with self.store.unit() as unit:
                found = await unit.session.scalar(
                    select(SupplyPoint).where(SupplyPoint.code == point)
                )
                assert found is not None
                new = NewReading(
                    day=day,
                    meter=meter,
                    corrector=None,
                )
                reading = await unit.readings.submit(
                    found, new, chat_id=CHAT, receipt_message_id=None, now=self.now
                )
                await unit.commit()
                return None if reading is None else reading.id

        taken = any(k.is_live and (k.point, k.day) == (point, day) for k in self.kept)
        number = self.runner.run(run())
        assert (number is None) is taken
        if number is not None:
            self.kept.append(Kept(number, point, day, meter))

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        kept = data.draw(st.sampled_from(self.kept), label="reading")

        async def run() -> bool:
            async with self.store.unit() as unit:
                reading = await unit.session.get_one(Reading, kept.id)
                cancelled = await unit.readings.cancel(reading, now=self.now)
                await unit.commit()
                return cancelled

        assert self.runner.run(run()) is (kept.state is ReadingState.PENDING)
        if kept.state is ReadingState.PENDING:
            kept.state = ReadingState.CANCELLED

    # --- what the scheduler does, and what befalls it

    @rule()
    def hand_over(self) -> None:
        self._acquire()
        for kept in self.kept:
            if kept.state in {ReadingState.PENDING, ReadingState.CLAIMED}:
                kept.state = ReadingState.ACQUIRED

    @rule()
    def start_again(self) -> None:
        self._later()
        self.runner.run(
            finish_unfinished(self.store, exports=self.exports, zone=ROME, now=self.now)
        )
        for kept in self.kept:
            if kept.state is ReadingState.CLAIMED:
                kept.state = ReadingState.ACQUIRED

    @rule(where=st.sampled_from([(os, "fsync"), (os, "replace"), (Acquisitions, "mark")]))
    def crash(self, where: tuple[Any, str]) -> None:
        waits = {ReadingState.PENDING, ReadingState.CLAIMED}
        if not any(kept.state in waits for kept in self.kept):
            return

        def die(*_: object, **__: object) -> None:
            raise CrashError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*where, die)
            with pytest.raises(CrashError):
                self._acquire()
        # What an earlier crash left is in the way of a new claim.
        if not any(kept.state is ReadingState.CLAIMED for kept in self.kept):
            for kept in self.kept:
                if kept.state is ReadingState.PENDING:
                    kept.state = ReadingState.CLAIMED

    # --- what the distributor says

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), verdict=st.sampled_from("VN"))
    def hear(self, data: st.DataObject, verdict: str) -> None:
        kept = data.draw(st.sampled_from(self.kept), label="reading")
        outcome = Outcome.VALID if verdict == "V" else Outcome.REFUSED
        note = None if verdict == "V" else "Incoerente"
        path = self.folder / "esiti.csv"
        path.write_text(
            f"punto;data;esito;note\n{kept.point};{kept.day.isoformat()};{verdict};{note or ''}\n"
        )
        report = self.runner.run(import_outcomes(self.store, path, now=self.now))

        there = [
            other
            for other in reversed(self.kept)
            if (other.point, other.day) == (kept.point, kept.day)
            and other.state is not ReadingState.CANCELLED
        ]
        target = next((other for other in there if other.is_live), there[0] if there else None)
        if any((other.outcome, other.note) == (outcome, note) for other in there):
            assert report.status is FileStatus.UNCHANGED
        elif target is None or target.state is not ReadingState.ACQUIRED:
            assert report.status is FileStatus.REFUSED
        else:
            assert report.status is FileStatus.TAKEN
            target.outcome, target.note = outcome, note

    # --- what must hold, whatever happened

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        async def run() -> list[Any]:
            async with self.store.reading() as unit:
                found = await unit.session.execute(
                    select(Reading.id, Reading.state, Reading.outcome).order_by(Reading.id)
                )
                return [tuple(row) for row in found]

        assert self.runner.run(run()) == [(k.id, k.state, k.outcome) for k in self.kept]

    @invariant()
    def the_files_hold_each_reading_handed_over_once(self) -> None:
        files = dict(self._files())
        for name, content in self.seen.items():
            assert files[name] == content  # a file that the company took never changes
        self.seen = files
        rows = (
            line.decode().split(";")
            for name, content in files.items()
            if name.endswith(".csv")
            for line in content.splitlines()[1:]
        )
        found = Counter((point, day, int(meter)) for point, _, day, meter, *_ in rows)
        assert self._in(ReadingState.ACQUIRED) <= found
        assert found <= self._in(ReadingState.ACQUIRED, ReadingState.CLAIMED)

    @invariant()
    def each_acquired_reading_is_told_once(self) -> None:
        async def run() -> list[int | None]:
            async with self.store.reading() as unit:
                found = await unit.session.scalars(
                    select(OutboxMessage.reading_id)
                    .where(OutboxMessage.kind == "acquired")
                    .order_by(OutboxMessage.reading_id)
                )
                return list(found)

        acquired = [k.id for k in self.kept if k.state is ReadingState.ACQUIRED]
        assert self.runner.run(run()) == acquired

    # --- how

    def _in(self, *states: ReadingState) -> Counter[tuple[str, str, int]]:
        return Counter(
            (kept.point, kept.day.strftime("%d/%m/%Y"), kept.meter)
            for kept in self.kept
            if kept.state in states
        )

    @property
    def _arguments(self) -> dict[str, Any]:
        vat = "01234567897"
        return {"exports": self.exports, "company_vat": vat, "zone": ROME, "now": self.now}

    def _acquire(self) -> None:
        self._later()
        self.runner.run(acquire(self.store, **self._arguments))

    def _later(self) -> None:
        self.now += timedelta(minutes=30)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in self.exports.iterdir():
            if not path.name.startswith("."):
                yield path.name, path.read_bytes()


def test_any_order_of_events(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def prepare() -> Store:
            url = await stack.enter_async_context(databases.fresh(tmp_path))
            vault = Vault([Vault.new_key()])
            store: Store = await stack.enter_async_context(opened(url, vault))
            await take_customers_and_points(store, tmp_path)
            return store

        store = runner.run(prepare())
        try:
            machine = type(
                "DeskHere", (Desk,), {"store": store, "runner": runner, "folder": folder}
            )
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=25,
                    stateful_step_count=25,
                    deadline=None,
                    database=None,
                    print_blob=True,
                    # Every step is a transaction: shrinking would take minutes, and a run of a
                    # few steps can be read as it is.
                    phases=[Phase.explicit, Phase.generate],
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())
