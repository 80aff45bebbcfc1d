"""``/preferenze``: what the bot may say unasked, and when."""

from conversations.account.preferences.flow import handlers

__all__ = ["handlers"]
