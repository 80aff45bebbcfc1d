"""``/prelievi``: billed withdrawals by year, as a chart with a text that says the same."""

from conversations.billing.withdrawals.flow import handlers

__all__ = ["handlers"]
