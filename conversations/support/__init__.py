"""Writing to the company: tickets, and the staff's group."""

from conversations.kit.flow import Handler
from conversations.support import (
    courtesies,
    emergency,
    tickets,
)


def handlers() -> list[Handler]:
    """The handlers of these conversations; the first that accepts an update handles it."""
    return [
        *emergency.handlers(),
        *courtesies.handlers(),
        *tickets.handlers(),
    ]
