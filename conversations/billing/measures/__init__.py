"""``/misure``: quarter-hour measures of electricity over a period, as totals, a curve and files."""

from conversations.billing.measures.flow import handlers

__all__ = ["handlers"]
