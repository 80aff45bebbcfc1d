"""Self-readings: submitting one, the list of them, and the reminders to read."""

from conversations.kit.flow import Handler
from conversations.kit.stale import StaleAnswer
from conversations.readings import (
    listing,
    reminders,
    submit,
)


def handlers() -> list[Handler]:
    """Every conversation of this room. The first that an update fits takes it."""
    return [
        *submit.handlers(),
        *reminders.handlers(),
        *listing.handlers(),
    ]


def stale_answers() -> list[StaleAnswer]:
    """What this room says of old taps on its buttons."""
    return submit.stale_answers()
