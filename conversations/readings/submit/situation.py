"""The current situation of a point: whether it may be read, and what a reading is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from conversations.kit.services import Services
from conversations.readings.submit.states import Draft
from storage.models import Reading, SupplyPoint
from storage.repositories.readings import comparable
from storage.repositories.supply_points import is_supplied_on
from storage.rules import plausibility
from storage.rules.plausibility import Baseline, Judgement, QuestionKind
from storage.rules.windows import Closed, Open, Saving, Window, may_save, state_at
from storage.unit import ReadUnit, Unit


@dataclass(frozen=True, slots=True)
class NotReadable:
    """The point accepts no self-readings: it is electricity, or read remotely."""

    point: SupplyPoint


@dataclass(frozen=True, slots=True)
class NotSupplied:
    """The supply has not begun yet, or has ended."""

    point: SupplyPoint


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """Readings are not accepted now; ``next`` is the next window, if known."""

    point: SupplyPoint
    next: Window | None


@dataclass(frozen=True, slots=True)
class ReadToday:
    """There is a live self-reading of today; None where it is a former customer's."""

    point: SupplyPoint
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A reading can be submitted: what it is compared with, and the current windows.

    ``day`` is the local day that the reading gets; ``last`` is the newest reading to show,
    ``history`` the comparable ones, newest first; ``monthly`` the billed Smc by (year, month).
    """

    point: SupplyPoint
    windows: Sequence[Window]
    day: date
    last: Reading | None
    history: Sequence[Baseline]
    monthly: Mapping[tuple[int, int], Decimal]

    @property
    def baseline(self) -> Baseline | None:
        return self.history[0] if self.history else None

    @property
    def corrector_baseline(self) -> Baseline | None:
        """The newest reading with a corrector's value, which the company's rows may lack."""
        return next((each for each in self.history if each.corrector is not None), None)

    @property
    def has_new_meter(self) -> bool:
        """Whether the meter was replaced and has not been read since."""
        return (
            self.last is not None
            and self.baseline is None
            and self.last.meter_serial != self.point.meter_serial
        )


Obstacle = NotReadable | NotSupplied | WindowClosed | ReadToday
Situation = Obstacle | Ready


async def look(
    unit: Unit,
    services: Services,
    point: SupplyPoint,
    now: datetime,
    *,
    shown_at: datetime | None = None,
) -> Situation:
    """The situation of *point* now.

    A summary shown (``shown_at``) before the window closed may be saved for ten more minutes, and
    the reading keeps the day that the summary showed.
    """
    if not point.takes_self_readings:
        return NotReadable(point)
    windows = await unit.supply_points.windows_of(point)
    state = state_at(windows, now)
    read_at = now
    if shown_at is not None and isinstance(state, Closed):
        saving = may_save(windows, shown_at, now, services.zone)
        read_at = shown_at if saving is Saving.AS_SHOWN else now
    day = services.today(read_at)
    if not is_supplied_on(point, day):
        return NotSupplied(point)
    live = await unit.readings.live_on(point, day)
    if live is not None:
        return ReadToday(point, live.reading)
    if isinstance(state, Closed) and read_at == now:
        return WindowClosed(point, state.next)
    return await _ready(unit, point, windows, day)


async def _ready(unit: Unit, point: SupplyPoint, windows: Sequence[Window], day: date) -> Ready:
    """What a reading of *point* on *day* is compared with."""
    recent = await unit.readings.recent(point)
    return Ready(
        point=point,
        windows=windows,
        day=day,
        last=recent[0] if recent else None,
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
            for reading in comparable(recent, point, until=day)
        ],
        monthly=await unit.withdrawals.monthly_smc(point),
    )


async def unread(
    unit: Unit, services: Services, points: Sequence[SupplyPoint], now: datetime
) -> list[SupplyPoint]:
    """Those of *points* that can be read now and have not been read today, in their order.

    The same as calling ``look`` for each, but in two queries.
    """
    today = services.today(now)
    read = await unit.readings.points_read_since([point.id for point in points], today, today=today)
    windows = await unit.supply_points.windows_of_all(points)
    return [
        point
        for point in points
        if point.takes_self_readings
        and is_supplied_on(point, today)
        and point.id not in read
        and isinstance(state_at(windows[point.id], now), Open)
    ]


@dataclass(frozen=True, slots=True)
class ToRead:
    """A point that can be read now, and has no reading in the open window."""

    point: SupplyPoint
    window: Window


async def to_read(unit: ReadUnit, services: Services, chat_id: int, now: datetime) -> list[ToRead]:
    """The points that a chat is reminded of, in the order in which it reads them.

    Its chosen point comes first, then the others as in its lists.
    """
    chat = await unit.chats.get(chat_id)
    points = await unit.supply_points.of_chat(chat_id, self_reading_only=True, to_write=True)
    today = services.today(now)
    windows = await unit.supply_points.windows_of_all(points)
    found: list[ToRead] = []
    for point in points:
        state = state_at(windows[point.id], now)
        if isinstance(state, Open) and is_supplied_on(point, today):
            found.append(ToRead(point, state.window))
    read: set[int] = set()
    for opened in {each.window.start for each in found}:
        ids = [each.point.id for each in found if each.window.start == opened]
        read |= await unit.readings.points_read_since(ids, services.today(opened), today=today)
    chosen = chat.supply_point_id if chat is not None else None
    return sorted(
        (each for each in found if each.point.id not in read),
        key=lambda each: each.point.id != chosen,
    )


def judge(ready: Ready, draft: Draft, *, factor: Decimal) -> Judgement:
    """The rules' judgement of the draft's numbers.

    *factor* is how many times more, or less, than expected is still usual.
    """
    point, baseline = ready.point, ready.baseline
    expected: Decimal | None = None
    since = (ready.corrector_baseline if point.has_corrector else None) or baseline
    if since is not None:
        earlier = [each for each in ready.history if each is not since and each.day <= since.day]
        yearly = plausibility.daily_average(earlier, since, point.coefficient_c)
        expected = plausibility.expected_smc(ready.monthly, yearly, since.day, ready.day)
    return plausibility.judge(
        meter=draft.meter or 0,
        meter_digits=meter_digits(point),
        corrector=draft.corrector,
        corrector_digits=corrector_digits(point) if point.has_corrector else None,
        today=ready.day,
        baseline=baseline,
        corrector_baseline=ready.corrector_baseline if point.has_corrector else None,
        meter_class=point.meter_class,
        coefficient=point.coefficient_c,
        expected=expected,
        factor=factor,
        real_daily=plausibility.last_daily(ready.history, baseline) if baseline else None,
        past_ratios=plausibility.corrector_ratios(ready.history),
        declared_rollover_meter=draft.meter_rolled_over,
        declared_rollover_corrector=draft.corrector_rolled_over,
        confirmed={QuestionKind(kind) for kind in draft.confirmed},
    )


def dials_of(point: SupplyPoint) -> list[str | None]:
    """The meter and corrector of a point: which numbers are read, and their serial numbers."""
    corrector = point.corrector_serial if point.has_corrector else None
    return [point.self_reading.value, point.meter_serial, corrector]


_USUAL_DIGITS = 8  # if the company's data has none: the longest counter in households


def meter_digits(point: SupplyPoint) -> int:
    """How many digits the meter shows left of the comma."""
    return point.meter_digits or _USUAL_DIGITS


def corrector_digits(point: SupplyPoint) -> int:
    """How many digits the corrector shows left of the comma."""
    return point.corrector_digits or _USUAL_DIGITS
