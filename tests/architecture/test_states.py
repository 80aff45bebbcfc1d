"""python-telegram-bot's ConversationHandler keeps its states where the turn's transaction is.

``bot.counter.states`` puts itself in the place of a dictionary that is the library's own business:
what is relied upon is held here, against the version that is installed.
"""

import asyncio
import enum
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from telegram import Chat, Message, Update, User
from telegram.ext import ConversationHandler, MessageHandler, filters

from bot.counter.states import TurnStates, keep_states_in_turn
from conversations.kit.context import Context, Turn
from storage.models import Conversation

ANYTHING = cast("Any", None)
NOW = datetime(2026, 2, 15, 9, 0, tzinfo=UTC)


class State(enum.Enum):
    FIRST = "first"
    SECOND = "second"


def conversation(name: str | None = "trial") -> ConversationHandler[Context]:
    """Goes from the first state to the second, and ends."""

    async def to_first(_update: Update, _context: Context) -> State:
        return State.FIRST

    async def to_second(_update: Update, _context: Context) -> State:
        return State.SECOND

    async def end(_update: Update, _context: Context) -> int:
        return ConversationHandler.END

    async def stay(_update: Update, _context: Context) -> None:
        return None

    return ConversationHandler(
        name=name,
        entry_points=[MessageHandler(filters.Text(["begin"]), to_first)],
        states={
            State.FIRST: [MessageHandler(filters.Text(["on"]), to_second)],
            State.SECOND: [MessageHandler(filters.Text(["done"]), end)],
        },
        fallbacks=[MessageHandler(filters.Text(["stay"]), stay)],
        per_user=False,
        allow_reentry=True,
    )


def turn_of(text: str, chat_id: int = 5, row: Conversation | None = None) -> Turn:
    """A turn for a message, with what the database says is open."""
    message = Message(
        message_id=1,
        date=NOW,
        chat=Chat(chat_id, "private"),
        from_user=User(chat_id, "Anna", is_bot=False),
        text=text,
    )
    return Turn(
        update=Update(1, message=message),
        unit=ANYTHING,
        services=ANYTHING,
        now=NOW,
        chat=ANYTHING,
        words=ANYTHING,
        conversation=row,
    )


def row(flow: str, state: str, chat_id: int = 5) -> Conversation:
    return Conversation(
        chat_id=chat_id, flow=flow, state=state, draft={}, token="abc", expires_at=NOW
    )


async def live_through(handler: ConversationHandler[Context], turn: Turn) -> bool:
    """One turn, as the application lives it; False where the conversation does not take it."""
    with turn.at_hand():
        check = handler.check_update(turn.update)
        if not check:
            return False
        application = cast("Any", SimpleNamespace(bot=None, job_queue=None))
        await handler.handle_update(turn.update, application, check, cast("Any", None))
        return True


@pytest.fixture
def handler() -> ConversationHandler[Context]:
    made = conversation()
    keep_states_in_turn(made)
    return made


def test_the_library_still_keeps_its_states_where_they_are_replaced() -> None:
    fresh = conversation()
    assert fresh._conversations == {}
    keep_states_in_turn(fresh)
    assert isinstance(fresh._conversations, TurnStates)


def test_a_conversation_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        keep_states_in_turn(conversation(name=None))


async def test_each_turn_begins_where_the_database_says(
    handler: ConversationHandler[Context],
) -> None:
    turn = turn_of("begin")
    assert await live_through(handler, turn)
    assert (turn.flow, turn.state) == ("trial", "first")
    turn = turn_of("on", row=row("trial", "first"))
    assert await live_through(handler, turn)
    assert (turn.flow, turn.state) == ("trial", "second")
    turn = turn_of("stay", row=row("trial", "second"))
    assert await live_through(handler, turn)
    assert (turn.flow, turn.state) == ("trial", "second")
    turn = turn_of("done", row=row("trial", "second"))
    assert await live_through(handler, turn)
    assert (turn.flow, turn.state) == (None, None)


async def test_nothing_stays_in_memory_between_two_turns(
    handler: ConversationHandler[Context],
) -> None:
    assert await live_through(handler, turn_of("begin"))
    # The transaction of that turn was rolled back: the next one finds nothing open.
    assert not await live_through(handler, turn_of("on"))
    with turn_of("on").at_hand():
        assert len(handler._conversations) == 0


async def test_another_conversations_state_is_not_this_ones(
    handler: ConversationHandler[Context],
) -> None:
    turn = turn_of("on", row=row("another", "first"))
    assert not await live_through(handler, turn)
    with turn.at_hand():
        assert list(handler._conversations) == []
    turn = turn_of("begin", row=row("another", "first"))
    assert await live_through(handler, turn)
    assert (turn.flow, turn.state) == ("trial", "first")


async def test_a_state_of_an_earlier_version_is_as_good_as_none(
    handler: ConversationHandler[Context],
) -> None:
    assert not await live_through(handler, turn_of("on", row=row("trial", "third")))
    assert await live_through(handler, turn_of("begin", row=row("trial", "third")))


async def test_chats_side_by_side_see_each_their_own(
    handler: ConversationHandler[Context],
) -> None:
    first = turn_of("on", chat_id=5, row=row("trial", "first", 5))
    second = turn_of("done", chat_id=6, row=row("trial", "second", 6))
    taken = await asyncio.gather(live_through(handler, first), live_through(handler, second))
    assert all(taken)
    assert (first.flow, first.state) == ("trial", "second")
    assert (second.flow, second.state) == (None, None)


async def test_only_the_turns_own_chat_is_looked_up(handler: ConversationHandler[Context]) -> None:
    with turn_of("on", chat_id=5, row=row("trial", "first", 5)).at_hand():
        states = handler._conversations
        assert states[(5,)] is State.FIRST
        assert (6,) not in states
        assert list(states) == [(5,)]
        del states[(5,)]
        assert (5,) not in states


@dataclass
class Kept:
    number: int = 0


def test_a_draft_is_read_back_only_by_the_conversation_that_wrote_it() -> None:
    before = row("another", "first")
    before.draft = {"number": 7}
    turn = turn_of("on", row=before)
    turn.asked = "trial"
    assert turn.read_draft(Kept) == Kept()
    turn.asked = "another"
    assert turn.read_draft(Kept) == Kept(7)
    turn.write_draft(Kept(8))
    assert turn.read_draft(Kept) == Kept(8)
    turn.asked = "trial"
    assert turn.read_draft(Kept) == Kept()
