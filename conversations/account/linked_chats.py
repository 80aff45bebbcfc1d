"""*Chat collegate*: who has access to a customer's supply, since when and how; and revoking it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from conversations.account.back_to_preferences import back_button
from conversations.account.link.unlinking import AskUnlink
from conversations.kit.context import Context
from conversations.kit.customers import customer_title, customers_view
from conversations.kit.flow import Handler, on_tap
from conversations.kit.formats import shorten
from conversations.kit.guards import linked, not_yours
from conversations.kit.pages import Page
from conversations.kit.taps import Tap
from conversations.kit.views import Rows, View, button
from conversations.texts import Words
from storage.models import Access, ChatLink, Customer, Invitation, Proof
from storage.notices import LinkRevoked

LINKS_ON_A_PAGE = 6
_NAME_LENGTH = 40
_NOTICE_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LinkedChats(Tap, code="ch"):
    """*Chat collegate* of a customer; without one, of the only one or one still to choose."""

    customer_id: int | None
    page: int


@dataclass(frozen=True, slots=True)
class LinkedChatsCustomers(Tap, code="chc"):
    """A page of the customers whose chats can be shown."""

    page: int


@dataclass(frozen=True, slots=True)
class AskRevoke(Tap, code="chr"):
    """*Scollega 2*."""

    link_id: int


@dataclass(frozen=True, slots=True)
class ConfirmRevoke(Tap, code="chy"):
    """*Sì*."""

    link_id: int


@dataclass(frozen=True, slots=True)
class Invite(Tap, code="iv"):
    """*Invita*: give somebody else access to this customer's supply."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class WithdrawInvitation(Tap, code="ivw"):
    """*Ritira*: make an open invitation invalid."""

    invitation_id: int


def handlers() -> list[Handler]:
    """The list, and revoking."""
    return [
        on_tap(LinkedChats, show),
        on_tap(LinkedChatsCustomers, choose_customer),
        on_tap(AskRevoke, ask_revoke),
        on_tap(ConfirmRevoke, revoke),
    ]


@linked
async def show(context: Context, tap: LinkedChats) -> None:
    """Show the chats of a customer; ask which customer if there are several."""
    if tap.customer_id is None:
        customers = await context.unit.customers.of_chat(context.chat.id)
        if len(customers) > 1:
            _show_customers(context, customers, 0)
            return
        customer: Customer | None = customers[0]
    else:
        customer = await context.unit.customers.one_of_chat(context.chat.id, tap.customer_id)
    if customer is None:
        await not_yours(context)
        return
    await show_links(context, customer, page=tap.page)


@linked
async def choose_customer(context: Context, tap: LinkedChatsCustomers) -> None:
    """Another page of customers."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    _show_customers(context, customers, tap.page)


@linked
async def ask_revoke(context: Context, tap: AskRevoke) -> None:
    """*Scollega*: ask for confirmation."""
    link = await context.unit.chats.link_revocable_by(context.chat.id, tap.link_id, now=context.now)
    if link is None:
        await not_yours(context)
        return
    names = await context.unit.invitations.guest_names(link.customer_id)
    context.show(_really(context.words, link, _name(context.words, link, names, context.chat.id)))


@linked
async def revoke(context: Context, tap: ConfirmRevoke) -> None:
    """*Sì*: end that chat's access, and tell it."""
    chat_id, unit = context.chat.id, context.unit
    link = await unit.chats.revoke(chat_id, tap.link_id, now=context.now)
    if link is None:
        await not_yours(context)
        return
    customer = await unit.customers.by_id(link.customer_id)
    if customer is None:
        raise RuntimeError("a link to no customer")
    if link.chat_id != chat_id:
        await unit.outbox.queue(
            f"revoked:{link.id}",
            LinkRevoked(customer.code),
            link.chat_id,
            now=context.now,
            not_after=context.now + _NOTICE_LIFETIME,
        )
    context.toast(context.words.plain("Scollegata"))
    if await unit.chats.link_of(chat_id, customer.id) is None:  # this chat ended its own link
        context.show(_parted(context.words, customer))
        return
    await show_links(context, customer)


async def show_links(context: Context, customer: Customer, *, page: int = 0) -> None:
    """Show a customer's chats that this chat may know about."""
    chat_id, unit = context.chat.id, context.unit
    context.show(
        links_view(
            context.words,
            customer,
            await unit.chats.links_seen_by(chat_id, customer.id),
            page=page,
            own_chat=chat_id,
            names=await unit.invitations.guest_names(customer.id),
            revocable=await unit.chats.revocable_by(chat_id, customer.id, now=context.now),
            newcomer_until=await unit.chats.newcomer_until(chat_id, customer.id, now=context.now),
            may_invite=await unit.invitations.may_invite(chat_id, customer.id),
            invitations=await unit.invitations.open_of(chat_id, customer.id, now=context.now),
        )
    )


def _show_customers(context: Context, customers: Sequence[Customer], page: int) -> None:
    context.show(
        customers_view(
            context.words,
            context.words("Le chat collegate a quale <b>codice cliente</b>?"),
            customers,
            page=page,
            pick=lambda customer: LinkedChats(customer.id, 0),
            to_page=LinkedChatsCustomers,
            below=((back_button(context.words),),),
        )
    )


# -- what is shown --


def links_view(
    words: Words,
    customer: Customer,
    links: Sequence[ChatLink],
    *,
    page: int,
    own_chat: int,
    names: dict[int, str],
    revocable: set[int],
    newcomer_until: datetime | None,
    may_invite: bool,
    invitations: Sequence[Invitation],
) -> View:
    """One page of a customer's chats, and the open invitations.

    Args:
        words: the customer's language.
        customer: whose chats.
        links: those that this chat may know about.
        page: the first is 0; one out of range becomes the nearest.
        own_chat: the id of this chat.
        names: the guests' names, by the id of the link.
        revocable: the ids of the links that this chat may end.
        newcomer_until: until when it cannot end older ones, if so.
        may_invite: whether it may let others in.
        invitations: those that may still be used.
    """
    shown = Page.of(len(links), size=LINKS_ON_A_PAGE, number=page)
    parts = [words("<b>Chat collegate</b>"), customer_title(words, customer)]
    rows: Rows = ()
    for number, link in enumerate(shown.part(links), start=shown.first + 1):
        parts += [Markup(), _link(words, number, link, _name(words, link, names, own_chat))]
        if link.id in revocable:
            label = words.plain("Scollega {number}", number=number)
            own = link.chat_id == own_chat
            tap = AskUnlink(customer.id) if own else AskRevoke(link.id)
            rows = (*rows, (button(label, tap),))
    if newcomer_until is not None:
        text = words(
            "Per sicurezza, chi era collegato prima di questa chat si può scollegare da qui dal "
            "{until}.",
            until=words.moment(newcomer_until),
        )
        parts += [Markup(), text]
    if shown.pages > 1:
        parts += [Markup(), *shown.line(words)]
    for invitation in invitations:
        parts += [Markup(), _invitation(words, invitation)]
        moment = words.moment(invitation.created_at)
        label = words.plain("Ritira l'invito del {moment}", moment=moment)
        rows = (*rows, (button(label, WithdrawInvitation(invitation.id)),))
    rows = (*rows, *shown.buttons(words, lambda other: LinkedChats(customer.id, other)))
    if may_invite:
        rows = (*rows, (button(words.plain("✉️ Invita"), Invite(customer.id)),))
    return View(Markup("\n").join(parts), (*rows, (back_button(words),)))


def access_name(words: Words, access: Access) -> Markup:
    """What a chat may do."""
    return {
        Access.FULL: words("accesso completo"),
        Access.VIEW: words("sola consultazione"),
    }[access]


def _link(words: Words, number: int, link: ChatLink, name: str) -> Markup:
    proof = {
        Proof.MAILED_CODE: words("con il codice via e-mail"),
        Proof.INVITATION: words("su invito"),
        Proof.TRIAL: words("in prova, senza codice"),
    }[link.proof]
    return words(
        "{number}. <b>{name}</b>\n    dal {day}, {proof}\n    {access}",
        number=number,
        name=name,
        day=words.moment(link.linked_at),
        proof=proof,
        access=access_name(words, link.access),
    )


def _invitation(words: Words, invitation: Invitation) -> Markup:
    if invitation.taken_at is not None:
        return words(
            "✉️ Invito accettato da <b>{name}</b>: aspetta la tua conferma",
            name=shorten(invitation.guest_name or "", _NAME_LENGTH),
        )
    return words(
        "✉️ Invito del {made}, {access}: vale fino al {until}",
        made=words.moment(invitation.created_at),
        access=access_name(words, invitation.access),
        until=words.moment(invitation.expires_at),
    )


def _name(words: Words, link: ChatLink, names: dict[int, str], own_chat: int) -> str:
    if link.chat_id == own_chat:
        return words.plain("Questa chat")
    name = names.get(link.id)
    return shorten(name, _NAME_LENGTH) if name else words.plain("Un'altra chat")


def _really(words: Words, link: ChatLink, name: str) -> View:
    text = words(
        "Scolleghiamo <b>{name}</b>, collegata dal {day}?\n\nDa quel momento non vedrà più niente "
        "di questa fornitura. Le letture che ha inviato restano valide.",
        name=name,
        day=words.moment(link.linked_at),
    )
    return View(
        text,
        (
            (
                button(words.plain("Sì"), ConfirmRevoke(link.id)),
                button(words.plain("No"), LinkedChats(link.customer_id, 0)),
            ),
        ),
    )


def _parted(words: Words, customer: Customer) -> View:
    text = words("✅ Il codice cliente <b>{code}</b> è scollegato.", code=customer.code)
    return View(text)
