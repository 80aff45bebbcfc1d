"""Whose a point's days are, statement by statement."""

from datetime import date, timedelta

import pytest

from storage.rules.supplies import TAKEN_BACK_WITHIN, History, told

ANNA, BRUNO, CARLA = 1, 2, 3
BEGIN = date(2020, 1, 1)
TODAY = date(2026, 3, 10)

Said = tuple[int, date, date]
"""Whose, since when, and on which day it was said."""
Days = tuple[int, date, date | None]


def days_after(*said: Said) -> list[Days]:
    history: History = ()
    for customer, since, today in said:
        history = told(history, customer, since=since, today=today)
    return [(h.customer_id, h.start, h.end) for h in history if not h.is_empty]


def day(month: int, number: int) -> date:
    return date(2026, month, number)


FIRST: Said = (ANNA, BEGIN, BEGIN)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([FIRST], [(ANNA, BEGIN, None)]),
        # The first customer's decorrenza may be corrected either way: nobody was there before.
        ([FIRST, (ANNA, date(2019, 6, 1), TODAY)], [(ANNA, date(2019, 6, 1), None)]),
        ([FIRST, (ANNA, date(2020, 6, 1), TODAY)], [(ANNA, date(2020, 6, 1), None)]),
        # A decorrenza of one's own parts two customers; a repeated one says nothing of the new one.
        (
            [FIRST, (BRUNO, day(3, 5), TODAY)],
            [(ANNA, BEGIN, day(3, 5)), (BRUNO, day(3, 5), None)],
        ),
        ([FIRST, (BRUNO, BEGIN, TODAY)], [(ANNA, BEGIN, TODAY), (BRUNO, TODAY, None)]),
        (
            [FIRST, (BRUNO, date(2019, 1, 1), TODAY)],
            [(ANNA, BEGIN, TODAY), (BRUNO, TODAY, None)],
        ),
        # An earlier one afterwards opens nothing; a later one hides more, and can be taken back.
        (
            [FIRST, (BRUNO, day(3, 5), TODAY), (BRUNO, day(1, 1), TODAY)],
            [(ANNA, BEGIN, day(3, 5)), (BRUNO, day(3, 5), None)],
        ),
        (
            [FIRST, (BRUNO, day(3, 5), TODAY), (BRUNO, day(4, 1), TODAY)],
            [(ANNA, BEGIN, day(3, 5)), (BRUNO, day(4, 1), None)],
        ),
        (
            [FIRST, (BRUNO, day(3, 5), TODAY), (BRUNO, day(4, 1), TODAY), (BRUNO, BEGIN, TODAY)],
            [(ANNA, BEGIN, day(3, 5)), (BRUNO, day(3, 5), None)],
        ),
        # One that is still to come may be brought forward, but not into what the former one had.
        (
            [FIRST, (BRUNO, day(5, 1), TODAY), (BRUNO, day(4, 1), TODAY)],
            [(ANNA, BEGIN, day(4, 1)), (BRUNO, day(4, 1), None)],
        ),
        (
            [FIRST, (BRUNO, day(5, 1), TODAY), (BRUNO, day(2, 1), TODAY)],
            [(ANNA, BEGIN, TODAY), (BRUNO, TODAY, None)],
        ),
        # Back soon, with a supply that went on: a mistake, mended. Whatever the wrong row said.
        ([FIRST, (BRUNO, BEGIN, TODAY), (ANNA, BEGIN, TODAY)], [(ANNA, BEGIN, None)]),
        ([FIRST, (BRUNO, day(2, 1), TODAY), (ANNA, BEGIN, day(3, 20))], [(ANNA, BEGIN, None)]),
        (
            [FIRST, (BRUNO, BEGIN, TODAY), (CARLA, BEGIN, TODAY), (ANNA, BEGIN, TODAY)],
            [(ANNA, BEGIN, None)],
        ),
        (
            [FIRST, (BRUNO, BEGIN, TODAY), (ANNA, date(2019, 6, 1), TODAY)],
            [(ANNA, date(2019, 6, 1), None)],
        ),
        # Also for who had the point since today, and had not a day of it.
        (
            [FIRST, (BRUNO, TODAY, TODAY), (CARLA, TODAY, TODAY), (BRUNO, TODAY, day(3, 12))],
            [(ANNA, BEGIN, TODAY), (BRUNO, TODAY, None)],
        ),
        # A mistake on top of a real change gives the days back to whom they were given.
        (
            [
                FIRST,
                (BRUNO, day(3, 5), TODAY),
                (ANNA, day(3, 5), day(3, 11)),
                (BRUNO, day(3, 5), day(3, 12)),
            ],
            [(ANNA, BEGIN, day(3, 5)), (BRUNO, day(3, 5), None)],
        ),
        # Back with a decorrenza that begins anew: a supply of its own, and the others' stays.
        (
            [FIRST, (BRUNO, day(2, 1), day(2, 1)), (ANNA, day(3, 1), day(3, 1))],
            [(ANNA, BEGIN, day(2, 1)), (BRUNO, day(2, 1), day(3, 1)), (ANNA, day(3, 1), None)],
        ),
        (
            [FIRST, (BRUNO, day(2, 1), day(2, 1)), (ANNA, day(2, 1), day(3, 1))],
            [(ANNA, BEGIN, day(2, 1)), (BRUNO, day(2, 1), day(3, 1)), (ANNA, day(3, 1), None)],
        ),
        # Who was the wrong one begins anew when the point is theirs after all.
        (
            [FIRST, (BRUNO, BEGIN, TODAY), (ANNA, BEGIN, TODAY), (BRUNO, BEGIN, day(3, 12))],
            [(ANNA, BEGIN, day(3, 12)), (BRUNO, day(3, 12), None)],
        ),
        # A supply that had not begun leaves no days behind.
        (
            [FIRST, (BRUNO, day(5, 1), TODAY), (CARLA, day(4, 1), TODAY)],
            [(ANNA, BEGIN, day(4, 1)), (CARLA, day(4, 1), None)],
        ),
        (
            [FIRST, (BRUNO, day(5, 1), TODAY), (CARLA, day(6, 1), TODAY)],
            [(ANNA, BEGIN, day(5, 1)), (BRUNO, day(5, 1), day(6, 1)), (CARLA, day(6, 1), None)],
        ),
        (
            [
                FIRST,
                (BRUNO, day(5, 1), TODAY),
                (CARLA, day(6, 1), TODAY),
                (CARLA, BEGIN, TODAY),
            ],
            [(ANNA, BEGIN, TODAY), (CARLA, TODAY, None)],
        ),
        # Days that a later decorrenza left to nobody are not given back by the next customer's.
        (
            [
                FIRST,
                (BRUNO, day(5, 1), TODAY),
                (BRUNO, day(6, 1), TODAY),
                (CARLA, day(5, 20), TODAY),
            ],
            [(ANNA, BEGIN, day(5, 1)), (CARLA, day(5, 20), None)],
        ),
        # A point is lost on the day on which it first went to somebody else.
        (
            [
                FIRST,
                (BRUNO, day(8, 1), TODAY),
                (CARLA, day(7, 1), day(5, 15)),
                (CARLA, BEGIN, day(5, 16)),
            ],
            [(ANNA, BEGIN, TODAY), (CARLA, TODAY, None)],
        ),
        # A second mistake is mended as the first was, however long ago that is.
        (
            [
                FIRST,
                (BRUNO, BEGIN, TODAY),
                (ANNA, BEGIN, TODAY),
                (BRUNO, BEGIN, day(6, 1)),
                (ANNA, BEGIN, day(6, 2)),
            ],
            [(ANNA, BEGIN, None)],
        ),
        # Theirs again before it was anybody else's for a day: one supply, not two.
        (
            [FIRST, (BRUNO, TODAY, TODAY), (ANNA, TODAY, TODAY)],
            [(ANNA, BEGIN, None)],
        ),
    ],
)
def test_days_follow_from_what_is_said(said: list[Said], expected: list[Days]) -> None:
    assert days_after(*said) == expected


@pytest.mark.parametrize(("late", "mended"), [(0, True), (1, False)])
def test_a_mistake_is_mended_within_two_months(late: int, mended: bool) -> None:
    back = TODAY + TAKEN_BACK_WITHIN + timedelta(days=late)
    found = days_after(FIRST, (BRUNO, BEGIN, TODAY), (ANNA, BEGIN, back))
    apart: list[Days] = [(ANNA, BEGIN, TODAY), (BRUNO, TODAY, back), (ANNA, back, None)]
    assert found == ([(ANNA, BEGIN, None)] if mended else apart)
