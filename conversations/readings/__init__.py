"""Self-readings: submitting one, the list of them, and the reminders to read."""

from conversations.kit.flow import Handler
from conversations.kit.stale import StaleAnswer
from conversations.readings import (
    listing,
    reminders,
    submit,
)


def handlers() -> list[Handler]:
    """The handlers of these conversations; the first that accepts an update handles it."""
    return [
        *submit.handlers(),
        *reminders.handlers(),
        *listing.handlers(),
    ]


def stale_answers() -> list[StaleAnswer]:
    """The answers to old taps on the buttons of these conversations."""
    return submit.stale_answers()
