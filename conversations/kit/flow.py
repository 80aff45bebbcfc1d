"""Pieces that conversations are put together from: what starts them, what moves them on."""

import enum
import functools
import inspect
import warnings
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
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

T = TypeVar("T", bound=Tap)

Step = Callable[[Context], Coroutine[Any, Any, Any]]
"""What happens on a command, a key of the keyboard or an answer; the context has the update."""
TapStep = Callable[[Context, T], Coroutine[Any, Any, Any]]
"""What happens on a tap, with the button that was tapped."""
Handler = BaseHandler[Update, Context, Any]
Callback = Callable[[Update, Context], Coroutine[Any, Any, Any]]

END = ConversationHandler.END


class _NothingOpen(filters.MessageFilter):
    """Passes where no conversation is waiting for an answer."""

    def filter(self, message: Message) -> bool:  # noqa: ARG002
        return current_turn().flow is None


class _MenuLabel(filters.MessageFilter):
    """Passes for the words on the large keyboard, in whatever language it was drawn."""

    def filter(self, message: Message) -> bool:
        return bool(message.text) and message.text in _menu_labels()


class _Word(filters.MessageFilter):
    """Passes for one of these words on its own, however it is written."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        super().__init__(name="a word on its own")

    def filter(self, message: Message) -> bool:
        return (message.text or "").strip().casefold() in self._words


def _menu_labels() -> set[str]:
    return {text for label in LABELS for text in in_every_language(label)}


NOTHING_OPEN = _NothingOpen(name="nothing open")
FRESH = filters.UpdateType.MESSAGE
"""A new message: an edited one is never an answer."""
CANCEL_WORDS = ("annulla", "cancel")
HELP_WORDS = ("aiuto", "help")
MENU_WORDS = ("menu", "menù")
"""What many write without the slash; nobody means an answer by it."""

ANSWER = (
    FRESH
    & ~filters.COMMAND
    & ~filters.StatusUpdate.ALL
    & ~_MenuLabel(name="menu label")
    & ~_Word((*CANCEL_WORDS, *HELP_WORDS, *MENU_WORDS))
)
"""What answers a question: no command, no key of the large keyboard, no notice of Telegram's."""
TYPED = ANSWER & filters.TEXT
"""Words that answer a question."""
SENT = ANSWER & ~filters.TEXT
"""Anything else that a customer may send: stickers, pictures, voices, places."""


def on_command(names: Sequence[str], step: Step) -> Handler:
    """A command under its Italian and its English name; it ends what was open before."""
    return CommandHandler(list(names), _afresh(step), filters=FRESH)


def on_label(label: str, step: Step) -> Handler:
    """A key of the large keyboard, understood in every language; it ends what was open before."""
    return MessageHandler(FRESH & filters.Text(in_every_language(label)), _afresh(step))


def on_word(words: Sequence[str], step: Step) -> Handler:
    """A command that was written as a plain word; it ends what was open before."""
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
    """A step as python-telegram-bot calls it."""

    @functools.wraps(step)
    async def called(_update: Update, context: Context) -> Any:
        return await step(context)

    return called


def on_tap(kind: type[T], step: TapStep[T] | Step) -> Handler:
    """A tap on a button of this type; one bound to a screen only while that is the newest.

    Args:
        kind: the type of the button.
        step: what happens; it is given the button where it takes one.
    """
    takes_tap = len(inspect.signature(step).parameters) > 1

    @functools.wraps(step)
    async def called(_update: Update, context: Context) -> Any:
        given = (context, context.tap(kind)) if takes_tap else (context,)
        return await step(*given)

    def matches(data: object) -> bool:
        try:
            tap = kind.decode(str(data))
        except TapError:
            return False
        mark = getattr(tap, "screen_token", None)
        return mark is None or current_turn().is_newest_screen(mark)

    return CallbackQueryHandler(called, pattern=matches)


def conversation(
    name: str,
    *,
    entry_points: Sequence[Handler],
    states: Mapping[enum.Enum, Sequence[Handler]],
    fallbacks: Sequence[Handler],
) -> ConversationHandler[Context]:
    """A conversation of one chat. Starting it again in the middle starts it afresh."""
    with warnings.catch_warnings():
        # A conversation of a whole chat, with taps in it, is what is meant here; which message a
        # tap stands on is told by its mark (see ``on_tap``), not by ``per_message``.
        warnings.filterwarnings("ignore", r".*CallbackQueryHandler", PTBUserWarning)
        return ConversationHandler(
            name=name,
            entry_points=list(entry_points),
            states={state: list(handlers) for state, handlers in states.items()},
            fallbacks=list(fallbacks),
            per_user=False,
            allow_reentry=True,
        )
