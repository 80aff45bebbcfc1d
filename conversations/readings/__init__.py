"""Self-readings: submitting one, the list of them, and the reminders to read."""

from conversations.kit.flow import Handler
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
