"""What a button says when its screen is no longer the newest: each flow declares it for its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from conversations.kit.context import Context
from conversations.kit.taps import Tap

T = TypeVar("T", bound=Tap)


@dataclass(frozen=True, slots=True)
class StaleAnswer:
    """How a flow answers an old tap on one of its buttons.

    ``answer`` returns whether it did; if not, the tap is told that its screen is an old one.
    """

    kind: type[Tap]
    answer: Callable[[Context, Any], Awaitable[bool]]


def on_stale_tap(kind: type[T], answer: Callable[[Context, T], Awaitable[bool]]) -> StaleAnswer:
    """Has *answer* look first at an old tap on a button of this type."""
    return StaleAnswer(kind, answer)
