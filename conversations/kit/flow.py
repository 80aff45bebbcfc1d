"""Handlers that conversations are built from: commands, keys, texts, taps."""

import enum
import functools
import inspect
import warnings
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from telegram import Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.warnings import PTBUserWarning

from conversations.kit.context import Context, current_turn
from conversations.kit.menu import LABELS
from conversations.kit.taps import Tap, TapError
from conversations.texts import in_every_language
from conversations.understanding import Intent

T = TypeVar("T", bound=Tap)

Step = Callable[[Context], Coroutine[Any, Any, Any]]
"""A step: the function for a command, a key or an answer; its context has the update."""
TapStep = Callable[[Context, T], Coroutine[Any, Any, Any]]
"""A step for a tap, which also gets the tapped button."""
Handler = BaseHandler[Update, Context, Any]
Callback = Callable[[Update, Context], Coroutine[Any, Any, Any]]

END = ConversationHandler.END


class _NothingOpen(filters.MessageFilter):
    """Passes while no conversation is open."""

    def filter(self, message: Message) -> bool:  # noqa: ARG002
        return current_turn().flow is None


class _MenuLabel(filters.MessageFilter):
    """Passes for the labels of the large keyboard, in any language."""

    def filter(self, message: Message) -> bool:
        return bool(message.text) and message.text in _menu_labels()


class _Word(filters.MessageFilter):
    """Passes for one of these words on its own, with any spelling of case and accents."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        super().__init__(name="a word on its own")

    def filter(self, message: Message) -> bool:
        return (message.text or "").strip().casefold() in self._words


class Means(filters.MessageFilter):
    """Passes for texts with one of these meanings (see ``conversations.understanding``)."""

    def __init__(self, intents: Collection[Intent]) -> None:
        self._intents = frozenset(intents)
        super().__init__(name="words that mean " + ", ".join(each.value for each in intents))

    def filter(self, message: Message) -> bool:
        return bool(message.text) and current_turn().meaning.intent in self._intents


def _menu_labels() -> set[str]:
    return {text for label in LABELS for text in in_every_language(label)}


NOTHING_OPEN = _NothingOpen(name="nothing open")
FRESH = filters.UpdateType.MESSAGE
"""A new message: an edited one is never an answer."""
CANCEL_WORDS = ("annulla", "cancel")
MENU_WORDS = ("menu", "menù")
"""Commands that many write without the slash; they are never meant as an answer."""

ANSWER = (
    FRESH
    & ~filters.COMMAND
    & ~filters.StatusUpdate.ALL
    & ~_MenuLabel(name="menu label")
    & ~_Word((*CANCEL_WORDS, *MENU_WORDS))
)
"""An answer to a question: no command, no key of the large keyboard, no service message."""
TYPED = ANSWER & filters.TEXT
"""An answer in text."""
SENT = ANSWER & ~filters.TEXT
"""An answer of any other kind: stickers, pictures, voice messages, locations."""


TOPICS = frozenset(
    {
        Intent.BANK,
        Intent.COMPLAINT,
        Intent.CONSUMPTION,
        Intent.DOCUMENTS,
        Intent.EMERGENCY,
        Intent.HOLDER_CHANGE,
        Intent.INVOICES,
        Intent.LANGUAGE,
        Intent.MEASURES,
        Intent.MENU,
        Intent.METER_REPLACED,
        Intent.MORE,
        Intent.MY_DATA,
        Intent.PERSON,
        Intent.POWER_FAILURE,
        Intent.PRIVACY,
        Intent.READINGS,
        Intent.SETTINGS,
        Intent.SUPPLY,
        Intent.SUPPORT,
        Intent.TERMINATION,
    }
)
"""Meanings that change the subject when they are written where a number is expected."""


class _Topic(filters.MessageFilter):
    """Passes for texts about another subject, in a conversation that accepts no sentences."""

    def filter(self, message: Message) -> bool:
        turn = current_turn()
        return (
            bool(message.text)
            and turn.flow in WITHOUT_SENTENCES
            and turn.meaning.intent in TOPICS
            and not turn.meaning.numbers
        )


WITHOUT_SENTENCES = ("submit_reading",)
"""The conversations whose answers are numbers and buttons, never free text."""
TOPIC = _Topic(name="another topic")


def on_command(names: Sequence[str], step: Step, *, leaves: bool = True) -> Handler:
    """A command, by its Italian and English names.

    It ends an open conversation, unless *leaves* is false.
    """
    return CommandHandler(list(names), _afresh(step) if leaves else plain(step), filters=FRESH)


def on_meaning(intents: Collection[Intent], step: Step, *, leaves: bool = True) -> Handler:
    """A text with one of these meanings, while no conversation is open that accepts sentences.

    It ends an open conversation, unless *leaves* is false.
    """
    which = TYPED & (NOTHING_OPEN | TOPIC) & Means(intents)
    return MessageHandler(which, _afresh(step) if leaves else plain(step))


def on_label(label: str, step: Step) -> Handler:
    """A key of the large keyboard, in every language; it ends an open conversation."""
    return MessageHandler(FRESH & filters.Text(in_every_language(label)), _afresh(step))


def on_word(words: Sequence[str], step: Step) -> Handler:
    """A command written as a plain word; it ends an open conversation."""
    return MessageHandler(FRESH & _Word(words), _afresh(step))


def _afresh(step: Step) -> Callback:
    @functools.wraps(step)
    async def leaving(_update: Update, context: Context) -> Any:
        context.turn.leave()
        return await step(context)

    return leaving


def on_typed(step: Step, which: filters.BaseFilter = TYPED) -> Handler:
    """The answer to an open question."""
    return MessageHandler(which, plain(step))


def plain(step: Step) -> Callback:
    """A step as python-telegram-bot's callback."""

    @functools.wraps(step)
    async def called(_update: Update, context: Context) -> Any:
        return await step(context)

    return called


def on_open_button(kind: type[Tap], step: Step) -> Handler:
    """A button that opens a conversation, like its command: it ends an open conversation."""
    return CallbackQueryHandler(_afresh(step), pattern=_is_button(kind))


def on_tap(kind: type[T], step: TapStep[T] | Step) -> Handler:
    """A tap on a button of this type; a button of a screen works only on the newest screen.

    Args:
        kind: the type of the button.
        step: the function to call; with the button if it takes one.
    """
    takes_tap = len(inspect.signature(step).parameters) > 1

    @functools.wraps(step)
    async def called(_update: Update, context: Context) -> Any:
        given = (context, context.tap(kind)) if takes_tap else (context,)
        return await step(*given)

    return CallbackQueryHandler(called, pattern=_is_button(kind))


def _is_button(kind: type[Tap]) -> Callable[[object], bool]:
    """Whether callback data is of this type and, for a button of a screen, of the newest one."""

    def matches(data: object) -> bool:
        try:
            tap = kind.decode(str(data))
        except TapError:
            return False
        mark = getattr(tap, "screen_token", None)
        return mark is None or current_turn().is_newest_screen(mark)

    return matches


class _Conversation(ConversationHandler[Context]):
    """Records which conversation's step is running, so that no other reads its draft."""

    async def handle_update(
        self, update: Update, application: Any, check_result: Any, context: Context
    ) -> object:
        turn = current_turn()
        turn.asked = self.name
        try:
            return await super().handle_update(update, application, check_result, context)
        finally:
            turn.asked = None


def conversation(
    name: str,
    *,
    entry_points: Sequence[Handler],
    states: Mapping[enum.Enum, Sequence[Handler]],
    fallbacks: Sequence[Handler],
) -> ConversationHandler[Context]:
    """A conversation of one chat. Starting it again in the middle starts it from the beginning."""
    with warnings.catch_warnings():
        # Conversations belong to a chat and include taps; tokens (see ``on_tap``), not
        # ``per_message``, tell which message a tap belongs to.
        warnings.filterwarnings("ignore", r".*CallbackQueryHandler", PTBUserWarning)
        return _Conversation(
            name=name,
            entry_points=list(entry_points),
            states={state: list(handlers) for state, handlers in states.items()},
            fallbacks=list(fallbacks),
            per_user=False,
            allow_reentry=True,
        )
