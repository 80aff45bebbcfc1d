"""A turn at the counter: one update, its transaction, and what is to be shown for it."""

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
"""How long a conversation that is left alone stays open."""

D = TypeVar("D")
T = TypeVar("T", bound=Tap)

IDLE = "idle"
"""The field of a draft that says that there is nothing in it to lose."""

_current: ContextVar["Turn"] = ContextVar("sportello_turn")


def loses_something(conversation: Conversation | None) -> bool:
    """Whether the customer is to be told when this conversation ends without their wish.

    A draft may say that it holds nothing yet (``IDLE``): somebody only looked.
    """
    return bool(conversation and conversation.draft and not conversation.draft.get(IDLE))


def current_turn() -> "Turn":
    """The turn that this task is in.

    Raises:
        LookupError: outside of any.
    """
    return _current.get()


@dataclass(slots=True)
class Turn:
    """What is known and what is done about one update; nothing leaves before it is committed.

    ``conversation`` is the row that was open when the turn began; ``flow`` and ``state`` are where
    it stands now; ``left`` says that this turn walked out of one that had been under way, ``late``
    that it came too late for one, which the customer is told. ``asked`` is the conversation whose
    step is running: a draft is read back only by the one that wrote it.
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
        """Makes this the turn of the running task."""
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
        """What the customer wrote, or wrote below a picture, means."""
        if self._meaning is None:
            message = self.update.effective_message
            written = (message.text or message.caption or "") if message is not None else ""
            self._meaning = understand(written)
        return self._meaning

    # -- where the conversation stands; python-telegram-bot's ConversationHandler asks and tells --

    def state_in(self, flow: str) -> str | None:
        """The name of the state that *flow* is in, if it is the one that is open."""
        return self.state if self.flow == flow else None

    def move_to(self, flow: str, state: str) -> None:
        """Opens *flow*, or moves it on; whatever else was open ends, and the customer is told."""
        if self.flow is not None and self.flow != flow:
            self.left = loses_something(self.conversation)
            self._draft = self._draft or {}
        if self.flow != flow:
            self._opened = True
        self.flow, self.state = flow, state

    def end(self) -> None:
        """Ends what is open."""
        self.flow = self.state = None

    def leave(self) -> None:
        """Ends what is open because the customer turned to something else."""
        if self.flow is not None:
            self.left = loses_something(self.conversation)
            self._draft = {}
            self.end()

    async def settle(self) -> None:
        """Writes the conversation's row as this turn leaves it, into the turn's transaction."""
        row, conversations = self.conversation, self.unit.conversations
        if self.flow is None or self.state is None:
            if row is not None:
                await conversations.close(row.chat_id)
                self.conversation = None
            return
        if row is None or self._opened:
            # The mark does not outlive what it was drawn for: an old button ends nothing new.
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
        """The mark of the screen that this turn draws: buttons of earlier ones stop working."""
        if self._screen_token is None:
            self._screen_token = secrets.token_hex(3)
        return self._screen_token

    def is_newest_screen(self, mark: str) -> bool:
        """Whether a button with this mark stands on the conversation's newest screen."""
        return (
            self.flow is not None
            and self.conversation is not None
            and self.conversation.token == mark
        )

    def read_draft(self, kind: type[D]) -> D:
        """The draft of the conversation whose step is running, or a fresh one."""
        row = self.conversation
        kept, whose = self._draft, self._draft_of
        if kept is None and row is not None:
            kept, whose = row.draft, row.flow
        if kept is None or whose != self.asked:
            return kind()
        try:
            draft: D = _adapter(kind).validate_python(kept)
        except ValidationError:  # an earlier version's
            return kind()
        return draft

    def write_draft(self, draft: Any) -> None:
        """Keeps the draft with the conversation, sealed, when the turn commits."""
        self._draft = _adapter(type(draft)).dump_python(draft, mode="json")
        self._draft_of = self.asked


class Context(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """What python-telegram-bot hands to every step, with the turn at hand."""

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
        """The private chat that this turn belongs to."""
        chat = self.turn.chat
        if chat is None:
            raise RuntimeError("this step is for private chats only")
        return chat

    @property
    def typed(self) -> str:
        """What the customer wrote; empty where they sent something else."""
        message = self.turn.update.effective_message
        return (message.text or "") if message is not None else ""

    @property
    def written(self) -> str:
        """What the customer wrote, or the words under the picture or file that they sent."""
        message = self.turn.update.effective_message
        return self.typed or ((message.caption or "") if message is not None else "")

    @property
    def meaning(self) -> Meaning:
        """What the customer wrote means."""
        return self.turn.meaning

    @property
    def message_id(self) -> int | None:
        """The message that this update is, or whose button was tapped."""
        message = self.turn.update.effective_message
        return message.message_id if message is not None else None

    def tap(self, kind: type[T]) -> T:
        """The button that was tapped.

        Raises:
            TapError: it was another.
        """
        query = self.turn.update.callback_query
        return kind.decode((query.data if query else None) or "")

    def draft(self, kind: type[D]) -> D:
        """The conversation's draft."""
        return self.turn.read_draft(kind)

    def keep(self, draft: Any) -> None:
        """Keeps the draft until the conversation's next step."""
        self.turn.write_draft(draft)

    @property
    def screen_token(self) -> str:
        """The mark for the buttons of the screen that this step shows."""
        return self.turn.screen_token

    def show(self, view: View, *, receipt_of: int | None = None) -> None:
        """Shows a screen: in place of the tapped message, or as a new one after words."""
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
        """Sends a screen as a new message."""
        self.turn.effects.append(Say(view=view, receipt_of=receipt_of))

    def toast(self, text: str, *, alert: bool = False) -> None:
        """Answers a tap with a few words on top of the chat."""
        query = self.turn.update.callback_query
        if query is not None:
            self.turn.effects.insert(
                0, AnswerTap(query_id=query.id, text=str(text)[:200], alert=alert)
            )

    def send_file(
        self, name: str, content: FileContent, caption: str = "", *, failed: View | None = None
    ) -> None:
        """Sends a document: what is in it, a line of HTML below it, what is said if it fails."""
        self.turn.effects.append(
            SendFile(name=name, content=content, caption=str(caption), failed=failed)
        )

    def delete_message(self) -> None:
        """Deletes the customer's message: it holds what should not lie around."""
        if self.message_id is not None:
            self.turn.effects.append(Delete(message_id=self.message_id))

    def mail(self, mail: Mail) -> None:
        """Sends an e-mail after the commit, and shows how it went."""
        self.turn.effects.append(mail)


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
