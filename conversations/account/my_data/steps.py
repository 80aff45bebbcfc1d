"""The steps of the customer's own data: guard, decide, show."""

import secrets
from datetime import timedelta

from conversations.account.my_data import screens
from conversations.account.my_data.screens import (
    ChangeContact,
    DataOfCustomers,
    DataOfPoint,
    DataOfPoints,
    Page,
    RegistryData,
)
from conversations.account.my_data.states import Draft, State
from conversations.kit.context import Context
from conversations.kit.customers import customers_view
from conversations.kit.flow import END
from conversations.kit.guards import linked, not_yours
from conversations.kit.points import points_view
from storage.models import Access, ContactField, Customer, Proof, SupplyPoint
from storage.notices import EmailChanged
from storage.repositories.linking import is_usable
from storage.rules import lockouts
from storage.rules.contacts import EmailProblem, PhoneProblem, read_email, read_phone

_CODE_DIGITS = 6
_NOTICE_LIFETIME = timedelta(days=7)


# -- looking --


@linked
async def show(context: Context) -> None:
    """The customer's registry data, or, where there are several, whose."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    if len(customers) == 1:
        await _show_registry(context, customers[0], several=False)
        return
    _show_customers(context, customers, 0)


@linked
async def choose_customer(context: Context, tap: DataOfCustomers) -> None:
    """*Cambia cliente*."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    _show_customers(context, customers, tap.page)


@linked
async def show_registry(context: Context, tap: RegistryData) -> None:
    """*Dati anagrafici*."""
    customer = await context.unit.customers.one_of_chat(context.chat.id, tap.customer_id)
    if customer is None:
        await not_yours(context)
        return
    customers = await context.unit.customers.of_chat(context.chat.id)
    await _show_registry(context, customer, several=len(customers) > 1)


@linked
async def choose_point(context: Context, tap: DataOfPoints) -> None:
    """*Dati tecnici* and *Dati contrattuali* of the point in use, or the question which."""
    points = await _points(context, tap.customer_id)
    if not points:
        context.show(screens.no_points(context.words))
        return
    chosen = next((p for p in points if p.id == context.chat.supply_point_id), None)
    if len(points) == 1:
        chosen = points[0]
    if chosen is not None and tap.page is None:
        _show_point(context, chosen, tap.what, several=len(points) > 1)
        return
    context.show(
        points_view(
            context.words,
            context.words("Di quale <b>punto di fornitura</b>?"),
            points,
            page=tap.page or 0,
            chosen=context.chat.supply_point_id,
            pick=lambda point: DataOfPoint(point.id, tap.what),
            turn=lambda page: DataOfPoints(tap.customer_id, tap.what, page),
        )
    )


@linked
async def show_point(context: Context, tap: DataOfPoint) -> None:
    """One point, which becomes the chat's choice."""
    point = await context.unit.supply_points.one_of_chat(context.chat.id, tap.supply_point_id)
    if point is None:
        await not_yours(context)
        return
    await context.unit.chats.choose_supply_point(context.chat, point.id)
    points = await _points(context, point.customer_id)
    _show_point(context, point, tap.what, several=len(points) > 1)


def _show_customers(context: Context, customers: list[Customer], page: int) -> None:
    context.show(
        customers_view(
            context.words,
            context.words("Di quale <b>codice cliente</b>?"),
            customers,
            page=page,
            pick=lambda customer: RegistryData(customer.id),
            turn=DataOfCustomers,
        )
    )


async def _show_registry(context: Context, customer: Customer, *, several: bool) -> None:
    link = await context.unit.chats.link_of(context.chat.id, customer.id)
    context.show(
        screens.registry(
            context.words,
            customer,
            may_change=link is not None and link.access is Access.FULL,
            has_points=bool(await _points(context, customer.id)),
            several=several,
        )
    )


def _show_point(context: Context, point: SupplyPoint, what: Page, *, several: bool) -> None:
    screen = screens.technical if what is Page.TECHNICAL else screens.contract
    context.show(screen(context.words, point, several=several))


async def _points(context: Context, customer_id: int) -> list[SupplyPoint]:
    points = await context.unit.supply_points.of_chat(context.chat.id)
    return [point for point in points if point.customer_id == customer_id]


# -- changing --


@linked
async def ask(context: Context, tap: ChangeContact) -> State | int:
    """*Cambia telefono*, *Cambia fax*, *Cambia e-mail*: what it shall be."""
    return await _ask(context, Draft(customer_id=tap.customer_id, field=tap.field))


async def correct(context: Context) -> State | int:
    """*Correggi*: the same question again."""
    draft = context.draft(Draft)
    draft.value = None
    return await _ask(context, draft)


async def _ask(context: Context, draft: Draft) -> State | int:
    customer = await _customer(context, draft)
    if customer is None:
        return END
    context.keep(draft)
    context.show(screens.ask(context.words, context.screen_token, customer, draft.field))
    return State.VALUE


async def take_value(context: Context) -> State | int:
    """A number, or an address."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft)
    if customer is None:
        return END
    words, screen_token = context.words, context.screen_token
    value: str | PhoneProblem | EmailProblem
    if draft.field is ContactField.EMAIL:
        value = read_email(context.typed)
        if isinstance(value, EmailProblem):
            context.say(screens.email_problem(words, screen_token, value))
            return State.VALUE
    else:
        value = read_phone(context.typed)
        if isinstance(value, PhoneProblem):
            context.say(screens.phone_problem(words, screen_token, customer, draft.field, value))
            return State.VALUE
    if value == _normal(draft.field, getattr(customer, draft.field.column)):
        context.say(screens.same_as_now(words, screen_token, customer, draft.field))
        return State.VALUE
    draft.value = value
    return await _next(context, customer, draft)


async def remove(context: Context) -> State | int:
    """*Togli il numero*."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft)
    if customer is None:
        return END
    draft.value = None
    return _show_summary(context, customer, draft)


async def _next(context: Context, customer: Customer, draft: Draft) -> State | int:
    """A new address is proved by a code first; in closed trials none is mailed."""
    if draft.field is ContactField.EMAIL and context.services.mails_codes:
        context.keep(draft)
        return await _mail_code(context, customer, draft)
    return _show_summary(context, customer, draft)


def _show_summary(context: Context, customer: Customer, draft: Draft) -> State:
    context.keep(draft)
    context.show(
        screens.summary(context.words, context.screen_token, customer, draft.field, draft.value)
    )
    return State.SUMMARY


async def save(context: Context) -> State | int:
    """*Salva*."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft)
    if customer is None:
        return END
    if draft.field is ContactField.EMAIL:
        if (
            context.services.mails_codes
        ):  # mail was switched on meanwhile: the address needs its code
            return await _mail_code(context, customer, draft)
        await _change_email(context, customer, draft)
        return END
    await context.unit.contacts.change(
        customer, draft.field, draft.value, chat_id=context.chat.id, now=context.now
    )
    context.show(screens.changed(context.words, customer, draft.field))
    return END


async def resend(context: Context) -> State | int:
    """*Rimanda il codice*: a new one, and the earlier stops working."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft)
    if customer is None:
        return END
    return await _mail_code(context, customer, draft)


async def _mail_code(context: Context, customer: Customer, draft: Draft) -> State:
    linking, chat_id, address = context.unit.linking, context.chat.id, draft.value or ""
    sent = await linking.codes_sent(chat_id, since=context.now - lockouts.MAILED_CODES.period)
    verdict = lockouts.mailing(sent, context.now)
    if isinstance(verdict, lockouts.Locked):
        context.show(screens.too_many_codes(context.words, context.screen_token, verdict.until))
        return State.CODE
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
    row = await linking.new_code(chat_id, customer.id, code, now=context.now, new_address=address)
    context.mail(
        screens.code_mail(
            context.words,
            context.screen_token,
            context.services.company,
            email=address,
            code=code,
            code_id=row.id,
        )
    )
    return State.CODE


async def take_code(context: Context) -> State | int:
    """The code from the new address."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft)
    if customer is None:
        return END
    typed = "".join(context.typed.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == _CODE_DIGITS):
        context.say(screens.not_a_code(context.words, context.screen_token))
        return State.CODE
    linking = context.unit.linking
    row = await linking.newest_code(context.chat.id, customer.id, new_address=draft.value or "")
    if row is None or not is_usable(row, context.now):
        context.say(screens.spent_code(context.words, context.screen_token))
        return State.CODE
    if not await linking.try_code(row, typed, now=context.now):
        context.say(
            screens.wrong_code(context.words, context.screen_token, tries_left=row.tries_left)
        )
        return State.CODE
    await _change_email(context, customer, draft)
    return END


async def _change_email(context: Context, customer: Customer, draft: Draft) -> None:
    """Changes the address; the old one and every other linked chat hear of it.

    Source: *Limits of linking* in the product's settled details.
    """
    words, unit = context.words, context.unit
    change = await unit.contacts.change(
        customer, ContactField.EMAIL, draft.value, chat_id=context.chat.id, now=context.now
    )
    if change is None or not change.old:
        context.show(screens.changed_email(words, customer, told_old=None))
    else:
        context.mail(
            screens.told_old_address(words, context.services.company, customer, old=change.old)
        )
    if change is None:
        return
    for link in await unit.chats.links_of_customer(customer.id):
        if link.chat_id != context.chat.id:
            await unit.outbox.queue(
                f"email:{change.id}:{link.chat_id}",
                EmailChanged(customer.id),
                link.chat_id,
                now=context.now,
                not_after=context.now + _NOTICE_LIFETIME,
            )


# -- guards --


async def _customer(context: Context, draft: Draft) -> Customer | None:
    """The customer, if this chat may change that contact at this moment; else says why not."""
    chat_id = context.chat.id
    link = await context.unit.chats.link_of(chat_id, draft.customer_id)
    if link is None:
        context.show(screens.gone(context.words))
        return None
    customer = await context.unit.customers.one_of_chat(chat_id, draft.customer_id, to_write=True)
    if customer is None:
        context.show(screens.view_only(context.words))
        return None
    if draft.field is ContactField.EMAIL and link.proof is Proof.INVITATION:
        # Whoever holds the address is mailed the codes that link: a guest with it could become
        # the host, and turn the host out.
        context.show(screens.email_is_the_hosts(context.words))
        return None
    return customer


def _normal(field: ContactField, stored: str | None) -> str | None:
    """What is stored, in the form in which new values come; the company's file may differ."""
    if stored is None:
        return None
    value = read_email(stored) if field is ContactField.EMAIL else read_phone(stored)
    return value if isinstance(value, str) else stored
