"""``/assistenza``: customers' messages to the staff, and the answers."""

from conversations.support.tickets.flow import handlers, stale_answers

__all__ = ["handlers", "stale_answers"]
