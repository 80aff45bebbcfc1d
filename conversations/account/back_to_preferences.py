"""The button back to the preferences, for screens that are opened from there."""

from dataclasses import dataclass

from conversations.kit.taps import Tap
from conversations.kit.views import Button, button
from conversations.texts import Words


@dataclass(frozen=True, slots=True)
class OpenPreferences(Tap, code="pf"):
    """*‹ Preferenze*."""


def back_button(words: Words) -> Button:
    """*‹ Preferenze*."""
    return button(words.plain("‹ Preferenze"), OpenPreferences())
