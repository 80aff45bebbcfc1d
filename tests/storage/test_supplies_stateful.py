"""Points go from customer to customer in any order, wrongly and back: nobody sees too much or less.

The model is a calendar: whose each day of each point is. Readings, measures and billed months lie
there from the beginning, for every day and month; only the company's word on whose they are
changes, by ``punti.csv`` as in life. After every step each query that a screen asks is held
against it.
"""

import asyncio
import os
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

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
from sqlalchemy import delete, insert, select, update

from storage.engine import Store
from storage.models import (
    Chat,
    MeasuredDay,
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
    Supply,
    SupplyPoint,
    Withdrawal,
)
from storage.models.sealed import bound
from storage.repositories.readings import NewReading
from storage.unit import ReadUnit
from storage.vault import Vault
from tests.support.company_files import (
    ELECTRICITY,
    ELECTRICITY_ROW,
    METER,
    METER_ROW,
    NOW,
    POINTS_HEADER,
    take,
)
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.factories import add_customer, link_chat

EXAMPLES = int(os.environ.get("SUPPLIES_EXAMPLES", "8"))
"""How many lives of the two points are lived through; some thousands find what is rare."""
STEPS = 14

CODES = ("000001", "000002", "000003")
POINTS = {METER: METER_ROW, ELECTRICITY: ELECTRICITY_ROW}
BEGIN = date(2020, 1, 1)
TODAY = NOW.date()
FIRST, LAST = TODAY - timedelta(days=45), TODAY + timedelta(days=100)
CALENDAR = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
MONTHS = sorted({(day.year, day.month) for day in CALENDAR})
LONGEST_MISTAKE = timedelta(days=60)

Owners = dict[date, str | None]


@dataclass(frozen=True)
class Standing:
    """What the model knows of one point; ``owners`` of every day of the calendar.

    ``floor`` is the first day that its holder could have, were they said to have begun earlier;
    ``earlier`` whose the days before that are.
    """

    holder: str
    said: date
    start: date
    floor: date
    owners: Owners
    earlier: Owners

    def handed_to(self, code: str, said: date, today: date) -> "Standing":
        """Somebody else's from *said* on or, where that is not theirs to say, from today on."""
        start = said if said > self.start else max(said, today)
        owners = _from(self.owners, start, code)
        known = [day for day in CALENDAR if day < min(start, today) and self.owners[day]]
        # What lies before the calendar was the first customer's from the beginning of the world.
        floor = known[-1] + timedelta(days=1) if known else FIRST
        return Standing(code, said, start, floor, owners, _from(self.owners, start, None))

    def restated(self, said: date) -> "Standing":
        """The same customer's, from another day on; never from one that others had."""
        start = max(said, self.floor) if self.floor > FIRST else said
        earlier = _from(self.earlier, start, None)
        owners = _from(earlier, start, self.holder)
        return replace(self, said=said, start=start, owners=owners, earlier=earlier)


def _from(owners: Owners, start: date, code: str | None) -> Owners:
    return {day: code if day >= start else owner for day, owner in owners.items()}


@dataclass
class Submitted:
    point: str
    customer: str
    day: date


@dataclass
class Model:
    points: dict[str, Standing] = field(default_factory=dict)
    wrong: dict[str, list[tuple[Standing, date]]] = field(default_factory=lambda: defaultdict(list))
    left: dict[tuple[str, str], tuple[date, date]] = field(default_factory=dict)
    submitted: dict[int, Submitted] = field(default_factory=dict)

    def seen(self, point: str) -> list[date]:
        """The days of the calendar that the holder sees."""
        standing = self.points[point]
        return [day for day in CALENDAR if standing.owners[day] == standing.holder]

    def first_day(self, point: str) -> date:
        """The first day that is the holder's, if it lies before the calendar too."""
        days, standing = self.seen(point), self.points[point]
        if standing.owners[FIRST] == standing.holder:
            return BEGIN
        return days[0] if days else standing.start


class Supplies(RuleBasedStateMachine):
    """The store on one side, the calendar on the other."""

    store: Store
    runner: asyncio.Runner
    folder: Path
    ids: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.today = TODAY
        self.model = Model()

    @initialize()
    def begin(self) -> None:
        async def empty() -> None:
            async with self.store.unit() as unit:
                for table in (Supply,):
                    await unit.session.execute(delete(table))
                await unit.session.execute(
                    delete(Reading).where(Reading.source == ReadingSource.SELF)
                )
                await unit.session.execute(
                    update(SupplyPoint).values(
                        customer_id=self.ids[CODES[0]], since=BEGIN, until=None
                    )
                )
                points = list(await unit.session.scalars(select(SupplyPoint)))
                said = {point.id: (self.ids[CODES[0]], BEGIN) for point in points}
                await unit.supplies.note(said, today=BEGIN)
                await unit.commit()

        self.runner.run(empty())
        whole: Owners = dict.fromkeys(CALENDAR, CODES[0])
        nobody: Owners = dict.fromkeys(CALENDAR, None)
        for code in POINTS:
            self.model.points[code] = Standing(CODES[0], BEGIN, BEGIN, FIRST, whole, nobody)

    # --- what the company says

    @rule(point=st.sampled_from(list(POINTS)), to=st.sampled_from(CODES), data=st.data())
    def goes_to_somebody_else(self, point: str, to: str, data: st.DataObject) -> None:
        """With a ``decorrenza`` of their own, sometimes one that is still to come."""
        standing = self.model.points[point]
        earliest = max(standing.start, FIRST) + timedelta(days=1)
        latest = min(self.today + timedelta(days=10), LAST)
        if to == standing.holder or self.model.wrong[point] or earliest > latest:
            return
        since = data.draw(st.dates(earliest, latest), label="decorrenza")
        self._move(point, to, since)

    @rule(
        point=st.sampled_from(list(POINTS)),
        to=st.sampled_from(CODES),
        says=st.sampled_from(["the former's", "long ago", "today"]),
    )
    def goes_to_somebody_by_mistake(self, point: str, to: str, says: str) -> None:
        standing = self.model.points[point]
        if to in {standing.holder, *(each.holder for each, _ in self.model.wrong[point])}:
            return
        if standing.start > self.today:
            return
        since = {"the former's": standing.said, "long ago": BEGIN, "today": self.today}[says]
        lost, on = self.model.left.get((point, to), (date.min, date.min))
        if since < lost and self.today - on <= LONGEST_MISTAKE:
            return  # that would itself be the mending of a mistake
        self.model.wrong[point].append((standing, self.today))
        self._move(point, to, since)

    @precondition(lambda self: any(self.model.wrong.values()))
    @rule(data=st.data())
    def the_mistake_is_mended(self, data: st.DataObject) -> None:
        """The point is its customer's again, as it was; what was submitted stays with who did."""
        point = data.draw(st.sampled_from([p for p, w in self.model.wrong.items() if w]))
        standing, _ = self.model.wrong[point].pop()
        self._say(point, standing.holder, standing.said)
        self.model.points[point] = standing

    @rule(point=st.sampled_from(list(POINTS)), by=st.integers(-30, 30))
    def the_decorrenza_is_corrected(self, point: str, by: int) -> None:
        standing = self.model.points[point]
        since = max(standing.start, FIRST) + timedelta(days=by)
        if self.model.wrong[point] or not FIRST < since < LAST or since == standing.said:
            return
        self._say(point, standing.holder, since)
        self.model.points[point] = standing.restated(since)

    @rule(point=st.sampled_from(list(POINTS)))
    def the_file_comes_again(self, point: str) -> None:
        standing = self.model.points[point]
        self._say(point, standing.holder, standing.said)

    # --- what else happens

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        later = self.today + timedelta(days=days)
        oldest = min((on for w in self.model.wrong.values() for _, on in w), default=later)
        if later < LAST - timedelta(days=30) and later - oldest <= LONGEST_MISTAKE:
            self.today = later

    @rule()
    def the_holder_reads(self) -> None:
        standing = self.model.points[METER]

        async def submit() -> int | None:
            async with self.store.unit() as unit:
                point = await self._point(unit, METER)
                new = NewReading(self.today, 50_000, None)
                reading = await unit.readings.submit(
                    point, new, chat_id=1, receipt_message_id=None, now=NOW
                )
                await unit.commit()
                return None if reading is None else reading.id

        number = self.runner.run(submit())
        taken = any(each.day == self.today for each in self.model.submitted.values())
        assert (number is None) is taken
        if number is not None:
            self.model.submitted[number] = Submitted(METER, standing.holder, self.today)

    # --- what must hold, whatever happened

    @invariant()
    def everybody_sees_what_is_theirs_and_no_more(self) -> None:
        if self.model.points:
            self.runner.run(self._look())

    async def _look(self) -> None:
        async with self.store.reading() as unit:
            for chat, code in enumerate(CODES, 1):
                points = await unit.supply_points.of_chat(chat)
                assert {each.code for each in points} == {
                    each for each, standing in self.model.points.items() if standing.holder == code
                }
                for point in await unit.session.scalars(select(SupplyPoint)):
                    found = await unit.supply_points.one_of_chat(chat, point.id)
                    assert (found is not None) is (point in points)
                await self._look_at_readings(unit, chat, code)
                withdrawals = await unit.withdrawals.of_points(points)
                histories = await unit.readings.histories(points)
                for point in points:
                    assert point.first_day == self.model.first_day(point.code)
                    await self._look_at_days(unit, point, histories[point.id])
                    months = await self._look_at_months(unit, point)
                    assert [(w.year, w.month) for w in withdrawals[point.id]] == months

    async def _look_at_readings(self, unit: ReadUnit, chat: int, code: str) -> None:
        for number, each in self.model.submitted.items():
            standing = self.model.points[each.point]
            theirs = each.customer == code == standing.holder
            theirs = theirs and each.day >= self.model.first_day(each.point)
            assert (await unit.readings.one_of_chat(chat, number) is not None) is theirs

    async def _look_at_days(
        self, unit: ReadUnit, point: SupplyPoint, history: list[Reading]
    ) -> None:
        days = self.model.seen(point.code)
        held = await unit.supplies.of_holder(point)
        assert days == [
            day
            for day in CALENDAR
            if any(h.start <= day and (h.end is None or day < h.end) for h in held)
        ]
        if point.code == ELECTRICITY:
            assert list(await unit.measures.days(point, FIRST, LAST)) == days
            span = (days[0], days[-1]) if days else None
            assert await unit.measures.span(point) == span
            return
        first = self.model.first_day(point.code)
        own = sorted(
            each.day
            for each in self.model.submitted.values()
            if each.customer == self.model.points[METER].holder and each.day >= first
        )
        assert [r.day for r in history if r.source is ReadingSource.MEASURED] == days
        assert [r.day for r in history if r.source is ReadingSource.SELF] == own
        shown = await unit.readings.recent(point)
        assert {r.id for r in shown} == {r.id for r in history}
        listed = await unit.readings.page(point, page=0, size=len(CALENDAR))
        assert [r.day for r in listed] == own[::-1]
        assert await unit.readings.count(point) == len(own)
        live = await unit.readings.live_on(point, self.today)
        if self.today in own:
            assert live is not None
            assert live.reading is not None
        else:
            assert live is None or live.reading is None
        read = await unit.readings.points_read_since([point.id], FIRST, today=self.today)
        assert bool(read) is bool(own or live is not None)

    async def _look_at_months(self, unit: ReadUnit, point: SupplyPoint) -> list[tuple[int, int]]:
        """The months that are the holder's from the first day to the last."""
        owners = self.model.points[point.code].owners
        holder = self.model.points[point.code].holder
        months = [
            month
            for month in MONTHS
            if all(owners[day] == holder for day in CALENDAR if (day.year, day.month) == month)
            and (month != MONTHS[0] or self.model.first_day(point.code) < FIRST)
        ]
        assert sorted(await unit.withdrawals.monthly_smc(point)) == months
        assert await unit.withdrawals.years(point) == sorted({year for year, _ in months})
        shown = await unit.withdrawals.of_year(point, TODAY.year)
        assert [(each.year, each.month) for each in shown] == months
        return months

    # --- how

    def _move(self, point: str, to: str, since: date) -> None:
        standing = self.model.points[point]
        self._say(point, to, since)
        after = standing.handed_to(to, since, self.today)
        self.model.points[point] = after
        self.model.left[point, standing.holder] = (after.start, self.today)

    def _say(self, point: str, customer: str, since: date) -> None:
        row = (
            POINTS[point]
            .replace("028680", customer)
            .replace("01/01/2020", since.strftime("%d/%m/%Y"))
        )
        now = NOW + (self.today - TODAY)
        report = self.runner.run(
            take(self.store, self.folder, "punti.csv", POINTS_HEADER + row, now=now)
        )
        assert not report.problem_count, report.problems

    async def _point(self, unit: ReadUnit, code: str) -> SupplyPoint:
        point = await unit.session.scalar(select(SupplyPoint).where(SupplyPoint.code == code))
        assert point is not None
        return point


async def people_points_and_data(store: Store, folder: Path) -> dict[str, int]:
    """Three customers in a chat each, two points, and something on every day of the calendar."""
    ids: dict[str, int] = {}
    for chat, code in enumerate(CODES, 1):
        customer = await add_customer(store, code)
        ids[code] = customer.id
        await link_chat(store, chat, customer, NOW)
    rows = "".join(POINTS.values()).replace("028680", CODES[0])
    await take(store, folder, "punti.csv", POINTS_HEADER + rows)
    async with store.unit() as unit:
        point_ids = {p.code: p.id for p in await unit.session.scalars(select(SupplyPoint))}
        assert await unit.session.get(Chat, 1) is not None
        usual: dict[str, Any] = {
            "supply_point_id": point_ids[METER],
            "source": ReadingSource.MEASURED,
            "state": ReadingState.ACQUIRED,
            "outcome": Outcome.NONE,
            "meter": 1,
            "differs_from_company": False,
        }
        await unit.session.execute(insert(Reading), [usual | {"day": day} for day in CALENDAR])
        await unit.session.execute(
            insert(MeasuredDay),
            [
                bound(
                    MeasuredDay.__table__,
                    {"supply_point_id": point_ids[ELECTRICITY], "day": day, "quarters_wh": [1]},
                )
                for day in CALENDAR
            ],
        )
        await unit.session.execute(
            insert(Withdrawal),
            [
                {"supply_point_id": number, "year": year, "month": month, "smc": Decimal(1)}
                for number in point_ids.values()
                for year, month in MONTHS
            ],
        )
        await unit.commit()
    return ids


def test_points_change_hands_in_any_order(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def prepare() -> tuple[Store, dict[str, int]]:
            url = await stack.enter_async_context(databases.fresh(tmp_path))
            store: Store = await stack.enter_async_context(opened(url, Vault([Vault.new_key()])))
            return store, await people_points_and_data(store, tmp_path)

        store, ids = runner.run(prepare())
        try:
            machine = type(
                "SuppliesHere",
                (Supplies,),
                {"store": store, "runner": runner, "folder": tmp_path, "ids": ids},
            )
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    print_blob=True,
                    phases=[Phase.explicit, Phase.generate],
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())
