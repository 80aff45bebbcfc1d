"""``/collega``: a chat becomes a customer's, by two codes off the invoice and one by e-mail."""

from conversations.account.link.flow import handlers

__all__ = ["handlers"]
