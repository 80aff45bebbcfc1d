"""The ways into each conversation, and how words and taps reach it."""

import inspect
import re
from types import ModuleType

import pytest
from telegram.ext import BaseHandler, CommandHandler, ConversationHandler

from conversations import first_handlers, handlers
from conversations.kit.leaving import cancel_handlers
from conversations.welcome import COMMANDS
from tests.support.diagrams import flows, table

FLOWS = {flow.__name__: flow for flow in flows()}
_WAY_IN = re.compile(r"^\s*\[\*\]\s*-->\s*\w+\s*:\s*(.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?<!\w)/([a-z]+)")


def drawn_commands(flow: ModuleType) -> set[str]:
    """The commands that the diagram draws as ways in."""
    return {
        name for way in _WAY_IN.findall(flow.__doc__ or "") for name in _COMMAND.findall(str(way))
    }


def commands_of(given: list[BaseHandler]) -> list[frozenset[str]]:  # type: ignore[type-arg]
    """The names that each command among these handlers goes by."""
    found = []
    for handler in given:
        if isinstance(handler, ConversationHandler):
            found += commands_of([*handler.entry_points, *handler.fallbacks])
        elif isinstance(handler, CommandHandler):
            found.append(handler.commands)
    return found


@pytest.mark.parametrize("name", FLOWS)
def test_the_diagram_draws_every_command_that_leads_in(name: str) -> None:
    drawn, entries = drawn_commands(FLOWS[name]), commands_of(table(FLOWS[name]).entry_points)
    assert _WAY_IN.search(FLOWS[name].__doc__ or ""), "no way in is drawn"
    for names in entries:
        assert names & drawn, f"/{'/'.join(sorted(names))} is not drawn"
    for command in drawn:
        assert any(command in names for names in entries), f"/{command} leads nowhere"


@pytest.mark.parametrize("name", FLOWS)
def test_every_conversation_can_be_cancelled(name: str) -> None:
    ways_out = {inspect.unwrap(each.callback) for each in table(FLOWS[name]).fallbacks}
    assert ways_out >= {inspect.unwrap(each.callback) for each in cancel_handlers()}


def test_every_conversation_keeps_its_state_under_a_name_of_its_own() -> None:
    names = [each.name for each in handlers() if isinstance(each, ConversationHandler)]
    assert all(names)
    assert len(names) == len(set(names))


def test_the_command_menu_names_what_exists_and_each_in_both_languages() -> None:
    known = commands_of([*first_handlers(), *handlers()])
    for italian, english, _ in COMMANDS:
        assert any({italian, english} <= names for names in known), f"/{italian} is not served"
