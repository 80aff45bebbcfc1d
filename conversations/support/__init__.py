"""Writing to the company: tickets, and the staff's group."""

from conversations.kit.flow import Handler
from conversations.kit.stale import StaleAnswer
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


def stale_answers() -> list[StaleAnswer]:
    """What this room says of old taps on its buttons."""
    return tickets.stale_answers()
