"""How much one chat may write."""

from bot.counter.flood import FloodGuard, Flow


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_writes_as_people_do_is_always_served() -> None:
    time = Seconds()
    guard = FloodGuard(time, burst=10, per_second=2)
    for _ in range(1_000):
        time.now += 0.5
        assert guard.one_more(1) is Flow.SERVED


def test_a_flood_is_told_once_and_then_met_with_quiet() -> None:
    guard = FloodGuard(Seconds(), burst=10, per_second=2)
    found = [guard.one_more(1) for _ in range(100)]
    assert found == [Flow.SERVED] * 10 + [Flow.TOLD] + [Flow.QUIET] * 89


def test_who_calms_down_is_served_again_and_one_flood_is_nobody_elses() -> None:
    time = Seconds()
    guard = FloodGuard(time, burst=10, per_second=2, calm=30)
    for _ in range(20):
        guard.one_more(1)
    assert guard.one_more(2) is Flow.SERVED
    time.now += 29
    assert guard.one_more(1) is Flow.QUIET
    time.now += 1
    assert [guard.one_more(1) for _ in range(5)] == [Flow.SERVED] * 5


def test_who_never_calms_down_is_told_once_however_long_it_lasts() -> None:
    time = Seconds()
    guard = FloodGuard(time, burst=10, per_second=2, calm=30)
    found = []
    for _ in range(10_000):
        found.append(guard.one_more(1))
        time.now += 0.1
    assert found.count(Flow.TOLD) == 1
    assert found.count(Flow.SERVED) < 20


def test_albums_and_fast_fingers_are_no_flood() -> None:
    time = Seconds()
    guard = FloodGuard(time)
    for _ in range(20):
        assert [guard.one_more(1) for _ in range(10)] == [Flow.SERVED] * 10  # ten photos at once
        time.now += 5
        for _ in range(5):
            assert guard.one_more(1) is Flow.SERVED  # a line each second
            time.now += 1
        time.now += 10
