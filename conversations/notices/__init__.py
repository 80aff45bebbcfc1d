"""What the bot says unasked, made when its turn comes: what is no longer true is not said."""

from conversations.account import new_link
from conversations.kit.services import Services
from conversations.kit.unasked import Family, Notice
from conversations.kit.views import Effect, Say, View
from conversations.notices import announcements, invoices, links, readings, tickets, windows
from conversations.readings import reminders
from conversations.texts import Words
from storage.models import OutboxMessage
from storage.repositories.announcements import KIND_AT_ONCE
from storage.unit import Unit


async def left_alone(
    _unit: Unit, _services: Services, words: Words, _message: OutboxMessage
) -> list[Effect]:
    """A conversation was left alone for half an hour."""
    text = words(
        "⌛ È passata mezz'ora e ho chiuso quello che era in corso: non è stato salvato niente. "
        "Quando vuoi si ricomincia, per esempio da /menu."
    )
    return [Say(View(text))]


NOTICES: dict[str, Notice] = {
    "acquired": readings.receipt,
    "cancelled": readings.receipt,
    "outcome": readings.receipt,
    "conversation_left_alone": left_alone,
    new_link.NOTICE: new_link.notice,
    KIND_AT_ONCE: announcements.announce_at_once,
    "invitation_taken": links.invitation_taken,
    "invitation_settled": links.invitation_settled,
    "link_revoked": links.link_revoked,
    "email_changed": links.email_changed,
    **tickets.NOTICES,
}
"""Every kind of message that goes at once and by itself, and who makes it."""

LASTING = frozenset(tickets.NOTICES)
"""Kinds that are tried until they arrive, however long Telegram is away: people wrote them."""

FAMILIES: dict[str, Family] = {
    kind: family
    for family in (
        reminders.FAMILY,
        readings.ACQUIRED,
        readings.OUTCOME,
        invoices.FAMILY,
        windows.FAMILY,
        announcements.FAMILY,
    )
    for kind in family.kinds
}
"""Every kind that waits for the chat's hours, and goes with others of its family."""
