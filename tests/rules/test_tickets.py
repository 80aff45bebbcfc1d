"""What one customer may send to the counter, and how the staff's queue stays everybody's."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.rules.tickets import (
    LARGEST_FILE,
    MOST_BYTES_A_DAY,
    MOST_FILES_A_DAY,
    MOST_MESSAGES_A_DAY,
    POST_STEP,
    POSTS_AT_ONCE,
    Quota,
    Sent,
    delays,
    quota_for,
)

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "sizes", "found"),
    [
        (Sent(), [], Quota.WITHIN),
        (Sent(MOST_MESSAGES_A_DAY - 1), [], Quota.WITHIN),
        (Sent(MOST_MESSAGES_A_DAY), [], Quota.TOO_MANY_MESSAGES),
        (Sent(1, MOST_FILES_A_DAY - 1), [1], Quota.WITHIN),
        (Sent(1, MOST_FILES_A_DAY - 1), [1, 1], Quota.TOO_MANY_FILES),
        (Sent(1, MOST_FILES_A_DAY), [], Quota.WITHIN),
        (Sent(1, 1, MOST_BYTES_A_DAY - 7), [7], Quota.WITHIN),
        (Sent(1, 1, MOST_BYTES_A_DAY - 7), [8], Quota.TOO_LARGE),
        (Sent(1, 1, MOST_BYTES_A_DAY), [], Quota.WITHIN),
        (Sent(1, 1, MOST_BYTES_A_DAY - LARGEST_FILE + 1), [None], Quota.TOO_LARGE),
        (Sent(1, 1, MOST_BYTES_A_DAY - LARGEST_FILE), [None], Quota.WITHIN),
    ],
)
def test_there_is_room_up_to_the_last_message_file_and_byte(
    sent: Sent, sizes: list[int | None], found: Quota
) -> None:
    assert quota_for(sent, sizes) is found


def test_who_writes_now_and_then_never_waits() -> None:
    earlier = [(NOW - timedelta(minutes=number), POSTS_AT_ONCE) for number in (3, 2, 1)]
    assert delays(earlier, NOW, POSTS_AT_ONCE) == [timedelta()] * POSTS_AT_ONCE


def test_what_is_beyond_waits_for_its_place_and_keeps_its_order() -> None:
    found = delays([], NOW, POSTS_AT_ONCE + 2)
    assert found == [timedelta()] * POSTS_AT_ONCE + [POST_STEP, 2 * POST_STEP]
    later = NOW + timedelta(seconds=1)
    again = delays([(NOW, POSTS_AT_ONCE + 2)], later, 2)
    assert again == [3 * POST_STEP - timedelta(seconds=1), 4 * POST_STEP - timedelta(seconds=1)]
    assert later + again[0] > NOW + found[-1]


def test_a_clock_that_went_back_makes_nobody_wait_longer() -> None:
    assert delays([(NOW + timedelta(hours=1), 1)], NOW, 1) == [timedelta()]
