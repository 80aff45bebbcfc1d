"""What the bot says unasked, made when its turn comes: what is no longer true is not said."""

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
    """Who says each kind of notice."""
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
"""Every kind that goes at once and by itself, and who makes it."""

FAMILIES: dict[str, Family] = {
    kind: each for each in makers() if isinstance(each, Family) for kind in each.kinds
}
"""Every kind that waits for the chat's hours, and goes with others of its family."""

LASTING = frozenset(kind for kind, each in NOTICES.items() if each.lasting)
"""Kinds that are tried until they arrive, however long Telegram is away."""
