"""The turn: one update, its transaction, and what is shown for it; and the steps' context."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from telegram import Message, Update
from telegram.ext import CallbackContext, ExtBot

from conversations.kit.services import Services
from conversations.kit.taps import Tap
from conversations.kit.views import (
    AnswerTap,
    Delete,
    Edit,
    Effect,
    FileContent,
    Mail,
    Say,
    SendFile,
    View,
)
from conversations.texts import Words
from conversations.understanding import Meaning, understand
from storage.models import Chat, Conversation
from storage.unit import Unit

PATIENCE = timedelta(minutes=30)
"""How long a conversation without messages stays open."""

D = TypeVar("D")
T = TypeVar("T", bound=Tap)

IDLE = "idle"
"""The field of a draft that says that it holds nothing yet."""

_current: ContextVar["Turn"] = ContextVar("sportello_turn")


def loses_something(conversation: Conversation | None) -> bool:
    """Whether the customer must be told when this conversation ends by itself.

    Not where its draft holds nothing yet (``IDLE``): the customer only looked.
    """
    return bool(conversation and conversation.draft and not conversation.draft.get(IDLE))


def current_turn() -> "Turn":
    """The turn of the running task.

    Raises:
        LookupError: it has none.
    """
    return _current.get()


@dataclass(slots=True)
class Turn:
    """The state and the effects of one update; nothing is sent before it is committed.

    ``conversation`` is the row that was open when the turn began; ``flow`` and ``state`` are the
    current ones; ``left`` says that this turn left a conversation in the middle, ``late`` that it
    came after one had expired, which the customer is told. ``asked`` is the conversation whose
    step is running: it alone may read its draft.
    """

    update: Update
    unit: Unit
    services: Services
    now: datetime
    chat: Chat | None
    words: Words
    conversation: Conversation | None = None
    flow: str | None = None
    state: str | None = None
    effects: list[Effect] = field(default_factory=list)
    left: bool = False
    late: bool = False
    is_linked: bool = False
    asked: str | None = None
    failure: Exception | None = None
    _draft: dict[str, Any] | None = None
    _meaning: Meaning | None = None
    _draft_of: str | None = None
    _screen_token: str | None = None
    _opened: bool = False

    def __post_init__(self) -> None:
        if self.conversation is not None:
            self.flow, self.state = self.conversation.flow, self.conversation.state

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Make this the turn of the running task."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)

    @property
    def chat_id(self) -> int:
        chat = self.update.effective_chat
        if chat is None:
            raise RuntimeError("an update without a chat has no turn")
        return chat.id

    @property
    def meaning(self) -> Meaning:
        """The meaning of what the customer wrote, alone or as a caption."""
        if self._meaning is None:
            message = self.update.effective_message
            written = (message.text or message.caption or "") if message is not None else ""
            self._meaning = understand(written)
        return self._meaning

    # -- the state of the conversation, for python-telegram-bot's ConversationHandler --

    def state_in(self, flow: str) -> str | None:
        """The name of *flow*'s state, if that is the open conversation."""
        return self.state if self.flow == flow else None

    def move_to(self, flow: str, state: str) -> None:
        """Open *flow*, or change its state; another open conversation ends, with a notice."""
        if self.flow is not None and self.flow != flow:
            self.left = loses_something(self.conversation)
            self._draft = self._draft or {}
        if self.flow != flow:
            self._opened = True
        self.flow, self.state = flow, state

    def end(self) -> None:
        """End the open conversation."""
        self.flow = self.state = None

    def leave(self) -> None:
        """End the open conversation because the customer started something else."""
        if self.flow is not None:
            self.left = loses_something(self.conversation)
            self._draft = {}
            self.end()

    async def settle(self) -> None:
        """Write the conversation's new row, in the turn's transaction."""
        row, conversations = self.conversation, self.unit.conversations
        if self.flow is None or self.state is None:
            if row is not None:
                await conversations.close(row.chat_id)
                self.conversation = None
            return
        if row is None or self._opened:
            # The token is removed with the conversation, so that old buttons stop working.
            token = self.screen_token
            draft: dict[str, Any] | None = self._draft or {}
        else:
            token, draft = self._screen_token or row.token, self._draft
        await conversations.keep(
            self.chat_id,
            flow=self.flow,
            state=self.state,
            draft=draft,
            token=token,
            expires_at=self.now + PATIENCE,
        )

    @property
    def screen_token(self) -> str:
        """The token of the screen that this turn shows: buttons of earlier ones stop working."""
        if self._screen_token is None:
            self._screen_token = secrets.token_hex(3)
        return self._screen_token

    def is_newest_screen(self, mark: str) -> bool:
        """Whether a button with this token is on the conversation's newest screen."""
        return (
            self.flow is not None
            and self.conversation is not None
            and self.conversation.token == mark
        )

    def read_draft(self, kind: type[D]) -> D:
        """The draft of the conversation whose step is running, or a new one."""
        row = self.conversation
        kept, whose = self._draft, self._draft_of
        if kept is None and row is not None:
            kept, whose = row.draft, row.flow
        if kept is None or whose != self.asked:
            return kind()
        try:
            draft: D = _adapter(kind).validate_python(kept)
        except ValidationError:  # written by an earlier version
            return kind()
        return draft

    def write_draft(self, draft: Any) -> None:
        """Store the draft with the conversation, sealed, when the turn commits."""
        self._draft = _adapter(type(draft)).dump_python(draft, mode="json")
        self._draft_of = self.asked


class Context(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """The context that python-telegram-bot passes to every step, with access to the turn."""

    @property
    def turn(self) -> Turn:
        return current_turn()

    @property
    def unit(self) -> Unit:
        return self.turn.unit

    @property
    def services(self) -> Services:
        return self.turn.services

    @property
    def now(self) -> datetime:
        return self.turn.now

    @property
    def words(self) -> Words:
        return self.turn.words

    @property
    def chat(self) -> Chat:
        """The private chat of this turn."""
        chat = self.turn.chat
        if chat is None:
            raise RuntimeError("this step is for private chats only")
        return chat

    @property
    def typed(self) -> str:
        """The text that the customer sent; empty for other messages."""
        message = self.turn.update.effective_message
        return (message.text or "") if message is not None else ""

    @property
    def written(self) -> str:
        """The text that the customer sent, or the caption of their picture or file."""
        message = self.turn.update.effective_message
        return self.typed or ((message.caption or "") if message is not None else "")

    @property
    def meaning(self) -> Meaning:
        """The meaning of what the customer wrote."""
        return self.turn.meaning

    @property
    def message_id(self) -> int | None:
        """The id of the message that was sent, or whose button was tapped."""
        message = self.turn.update.effective_message
        return message.message_id if message is not None else None

    def tap(self, kind: type[T]) -> T:
        """The button that was tapped.

        Raises:
            TapError: it was another type.
        """
        query = self.turn.update.callback_query
        return kind.decode((query.data if query else None) or "")

    def draft(self, kind: type[D]) -> D:
        """The conversation's draft."""
        return self.turn.read_draft(kind)

    def keep(self, draft: Any) -> None:
        """Store the draft until the conversation's next step."""
        self.turn.write_draft(draft)

    @property
    def screen_token(self) -> str:
        """The token for the buttons of the screen that this step shows."""
        return self.turn.screen_token

    def show(self, view: View, *, receipt_of: int | None = None) -> None:
        """Show a screen: instead of the tapped message, or as a new message."""
        query = self.turn.update.callback_query
        message = query.message if query is not None else None
        if not isinstance(message, Message) or view.menu:
            self.say(view, receipt_of=receipt_of)
            return
        self.turn.effects.append(
            Edit(
                message_id=message.message_id,
                view=view,
                receipt_of=receipt_of,
                over_picture=bool(message.photo),
            )
        )

    def say(self, view: View, *, receipt_of: int | None = None) -> None:
        """Send a screen as a new message."""
        self.turn.effects.append(Say(view=view, receipt_of=receipt_of))

    def toast(self, text: str, *, alert: bool = False) -> None:
        """Answer a tap with a short text over the chat."""
        query = self.turn.update.callback_query
        if query is not None:
            self.turn.effects.insert(
                0, AnswerTap(query_id=query.id, text=str(text)[:200], alert=alert)
            )

    def send_file(
        self, name: str, content: FileContent, caption: str = "", *, failed: View | None = None
    ) -> None:
        """Send a document with a caption in HTML; *failed* is sent if that fails."""
        self.turn.effects.append(
            SendFile(name=name, content=content, caption=str(caption), failed=failed)
        )

    def delete_message(self) -> None:
        """Delete the customer's message, because of what it contains."""
        if self.message_id is not None:
            self.turn.effects.append(Delete(message_id=self.message_id))

    def mail(self, mail: Mail) -> None:
        """Send an e-mail after the commit, and show the result."""
        self.turn.effects.append(mail)


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
