"""``/preferenze``: what the bot sends unasked, and when."""

from conversations.account.preferences.flow import handlers

__all__ = ["handlers"]
