"""The diagram above each conversation's table says what the table says."""

import enum
import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from telegram.ext import ConversationHandler

import conversations
from conversations.kit.context import Context

EDGE = re.compile(r"^\s*(\[\*\]|\w+)\s*-->\s*(\[\*\]|\w+)\s*(?::\s*(.+))?$", re.MULTILINE)
OUTSIDE = "[*]"


def flows() -> Iterator[ModuleType]:
    """Every module that holds a conversation's table."""
    for package in pkgutil.walk_packages(conversations.__path__, "conversations."):
        if package.name.endswith(".flow") and package.name != "conversations.kit.flow":
            yield importlib.import_module(package.name)


def diagram(flow: ModuleType) -> set[tuple[str, str]]:
    """The arrows of the flow's diagram: from where, to where."""
    assert "```mermaid" in (flow.__doc__ or ""), f"{flow.__name__} has no diagram"
    return {(edge[1], edge[2]) for edge in EDGE.finditer(flow.__doc__ or "")}


def table(flow: ModuleType) -> ConversationHandler[Context] | None:
    """The flow's conversation; some are made of taps alone, and keep no state."""
    found = [each for each in flow.handlers() if isinstance(each, ConversationHandler)]
    assert len(found) <= 1
    return found[0] if found else None


def states(flow: ModuleType) -> set[str]:
    """The states of the flow's table."""
    handler = table(flow)
    assert handler is not None
    return {state.name for state in handler.states if isinstance(state, enum.Enum)}


FLOWS = {flow.__name__.split(".")[-2]: flow for flow in flows() if table(flow) is not None}


def test_there_are_conversations_to_look_at() -> None:
    assert {"link_account", "submit_reading"} <= set(FLOWS)


@pytest.mark.parametrize("name", FLOWS)
def test_the_diagram_has_the_states_of_the_table(name: str) -> None:
    drawn = {state for edge in diagram(FLOWS[name]) for state in edge} - {OUTSIDE}
    assert drawn == states(FLOWS[name])


@pytest.mark.parametrize("name", FLOWS)
def test_every_state_is_reached_and_left(name: str) -> None:
    edges = diagram(FLOWS[name])
    reached, ahead = {OUTSIDE}, [OUTSIDE]
    while ahead:
        here = ahead.pop()
        for start, end in edges:
            if start == here and end not in reached:
                reached.add(end)
                ahead.append(end)
    assert states(FLOWS[name]) <= reached
    assert {start for start, end in edges if start != end} >= states(FLOWS[name])


@pytest.mark.parametrize("name", FLOWS)
def test_every_state_can_be_cancelled_and_listens(name: str) -> None:
    handler = table(FLOWS[name])
    assert handler is not None
    assert handler.fallbacks, "nothing ends this conversation"
    assert all(handler.states.values()), "a state that waits for nothing"
