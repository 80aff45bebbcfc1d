"""``/prelievi``: what was billed, year by year, as a chart that its words tell too."""

from conversations.billing.withdrawals.flow import handlers

__all__ = ["handlers"]
