"""Bills and measures: invoices, withdrawals, quarter-hour measures."""

from conversations.billing import (
    invoices,
    measures,
    withdrawals,
)
from conversations.kit.flow import Handler


def handlers() -> list[Handler]:
    """The handlers of these conversations; the first that accepts an update handles it."""
    return [
        *invoices.handlers(),
        *withdrawals.handlers(),
        *measures.handlers(),
    ]
