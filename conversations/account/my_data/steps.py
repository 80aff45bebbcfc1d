"""The steps of the customer's own data: guard, decide, show."""

from datetime import datetime

from conversations.account.my_data import email_changes, screens
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
from conversations.kit.views import View
from storage.models import Access, ChatLink, ContactField, Customer, Proof, SupplyPoint
from storage.repositories.linking import CODE_DIGITS, Right, Spent, Wrong
from storage.rules import lockouts
from storage.rules.contacts import EmailProblem, PhoneProblem, read_email, read_phone
from storage.rules.identifiers import read_mailed_code

# -- viewing --


@linked
async def show(context: Context) -> None:
    """Show the customer's registry data, or ask for the customer."""
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
    """Show *Dati tecnici* or *Dati contrattuali* of the chosen point, or ask for the point."""
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
            to_page=lambda page: DataOfPoints(tap.customer_id, tap.what, page),
        )
    )


@linked
async def show_point(context: Context, tap: DataOfPoint) -> None:
    """Show a point's data, and choose it for the chat."""
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
            to_page=DataOfCustomers,
        )
    )


async def _show_registry(context: Context, customer: Customer, *, several: bool) -> None:
    link = await context.unit.chats.link_of(context.chat.id, customer.id)
    context.show(
        screens.registry(
            context.words,
            customer,
            may_change=link is not None and link.access is Access.FULL,
            stoppable=await context.unit.contacts.stoppable_by(
                context.chat.id, customer, now=context.now
            ),
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
    """*Cambia telefono*, *Cambia fax*, *Cambia e-mail*: ask for the new value."""
    return await _ask(context, Draft(customer_id=tap.customer_id, field=tap.field))


async def correct(context: Context) -> State | int:
    """*Correggi*: ask again."""
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
    """Take a number or an address."""
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
    """Mail a code to a new address; show the summary for other contacts."""
    if draft.field is ContactField.EMAIL:
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
        return await _mail_code(context, customer, draft)
    await context.unit.contacts.change(
        customer, draft.field, draft.value, chat_id=context.chat.id, now=context.now
    )
    context.show(screens.changed(context.words, customer, draft.field))
    return END


async def resend(context: Context) -> State | int:
    """*Rimanda il codice*: mail a new one; the earlier becomes invalid."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft)
    if customer is None:
        return END
    return await _mail_code(context, customer, draft)


async def _mail_code(context: Context, customer: Customer, draft: Draft) -> State:
    address = draft.value or ""
    issued = await context.unit.linking.issue(
        context.chat.id, customer, to=address, proves_address=True, now=context.now
    )
    if isinstance(issued, lockouts.Locked):
        until = context.words.soon(issued.until, context.now)
        context.show(screens.too_many_codes(context.words, context.screen_token, until))
        return State.CODE
    context.mail(
        screens.code_mail(
            context.words,
            context.screen_token,
            context.services.company,
            email=address,
            code=issued.code,
            code_id=issued.code_id,
        )
    )
    return State.CODE


async def take_code(context: Context) -> State | int:
    """Take the code from the new address."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft)
    if customer is None:
        return END
    typed = read_mailed_code(context.typed, CODE_DIGITS)
    if typed is None:
        context.say(screens.not_a_code(context.words, context.screen_token))
        return State.CODE
    judged = await context.unit.linking.judge(
        context.chat.id,
        customer,
        typed,
        mailed_to=draft.value,
        proves_address=True,
        now=context.now,
    )
    match judged:
        case Right():
            await _change_email(context, customer, draft)
            return END
        case lockouts.Locked(until) | Wrong(until=datetime() as until):
            when = context.words.soon(until, context.now)
            context.say(screens.locked(context.words, when, context.services.company))
            return END
        case Wrong(tries_left=tries_left):
            context.say(
                screens.wrong_code(context.words, context.screen_token, tries_left=tries_left)
            )
        case Spent():
            context.say(screens.spent_code(context.words, context.screen_token))
    return State.CODE


async def _change_email(context: Context, customer: Customer, draft: Draft) -> None:
    """Change the e-mail; tell the previous address and every other linked chat.

    Source: *Limits of linking* in the product's settled details.
    """
    change = await context.unit.contacts.change(
        customer,
        ContactField.EMAIL,
        draft.value,
        chat_id=context.chat.id,
        now=context.now,
        access_after=context.services.email_change_delay,
    )
    if change is not None:
        await email_changes.announce(context, customer, change)
    context.show(screens.changed_email(context.words, customer, change))


# -- guards --


async def _customer(context: Context, draft: Draft) -> Customer | None:
    """The customer, if this chat may change that contact now; otherwise show why not."""
    chat_id = context.chat.id
    link = await context.unit.chats.link_of(chat_id, draft.customer_id)
    if link is None:
        context.show(screens.gone(context.words))
        return None
    customer = await context.unit.customers.one_of_chat(chat_id, draft.customer_id, to_write=True)
    if customer is None:
        context.show(screens.view_only(context.words))
        return None
    if draft.field is ContactField.EMAIL and (refusal := await _refusal(context, link)) is not None:
        context.show(refusal)
        return None
    return customer


async def _refusal(context: Context, link: ChatLink) -> View | None:
    """Why this chat may not change the e-mail; None where it may."""
    words, company, now = context.words, context.services.company, context.now
    if link.proof is Proof.INVITATION:
        # Codes that link chats are sent to the address: a guest with it could link a chat with full
        # access, and remove the inviter.
        return screens.email_is_the_hosts(words)
    if not context.services.mails_codes:
        # In a trial nothing verifies a chat, and codes would later go to an address that it set.
        return screens.no_email_in_trials(words, company)
    until = await context.unit.contacts.email_may_change_from(link.customer_id, now=now)
    return None if until is None else screens.email_waits(words, words.soon(until, now), company)


def _normal(field: ContactField, stored: str | None) -> str | None:
    """A stored value in normal form; the company's files may have another."""
    if stored is None:
        return None
    value = read_email(stored) if field is ContactField.EMAIL else read_phone(stored)
    return value if isinstance(value, str) else stored
