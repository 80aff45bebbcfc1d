"""Which number several looks at a counter speak for, weighed against what is known. Pure.

A look is what the recogniser gives: at each step along the line, the probability of each digit
(the rest is «no digit here»). How likely a look is when the counter shows a certain number follows
from the forward algorithm of connectionist temporal classification (Graves 2006); decimals stand
as digits of any value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.photo.values import KnownDial

Floats = NDArray[Any]
Numbers = NDArray[np.int64]

_ANY = 10
_LEAST = 1e-7
_BEFORE = 0.03  # how often the frame before the first digit is read as one more digit
_CLEAR = 5.0  # from here on, where the red begins is believed
_AROUND = ((-0.025, 0.25), (0.0, 0.45), (0.025, 0.25))
_OPEN = ((3, 0.5), (2, 0.3), (1, 0.1), (0, 0.1))
_VOTES = 3.0  # looks at one counter repeat each other's mistakes: together they are so many
_TRUST = 0.97
_FITS = 3.0
_IGNORED = 1e-3
_TEMPER = 0.8
_TURNING = 0.3
_OUTSIDE = 0.02
_LITTLE = 40  # m³ of consumption up to which all are about as likely
_MOST = 6000
_UNSEEN = ((3, 0.02), (2, 0.03))


@dataclass(frozen=True)
class Look:
    """One look at a counter: the probabilities of the digits, and where the red begins (0 … 1)."""

    digits: Floats
    border: float
    clear: float

    def parts(self) -> list[tuple[Floats, int, float]]:
        """How the look may be divided: steps, decimals among them, and how likely that is."""
        steps = _steps(self.digits)
        if self.clear < _CLEAR:
            return [(steps, decimals, weight) for decimals, weight in _OPEN]
        ends = [(round(len(steps) * (self.border + by)), weight) for by, weight in _AROUND]
        return [
            *((steps[: max(2, end)], 0, weight) for end, weight in ends),
            *((steps, decimals, weight) for decimals, weight in _UNSEEN),
        ]


def likelihoods(look: Look, numbers: Numbers, places: int) -> tuple[Floats, float]:
    """Of each number, the logarithm of its probability; and that of «any number» in the place.

    The former are relative to the latter: over all numbers of so many places they come to one.
    """
    columns = [(numbers // 10**place) % 10 for place in range(places - 1, -1, -1)]
    given = np.stack(columns, axis=1) if len(numbers) else np.zeros((0, places), np.int64)
    rows = np.vstack([given, np.full((1, places), _ANY)])
    total = np.full(len(rows), -np.inf)
    for steps, decimals, share in look.parts():
        for before, weight in ((0, 1 - _BEFORE), (1, _BEFORE)):
            frame = np.full((len(rows), before), _ANY)
            labels = np.hstack([frame, rows, np.full((len(rows), decimals), _ANY)])
            total = np.logaddexp(total, _forward(steps, labels) + np.log(weight * share))
    return total[:-1] - total[-1], float(total[-1])


def _steps(digits: Floats) -> Floats:
    """Columns: ten digits, any digit, none."""
    digits = np.clip(np.asarray(digits, np.float64), _LEAST, 1)
    some = digits.sum(axis=1, keepdims=True)
    none = np.clip(1 - some, 1e-4, 1)
    return np.hstack([digits, some, none])


def _forward(steps: Floats, labels: Numbers) -> Floats:
    """The logarithm of the probability of each row of labels."""
    rows, length = labels.shape
    states = 2 * length + 1
    which = np.full((rows, states), _ANY + 1)
    which[:, 1::2] = labels
    skips = np.zeros((rows, states), bool)
    skips[:, 3::2] = (labels[:, 1:] != labels[:, :-1]) | (labels[:, 1:] == _ANY)
    at = np.zeros((rows, states))
    at[:, 0] = steps[0, _ANY + 1]
    at[:, 1] = steps[0][which[:, 1]]
    log = np.zeros(rows)
    for step in steps[1:]:
        after = at.copy()
        after[:, 1:] += at[:, :-1]
        after[:, 2:] += np.where(skips[:, 2:], at[:, :-2], 0)
        at = after * step[which]
        scale = at.sum(axis=1) + 1e-300
        at /= scale[:, None]
        log += np.log(scale)
    return log + np.log(at[:, -1] + at[:, -2] + 1e-300)


def best_strings(look: Look, places: int, *, keep: int = 12) -> set[int]:
    """Numbers that a look speaks for when nothing is known: a beam over its steps."""
    steps = max(look.parts(), key=lambda part: part[2])[0]
    beams: dict[tuple[tuple[int, ...], bool], float] = {((), True): 1.0}
    for step in steps:
        after: dict[tuple[tuple[int, ...], bool], float] = {}
        likely = [digit for digit in np.argsort(step[:10])[-4:] if step[digit] > 1e-3]
        for (text, open_), weight in beams.items():
            _add(after, (text, True), weight * step[_ANY + 1])
            if text and not open_:
                _add(after, (text, False), weight * step[text[-1]])
            for digit in likely:
                if open_ or not text or text[-1] != digit:
                    _add(after, ((*text, int(digit)), False), weight * step[digit])
        most = sorted(after.items(), key=lambda each: -each[1])[:40]
        scale = most[0][1]
        beams = {key: weight / scale for key, weight in most}
    texts = [text for (text, _), _ in sorted(beams.items(), key=lambda each: -each[1])]
    found: list[int] = []
    for text in texts:
        for start in (0, 1):
            part = text[start : start + places]
            if len(part) == places:
                found.append(int("".join(map(str, part))))
    return set(found[:keep])


def _add(
    beams: dict[tuple[tuple[int, ...], bool], float],
    key: tuple[tuple[int, ...], bool],
    weight: float,
) -> None:
    beams[key] = beams.get(key, 0.0) + weight


@dataclass(frozen=True)
class Verdict:
    """The likeliest number, how likely it is, how likely each digit, and what is not plausible.

    Where the last digit may be half turned, the probability is that of both numbers.
    """

    number: int
    probability: float
    certainty: tuple[float, ...]
    outside: float


def verdict(looks: Sequence[Look], dial: KnownDial) -> Verdict | None:
    """What the looks together speak for; None where no look shows so many digits.

    The last reading counts for every number: little consumption is likelier than much. Numbers
    out of range keep a small share, so that a clear look at one is told from no look at all.
    """
    places = dial.digits
    seen: set[int] = set()
    for look in looks:
        seen |= best_strings(look, places)
    numbers = _candidates(looks, dial, seen)
    if not len(numbers):
        return None
    weight = np.log(_prior(numbers, dial))
    share = min(1.0, _VOTES / len(looks))
    blank = -places * np.log(10)
    for look in looks:
        told, fit = likelihoods(look, numbers, places)
        trust = _TRUST / (1 + np.exp(-1.5 * (min(fit, 0.0) + _FITS)))
        if trust < _IGNORED:
            continue
        weight += share * np.logaddexp(np.log(trust) + _TEMPER * told, np.log(1 - trust) + blank)
    chances = np.exp(weight - weight.max())
    chances /= chances.sum()
    best = int(chances.argmax())
    probability = float(chances[best])
    # A digit half turned: what is not complete does not count yet.
    lower, higher = (np.flatnonzero(numbers == numbers[best] + by) for by in (-1, 1))
    if len(lower) and chances[lower[0]] > _TURNING:
        probability += float(chances[lower[0]])
        best = int(lower[0])
    elif len(higher) and chances[higher[0]] > _TURNING:
        probability += float(chances[higher[0]])
    text = f"{numbers[best]:0{places}d}"
    certainty = []
    for place in range(places):
        same = (numbers // 10 ** (places - 1 - place)) % 10 == int(text[place])
        certainty.append(float(chances[same].sum()))
    return Verdict(
        int(numbers[best]),
        probability,
        tuple(certainty),
        float(chances[~_plausible(numbers, dial)].sum()),
    )


def fit(look: Look, places: int) -> float:
    """How well a look shows so many digits: about 0 when it does, the lower the less."""
    return min(likelihoods(look, np.zeros(0, np.int64), places)[1], 0.0)


def _plausible(numbers: Numbers, dial: KnownDial) -> NDArray[np.bool_]:
    low = 0 if dial.low is None else dial.low
    high = 10**dial.digits - 1 if dial.high is None else dial.high
    above, below = numbers >= low, numbers <= high
    return above | below if high < low else above & below  # the former where it passes zero


def _prior(numbers: Numbers, dial: KnownDial) -> Floats:
    """Of each number, how likely it is before the photo is looked at."""
    everything = 10**dial.digits
    if dial.last is None and dial.low is None and dial.high is None:
        return np.full(len(numbers), 1 / everything)
    inside = _plausible(numbers, dial)
    if dial.last is None:
        even: Floats = np.where(inside, 1.0, _OUTSIDE) / everything
        return even
    used = (numbers - dial.last) % everything
    span = _span(dial)
    shape = 1 / ((used + _LITTLE) * np.log((span + _LITTLE) / _LITTLE))
    # Below the last reading (it can be asked about) consumption says nothing.
    shape = np.where(used > span, 1 / everything, shape)
    prior: Floats = np.where(inside, np.maximum(shape, 1 / everything), _OUTSIDE / everything)
    return prior


def _span(dial: KnownDial) -> int:
    high = 10**dial.digits - 1 if dial.high is None else dial.high
    everything: int = 10**dial.digits
    return max(1, (high - (dial.last or 0)) % everything)


def _candidates(looks: Sequence[Look], dial: KnownDial, seen: set[int]) -> Numbers:
    """Numbers that a look speaks for, and those of the plausible range that fit the best looks."""
    found = set(seen)
    for number in seen:
        found |= {(number + by) % 10**dial.digits for by in (-1, 1)}
    if dial.last is not None:
        span = min(_span(dial), _MOST)
        around = (dial.last + np.arange(span + 1)) % 10**dial.digits
        ranked = np.zeros(len(around))
        for look in sorted(looks, key=lambda each: -fit(each, dial.digits))[:3]:
            steps, decimals, _ = max(look.parts(), key=lambda part: part[2])
            columns = [(around // 10**place) % 10 for place in range(dial.digits - 1, -1, -1)]
            rows = np.hstack([np.stack(columns, axis=1), np.full((len(around), decimals), _ANY)])
            ranked += np.maximum(_forward(steps, rows), -60)
        found |= {int(number) for number in around[np.argsort(-ranked)[:60]]}
    return np.array(sorted(found), np.int64)
