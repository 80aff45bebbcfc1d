"""``/dati``: registry, technical and contract data; contacts can be changed here."""

from conversations.account.my_data.flow import handlers

__all__ = ["handlers"]
