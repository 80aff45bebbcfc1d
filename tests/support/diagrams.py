"""The diagrams in the modules of conversations, and checks of transitions against them."""

import enum
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from telegram.ext import ConversationHandler

import conversations
from conversations.kit.context import Context

OUTSIDE = "[*]"
Edge = tuple[str, str]

_EDGE = re.compile(r"^\s*(\[\*\]|\w+)\s*-->\s*(\[\*\]|\w+)\s*(?::\s*(.+))?$", re.MULTILINE)


def flows() -> Iterator[ModuleType]:
    """Every module with a conversation; some have only taps."""
    for package in pkgutil.walk_packages(conversations.__path__, "conversations."):
        if package.name.endswith(".flow") and package.name != "conversations.kit.flow":
            flow = importlib.import_module(package.name)
            if any(isinstance(each, ConversationHandler) for each in flow.handlers()):
                yield flow


def table(flow: ModuleType) -> ConversationHandler[Context]:
    """The conversation of the flow."""
    (found,) = [each for each in flow.handlers() if isinstance(each, ConversationHandler)]
    return found


def states(flow: ModuleType) -> set[str]:
    """The states of the flow, by their names in the code."""
    return {state.name for state in table(flow).states if isinstance(state, enum.Enum)}


def diagram(flow: ModuleType) -> set[Edge]:
    """The arrows of the flow's diagram, as pairs of states."""
    return {(edge[1], edge[2]) for edge in _EDGE.finditer(flow.__doc__ or "")}


@cache
def drawn() -> dict[str, set[Edge]]:
    """Every diagram, by the name of its conversation, with the values of states."""
    found: dict[str, set[Edge]] = {}
    for flow in flows():
        handler = table(flow)
        values = {
            state.name: str(state.value) for state in handler.states if isinstance(state, enum.Enum)
        } | {OUTSIDE: OUTSIDE}
        found[str(handler.name)] = {(values[a], values[b]) for a, b in diagram(flow)}
    return found


def is_drawn(flow: str, before: str | None, after: str) -> bool:
    """Whether a conversation may go from one state to another; ``before`` is None from outside.

    Staying in a state needs no arrow, and entry points may be used in any state.
    """
    edges = drawn()[flow]
    return before == after or (OUTSIDE, after) in edges or (before, after) in edges
