"""What was billed and measured: invoices, withdrawals, quarter-hour measures."""

from conversations.billing import (
    invoices,
    measures,
    withdrawals,
)
from conversations.kit.flow import Handler


def handlers() -> list[Handler]:
    """Every conversation of this room. The first that an update fits takes it."""
    return [
        *invoices.handlers(),
        *withdrawals.handlers(),
        *measures.handlers(),
    ]
