"""The pace of what goes unasked, on a clock of its own: no burst, room for answers, memory kept."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

from bot.counter.pace import Gate, Pace, Priority


class Seconds:
    """A monotonic clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.on_sleep: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.on_sleep()


def pacer_on(seconds: Seconds) -> Pace:
    return Pace(monotonic=seconds, sleep=seconds.sleep)


def peak(times: list[float]) -> int:
    """The most of them within any second."""
    return max(sum(1 for other in times if start <= other < start + 1) for start in times)


async def unasked(pacer: Pace, seconds: Seconds, number: int) -> list[float]:
    """Sends so many to as many chats; gives when each left."""
    times = []
    for chat in range(number):
        await pacer.unasked_slot()
        pacer.note(chat, is_message=True)
        times.append(seconds.now)
    return times


async def test_twenty_five_a_second_at_even_steps() -> None:
    seconds = Seconds()
    times = await unasked(pacer_on(seconds), seconds, 200)
    assert peak(times) == 25
    assert all(0.0399 < after - before < 0.0401 for before, after in pairwise(times))


async def test_an_idle_hour_saves_up_no_burst() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    await unasked(pacer, seconds, 3)
    seconds.now += 3_600
    assert peak(await unasked(pacer, seconds, 60)) == 25


async def test_a_stall_is_not_caught_up_with() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    times = await unasked(pacer, seconds, 10)
    seconds.now += 0.9
    times += await unasked(pacer, seconds, 40)
    assert peak(times) == 25


async def test_answers_are_counted_and_never_wait() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    answers: list[float] = []

    def customers_chat() -> None:
        while not answers or seconds.now - answers[-1] >= 0.1:
            answers.append(seconds.now if not answers else answers[-1] + 0.1)
            pacer.note(-1, is_message=True)  # ten a second

    seconds.on_sleep = customers_chat
    times = await unasked(pacer, seconds, 150)
    assert peak(times[40:]) <= 16  # once the first second is over
    assert peak([*times, *answers]) <= 30
    assert len(times) / (times[-1] - times[0]) > 12


async def test_a_crowd_of_answers_leaves_one_a_second() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)

    def crowd() -> None:
        for _ in range(60):
            pacer.note(-1, is_message=False)

    crowd()
    seconds.on_sleep = crowd
    times = await unasked(pacer, seconds, 5)
    assert peak(times) == 1
    assert times[-1] - times[0] < 4.1


async def test_a_chat_rests_for_a_second_after_a_message_and_not_after_an_edit() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    pacer.note(1, is_message=True)
    seconds.now += 0.5
    pacer.note(2, is_message=True)
    pacer.note(3, is_message=False)
    assert pacer.resting() == {1, 2}
    seconds.now += 0.5
    assert pacer.resting() == {2}
    await pacer.rested(2)
    assert seconds.now == 1_001.5
    assert pacer.resting() == set()


async def test_a_group_takes_twenty_a_minute() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    times = []
    for _ in range(40):
        await pacer.rested(-1_001)
        await pacer.unasked_slot()
        pacer.note(-1_001, is_message=True)
        times.append(seconds.now)
    assert max(sum(1 for other in times if t <= other < t + 60) for t in times) == 20


async def test_a_long_rest_is_not_waited_for_longer_than_asked() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    pacer.note(-1_001, is_message=True)
    pacer.note(5, is_message=True)
    await pacer.rested(-1_001, at_most=1)
    assert seconds.now == 1_001
    assert pacer.resting() == {-1_001}, "a chat that rests for less is free before it"
    await pacer.rested(-1_001, at_most=60)
    assert seconds.now == 1_003
    assert pacer.resting() == set()


async def test_an_edit_takes_its_room_all_the_same() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    for _ in range(25):
        pacer.note(7, is_message=False)
    before = seconds.now
    await pacer.unasked_slot()  # the first after a pause may always go
    pacer.note(8, is_message=True)
    await pacer.unasked_slot()
    assert seconds.now - before >= 1


async def test_no_more_is_kept_than_leaves_in_a_second() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    for chat in range(100_000):
        pacer.note(chat, is_message=True)
        seconds.now += 0.01
    assert len(pacer._left) <= 101
    assert len(pacer._chats) <= 101


async def test_a_chat_gets_a_few_at_once_and_then_one_a_second() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    times = []
    for _ in range(10):
        await pacer.chat_slot(1)
        times.append(round(seconds.now - 1_000, 6))
    assert times == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6]
    await pacer.chat_slot(2)  # another's line does not wait
    assert seconds.now == 1_006
    seconds.now += 60
    for _ in range(4):
        await pacer.chat_slot(1)
    assert seconds.now == 1_066


async def test_what_a_chat_had_is_forgotten_once_it_is_paid_off() -> None:
    seconds = Seconds()
    pacer = pacer_on(seconds)
    for chat in range(1, 100_001):
        await pacer.chat_slot(chat)
        seconds.now += 0.01
    assert len(pacer._owing) <= 1_001


async def test_after_a_hold_answers_go_before_what_is_unasked_one_by_one() -> None:
    throttle = Gate(per_second=1_000)
    await throttle.enter()  # below the limit nobody waits
    throttle.hold(0.05)
    went: list[str] = []

    async def one(name: str, *, unasked: bool) -> None:
        await throttle.enter(Priority.NOTICE if unasked else Priority.ANSWER)
        went.append(name)

    waiting = [asyncio.create_task(one("news", unasked=True))]
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(one(f"answer {n}", unasked=False)) for n in range(3)]
    await asyncio.sleep(0)
    assert went == []
    waiting[2].cancel()  # a stop
    await asyncio.wait(waiting)
    assert went == ["answer 0", "answer 2", "news"]
    assert not throttle.is_held


async def test_whoever_is_cut_off_in_a_hold_leaves_nothing_behind() -> None:
    throttle = Gate()
    throttle.hold(60)
    waiting = [asyncio.create_task(throttle.enter()) for _ in range(3)]
    await asyncio.sleep(0)
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)
    assert throttle._line == []
