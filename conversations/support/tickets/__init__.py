"""``/assistenza``: customers' messages to the staff, and the answers."""

from conversations.support.tickets.flow import handlers

__all__ = ["handlers"]
