"""What the bot says unasked, made when its turn comes: what is no longer true is not said."""

from conversations import (
    announcements,
    invoice_notices,
    link_notices,
    new_link,
    reading_notices,
    reminders,
    window_notices,
)
from conversations.kit.desk import Desk
from conversations.kit.unasked import Family, Notice
from conversations.kit.views import Effect, Say, View
from conversations.texts import Words
from conversations.tickets import notices as ticket_notices
from storage.models import OutboxMessage
from storage.repositories.announcements import KIND_AT_ONCE
from storage.unit import Unit


async def left_alone(
    _unit: Unit, _desk: Desk, words: Words, _message: OutboxMessage
) -> list[Effect]:
    """A conversation was left alone for half an hour."""
    text = words(
        "⌛ È passata mezz'ora e ho chiuso quello che era in corso: non è stato salvato niente. "
        "Quando vuoi si ricomincia, per esempio da /menu."
    )
    return [Say(View(str(text)))]


NOTICES: dict[str, Notice] = {
    "acquired": reading_notices.receipt,
    "cancelled": reading_notices.receipt,
    "outcome": reading_notices.receipt,
    "conversation_left_alone": left_alone,
    new_link.NOTICE: new_link.notice,
    KIND_AT_ONCE: announcements.announce_at_once,
    "invitation_taken": link_notices.invitation_taken,
    "invitation_settled": link_notices.invitation_settled,
    "link_revoked": link_notices.link_revoked,
    "email_changed": link_notices.email_changed,
    **ticket_notices.NOTICES,
}
"""Every kind of message that goes at once and by itself, and who makes it."""

LASTING = frozenset(ticket_notices.NOTICES)
"""Kinds that are tried until they arrive, however long Telegram is away: people wrote them."""

FAMILIES: dict[str, Family] = {
    kind: family
    for family in (
        reminders.FAMILY,
        reading_notices.ACQUIRED,
        reading_notices.OUTCOME,
        invoice_notices.FAMILY,
        window_notices.FAMILY,
        announcements.FAMILY,
    )
    for kind in family.kinds
}
"""Every kind that waits for the chat's hours, and goes with others of its family."""
