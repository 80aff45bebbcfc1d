"""Whether a reading can be true, and what to ask the customer before it is accepted.

``judge`` is called with what was typed, then again after each answer with all answers so far, until
it returns ``Accepted`` or ``Blocked``. Questions come one at a time in a fixed order: numbers that
were swapped, lower than last (meter, then corrector), past the physical ceiling, no consumption,
unusual consumption, corrector ratio.

A seller may refuse a reading within its window only where it is plainly wrong, by an order of
magnitude against the last real consumption (del. 47/2000 and the TIV; the gas wording was not
seen). So the ceiling alone never blocks: it warns, and the customer may send the reading all the
same. What blocks is ``PLAINLY_WRONG`` times the last real consumption, past the ceiling, and more
digits than the counter has.

Meters and correctors count whole cubic metres; consumption in standard cubic metres (Smc) is an
exact ``Decimal``.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, unique
from itertools import pairwise
from types import MappingProxyType

QMAX = MappingProxyType(
    {
        "G1.6": Decimal("2.5"),
        "G2.5": Decimal(4),
        "G4": Decimal(6),
        "G6": Decimal(10),
        "G10": Decimal(16),
        "G16": Decimal(25),
        "G25": Decimal(40),
        "G40": Decimal(65),
        "G65": Decimal(100),
        "G100": Decimal(160),
        "G160": Decimal(250),
        "G250": Decimal(400),
        "G400": Decimal(650),
        "G650": Decimal(1000),
        "G1000": Decimal(1600),
        "G1600": Decimal(2500),
        "G2500": Decimal(4000),
        "G4000": Decimal(6500),
        "G6500": Decimal(10000),
    }
)
"""The maximum flow of each meter class, in cubic metres an hour (EN 1359, EN 12480, EN 12261)."""

FACTOR = Decimal(3)
"""The default factor by which consumption may differ from what is expected."""

PLAINLY_WRONG = 10
"""How many times the last real consumption, past the ceiling, is refused: an order of magnitude."""

RATIOS_NEEDED = 3
RATIO_MARGIN = Decimal("0.2")

_BOTH = 2
_ABOUT_A_YEAR = timedelta(days=365)
_YEAR_TOLERANCE = timedelta(days=60)


@unique
class Dial(Enum):
    """One of the two counters of a gas supply point."""

    METER = "meter"
    CORRECTOR = "corrector"


@unique
class QuestionKind(Enum):
    """What makes a reading doubtful."""

    SWAPPED = "swapped"
    LOWER_THAN_LAST = "lower_than_last"
    PAST_CEILING = "past_ceiling"
    NO_CONSUMPTION = "no_consumption"
    UNUSUALLY_HIGH = "unusually_high"
    UNUSUALLY_LOW = "unusually_low"
    CORRECTOR_RATIO = "corrector_ratio"


@unique
class BlockKind(Enum):
    """What makes a reading impossible."""

    PLAINLY_WRONG = "plainly_wrong"  # an order of magnitude above the last real consumption
    TOO_MANY_DIGITS = "too_many_digits"


@unique
class ReviewFlag(Enum):
    """What the supplier should check in an accepted reading; the values are stored."""

    METER_ROLLOVER = "meter_rollover"
    CORRECTOR_ROLLOVER = "corrector_rollover"
    PAST_CEILING = "past_ceiling"
    SWAPPED = "swapped"
    NO_CONSUMPTION = "no_consumption"
    UNUSUALLY_HIGH = "unusually_high"
    UNUSUALLY_LOW = "unusually_low"
    CORRECTOR_RATIO = "corrector_ratio"
    METER_NOT_COMPARABLE = "meter_not_comparable"
    CORRECTOR_NOT_COMPARABLE = "corrector_not_comparable"
    CONFIRMED_UNUSUAL = "confirmed_unusual"  # only on early readings, which kept no more detail


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier reading of the same meter; ``corrector`` is None where it is not known."""

    day: date
    meter: int
    corrector: int | None = None


@dataclass(frozen=True, slots=True)
class Consumption:
    """What was used since the baseline; ``None`` where there is nothing to compare with.

    ``meter`` and ``corrector`` are differences of the dials, in m³ and Smc. ``smc`` is what is
    billed: the corrector's difference, or the meter's times the point's coefficient.
    """

    meter: int | None
    corrector: int | None
    smc: Decimal | None
    meter_rolled_over: bool = False
    corrector_rolled_over: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The reading may be shown for saving; ``flags`` are for the supplier's review."""

    consumption: Consumption
    flags: frozenset[ReviewFlag] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """The next question to ask. Fields that do not belong to its kind are ``None``.

    ``day`` is set when the comparison is with another day than the baseline's (a corrector's may
    be); ``dial`` and ``last`` (what that dial showed) for a lower value and for no consumption;
    ``delta`` and ``ceiling`` (m³) for a value past the ceiling; ``smc`` and ``expected`` for an
    unusual consumption; ``ratio`` and the usual ``band`` of corrector to meter for the last kind.
    """

    kind: QuestionKind
    dial: Dial | None = None
    last: int | None = None
    delta: int | None = None
    ceiling: int | None = None
    smc: Decimal | None = None
    expected: Decimal | None = None
    ratio: Decimal | None = None
    band: tuple[Decimal, Decimal] | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """The reading cannot be true: the customer must type another number or give up.

    ``delta`` and ``usual`` (m³) are set where the difference since the baseline is an order of
    magnitude above the last real consumption; ``digits`` where the dial cannot show the value.
    """

    kind: BlockKind
    dial: Dial
    delta: int | None = None
    usual: int | None = None
    digits: int | None = None


Judgement = Accepted | Question | Blocked


@dataclass(frozen=True, slots=True)
class _Read:
    """One dial: its value, its earlier value, and what the customer said about it.

    ``day`` is the day of the earlier value, where it is not the baseline's.
    """

    dial: Dial
    value: int
    digits: int
    last: int | None
    declared_rollover: bool
    ceiling: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Difference:
    """What one dial counted since the baseline."""

    dial: Dial
    delta: int | None = None
    rolled_over: bool = False
    flag: ReviewFlag | None = None


def judge(
    *,
    meter: int,
    meter_digits: int,
    today: date,
    baseline: Baseline | None,
    corrector_baseline: Baseline | None = None,
    corrector: int | None = None,
    corrector_digits: int | None = None,
    meter_class: str | None = None,
    coefficient: Decimal | None = None,
    expected: Decimal | None = None,
    past_ratios: Sequence[Decimal] = (),
    factor: Decimal = FACTOR,
    real_daily: Decimal | None = None,
    declared_rollover_meter: bool = False,
    declared_rollover_corrector: bool = False,
    confirmed: Collection[QuestionKind] = frozenset(),
) -> Judgement:
    """The next question about a reading of ``today``, or that it is accepted, or blocked.

    ``meter`` and ``corrector`` are the values read, each with the digits of its dial; ``corrector``
    is ``None`` on a point without one. Where ``baseline`` has no corrector value,
    ``corrector_baseline`` is the newest reading that has one: the corrector is compared with that,
    and ``expected`` is for the days since then. ``expected`` (Smc) comes from ``expected_smc``,
    ``past_ratios`` from ``corrector_ratios``; without them their questions are not asked.
    ``coefficient`` is the C of the point, ``factor`` how far from ``expected`` is still usual,
    ``real_daily`` the last real consumption in m³ a day (from ``last_daily``).
    ``confirmed`` holds the kinds that the customer confirmed *for these very numbers*: a corrected
    number is asked about again. A rollover declared for a dial that is not lower has no effect.

    Raises ``ValueError`` for negative values, and for a corrector without its digits.
    """
    ceiling = ceiling_m3(meter_class, baseline.day, today) if baseline else None
    last = baseline.meter if baseline else None
    reads = [_Read(Dial.METER, meter, meter_digits, last, declared_rollover_meter, ceiling)]
    since = _with_corrector(baseline, corrector_baseline)
    if corrector is not None:
        if corrector_digits is None:
            raise ValueError("a corrector's value comes with its digits")
        reads.append(
            _Read(
                Dial.CORRECTOR,
                corrector,
                corrector_digits,
                since.corrector if since else None,
                declared_rollover_corrector,
                day=since.day if since and since is not baseline else None,
            )
        )
    if QuestionKind.SWAPPED not in confirmed and _are_swapped(reads):
        return Question(QuestionKind.SWAPPED)
    found = _differences(reads)
    if not isinstance(found, dict):
        return found

    measured = found[Dial.METER]
    corrected = found.get(Dial.CORRECTOR)
    past = _past_ceiling(measured.delta, ceiling, baseline, today, real_daily)
    if isinstance(past, Blocked):
        return past

    counted = Consumption(
        meter=measured.delta,
        corrector=corrected.delta if corrected else None,
        smc=_smc(measured, corrected, coefficient),
        meter_rolled_over=measured.rolled_over,
        corrector_rolled_over=corrected.rolled_over if corrected else False,
    )
    doubts = _doubts(counted, reads, expected, factor, past)
    consumption = counted
    if corrected is not None and since is not baseline:
        # The two dials are compared over different days: the consumption since the baseline is the
        # meter's alone, and the ratio needs the meter's difference since the corrector's day.
        consumption = replace(counted, corrector=None, smc=None)
        counted = replace(counted, meter=meter - since.meter if since else None)
    if not any(doubt.kind is QuestionKind.NO_CONSUMPTION for doubt in doubts):
        doubts += _odd_ratio(counted, past_ratios)
    for doubt in doubts:
        if doubt.kind not in confirmed:
            return doubt
    flags = {d.flag for d in found.values() if d.flag} | {ReviewFlag(d.kind.value) for d in doubts}
    return Accepted(consumption, frozenset(flags))


def ceiling_m3(meter_class: str | None, since: date, today: date) -> int | None:
    """The most that a meter can let through from one reading to the next, in m³.

    Its maximum flow for 24 hours of each day between plus one day, since the hours of the two
    readings are not known. A class has a comma or a point (``G1,6``). ``None`` for an unknown
    class: then there is no ceiling.
    """
    qmax = QMAX.get("".join((meter_class or "").split()).upper().replace(",", "."))
    return None if qmax is None else int(qmax * (max((today - since).days, 0) + 1) * 24)


def expected_smc(
    monthly: Mapping[tuple[int, int], Decimal],
    yearly_average: Decimal | None,
    start: date,
    end: date,
) -> Decimal | None:
    """The expected consumption in ``[start, end)``, in Smc; ``None`` where there is no basis.

    ``monthly`` holds billed Smc by (year, month). Each month of the span uses the newest value of
    the same month in an earlier year, or else the oldest there is, in proportion to its days.
    Where a month has none, the whole span uses ``yearly_average`` (Smc a day, from
    ``daily_average``).
    """
    days = (end - start).days
    if days <= 0:
        return None
    total = Decimal(0)
    for year, month, part in _months(start, end):
        known = [y for y, m in monthly if m == month]
        if not known:
            return None if yearly_average is None else yearly_average * days
        source = max((y for y in known if y < year), default=min(known))
        total += monthly[source, month] * part / monthrange(source, month)[1]
    return total


def daily_average(
    history: Sequence[Baseline], latest: Baseline, coefficient: Decimal | None
) -> Decimal | None:
    """Smc a day between ``latest`` and the reading of ``history`` closest to one year before it.

    ``None`` when none is within sixty days of that, when a dial went back in between, or when there
    is neither a corrector value on both nor a coefficient.
    """
    target = latest.day - _ABOUT_A_YEAR
    near = [r for r in history if abs(r.day - target) <= _YEAR_TOLERANCE]
    if not near:
        return None
    earlier = min(near, key=lambda reading: (abs(reading.day - target), reading.day))
    used: Decimal | None = None
    if latest.corrector is not None and earlier.corrector is not None:
        used = Decimal(latest.corrector - earlier.corrector)
    elif latest.corrector is None and coefficient is not None:
        used = (latest.meter - earlier.meter) * coefficient
    return None if used is None or used < 0 else used / (latest.day - earlier.day).days


def corrector_ratios(history: Sequence[Baseline]) -> tuple[Decimal, ...]:
    """Corrector to meter, for each two consecutive readings of the same pair of dials.

    Pairs in which a dial stood still or went back (a rollover) have no ratio and are left out.
    """
    ratios = []
    ordered = sorted(
        (r for r in history if r.corrector is not None), key=lambda reading: reading.day
    )
    for earlier, later in pairwise(ordered):
        metered = later.meter - earlier.meter
        corrected = (later.corrector or 0) - (earlier.corrector or 0)
        if metered > 0 and corrected > 0:
            ratios.append(Decimal(corrected) / metered)
    return tuple(ratios)


def _with_corrector(baseline: Baseline | None, other: Baseline | None) -> Baseline | None:
    """What the corrector is compared with: the baseline, or *other* where that has none."""
    if other is not None and (baseline is None or baseline.corrector is None):
        return other
    return baseline


def _past_ceiling(
    delta: int | None,
    ceiling: int | None,
    baseline: Baseline | None,
    today: date,
    real_daily: Decimal | None,
) -> Question | Blocked | None:
    """Whether the meter's difference is more than it lets through, or plainly wrong."""
    if ceiling is None or delta is None or baseline is None or delta <= ceiling:
        return None
    usual = int((real_daily or 0) * max((today - baseline.day).days, 1))
    if usual and delta >= PLAINLY_WRONG * usual:
        return Blocked(BlockKind.PLAINLY_WRONG, Dial.METER, delta=delta, usual=usual)
    return Question(QuestionKind.PAST_CEILING, dial=Dial.METER, delta=delta, ceiling=ceiling)


def last_daily(history: Sequence[Baseline], latest: Baseline) -> Decimal | None:
    """The last real consumption: m³ a day of the meter between *latest* and the reading before it.

    ``None`` where there is no earlier reading of another day, or the meter went back in between.
    """
    earlier = max((each for each in history if each.day < latest.day), key=_day, default=None)
    if earlier is None or latest.meter <= earlier.meter:
        return None
    return Decimal(latest.meter - earlier.meter) / (latest.day - earlier.day).days


def _day(reading: Baseline) -> date:
    return reading.day


def _are_swapped(reads: Sequence[_Read]) -> bool:
    """Whether each number fits the other counter's last reading, and not both their own.

    A number fits where it is not lower than the last, and at most a tenth of the counter above it.
    """
    if len(reads) != _BOTH:
        return False
    meter, corrector = reads
    if meter.last is None or corrector.last is None:
        return False
    as_typed = _fits(meter, meter.value) and _fits(corrector, corrector.value)
    other_way = _fits(meter, corrector.value) and _fits(corrector, meter.value)
    return other_way and not as_typed


def _fits(read: _Read, value: int) -> bool:
    last = read.last or 0
    room: int = 10**read.digits // 10
    if read.ceiling is not None:
        room = min(room, read.ceiling)
    shown: int = 10**read.digits
    return value < shown and 0 <= value - last <= room


def _differences(reads: Sequence[_Read]) -> dict[Dial, _Difference] | Question | Blocked:
    """How far each dial went, or the first question or block that comes before that."""
    for read in reads:
        if read.value < 0:
            raise ValueError("a dial shows no negative value")
        if read.value >= 10**read.digits:
            return Blocked(BlockKind.TOO_MANY_DIGITS, read.dial, digits=read.digits)
    found = {}
    for read in reads:
        difference = _difference(read)
        if not isinstance(difference, _Difference):
            return difference
        found[read.dial] = difference
    return found


def _difference(read: _Read) -> _Difference | Question | Blocked:
    dial, last = read.dial, read.last
    if last is None:
        return _Difference(dial)
    if last >= 10**read.digits:
        # The last value does not fit this dial: the point's data has changed since. A question
        # about a rollover would make no sense, so the reading counts as a first one and is flagged.
        return _Difference(dial, flag=ReviewFlag(f"{dial.value}_not_comparable"))
    if read.value >= last:
        return _Difference(dial, read.value - last)
    wrapped = 10**read.digits - last + read.value
    if not read.declared_rollover:
        return Question(QuestionKind.LOWER_THAN_LAST, dial=dial, last=last, day=read.day)
    return _Difference(dial, wrapped, rolled_over=True, flag=ReviewFlag(f"{dial.value}_rollover"))


def _smc(
    measured: _Difference, corrected: _Difference | None, coefficient: Decimal | None
) -> Decimal | None:
    if corrected is not None:
        # The coefficient replaces a corrector; where there is one, it must not be used.
        return None if corrected.delta is None else Decimal(corrected.delta)
    if measured.delta is None or coefficient is None:
        return None
    return measured.delta * coefficient


def _doubts(
    used: Consumption,
    reads: Sequence[_Read],
    expected: Decimal | None,
    factor: Decimal,
    past: Question | None,
) -> list[Question]:
    """What to ask of each dial, in order. One cause makes one question."""
    if past is not None:  # it is unusually high as well, and that is the same question
        return [past]
    unusual = _unusual(used, expected, factor, reads[-1].day)
    for read, delta in zip(reads, (used.meter, used.corrector), strict=False):
        if delta == 0:
            # A dial that stood still is also low and has an odd ratio: one question is enough.
            still = Question(
                QuestionKind.NO_CONSUMPTION, dial=read.dial, last=read.last, day=read.day
            )
            return [still, *(d for d in unusual if d.kind is QuestionKind.UNUSUALLY_HIGH)]
    return unusual


def _unusual(
    used: Consumption, expected: Decimal | None, factor: Decimal, day: date | None
) -> list[Question]:
    if used.smc is None or expected is None:
        return []
    if used.smc > expected * factor:
        kind = QuestionKind.UNUSUALLY_HIGH
    elif used.smc * factor < expected:
        kind = QuestionKind.UNUSUALLY_LOW
    else:
        return []
    return [Question(kind, smc=used.smc, expected=expected, day=day)]


def _odd_ratio(used: Consumption, past_ratios: Sequence[Decimal]) -> list[Question]:
    if used.meter is None or used.meter <= 0 or used.corrector is None:
        return []
    if len(past_ratios) < RATIOS_NEEDED:
        return []
    low = min(past_ratios) * (1 - RATIO_MARGIN)
    high = max(past_ratios) * (1 + RATIO_MARGIN)
    ratio = Decimal(used.corrector) / used.meter
    if low <= ratio <= high:
        return []
    return [Question(QuestionKind.CORRECTOR_RATIO, ratio=ratio, band=(low, high))]


def _months(start: date, end: date) -> list[tuple[int, int, int]]:
    """The months of ``[start, end)`` as (year, month, days of it in the span)."""
    parts = []
    day = start
    while day < end:
        length = monthrange(day.year, day.month)[1]
        following = day.replace(day=length) + timedelta(days=1)
        parts.append((day.year, day.month, (min(following, end) - day).days))
        day = following
    return parts
