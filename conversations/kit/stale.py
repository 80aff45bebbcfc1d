"""Answers to buttons of older screens: each flow declares them for its own buttons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from conversations.kit.context import Context
from conversations.kit.taps import Tap

T = TypeVar("T", bound=Tap)


@dataclass(frozen=True, slots=True)
class StaleAnswer:
    """How a flow answers a tap on an old button of its own.

    ``answer`` returns whether it has; if not, the customer is told that the screen is an old one.
    """

    kind: type[Tap]
    answer: Callable[[Context, Any], Awaitable[bool]]


def on_stale_tap(kind: type[T], answer: Callable[[Context, T], Awaitable[bool]]) -> StaleAnswer:
    """Have *answer* handle old taps on buttons of this type first."""
    return StaleAnswer(kind, answer)
