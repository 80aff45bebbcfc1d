"""Connects python-telegram-bot's conversation states with the turn's transaction.

``ConversationHandler`` stores its states in a dictionary of its own; its persistence would write
all chats' changes together, outside of any transaction, and ignore errors. Here that dictionary is
a view of the row that the current turn has read, so that the state is written together with the
step's effects, and no state stays in memory between two updates.
"""

import enum
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

from telegram.ext import ConversationHandler

from conversations.kit.context import current_turn

Key = tuple[int | str, ...]


class TurnStates(MutableMapping[Key, object]):
    """The states of one conversation, limited to the current turn's chat."""

    def __init__(self, flow: str, states: Iterable[object]) -> None:
        self._flow = flow
        self._states = {_name(state): state for state in states}

    def __getitem__(self, key: Key) -> object:
        turn = current_turn()
        state = turn.state_in(self._flow)
        if state not in self._states or key != (turn.chat_id,):
            raise KeyError(key)
        return self._states[state]

    def __setitem__(self, key: Key, state: object) -> None:
        current_turn().move_to(self._flow, _name(state))

    def __delitem__(self, key: Key) -> None:
        current_turn().end()

    def __iter__(self) -> Iterator[Key]:
        turn = current_turn()
        if turn.state_in(self._flow) is not None:
            yield (turn.chat_id,)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _name(state: object) -> str:
    return str(state.value if isinstance(state, enum.Enum) else state)


def keep_states_in_turn(handler: ConversationHandler[Any]) -> None:
    """Replace the handler's own dictionary by ``TurnStates``.

    The attribute is private to python-telegram-bot; the version is pinned, and a test checks this.

    Raises:
        ValueError: the handler has no name under which to store its state.
    """
    if not handler.name:
        raise ValueError("a conversation needs a name")
    handler._conversations = TurnStates(handler.name, handler.states)  # noqa: SLF001
