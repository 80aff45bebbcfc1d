"""How a conversation is cancelled, and answers to text where a button was expected."""

from dataclasses import dataclass

from telegram.ext import filters

from conversations.kit.context import Context
from conversations.kit.flow import (
    ANSWER,
    CANCEL_WORDS,
    END,
    SENT,
    Handler,
    on_command,
    on_tap,
    on_typed,
    on_word,
)
from conversations.kit.menu import large_keyboard
from conversations.kit.privacy import hide_tax_id, tax_id_hidden
from conversations.kit.taps import Tap
from conversations.kit.views import Button, View, button
from conversations.texts import Words


@dataclass(frozen=True, slots=True)
class CancelConversation(Tap, code="x"):
    """*Annulla* under a conversation's screen."""

    screen_token: str


def cancel_button(words: Words, screen_token: str) -> Button:
    """*Annulla*."""
    return button(words.plain("Annulla"), CancelConversation(screen_token))


async def cancel_typed(context: Context) -> int:
    """``/annulla``: end the open conversation, and say whether there was one."""
    turn, words = context.turn, context.words
    turn.left = False
    if turn.late:
        return END  # the notice that it had expired is enough
    text = (
        words("Annullato. Non è stato salvato niente.")
        if turn.conversation is not None
        else words("Non c'è niente da annullare.")
    )
    context.say(View(text, menu=large_keyboard(words)))
    return END


async def cancel_tapped(context: Context) -> int:
    """*Annulla*."""
    context.show(View(context.words("Annullato. Non è stato salvato niente.")))
    return END


async def use_buttons(context: Context) -> None:
    """Answer text or a picture where a tap was expected: the question stays open."""
    if hide_tax_id(context):
        context.say(tax_id_hidden(context))
    context.say(
        View(
            context.words(
                "Per rispondere tocca uno dei <b>pulsanti</b> qui sopra, oppure scrivi "
                "/annulla per lasciar perdere."
            )
        )
    )


async def write_instead(context: Context) -> None:
    """Answer a sticker, a voice message or a location where text was expected."""
    if hide_tax_id(context):
        context.say(tax_id_hidden(context))
    ask_for_words(context)


def ask_for_words(context: Context) -> None:
    """Say that only text answers the open question."""
    context.say(
        View(
            context.words(
                "Qui mi serve una risposta <b>scritta</b>: non so leggere foto, vocali o "
                "adesivi. Oppure /annulla per lasciar perdere."
            )
        )
    )


def cancel_command() -> Handler:
    """``/annulla``."""
    return on_command(("annulla", "cancel"), cancel_typed)


def cancel_word() -> Handler:
    """*annulla*, written as a plain word."""
    return on_word(CANCEL_WORDS, cancel_typed)


def cancel_handlers() -> list[Handler]:
    """The handlers that cancel a conversation, and that answer unsuitable messages."""
    return [
        cancel_command(),
        cancel_word(),
        on_tap(CancelConversation, cancel_tapped),
        on_typed(write_instead, SENT),
    ]


def buttons_expected(which: filters.BaseFilter = ANSWER) -> Handler:
    """The last handler of a state that waits for a tap."""
    return on_typed(use_buttons, which)
