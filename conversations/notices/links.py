"""Notices about links: guests, and links that end."""

from conversations.account import new_link
from conversations.account.invitations import guest_view
from conversations.account.linked_chats import access_name
from conversations.account.my_data import email_changes
from conversations.kit.link_prompt import StartLinking
from conversations.kit.menu import large_keyboard
from conversations.kit.unasked import Maker, Telling, on_notice
from conversations.kit.views import Effect, Say, View, button
from storage.models import Access
from storage.notices import (
    ChatLinked,
    EmailChanged,
    EmailChangeStopped,
    InvitationSettled,
    InvitationTaken,
    LinkRevoked,
    TrialOver,
)


def makers() -> list[Maker]:
    """The notices of links."""
    return [
        on_notice(ChatLinked, new_link.chat_linked),
        on_notice(InvitationTaken, invitation_taken),
        on_notice(InvitationSettled, invitation_settled),
        on_notice(LinkRevoked, link_revoked),
        on_notice(TrialOver, trial_over),
        on_notice(EmailChanged, email_changes.email_changed),
        on_notice(EmailChangeStopped, email_changes.email_change_stopped),
    ]


async def invitation_taken(telling: Telling, notice: InvitationTaken) -> list[Effect]:
    """To the inviter: somebody has accepted; is it the person they meant?"""
    invitation = await telling.unit.invitations.to_confirm(
        telling.chat_id, notice.invitation_id, now=telling.now
    )
    return [] if invitation is None else [Say(guest_view(telling.words, invitation))]


async def invitation_settled(telling: Telling, notice: InvitationSettled) -> list[Effect]:
    """To the guest: whether the inviter let them in."""
    unit, words = telling.unit, telling.words
    invitation = await unit.invitations.by_id(notice.invitation_id)
    if invitation is None or invitation.guest_chat_id != telling.chat_id:
        return []
    if invitation.link_id is None:
        text = words("Chi ti ha invitato non ha confermato: l'invito non vale più.")
        return [Say(View(text))]
    link = await unit.chats.link_of(telling.chat_id, invitation.customer_id)
    if link is None:
        return []
    text = words(
        "✅ <b>Collegato</b>\n\nCodice cliente {code} · {name}: {access}.\n\n"
        "Qui sotto ci sono i pulsanti per le cose più comuni.",
        code=invitation.customer.code,
        name=invitation.customer.name,
        access=access_name(words, link.access),
    )
    return [Say(View(text, menu=large_keyboard(words)))]


async def link_revoked(telling: Telling, notice: LinkRevoked) -> list[Effect]:
    """To a chat whose link another chat has ended."""
    text = telling.words(
        "Questa chat non è più collegata al codice cliente <b>{code}</b>.",
        code=notice.customer_code,
    )
    return [Say(View(text))]


async def trial_over(telling: Telling, notice: TrialOver) -> list[Effect]:
    """To a chat that was linked without a code while none was required."""
    words, unit = telling.words, telling.unit
    customer = await unit.customers.one_of_chat(telling.chat_id, notice.customer_id)
    link = None if customer is None else await unit.chats.link_of(telling.chat_id, customer.id)
    if customer is None or link is None or link.access is not Access.VIEW:
        return []
    text = words(
        "La prova è finita: il codice cliente <b>{code}</b> qui ora è in <b>sola "
        "consultazione</b>.\n\nPer tornare a fare tutto basta collegarlo con il codice che mando "
        "per e-mail.",
        code=customer.code,
    )
    rows = ((button(words.plain("Collega la fornitura"), StartLinking(customer.code)),),)
    return [Say(View(text, rows))]
