from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.plausibility import (
    QMAX,
    Accepted,
    Baseline,
    Blocked,
    BlockKind,
    Consumption,
    Dial,
    Judgement,
    Question,
    QuestionKind,
    ReviewFlag,
    ceiling_m3,
    corrector_ratios,
    daily_average,
    expected_smc,
    judge,
    last_daily,
)

TODAY = date(2026, 3, 10)
LAST = Baseline(date(2026, 2, 10), 45_000)
LAST_OF_BOTH = Baseline(date(2026, 2, 10), 45_000, 8_000)
C = Decimal("1.027235")
USUAL_RATIOS = (Decimal("1.0"), Decimal("1.1"), Decimal("1.2"))


def of_meter(meter: int, baseline: Baseline | None = LAST, **more: Any) -> Judgement:
    """The verdict on a G4 meter of five digits with no corrector."""
    given_ = {"meter_digits": 5, "today": TODAY, "meter_class": "G4", "coefficient": C, **more}
    return judge(meter=meter, baseline=baseline, **given_)


def of_both(meter: int, corrector: int, **more: Any) -> Judgement:
    """The verdict on a G40 meter of six digits with a corrector of seven."""
    given_ = {
        "meter_digits": 6,
        "corrector_digits": 7,
        "today": TODAY,
        "meter_class": "G40",
        "baseline": LAST_OF_BOTH,
        **more,
    }
    return judge(meter=meter, corrector=corrector, **given_)


def accepted(verdict: Judgement) -> Accepted:
    assert isinstance(verdict, Accepted), verdict
    return verdict


# What is used


def test_a_plain_reading_is_accepted_with_its_consumption() -> None:
    verdict = accepted(of_meter(45_100))
    assert verdict.consumption == Consumption(100, None, Decimal("102.723500"))
    assert verdict.flags == frozenset()


def test_with_a_corrector_its_own_difference_is_the_smc() -> None:
    verdict = accepted(of_both(45_100, 8_110, coefficient=C))
    assert verdict.consumption == Consumption(100, 110, Decimal(110))


def test_without_a_coefficient_the_smc_are_not_known() -> None:
    assert accepted(of_meter(45_100, coefficient=None)).consumption.smc is None


def test_a_first_reading_has_no_difference_and_no_question() -> None:
    verdict = accepted(of_meter(3, baseline=None, expected=Decimal(100)))
    assert verdict.consumption == Consumption(None, None, None)


def test_a_new_corrector_beside_an_old_meter_compares_the_meter_alone() -> None:
    verdict = accepted(of_both(45_100, 12, baseline=LAST, expected=Decimal(1)))
    assert verdict.consumption == Consumption(100, None, None)


# Digits


def test_a_value_that_the_dial_cannot_show_is_blocked() -> None:
    assert of_meter(100_000) == Blocked(BlockKind.TOO_MANY_DIGITS, Dial.METER, digits=5)
    assert of_both(45_100, 10_000_000) == Blocked(
        BlockKind.TOO_MANY_DIGITS, Dial.CORRECTOR, digits=7
    )
    assert of_meter(100_000, baseline=None) == Blocked(
        BlockKind.TOO_MANY_DIGITS, Dial.METER, digits=5
    )


def test_values_that_no_dial_can_have_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        of_meter(-1)
    with pytest.raises(ValueError, match="digits"):
        of_both(45_100, 8_110, corrector_digits=None)


# Lower than last, rollover


def test_a_lower_reading_is_questioned_whatever_was_confirmed() -> None:
    asked = Question(QuestionKind.LOWER_THAN_LAST, dial=Dial.METER, last=45_000)
    assert of_meter(44_000) == asked
    assert of_meter(44_000, confirmed=set(QuestionKind)) == asked


def test_near_the_end_of_the_dial_a_rollover_is_possible() -> None:
    last = Baseline(date(2026, 2, 10), 99_950)
    assert isinstance(of_meter(30, baseline=last), Question)
    verdict = accepted(of_meter(30, baseline=last, declared_rollover_meter=True))
    assert verdict.consumption == Consumption(80, None, 80 * C, meter_rolled_over=True)
    assert verdict.flags == {ReviewFlag.METER_ROLLOVER}


def test_a_rollover_that_the_meter_cannot_have_made_is_warned_of() -> None:
    """It may be sent all the same, and somebody looks at it."""
    asked = of_meter(44_000, declared_rollover_meter=True)
    assert asked == Question(
        QuestionKind.PAST_CEILING, dial=Dial.METER, delta=99_000, ceiling=6 * 29 * 24
    )
    verdict = of_meter(44_000, declared_rollover_meter=True, confirmed={QuestionKind.PAST_CEILING})
    assert accepted(verdict).flags == {ReviewFlag.METER_ROLLOVER, ReviewFlag.PAST_CEILING}


def test_without_a_class_any_declared_rollover_is_taken_and_flagged() -> None:
    verdict = accepted(of_meter(44_000, declared_rollover_meter=True, meter_class=None))
    assert verdict.consumption.meter == 99_000
    assert ReviewFlag.METER_ROLLOVER in verdict.flags


def test_a_rollover_declared_for_a_number_since_corrected_has_no_effect() -> None:
    verdict = accepted(of_meter(45_100, declared_rollover_meter=True))
    assert verdict == accepted(of_meter(45_100))


def test_both_dials_are_asked_about_meter_first() -> None:
    asked = of_both(44_000, 7_000, meter_class=None)
    assert isinstance(asked, Question)
    assert asked.dial is Dial.METER
    asked = of_both(44_000, 7_000, meter_class=None, declared_rollover_meter=True)
    assert asked == Question(QuestionKind.LOWER_THAN_LAST, dial=Dial.CORRECTOR, last=8_000)
    verdict = accepted(
        of_both(
            44_000,
            7_000,
            meter_class=None,
            declared_rollover_meter=True,
            declared_rollover_corrector=True,
        )
    )
    assert verdict.consumption == Consumption(999_000, 9_999_000, Decimal(9_999_000), True, True)
    assert verdict.flags == {ReviewFlag.METER_ROLLOVER, ReviewFlag.CORRECTOR_ROLLOVER}


def test_a_last_value_that_does_not_fit_the_dial_is_no_dead_end() -> None:
    verdict = accepted(of_meter(120, baseline=Baseline(date(2026, 2, 10), 123_456)))
    assert verdict.consumption == Consumption(None, None, None)
    assert verdict.flags == {ReviewFlag.METER_NOT_COMPARABLE}


# The physical ceiling


def test_the_ceiling_is_the_greatest_flow_of_the_days_between_and_one() -> None:
    assert ceiling_m3("G4", LAST.day, TODAY) == 6 * 29 * 24
    assert ceiling_m3(" g 4", TODAY, TODAY) == 6 * 24
    assert ceiling_m3("G250", TODAY - timedelta(days=1), TODAY) == 400 * 2 * 24
    assert ceiling_m3("G1,6", TODAY, TODAY) == ceiling_m3("g 1.6", TODAY, TODAY) == 60
    assert ceiling_m3("G6500", TODAY, TODAY) == 10_000 * 24
    assert ceiling_m3(None, LAST.day, TODAY) is None
    assert ceiling_m3("G7", LAST.day, TODAY) is None
    assert ceiling_m3("G4", TODAY + timedelta(days=5), TODAY) == 6 * 24


def test_the_ceiling_warns_past_it_and_not_at_it() -> None:
    ceiling = 6 * 29 * 24
    accepted(of_meter(45_000 + ceiling))
    asked = Question(QuestionKind.PAST_CEILING, dial=Dial.METER, delta=ceiling + 1, ceiling=ceiling)
    assert of_meter(45_001 + ceiling) == asked
    assert of_meter(45_001 + ceiling, expected=Decimal(1)) == asked
    verdict = of_meter(45_001 + ceiling, expected=Decimal(1), confirmed={QuestionKind.PAST_CEILING})
    assert accepted(verdict).flags == {ReviewFlag.PAST_CEILING}
    accepted(of_meter(45_001 + ceiling, meter_class=None))


@pytest.mark.parametrize(("daily", "is_blocked"), [("20", False), ("14.93", False), ("14.9", True)])
def test_an_order_of_magnitude_above_the_last_real_consumption_is_refused(
    daily: str, is_blocked: bool
) -> None:
    """Only past the ceiling, and only where a real consumption is known."""
    ceiling, real = 6 * 29 * 24, Decimal(daily)
    verdict = of_meter(45_001 + ceiling, real_daily=real, confirmed=set(QuestionKind))
    if is_blocked:
        assert verdict == Blocked(
            BlockKind.PLAINLY_WRONG, Dial.METER, delta=ceiling + 1, usual=int(real * 28)
        )
    else:
        accepted(verdict)
    accepted(of_meter(45_000 + ceiling, real_daily=real))
    accepted(
        of_meter(45_001 + ceiling, real_daily=Decimal(0), confirmed={QuestionKind.PAST_CEILING})
    )


def test_the_last_real_consumption_is_that_between_the_last_two_readings() -> None:
    history = [Baseline(date(2025, 12, 1), 44_000), Baseline(date(2026, 1, 11), 44_700), LAST]
    assert last_daily(history, LAST) == Decimal(10)
    assert last_daily([LAST], LAST) is None
    assert last_daily([Baseline(date(2026, 1, 11), 99_000), LAST], LAST) is None


# Swapped


def test_numbers_that_fit_each_others_counter_are_swapped() -> None:
    assert of_both(8_090, 45_100) == Question(QuestionKind.SWAPPED)
    accepted(of_both(45_100, 8_090, confirmed={QuestionKind.SWAPPED}))
    asked = of_both(8_090, 45_100, confirmed={QuestionKind.SWAPPED})
    assert isinstance(asked, Question)
    assert asked.kind is QuestionKind.LOWER_THAN_LAST


def test_numbers_that_fit_as_they_are_were_not_swapped() -> None:
    close = Baseline(date(2026, 2, 10), 8_000, 8_010)
    accepted(of_both(8_090, 8_100, baseline=close))
    verdict = of_both(44_000, 8_090)
    assert isinstance(verdict, Question)
    assert verdict.kind is QuestionKind.LOWER_THAN_LAST


def test_the_ceiling_does_not_concern_the_corrector() -> None:
    accepted(of_both(45_100, 9_000_000))


# What experience asks


def test_an_equal_reading_is_asked_about_once() -> None:
    asked = of_meter(45_000, expected=Decimal(100))
    assert asked == Question(QuestionKind.NO_CONSUMPTION, dial=Dial.METER, last=45_000)
    verdict = of_meter(45_000, expected=Decimal(100), confirmed={QuestionKind.NO_CONSUMPTION})
    assert accepted(verdict).consumption == Consumption(0, None, Decimal(0))
    assert accepted(verdict).flags == {ReviewFlag.NO_CONSUMPTION}


def test_a_corrector_that_stood_still_is_asked_about_once() -> None:
    asked = of_both(45_100, 8_000, past_ratios=USUAL_RATIOS)
    assert asked == Question(QuestionKind.NO_CONSUMPTION, dial=Dial.CORRECTOR, last=8_000)
    confirmed = {QuestionKind.NO_CONSUMPTION}
    accepted(of_both(45_100, 8_000, past_ratios=USUAL_RATIOS, confirmed=confirmed))
    asked = of_both(45_000, 8_000)
    assert asked == Question(QuestionKind.NO_CONSUMPTION, dial=Dial.METER, last=45_000)
    accepted(of_both(45_000, 8_000, confirmed=confirmed))


@pytest.mark.parametrize(
    ("used", "kind"),
    [
        (33, QuestionKind.UNUSUALLY_LOW),
        (34, None),
        (100, None),
        (300, None),
        (301, QuestionKind.UNUSUALLY_HIGH),
    ],
)
def test_consumption_outside_a_third_and_three_times_is_asked_about(
    used: int, kind: QuestionKind | None
) -> None:
    verdict = of_meter(45_000 + used, coefficient=Decimal(1), expected=Decimal(100))
    if kind is None:
        assert accepted(verdict).flags == frozenset()
        return
    assert verdict == Question(kind, smc=Decimal(used), expected=Decimal(100))
    verdict = of_meter(
        45_000 + used, coefficient=Decimal(1), expected=Decimal(100), confirmed={kind}
    )
    assert accepted(verdict).flags == {ReviewFlag(kind.value)}


def test_the_factor_is_a_setting() -> None:
    accepted(of_meter(45_400, expected=Decimal(100), factor=Decimal(5)))
    assert isinstance(of_meter(45_400, expected=Decimal(100)), Question)


def test_without_expectation_nothing_is_unusual() -> None:
    accepted(of_meter(49_000, expected=None))


def test_the_ratio_of_corrector_and_meter_is_held_against_its_own_past() -> None:
    band = (Decimal("0.80"), Decimal("1.44"))
    accepted(of_both(45_100, 8_080, past_ratios=USUAL_RATIOS))
    accepted(of_both(45_100, 8_144, past_ratios=USUAL_RATIOS))
    for used, ratio in ((79, "0.79"), (145, "1.45")):
        asked = of_both(45_100, 8_000 + used, past_ratios=USUAL_RATIOS)
        assert asked == Question(QuestionKind.CORRECTOR_RATIO, ratio=Decimal(ratio), band=band)
    verdict = of_both(
        45_100, 8_145, past_ratios=USUAL_RATIOS, confirmed={QuestionKind.CORRECTOR_RATIO}
    )
    assert accepted(verdict).flags == {ReviewFlag.CORRECTOR_RATIO}


def test_two_past_ratios_are_not_enough_to_ask() -> None:
    accepted(of_both(45_100, 8_500, past_ratios=USUAL_RATIOS[:2]))


def test_a_high_consumption_and_an_odd_ratio_are_two_questions_in_order() -> None:
    more: Mapping[str, Any] = {"past_ratios": USUAL_RATIOS, "expected": Decimal(100)}
    confirmed: set[QuestionKind] = set()
    asked = []
    while isinstance(verdict := of_both(45_100, 8_500, confirmed=confirmed, **more), Question):
        asked.append(verdict.kind)
        confirmed.add(verdict.kind)
    assert asked == [QuestionKind.UNUSUALLY_HIGH, QuestionKind.CORRECTOR_RATIO]
    assert accepted(verdict).flags == {ReviewFlag.UNUSUALLY_HIGH, ReviewFlag.CORRECTOR_RATIO}


# Properties

DIGITS = st.integers(1, 9)


@st.composite
def dials(draw: st.DrawFn) -> tuple[int, int, int]:
    digits = draw(DIGITS)
    values = st.integers(0, 10**digits - 1)
    return digits, draw(values), draw(values)


@given(dials(), dials())
def test_consumption_is_the_difference_modulo_the_dial(
    meter: tuple[int, int, int], corrector: tuple[int, int, int]
) -> None:
    (digits, last, new), (corrector_digits, corrector_last, corrector_new) = meter, corrector
    verdict = judge(
        meter=new,
        meter_digits=digits,
        corrector=corrector_new,
        corrector_digits=corrector_digits,
        baseline=Baseline(LAST.day, last, corrector_last),
        today=TODAY,
        declared_rollover_meter=True,
        declared_rollover_corrector=True,
        confirmed=set(QuestionKind),
    )
    used = accepted(verdict).consumption
    assert used.meter == (new - last) % 10**digits
    assert used.corrector == (corrector_new - corrector_last) % 10**corrector_digits
    assert used.smc == used.corrector
    assert used.meter_rolled_over is (new < last)
    assert used.corrector_rolled_over is (corrector_new < corrector_last)


@given(
    dials(),
    st.sampled_from([None, *QMAX]),
    st.integers(0, 800),
    st.none() | st.decimals(0, 5_000, places=3),
)
def test_answering_yes_always_comes_to_an_end(
    meter: tuple[int, int, int], meter_class: str | None, days: int, expected: Decimal | None
) -> None:
    digits, last, new = meter
    answers: dict[str, Any] = {"confirmed": frozenset()}
    asked: list[QuestionKind] = []
    while isinstance(
        verdict := judge(
            meter=new,
            meter_digits=digits,
            baseline=Baseline(TODAY - timedelta(days=days), last),
            today=TODAY,
            meter_class=meter_class,
            coefficient=C,
            expected=expected,
            **answers,
        ),
        Question,
    ):
        assert verdict.kind not in asked
        asked.append(verdict.kind)
        if verdict.kind is QuestionKind.LOWER_THAN_LAST:
            answers["declared_rollover_meter"] = True
        answers["confirmed"] |= {verdict.kind}
    ceiling = ceiling_m3(meter_class, TODAY - timedelta(days=days), TODAY)
    possible = ceiling is None or (new - last) % 10**digits <= ceiling
    assert isinstance(verdict, Accepted)
    assert (ReviewFlag.PAST_CEILING in verdict.flags) is not possible
    assert (QuestionKind.LOWER_THAN_LAST in asked) is (new < last)


# What is expected


def test_a_whole_month_is_expected_to_be_as_last_years() -> None:
    monthly = {(2024, 3): Decimal(90), (2025, 3): Decimal(62), (2026, 3): Decimal(1)}
    assert expected_smc(monthly, None, date(2026, 3, 1), date(2026, 4, 1)) == Decimal(62)


def test_parts_of_months_count_by_their_days() -> None:
    monthly = {(2025, 1): Decimal(310), (2025, 2): Decimal(140)}
    span = date(2026, 1, 22), date(2026, 2, 8)
    assert expected_smc(monthly, None, *span) == 10 * 10 + 7 * 5


def test_the_same_month_of_the_same_year_serves_where_there_is_no_earlier() -> None:
    monthly = {(2026, 3): Decimal(31)}
    assert expected_smc(monthly, None, date(2026, 3, 1), date(2026, 3, 11)) == 10
    assert expected_smc(monthly, None, date(2025, 3, 1), date(2025, 3, 11)) == 10


def test_a_month_without_data_makes_the_whole_span_average() -> None:
    monthly = {(2025, 1): Decimal(310)}
    span = date(2026, 1, 22), date(2026, 2, 8)
    assert expected_smc(monthly, Decimal("1.5"), *span) == Decimal("25.5")
    assert expected_smc(monthly, None, *span) is None
    assert expected_smc({}, None, *span) is None


def test_no_days_expect_nothing() -> None:
    assert expected_smc({}, Decimal(1), TODAY, TODAY) is None


@given(
    st.dates(date(2020, 1, 1), date(2028, 12, 31)),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_what_is_expected_of_two_spans_adds_up(start: date, first: int, second: int) -> None:
    monthly = {(2019, month): Decimal(month * 28 * 29 * 30 * 31) for month in range(1, 13)}
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)

    def expected(since: date, until: date) -> Decimal:
        return expected_smc(monthly, None, since, until) or Decimal(0)

    assert expected(start, middle) + expected(middle, end) == expected(start, end)


LATEST = Baseline(date(2026, 3, 1), 2_000)


def test_the_daily_average_is_taken_from_about_a_year_ago() -> None:
    history = [
        Baseline(date(2024, 3, 1), 0),
        Baseline(date(2025, 3, 1), 1_270),
        Baseline(date(2025, 4, 20), 1_500),
        Baseline(date(2026, 1, 1), 1_900),
        LATEST,
    ]
    assert daily_average(history, LATEST, Decimal(1)) == 2
    assert daily_average(history, LATEST, Decimal("1.5")) == 3
    assert daily_average(history[3:], LATEST, Decimal(1)) is None
    assert daily_average(history, LATEST, None) is None
    assert daily_average([], LATEST, Decimal(1)) is None


def test_the_daily_average_of_a_corrector_needs_no_coefficient() -> None:
    year_ago = Baseline(date(2025, 3, 1), 1_000, 270)
    latest = replace(LATEST, corrector=1_000)
    assert daily_average([year_ago], latest, None) == 2
    assert daily_average([replace(year_ago, corrector=None)], latest, Decimal(1)) is None


def test_a_dial_that_went_back_gives_no_average() -> None:
    assert daily_average([Baseline(date(2025, 3, 1), 99_000)], LATEST, Decimal(1)) is None


def test_past_ratios_skip_what_tells_none() -> None:
    history = [
        Baseline(date(2026, 1, 1), 200, 220),
        Baseline(date(2025, 1, 1), 0, 0),
        Baseline(date(2025, 7, 1), 100, 110),
        Baseline(date(2025, 9, 1), 150),
        Baseline(date(2026, 2, 1), 200, 230),
        Baseline(date(2026, 3, 1), 250, 5),
        Baseline(date(2026, 4, 1), 300, 105),
    ]
    assert corrector_ratios(history) == (Decimal("1.1"), Decimal("1.1"), Decimal(2))
    assert corrector_ratios([]) == ()


# -- the newest reading knows the meter alone --


KNOWN = Baseline(LAST.day - timedelta(days=30), 44_000, 7_000)
UNKNOWN = replace(LAST, corrector=None)


def of_both_since(meter: int, corrector: int, **more: Any) -> Judgement:
    """The last reading (45.000) has no corrector; one of a month before (44.000) has 7.000."""
    return of_both(meter, corrector, baseline=UNKNOWN, corrector_baseline=KNOWN, **more)


def test_the_corrector_is_held_against_the_newest_value_of_its_own() -> None:
    lower = of_both_since(45_100, 6_999)
    assert isinstance(lower, Question)
    assert (lower.kind, lower.dial, lower.last, lower.day) == (
        QuestionKind.LOWER_THAN_LAST,
        Dial.CORRECTOR,
        7_000,
        KNOWN.day,
    )
    still = of_both_since(45_100, 7_000)
    assert isinstance(still, Question)
    assert (still.kind, still.dial, still.day) == (
        QuestionKind.NO_CONSUMPTION,
        Dial.CORRECTOR,
        KNOWN.day,
    )
    # 2.000 Smc since then, where 300 are expected for those days.
    high = of_both_since(45_100, 9_000, expected=Decimal(300))
    assert isinstance(high, Question)
    assert (high.kind, high.smc, high.day) == (
        QuestionKind.UNUSUALLY_HIGH,
        Decimal(2_000),
        KNOWN.day,
    )


def test_the_ratio_is_over_the_same_days() -> None:
    # 1.100 m³ since the corrector's day, and not 100.
    accepted(of_both_since(45_100, 8_200, past_ratios=USUAL_RATIOS))
    odd = of_both_since(45_100, 9_000, past_ratios=USUAL_RATIOS)
    assert isinstance(odd, Question)
    assert odd.kind is QuestionKind.CORRECTOR_RATIO


def test_what_is_told_since_the_last_reading_is_the_meters_alone() -> None:
    used = accepted(of_both_since(45_100, 8_200)).consumption
    assert (used.meter, used.corrector, used.smc) == (100, None, None)
    rolled = of_both_since(45_100, 10, declared_rollover_corrector=True)
    assert accepted(rolled).consumption.corrector_rolled_over


def test_a_baseline_that_knows_the_corrector_comes_first() -> None:
    assert of_both(45_100, 8_110, corrector_baseline=KNOWN) == of_both(45_100, 8_110)
