"""Writing to the company: tickets, and what the staff do in their group."""

from conversations.kit.flow import Handler
from conversations.support import (
    courtesies,
    emergency,
    tickets,
)


def handlers() -> list[Handler]:
    """Every conversation of this room. The first that an update fits takes it."""
    return [
        *emergency.handlers(),
        *courtesies.handlers(),
        *tickets.handlers(),
    ]
