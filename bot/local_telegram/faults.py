"""Deliberate faults, for tests: what can go wrong between the bot and Telegram."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

FaultKind = Literal[
    "status",  # answer `status` (429, 500, 502 …) and do nothing
    "odd",  # answer `status` with an arbitrary `body`, and do nothing
    "cut",  # close the connection and do nothing
    "hang",  # never answer, and do nothing
    "cut_after",  # do it, then close the connection
    "hang_after",  # do it, and never answer
]
DOING_NOTHING = frozenset({"status", "odd", "cut", "hang"})
_COMES_NOW = 0.5


@dataclass(slots=True)
class Fault:
    """One fault: for the next `times` calls of `method`, or for each with `probability`."""

    kind: FaultKind
    method: str = "*"
    times: int | None = 1
    probability: float = 1.0
    status: int = 500
    retry_after: int = 1
    body: bytes = b"null"
    happened: int = 0

    @property
    def spent(self) -> bool:
        return self.times is not None and self.happened >= self.times


@dataclass(slots=True)
class FaultSwitches:
    """The faults that are switched on; one seeded generator decides about probabilities.

    `happened` counts the updates that were delivered twice.
    """

    seed: int = 0
    faults: list[Fault] = field(default_factory=list)
    duplicate_probability: float = 0.0
    duplicate_times: int = 0
    duplicate_late: bool = False
    reorder: bool = False
    reorder_within_chats: bool = False
    happened: int = 0
    _late: list[Json] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 a trial that can be repeated

    def reseed(self, seed: int) -> None:
        """Restart the random generator with `seed`."""
        self.seed = seed
        self._random.seed(seed)

    def fail(
        self,
        kind: FaultKind,
        method: str = "*",
        *,
        times: int | None = 1,
        probability: float = 1.0,
        status: int = 500,
        retry_after: int = 1,
        body: bytes = b"null",
    ) -> Fault:
        """Switch a fault on for `method` («*»: every method except polling ones).

        `times` None means until cleared; `retry_after` (seconds) is for `status` 429, `body` for an
        odd answer. The returned fault counts how often it `happened`.
        """
        fault = Fault(kind, method.lower(), times, probability, status, retry_after, body)
        self.faults.append(fault)
        return fault

    def duplicate_updates(
        self, *, times: int = 0, probability: float = 0.0, late: bool = False
    ) -> None:
        """Deliver the next `times` updates twice, or each one with `probability`.

        `late` ones are repeated with a later update, long after the bot has confirmed them.
        """
        self.duplicate_times = times
        self.duplicate_probability = probability
        self.duplicate_late = late

    def reorder_updates(self, *, on: bool = True, within_chats: bool = False) -> None:
        """Mix the chats of every batch; within one chat the order stays, unless `within_chats`.

        Updates to a webhook are delayed at random, or swapped with the next one.
        """
        self.reorder = on
        self.reorder_within_chats = on and within_chats

    def clear(self) -> None:
        """Switch everything off."""
        self.faults.clear()
        self.duplicate_updates()
        self.reorder_updates(on=False)
        self._late.clear()

    # --- for the server

    def strike(self, method: str) -> Fault | None:
        """Return the fault for this call of `method` (lower case), if there is one."""
        for fault in self.faults:
            fits = fault.method == method or (fault.method == "*" and method != "getupdates")
            if not fits or fault.spent:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            fault.happened += 1
            return fault
        return None

    def doubles(self) -> bool:
        """Whether the current update is to be delivered twice."""
        if self.duplicate_times > 0:
            self.duplicate_times -= 1
        elif not self.duplicate_probability or self._random.random() >= self.duplicate_probability:
            return False
        self.happened += 1
        return True

    def chance(self) -> float:
        """Return the next number of the random generator, from 0 up to 1."""
        return self._random.random()

    def keep_for_later(self, update: Json) -> None:
        """Repeat `update` after later ones."""
        self._late.append(update)

    def late(self) -> list[Json]:
        """Return at random some, all or none of the updates kept for later."""
        due = [update for update in self._late if self._random.random() < _COMES_NOW]
        self._late = [update for update in self._late if update not in due]
        return due

    def swaps(self) -> bool:
        """Whether the current update is swapped with the next one of the same chat."""
        return self.reorder_within_chats and self._random.random() < _COMES_NOW

    def arranged(self, updates: Sequence[tuple[int | str, Json]]) -> list[Json]:
        """Return the updates (each with its chat) in the order in which the faults deliver them."""
        pairs = list(updates)
        if self.reorder_within_chats:
            self._random.shuffle(pairs)
        elif self.reorder:
            chats: dict[int | str, list[Json]] = {}
            for key, update in pairs:
                chats.setdefault(key, []).append(update)
            order = [key for key, _ in pairs]
            self._random.shuffle(order)
            waiting = {key: iter(queue) for key, queue in chats.items()}
            pairs = [(key, next(waiting[key])) for key in order]
        result: list[Json] = self.late() if pairs else []
        for _, update in pairs:
            result.append(update)
            if not self.doubles():
                continue
            if self.duplicate_late:
                self.keep_for_later(update)
            else:
                result.append(update)
        return result
