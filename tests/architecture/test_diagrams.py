"""The diagram above each conversation's table says what the table says.

That conversations go the ways that are drawn, and no others, is looked at in every dialogue.
"""

import pytest

from tests.support.diagrams import OUTSIDE, diagram, flows, is_drawn, states, table

FLOWS = {flow.__name__.split(".")[-2]: flow for flow in flows()}


def test_there_are_conversations_to_look_at() -> None:
    assert {"link", "submit"} <= set(FLOWS)


def test_a_way_that_is_not_drawn_is_found() -> None:
    assert is_drawn("submit_reading", "question", "summary")
    assert not is_drawn("submit_reading", "summary", "corrector_of_nothing")
    assert not is_drawn("link_account", "customer_code", "mailed_code")


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
    assert handler.fallbacks, "nothing ends this conversation"
    assert all(handler.states.values()), "a state that waits for nothing"
