"""``/lingua``: the language of the bot's messages to a chat."""

from dataclasses import dataclass

from babel import Locale

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_command, on_meaning, on_tap
from conversations.kit.menu import large_keyboard
from conversations.kit.taps import Tap
from conversations.kit.views import View, button
from conversations.texts import LANGUAGES, Words
from conversations.understanding import Intent


@dataclass(frozen=True, slots=True)
class ChooseLanguage(Tap, code="lg"):
    """*Lingua*."""


@dataclass(frozen=True, slots=True)
class SetLanguage(Tap, code="lgs"):
    """One language in the list."""

    language: str


def handlers() -> list[Handler]:
    """``/lingua`` and its taps."""
    return [
        on_command(("lingua", "language"), show),
        on_meaning((Intent.LANGUAGE,), show),
        on_tap(ChooseLanguage, show),
        on_tap(SetLanguage, choose),
    ]


async def show(context: Context) -> None:
    """Show the languages, with the current one marked."""
    context.show(_list(context.words))


async def choose(context: Context, tap: SetLanguage) -> None:
    """Use that language from this answer on, and show the large keyboard in it."""
    language = tap.language
    if language not in LANGUAGES:  # forged, or of another version
        context.show(_list(context.words))
        return
    context.chat.language = language
    words = context.turn.words = Words(language, context.services.zone)
    linked = bool(await context.unit.chats.links(context.chat.id))
    context.show(
        View(
            words(
                "✅ Va bene, da adesso parliamo in <b>{language}</b>.",
                language=language_name(language),
            ),
            menu=large_keyboard(words) if linked else (),
        )
    )


def language_name(language: str) -> str:
    """A language's name in itself: ``italiano``, ``English``."""
    return str(Locale.parse(language).get_display_name(language))


def _list(words: Words) -> View:
    rows = tuple(
        (
            button(
                ("✓ " if language == words.language else "") + language_name(language),
                SetLanguage(language),
            ),
        )
        for language in LANGUAGES
    )
    return View(words("In che <b>lingua</b> vuoi che ti parli?"), rows)
