"""Invitations: a link that gives one person access, after its maker has confirmed them.

An invitation is made (*Invita*), opened by the guest (``/start i…``), accepted, and confirmed by
the inviter, who sees the guest's name; only then is the chat linked. The repository's queries check
who may do what (*Links into the bot* in the product's settled details).
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from telegram import User
from telegram.ext import CommandHandler, filters

from conversations.account import new_link
from conversations.account.linked_chats import (
    Invite,
    LinkedChats,
    WithdrawInvitation,
    access_name,
    show_links,
)
from conversations.kit.context import Context
from conversations.kit.flow import FRESH, Handler, on_tap, plain
from conversations.kit.formats import shorten
from conversations.kit.guards import linked
from conversations.kit.taps import Tap
from conversations.kit.views import Button, View, button
from conversations.texts import Words
from storage.models import Access, Customer, Invitation
from storage.notices import InvitationSettled, InvitationTaken
from storage.repositories.invitations import LIFETIME, MOST_OPEN, button_key
from storage.rules.identifiers import mask_name

TOKEN_BYTES = 16
"""Random bytes in a link: 22 characters of base64url, too many to guess."""

_PAYLOAD = re.compile(r"^/start(?:@\w+)? i([A-Za-z0-9_-]{22})$")
_NAME_LENGTH = 60
_NOTICE_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class MakeInvitation(Tap, code="ivm"):
    """*Accesso completo* or *Sola consultazione*: makes the link."""

    customer_id: int
    access: Access


@dataclass(frozen=True, slots=True)
class AcceptInvitation(Tap, code="iva"):
    """*Accetto*; it holds the secret, since ids can be guessed."""

    token: str


@dataclass(frozen=True, slots=True)
class DeclineInvitation(Tap, code="ivd"):
    """*No, grazie*."""


@dataclass(frozen=True, slots=True)
class ConfirmGuest(Tap, code="ivy"):
    """*Conferma*: this is the person I meant. ``key``: see ``button_key``."""

    invitation_id: int
    key: str


@dataclass(frozen=True, slots=True)
class RefuseGuest(Tap, code="ivn"):
    """*Rifiuta*."""

    invitation_id: int
    key: str


def handlers() -> list[Handler]:
    """The handlers of invitations: the link, and every button."""
    return [
        CommandHandler("start", plain(open_invitation), filters=FRESH & filters.Regex(_PAYLOAD)),
        on_tap(Invite, ask_access),
        on_tap(MakeInvitation, make),
        on_tap(WithdrawInvitation, withdraw),
        on_tap(AcceptInvitation, accept),
        on_tap(DeclineInvitation, decline),
        on_tap(ConfirmGuest, confirm),
        on_tap(RefuseGuest, refuse),
    ]


# -- the inviter --


@linked
async def ask_access(context: Context, tap: Invite) -> None:
    """*Invita*: ask what the guest may do."""
    customer = await _host_of(context, tap.customer_id)
    if customer is not None:
        context.show(_ask_access(context.words, customer))


@linked
async def make(context: Context, tap: MakeInvitation) -> None:
    """Make the link, and show it once: only a hash of its secret is stored."""
    customer = await _host_of(context, tap.customer_id)
    if customer is None:
        return
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = await context.unit.invitations.create(
        context.chat.id, customer.id, tap.access, token, now=context.now
    )
    if invitation is None:
        context.show(_too_many(context.words, customer))
        return
    address = f"https://t.me/{context.bot.username}?start=i{token}"
    context.show(_made(context.words, customer, invitation, address))


@linked
async def withdraw(context: Context, tap: WithdrawInvitation) -> None:
    """*Ritira*."""
    invitation = await context.unit.invitations.withdraw(
        context.chat.id, tap.invitation_id, now=context.now
    )
    if invitation is None:
        await _over(context)
        return
    if invitation.guest_chat_id is not None:
        await _tell_guest(context, invitation)
    context.toast(context.words.plain("Invito ritirato"))
    customer = await context.unit.customers.one_of_chat(context.chat.id, invitation.customer_id)
    if customer is not None:
        await show_links(context, customer)


@linked
async def confirm(context: Context, tap: ConfirmGuest) -> None:
    """*Conferma*: let the guest in, and tell them and the customer's other chats."""
    unit = context.unit
    done = await unit.invitations.confirm(
        context.chat.id, tap.invitation_id, tap.key, now=context.now
    )
    if done is None:
        await _over(context)
        return
    invitation, link = done
    await _tell_guest(context, invitation)
    await new_link.announce(context, invitation.customer, link, knows=frozenset({context.chat.id}))
    context.show(_confirmed(context.words, invitation))


@linked
async def refuse(context: Context, tap: RefuseGuest) -> None:
    """*Rifiuta*: let nobody in; the link becomes invalid."""
    invitation = await context.unit.invitations.refuse(
        context.chat.id, tap.invitation_id, tap.key, now=context.now
    )
    if invitation is None:
        await _over(context)
        return
    await _tell_guest(context, invitation)
    context.show(_refused(context.words, invitation))


async def _host_of(context: Context, customer_id: int) -> Customer | None:
    """The customer, if this chat may let others in; otherwise show that it may not."""
    if not await context.unit.invitations.may_invite(context.chat.id, customer_id):
        context.toast(
            context.words.plain("Può invitare solo chi ha collegato la fornitura con il codice."),
            alert=True,
        )
        return None
    return await context.unit.customers.one_of_chat(context.chat.id, customer_id, to_write=True)


async def _over(context: Context) -> None:
    context.toast(context.words.plain("Questo invito non è più in sospeso."), alert=True)


async def _tell_guest(context: Context, invitation: Invitation) -> None:
    await context.unit.outbox.queue(
        f"invited:{invitation.id}",
        InvitationSettled(invitation.id),
        invitation.guest_chat_id or 0,
        now=context.now,
        not_after=context.now + _NOTICE_LIFETIME,
    )


# -- the guest --


async def open_invitation(context: Context) -> None:
    """``/start i…``: show what is offered, before anything is agreed."""
    context.turn.leave()
    found = _PAYLOAD.match(context.typed)
    token = found[1] if found else ""
    invitation = await _offered(context, token)
    if invitation is not None:
        context.say(_offer(context.words, invitation, token))


async def accept(context: Context, tap: AcceptInvitation) -> None:
    """*Accetto*: ask the inviter whether this is the person they meant."""
    token = tap.token
    if await _offered(context, token) is None:
        return
    taken = await context.unit.invitations.take(
        token,
        guest_chat_id=context.chat.id,
        guest_name=_name_of(context.turn.update.effective_user),
        now=context.now,
    )
    if taken is None or taken.inviter_chat_id is None:  # another chat was faster
        context.show(_worthless(context.words))
        return
    await context.unit.outbox.queue(
        f"guest:{taken.id}",
        InvitationTaken(taken.id),
        taken.inviter_chat_id,
        now=context.now,
        not_after=context.now + LIFETIME,
    )
    context.show(_wait(context.words))


async def decline(context: Context) -> None:
    """*No, grazie*: the link stays valid for the person it was meant for."""
    context.show(
        View(context.words("Va bene, non è successo niente. L'invito resta a chi l'ha fatto."))
    )


async def _offered(context: Context, token: str) -> Invitation | None:
    """The invitation, if this chat can accept it now; otherwise show why it cannot."""
    words, chat_id = context.words, context.chat.id
    invitation = await context.unit.invitations.find(token, now=context.now)
    if invitation is None:
        waiting = await context.unit.invitations.waiting_for(chat_id, token, now=context.now)
        context.show(_wait(words) if waiting else _worthless(words))
        return None
    if invitation.inviter_chat_id == chat_id:
        context.show(_your_own(words))
        return None
    link = await context.unit.chats.link_of(chat_id, invitation.customer_id)
    if link is not None and (link.access is Access.FULL or invitation.access is Access.VIEW):
        context.show(_linked_already(words, invitation.customer))
        return None
    return invitation


def _name_of(user: User | None) -> str:
    """A person's name in Telegram, with their user name if they have one."""
    if user is None:
        return "?"
    name = shorten(" ".join(user.full_name.split()), _NAME_LENGTH)
    return f"{name} (@{user.username})" if user.username else name


# -- what is shown --


def _ask_access(words: Words, customer: Customer) -> View:
    text = words(
        "<b>Invita qualcuno</b>\nCodice cliente {code}\n\n"
        "• <b>Accesso completo</b>: vede tutto, invia e cancella letture, chiede assistenza. Non "
        "può invitare altri né scollegare te.\n"
        "• <b>Sola consultazione</b>: vede letture, fatture e grafici, e basta.",
        code=customer.code,
    )
    return View(
        text,
        (
            (button(words.plain("Accesso completo"), MakeInvitation(customer.id, Access.FULL)),),
            (button(words.plain("Sola consultazione"), MakeInvitation(customer.id, Access.VIEW)),),
            (_back(words, customer.id),),
        ),
    )


def _made(words: Words, customer: Customer, invitation: Invitation, address: str) -> View:
    text = words(
        "✉️ <b>Ecco l'invito</b>, {access}\n\n{address}\n\n"
        "Mandalo solo a chi vuoi invitare: vale <b>una volta sola</b>, fino al {until}. Quando "
        "qualcuno lo accetta ti chiedo conferma del nome, e solo dopo può vedere qualcosa.",
        access=access_name(words, invitation.access),
        address=address,
        until=words.moment(invitation.expires_at),
    )
    share = f"https://t.me/share/url?url={quote(address, safe='')}"
    return View(
        text,
        (
            (Button(words.plain("Inoltra l'invito"), url=share),),
            (button(words.plain("Ritira l'invito"), WithdrawInvitation(invitation.id)),),
            (_back(words, customer.id),),
        ),
    )


def _too_many(words: Words, customer: Customer) -> View:
    text = words(
        "Ci sono già {n} inviti in sospeso: prima ritirane qualcuno, o aspetta che scadano.",
        n=MOST_OPEN,
    )
    return View(text, ((_back(words, customer.id),),))


def _offer(words: Words, invitation: Invitation, token: str) -> View:
    text = words(
        "✉️ <b>Sei stato invitato</b>\n\nSi tratta della fornitura di {name}: {access}.\n\n"
        "Se accetti, chi ti ha invitato vede il nome che hai in Telegram e deve confermare.",
        name=mask_name(invitation.customer.name),
        access=access_name(words, invitation.access),
    )
    return View(
        text,
        (
            (
                button(words.plain("Accetto"), AcceptInvitation(token)),
                button(words.plain("No, grazie"), DeclineInvitation()),
            ),
        ),
    )


def _wait(words: Words) -> View:
    text = words("🕐 Ho chiesto conferma a chi ti ha invitato: appena risponde ti scrivo qui.")
    return View(text)


def _worthless(words: Words) -> View:
    text = words(
        "Questo invito <b>non vale più</b>: dura un giorno e serve una volta sola. Chiedine un "
        "altro a chi te l'ha mandato."
    )
    return View(text)


def _your_own(words: Words) -> View:
    return View(words("Questo invito l'hai fatto tu: mandalo alla persona che vuoi invitare."))


def _linked_already(words: Words, customer: Customer) -> View:
    text = words(
        "Il codice cliente <b>{code}</b> è già collegato a questa chat.", code=customer.code
    )
    return View(text)


def guest_view(words: Words, invitation: Invitation) -> View:
    """The question to the inviter: is this the person they meant?"""
    key = button_key(invitation)
    text = words(
        "✉️ <b>{name}</b> ha accettato il tuo invito per il codice cliente {code}, {access}.\n\n"
        "È la persona giusta? Solo con «Conferma» comincia a vedere la fornitura.",
        name=invitation.guest_name or "",
        code=invitation.customer.code,
        access=access_name(words, invitation.access),
    )
    return View(
        text,
        (
            (
                button(words.plain("Conferma"), ConfirmGuest(invitation.id, key)),
                button(words.plain("Rifiuta"), RefuseGuest(invitation.id, key)),
            ),
        ),
    )


def _confirmed(words: Words, invitation: Invitation) -> View:
    text = words(
        "✅ <b>{name}</b> ora ha accesso: {access}.\n\nSi può scollegare in ogni momento da "
        "«Chat collegate».",
        name=invitation.guest_name or "",
        access=access_name(words, invitation.access),
    )
    return View(text, ((_back(words, invitation.customer_id),),))


def _refused(words: Words, invitation: Invitation) -> View:
    text = words(
        "Va bene, <b>{name}</b> non vede niente e l'invito non vale più.",
        name=invitation.guest_name or "",
    )
    return View(text, ((_back(words, invitation.customer_id),),))


def _back(words: Words, customer_id: int) -> Button:
    return button(words.plain("👥 Chat collegate"), LinkedChats(customer_id, 0))
