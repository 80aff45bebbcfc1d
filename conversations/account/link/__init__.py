"""``/collega``: links a chat to a customer, by two codes from the invoice and one by e-mail."""

from conversations.account.link.flow import handlers

__all__ = ["handlers"]
