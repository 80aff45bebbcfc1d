"""The customer's account: linking, supply points, chats, own data, preferences, privacy."""

from conversations.account import (
    documents,
    invitations,
    language,
    link,
    linked_chats,
    my_data,
    preferences,
    privacy,
    supply_point,
)
from conversations.kit.flow import Handler


def handlers() -> list[Handler]:
    """The handlers of these conversations; the first that accepts an update handles it."""
    return [
        *link.handlers(),
        *invitations.handlers(),
        *supply_point.handlers(),
        *my_data.handlers(),
        *documents.handlers(),
        *preferences.handlers(),
        *linked_chats.handlers(),
        *language.handlers(),
        *privacy.handlers(),
    ]
