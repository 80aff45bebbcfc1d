"""The conversations, grouped by subject. This module decides the order of their handlers."""

from conversations import account, billing, readings, support, unexpected, welcome
from conversations.kit.flow import Handler


def first_handlers() -> list[Handler]:
    """Handlers that run before any conversation."""
    return unexpected.first_handlers()


def handlers() -> list[Handler]:
    """The handlers of every conversation; the first that accepts an update handles it."""
    return [
        *account.handlers(),  # before /start, which it takes with a code or an invitation in it
        *welcome.handlers(),
        *readings.handlers(),
        *billing.handlers(),
        *support.handlers(),
        *unexpected.last_handlers([*readings.stale_answers(), *support.stale_answers()]),
    ]
