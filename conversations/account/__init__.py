"""Who is at the counter: linking, supply points, chats, personal data, preferences, privacy."""

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
    """Every conversation of this room. The first that an update fits takes it."""
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
