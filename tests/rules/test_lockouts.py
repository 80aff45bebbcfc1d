from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage.rules.lockouts import (
    LONGEST_LOCK,
    MAILED_FOR_CUSTOMER,
    MAILED_TO_CHAT,
    MOST_MAILED_FOR_CUSTOMER,
    SHORTEST_LOCK,
    WRONG_CODES_OF_CUSTOMER,
    WRONG_OF_CHAT,
    WRONG_PAIRS_OF_CUSTOMER,
    Allowed,
    Limit,
    Locked,
    Past,
    Unsaid,
    locked,
    mailing,
    of_chat,
    pairing,
    typing,
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


def test_four_wrong_ones_are_forgiven() -> None:
    past = Past(wrong_of_chat=minutes(0, 1, 2, 3))
    assert of_chat(past, START + 4 * MINUTE) == Allowed()
    assert pairing(past, START + 4 * MINUTE) == Allowed()
    assert typing(past, START + 4 * MINUTE) == Allowed()
    assert pairing(Past(), START) == Allowed()


def test_the_fifth_within_an_hour_locks_for_a_quarter() -> None:
    past = Past(wrong_of_chat=minutes(0, 1, 2, 3, 4))
    until = START + 19 * MINUTE
    for now in (START + 4 * MINUTE, until - timedelta(microseconds=1)):
        assert of_chat(past, now) == pairing(past, now) == typing(past, now) == Locked(until)
    assert of_chat(past, until) == pairing(past, until) == typing(past, until) == Allowed()


def test_five_in_more_than_an_hour_do_not_lock() -> None:
    now = START + 60 * MINUTE
    assert of_chat(Past(wrong_of_chat=minutes(0, 15, 30, 45, 60)), now) == Allowed()
    assert of_chat(Past(wrong_of_chat=minutes(0, 15, 30, 45, 59)), now) != Allowed()


def test_who_is_wrong_again_after_the_lock_waits_twice_as_long() -> None:
    past = Past(wrong_of_chat=minutes(0, 1, 2, 3, 4, 20))
    assert of_chat(past, START + 20 * MINUTE) == Locked(START + 50 * MINUTE)


def test_locks_double_from_a_quarter_of_an_hour_to_a_day() -> None:
    locks = keep_guessing(WRONG_OF_CHAT, 200)
    quarters = [lock / SHORTEST_LOCK for lock in locks[:9]]
    assert quarters == [1, 2, 4, 8, 16, 32, 64, 96, 96]
    assert set(locks[7:]) == {LONGEST_LOCK}


def test_a_day_without_failures_after_a_lock_forgives() -> None:
    first = minutes(0, 1, 2, 3, 4)
    end = START + 19 * MINUTE

    def second_lock(after: timedelta) -> timedelta:
        again = [end + after + MINUTE * m for m in range(5)]
        verdict = locked([*first, *again], WRONG_OF_CHAT, again[-1])
        assert isinstance(verdict, Locked)
        return verdict.until - again[-1]

    assert second_lock(timedelta(hours=23)) == 2 * SHORTEST_LOCK
    assert second_lock(timedelta(hours=24)) == SHORTEST_LOCK


def test_what_was_refused_during_a_lock_does_not_lengthen_it() -> None:
    past = Past(wrong_of_chat=[*minutes(0, 1, 2, 3, 4), *minutes(5, 6, 18.9)])
    assert of_chat(past, START + 10 * MINUTE) == Locked(START + 19 * MINUTE)
    assert of_chat(past, START + 19 * MINUTE) == Allowed()


def test_twenty_wrong_pairs_a_day_leave_it_unsaid_whether_the_next_is_right() -> None:
    failures = [START + HOUR * n for n in range(20)]
    assert pairing(Past(wrong_pairs=failures[:19]), failures[18]) == Allowed()
    past, until = Past(wrong_pairs=failures), failures[19] + SHORTEST_LOCK
    assert pairing(past, failures[19]) == Unsaid(until)
    assert pairing(past, until) == Allowed()
    slow = [START + timedelta(hours=1.3) * n for n in range(20)]
    assert pairing(Past(wrong_pairs=slow), slow[19]) == Allowed()


def test_the_chats_own_lock_goes_before_the_customers() -> None:
    past = Past(wrong_of_chat=minutes(0, 1, 2, 3, 4), wrong_pairs=minutes(*range(20)))
    assert pairing(past, START + 19 * MINUTE) == Unsaid(START + 34 * MINUTE)
    assert pairing(past, START + 18 * MINUTE) == Locked(START + 19 * MINUTE)


def test_wrong_pairs_of_others_do_not_keep_anybody_from_typing_the_mailed_code() -> None:
    assert typing(Past(wrong_pairs=minutes(*range(20))), START + 20 * MINUTE) == Allowed()


def test_of_too_many_wrong_codes_only_those_wait_who_typed_one() -> None:
    wrong = minutes(*range(WRONG_CODES_OF_CUSTOMER.count))
    now = wrong[-1] + MINUTE
    until = wrong[-1] + SHORTEST_LOCK
    assert typing(Past(wrong_codes=wrong), now) == Allowed()
    assert typing(Past(wrong_codes=wrong, own_wrong_codes=wrong[:1]), now) == Locked(until)
    assert typing(Past(wrong_codes=wrong, own_wrong_codes=wrong[:1]), until) == Allowed()
    long_ago = [START - timedelta(days=1)]
    assert typing(Past(wrong_codes=wrong, own_wrong_codes=long_ago), now) == Allowed()
    assert typing(Past(wrong_codes=wrong[1:], own_wrong_codes=wrong[1:2]), now) == Allowed()


def test_a_wrong_one_counts_from_the_moment_on_in_which_it_is_judged() -> None:
    now = START + 5 * MINUTE
    four = Past(wrong_of_chat=minutes(0, 1, 2, 3), wrong_codes=minutes(*range(5)))
    assert of_chat(four.with_wrong_pair(now), now) == Locked(now + SHORTEST_LOCK)
    assert four.with_wrong_pair(now).wrong_pairs == (now,)
    assert typing(four.with_wrong_code(now), now) == Locked(now + SHORTEST_LOCK)
    nine = Past(wrong_codes=minutes(*(m / 3 for m in range(9))))
    assert typing(nine.with_wrong_code(now), now) == Locked(now + SHORTEST_LOCK)


def test_three_codes_an_hour_are_mailed_to_a_chat() -> None:
    assert mailing(Past(mailed_to_chat=minutes(0, 10)), START + 20 * MINUTE) == Allowed()
    mailed = minutes(0, 10, 20)
    assert mailing(Past(mailed_to_chat=mailed), START + 21 * MINUTE) == Locked(START + HOUR)
    assert mailing(Past(mailed_to_chat=mailed), START + HOUR) == Allowed()
    later = list(reversed([*mailed, START + HOUR]))
    assert mailing(Past(mailed_to_chat=later), START + HOUR) == Locked(START + HOUR + 10 * MINUTE)


def test_past_nine_codes_of_a_customer_only_chats_get_one_that_had_none() -> None:
    mailed = minutes(*range(MAILED_FOR_CUSTOMER.count))
    now, until = mailed[-1] + MINUTE, mailed[-1] + SHORTEST_LOCK
    assert mailing(Past(mailed=mailed), now) == Allowed()
    assert mailing(Past(mailed=mailed, own_mailed=mailed[:1]), now) == Locked(until)
    assert mailing(Past(mailed=mailed, own_mailed=mailed[:1]), until) == Allowed()
    assert mailing(Past(mailed=mailed, own_mailed=[START - timedelta(days=1)]), now) == Allowed()


def test_twenty_codes_a_day_are_the_most_for_a_customer_whoever_asks() -> None:
    mailed = minutes(*range(MOST_MAILED_FOR_CUSTOMER.count))
    tomorrow = START + timedelta(days=1)
    assert mailing(Past(mailed=mailed[1:]), mailed[-1]) == Allowed()
    assert mailing(Past(mailed=mailed), mailed[-1]) == Locked(tomorrow)
    assert mailing(Past(mailed=mailed), tomorrow) == Allowed()


INSTANTS = st.lists(st.integers(0, 5_000).map(lambda m: START + MINUTE * m), max_size=40)
MOMENTS = st.integers(0, 6_000).map(lambda m: START + MINUTE * m)


@given(INSTANTS, MOMENTS, st.sampled_from([WRONG_OF_CHAT, WRONG_PAIRS_OF_CUSTOMER]))
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
        if mailing(Past(mailed_to_chat=mailed), wish) == Allowed():
            mailed.append(wish)
    within = [m for m in mailed if now - MAILED_TO_CHAT.period < m <= now]
    assert len(within) <= MAILED_TO_CHAT.count


# -- the clock stepped back: what was tried lies ahead of now --


def everything(at: list[datetime]) -> Past:
    return Past(at, at, at, at, at, at, at)


def test_a_clock_that_was_a_year_ahead_locks_nobody_for_a_year() -> None:
    past, now = everything(minutes(*range(30))), START - timedelta(days=365)
    assert pairing(past, now) == typing(past, now) == mailing(past, now) == Allowed()


def test_once_the_clock_has_caught_up_what_was_tried_counts_again() -> None:
    past = everything(minutes(0, 1, 2, 3, 4))
    assert pairing(past, START + 5 * MINUTE) == Locked(START + 19 * MINUTE)
    assert isinstance(mailing(past, START + 3 * MINUTE), Locked)


@given(
    st.lists(st.integers(0, 5_000), max_size=40).map(lambda at: minutes(*at)),
    st.integers(0, 10_000).map(lambda at: START + MINUTE * at),
)
def test_no_lock_is_longer_than_a_day_whatever_the_clock_did(
    tried: list[datetime], now: datetime
) -> None:
    past = everything(tried)
    for verdict in (pairing(past, now), typing(past, now), mailing(past, now)):
        if isinstance(verdict, Locked | Unsaid):
            assert now < verdict.until <= now + LONGEST_LOCK
