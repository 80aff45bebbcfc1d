"""Messages sent unasked. Their text is made when they are sent; outdated ones are not sent."""

from conversations.kit.unasked import Alone, Family, Maker
from conversations.notices import (
    announcements,
    invoices,
    left_alone,
    links,
    readings,
    reminders,
    tickets,
    windows,
)


def makers() -> list[Maker]:
    """The functions that make the messages of all notices."""
    return [
        *readings.makers(),
        *reminders.makers(),
        *windows.makers(),
        *invoices.makers(),
        *announcements.makers(),
        *links.makers(),
        *tickets.makers(),
        *left_alone.makers(),
    ]


NOTICES: dict[str, Alone] = {each.kind: each for each in makers() if isinstance(each, Alone)}
"""The notices that are sent at once and separately, with their functions."""

FAMILIES: dict[str, Family] = {
    kind: each for each in makers() if isinstance(each, Family) for kind in each.kinds
}
"""The notices that respect the chat's hours and are combined within a family."""

LASTING = frozenset(kind for kind, each in NOTICES.items() if each.lasting)
"""Notices that are tried until they arrive, however long Telegram is unavailable."""
