"""What a chat is told unasked about who is linked: guests, links that end, a changed address."""

from conversations.account.invitations import guest_view
from conversations.account.linked_chats import LinkedChats, access_name
from conversations.kit.menu import large_keyboard
from conversations.kit.services import Services
from conversations.kit.views import Effect, Say, View, button
from conversations.texts import Words
from storage.models import OutboxMessage
from storage.rules.identifiers import mask_email
from storage.unit import Unit


async def invitation_taken(
    unit: Unit, services: Services, words: Words, message: OutboxMessage
) -> list[Effect]:
    """To the inviter: somebody has accepted; is that whom they meant?"""
    invitation = await unit.invitations.to_confirm(
        message.chat_id, _id(message, "invitation_id"), now=services.clock.now()
    )
    return [] if invitation is None else [Say(guest_view(words, invitation))]


async def invitation_settled(
    unit: Unit, _services: Services, words: Words, message: OutboxMessage
) -> list[Effect]:
    """To the guest: let in, or not."""
    invitation = await unit.invitations.by_id(_id(message, "invitation_id"))
    if invitation is None or invitation.guest_chat_id != message.chat_id:
        return []
    if invitation.link_id is None:
        text = words("Chi ti ha invitato non ha confermato: l'invito non vale più.")
        return [Say(View(text))]
    link = await unit.chats.link_of(message.chat_id, invitation.customer_id)
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


async def link_revoked(
    _unit: Unit, _services: Services, words: Words, message: OutboxMessage
) -> list[Effect]:
    """To the chat whose link was ended by another."""
    code = str((message.content or {}).get("customer_code", ""))
    text = words("Questa chat non è più collegata al codice cliente <b>{code}</b>.", code=code)
    return [Say(View(text))]


async def email_changed(
    unit: Unit, _services: Services, words: Words, message: OutboxMessage
) -> list[Effect]:
    """To the other linked chats: the address that codes go to is another."""
    customer = await unit.customers.one_of_chat(message.chat_id, _id(message, "customer_id"))
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


def _id(message: OutboxMessage, name: str) -> int:
    return int((message.content or {}).get(name, 0))
