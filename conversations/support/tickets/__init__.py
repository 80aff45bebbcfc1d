"""``/assistenza``: what customers ask of the staff, and what they are answered."""

from conversations.support.tickets.flow import handlers

__all__ = ["handlers"]
