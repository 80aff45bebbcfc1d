"""What a chat is told unasked about who is linked: guests, links that end, a changed address."""

from conversations.account import new_link
from conversations.account.invitations import guest_view
from conversations.account.linked_chats import LinkedChats, access_name
from conversations.kit.menu import large_keyboard
from conversations.kit.unasked import Maker, Telling, on_notice
from conversations.kit.views import Effect, Say, View, button
from storage.notices import (
    ChatLinked,
    EmailChanged,
    InvitationSettled,
    InvitationTaken,
    LinkRevoked,
)
from storage.rules.identifiers import mask_email


def makers() -> list[Maker]:
    """Who tells of links."""
    return [
        on_notice(ChatLinked, new_link.chat_linked),
        on_notice(InvitationTaken, invitation_taken),
        on_notice(InvitationSettled, invitation_settled),
        on_notice(LinkRevoked, link_revoked),
        on_notice(EmailChanged, email_changed),
    ]


async def invitation_taken(telling: Telling, notice: InvitationTaken) -> list[Effect]:
    """To the inviter: somebody has accepted; is that whom they meant?"""
    invitation = await telling.unit.invitations.to_confirm(
        telling.chat_id, notice.invitation_id, now=telling.now
    )
    return [] if invitation is None else [Say(guest_view(telling.words, invitation))]


async def invitation_settled(telling: Telling, notice: InvitationSettled) -> list[Effect]:
    """To the guest: let in, or not."""
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
    """To the chat whose link was ended by another."""
    text = telling.words(
        "Questa chat non è più collegata al codice cliente <b>{code}</b>.",
        code=notice.customer_code,
    )
    return [Say(View(text))]


async def email_changed(telling: Telling, notice: EmailChanged) -> list[Effect]:
    """To the other linked chats: the address that codes go to is another."""
    words = telling.words
    customer = await telling.unit.customers.one_of_chat(telling.chat_id, notice.customer_id)
    if customer is None:
        return []
    text = words(
        "✉️ L'e-mail del codice cliente <b>{code}</b> è stata cambiata: adesso è "
        "<code>{email}</code>.\n\n"
        "Se non sei stato tu, o qualcuno di casa, guarda chi è collegato e scrivi subito "
        "all'assistenza: /assistenza",
        code=customer.code,
        email=mask_email(customer.email or ""),
    )
    rows = ((button(words.plain("👥 Chat collegate"), LinkedChats(customer.id, 0)),),)
    return [Say(View(text, rows))]
