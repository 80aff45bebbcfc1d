from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage.rules.lockouts import (
    LONGEST_LOCK,
    MAILED_CODES,
    SHORTEST_LOCK,
    WRONG_PAIRS_OF_CHAT,
    WRONG_PAIRS_OF_CODE,
    Allowed,
    Limit,
    Locked,
    locked,
    mailing,
    pairing,
)

START = datetime(2026, 3, 10, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def minutes(*after: float) -> list[datetime]:
    return [START + MINUTE * m for m in after]


def keep_guessing(limit: Limit, guesses: int) -> list[timedelta]:
    """The locks met by one who guesses wrong at every instant at which it is allowed."""
    now, failures, locks = START, list[datetime](), list[timedelta]()
    for _ in range(guesses):
        failures.append(now)
        match locked(failures, limit, now):
            case Locked(until):
                locks.append(until - now)
                now = until
            case Allowed():
                now += timedelta(seconds=1)
    return locks


def test_four_wrong_pairs_are_forgiven() -> None:
    assert pairing(minutes(0, 1, 2, 3), [], START + 4 * MINUTE) == Allowed()
    assert pairing([], [], START) == Allowed()


def test_the_fifth_within_an_hour_locks_for_a_quarter() -> None:
    failures = minutes(0, 1, 2, 3, 4)
    until = START + 19 * MINUTE
    assert pairing(failures, [], START + 4 * MINUTE) == Locked(until)
    assert pairing(failures, [], until - timedelta(microseconds=1)) == Locked(until)
    assert pairing(failures, [], until) == Allowed()


def test_five_in_more_than_an_hour_do_not_lock() -> None:
    assert pairing(minutes(0, 15, 30, 45, 60), [], START + 60 * MINUTE) == Allowed()
    assert pairing(minutes(0, 15, 30, 45, 59), [], START + 60 * MINUTE) != Allowed()


def test_who_is_wrong_again_after_the_lock_waits_twice_as_long() -> None:
    failures = minutes(0, 1, 2, 3, 4, 20)
    assert pairing(failures, [], START + 20 * MINUTE) == Locked(START + 50 * MINUTE)


def test_locks_double_from_a_quarter_of_an_hour_to_a_day() -> None:
    locks = keep_guessing(WRONG_PAIRS_OF_CHAT, 200)
    quarters = [lock / SHORTEST_LOCK for lock in locks[:9]]
    assert quarters == [1, 2, 4, 8, 16, 32, 64, 96, 96]
    assert set(locks[7:]) == {LONGEST_LOCK}


def test_a_day_without_failures_after_a_lock_forgives() -> None:
    first = minutes(0, 1, 2, 3, 4)
    end = START + 19 * MINUTE

    def second_lock(after: timedelta) -> timedelta:
        again = [end + after + MINUTE * m for m in range(5)]
        verdict = locked([*first, *again], WRONG_PAIRS_OF_CHAT, again[-1])
        assert isinstance(verdict, Locked)
        return verdict.until - again[-1]

    assert second_lock(timedelta(hours=23)) == 2 * SHORTEST_LOCK
    assert second_lock(timedelta(hours=24)) == SHORTEST_LOCK


def test_what_was_refused_during_a_lock_does_not_lengthen_it() -> None:
    failures = minutes(0, 1, 2, 3, 4)
    refused = minutes(5, 6, 18.9)
    assert pairing([*failures, *refused], [], START + 10 * MINUTE) == Locked(START + 19 * MINUTE)
    assert pairing([*failures, *refused], [], START + 19 * MINUTE) == Allowed()


def test_twenty_wrong_pairs_a_day_lock_a_code_for_every_chat() -> None:
    failures = [START + HOUR * n for n in range(20)]
    assert pairing([], failures[:19], failures[18]) == Allowed()
    assert pairing([], failures, failures[19]) == Locked(failures[19] + SHORTEST_LOCK)
    slow = [START + timedelta(hours=1.3) * n for n in range(20)]
    assert pairing([], slow, slow[19]) == Allowed()


def test_the_later_of_two_locks_counts() -> None:
    of_chat = minutes(0, 1, 2, 3, 4, 20)  # until minute 50
    of_code = minutes(*range(20))  # until minute 34
    assert pairing(of_chat, of_code, START + 20 * MINUTE) == Locked(START + 50 * MINUTE)
    assert pairing([], of_code, START + 20 * MINUTE) == Locked(START + 34 * MINUTE)


def test_three_codes_are_mailed_an_hour() -> None:
    assert mailing(minutes(0, 10), START + 20 * MINUTE) == Allowed()
    mailed = minutes(0, 10, 20)
    assert mailing(mailed, START + 21 * MINUTE) == Locked(START + HOUR)
    assert mailing(mailed, START + HOUR) == Allowed()
    assert mailing(reversed([*mailed, START + HOUR]), START + HOUR) == Locked(
        START + HOUR + 10 * MINUTE
    )


INSTANTS = st.lists(st.integers(0, 5_000).map(lambda m: START + MINUTE * m), max_size=40)
MOMENTS = st.integers(0, 6_000).map(lambda m: START + MINUTE * m)


@given(INSTANTS, MOMENTS, st.sampled_from([WRONG_PAIRS_OF_CHAT, WRONG_PAIRS_OF_CODE]))
def test_a_lock_lies_ahead_ends_and_has_a_cause(
    failures: list[datetime], now: datetime, limit: Limit
) -> None:
    failures = [f for f in failures if f <= now]
    verdict = locked(failures, limit, now)
    if isinstance(verdict, Locked):
        assert now < verdict.until <= now + LONGEST_LOCK
        assert len(failures) >= limit.count
        later = locked(failures, limit, verdict.until)
        assert later == Allowed()
    assert locked(sorted(failures, reverse=True), limit, now) == verdict


@given(INSTANTS, MOMENTS)
def test_whoever_obeys_never_gets_more_than_three_mails_in_an_hour(
    wishes: list[datetime], now: datetime
) -> None:
    mailed: list[datetime] = []
    for wish in sorted(wishes):
        if mailing(mailed, wish) == Allowed():
            mailed.append(wish)
    within = [m for m in mailed if now - MAILED_CODES.period < m <= now]
    assert len(within) <= MAILED_CODES.count


# -- the clock stepped back: what was tried lies ahead of now --


def test_a_clock_that_was_a_year_ahead_locks_nobody_for_a_year() -> None:
    failures = minutes(0, 1, 2, 3, 4)
    assert pairing(failures, failures, START - timedelta(days=365)) == Allowed()
    assert mailing(minutes(0, 1, 2), START - timedelta(days=365)) == Allowed()


def test_once_the_clock_has_caught_up_what_was_tried_counts_again() -> None:
    failures = minutes(0, 1, 2, 3, 4)
    assert pairing(failures, [], START + 5 * MINUTE) == Locked(START + 19 * MINUTE)
    assert isinstance(mailing(minutes(0, 1, 2), START + 3 * MINUTE), Locked)


@given(
    st.lists(st.integers(0, 5_000), max_size=40).map(lambda at: minutes(*at)),
    st.integers(0, 10_000).map(lambda at: START + MINUTE * at),
)
def test_no_lock_is_longer_than_a_day_whatever_the_clock_did(
    failures: list[datetime], now: datetime
) -> None:
    for verdict in (pairing(failures, failures, now), mailing(failures, now)):
        if isinstance(verdict, Locked):
            assert now < verdict.until <= now + LONGEST_LOCK
