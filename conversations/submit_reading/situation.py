"""How things stand for a point at this moment: whether it may be read, and against what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from conversations.kit.desk import Desk
from conversations.submit_reading.states import Draft
from storage.models import Reading, SupplyPoint
from storage.repositories.supply_points import is_supplied_on
from storage.rules import plausibility
from storage.rules.plausibility import Baseline, Judgement, QuestionKind
from storage.rules.windows import Closed, Open, Window, state_at
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class NotReadable:
    """No self-readings for this point: electricity, read from afar, or ended."""

    point: SupplyPoint


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """No readings now; ``next`` is when they are taken again, if that is known."""

    point: SupplyPoint
    next: Window | None


@dataclass(frozen=True, slots=True)
class ReadToday:
    """A live self-reading of today is there."""

    point: SupplyPoint
    reading: Reading


@dataclass(frozen=True, slots=True)
class Ready:
    """A reading can be taken: with what it is compared, and the window that is open."""

    point: SupplyPoint
    windows: Sequence[Window]
    last: Reading | None
    history: Sequence[Baseline]

    @property
    def baseline(self) -> Baseline | None:
        return self.history[0] if self.history else None


Situation = NotReadable | WindowClosed | ReadToday | Ready


async def look(unit: Unit, desk: Desk, point: SupplyPoint, now: datetime) -> Situation:
    """How things stand for *point* now."""
    today = desk.today(now)
    if not point.takes_self_readings or not is_supplied_on(point, today):
        return NotReadable(point)
    reading = await unit.readings.live_on(point.id, today)
    if reading is not None:
        return ReadToday(point, reading)
    windows = await unit.supply_points.windows_of(point)
    state = state_at(windows, now)
    if isinstance(state, Closed):
        return WindowClosed(point, state.next)
    return await ready(unit, point, windows, today)


async def ready(unit: Unit, point: SupplyPoint, windows: Sequence[Window], today: date) -> Ready:
    """What a new reading of *point* is compared with."""
    comparable = await unit.readings.comparable(point, before=today)
    return Ready(
        point=point,
        windows=windows,
        last=await unit.readings.newest(point),
        history=[
            Baseline(
                day=reading.day,
                meter=reading.meter,
                corrector=(
                    reading.corrector
                    if reading.corrector_serial == point.corrector_serial
                    else None
                ),
            )
            for reading in comparable
        ],
    )


def is_open(windows: Sequence[Window], now: datetime) -> bool:
    """Whether readings are taken now."""
    return isinstance(state_at(windows, now), Open)


def judge(ready: Ready, draft: Draft, day: date) -> Judgement:
    """What the rules say of the draft's numbers, as a reading of *day*."""
    point, baseline = ready.point, ready.baseline
    expected: Decimal | None = None
    if baseline is not None:
        yearly = plausibility.daily_average(ready.history[1:], baseline, point.coefficient_c)
        expected = plausibility.expected_smc({}, yearly, baseline.day, day)
    return plausibility.judge(
        meter=draft.meter or 0,
        meter_digits=meter_digits(point),
        corrector=draft.corrector,
        corrector_digits=corrector_digits(point) if point.has_corrector else None,
        today=day,
        baseline=baseline,
        meter_class=point.meter_class,
        coefficient=point.coefficient_c,
        expected=expected,
        past_ratios=plausibility.corrector_ratios(ready.history),
        declared_rollover_meter=draft.meter_rolled_over,
        declared_rollover_corrector=draft.corrector_rolled_over,
        confirmed={QuestionKind(kind) for kind in draft.confirmed},
    )


_USUAL_DIGITS = 8  # where the company's data name none: the longest counter in households


def meter_digits(point: SupplyPoint) -> int:
    """How many digits the meter shows left of the comma."""
    return point.meter_digits or _USUAL_DIGITS


def corrector_digits(point: SupplyPoint) -> int:
    """How many digits the corrector shows left of the comma."""
    return point.corrector_digits or _USUAL_DIGITS
