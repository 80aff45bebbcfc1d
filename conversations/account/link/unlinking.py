"""``/scollega``: ends a chat's link to a customer, at the chat's request."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.kit.context import Context
from conversations.kit.customers import customers_view
from conversations.kit.flow import Handler, on_command, on_meaning, on_tap
from conversations.kit.formats import shorten
from conversations.kit.guards import linked, not_yours
from conversations.kit.link_prompt import StartLinking
from conversations.kit.taps import Tap
from conversations.kit.views import View, button
from conversations.texts import Words
from conversations.understanding import Intent
from storage.models import Customer

_LABEL_LENGTH = 40


@dataclass(frozen=True, slots=True)
class AskUnlink(Tap, code="ul"):
    """A customer in the list of those that the chat may unlink."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class UnlinkPage(Tap, code="ulp"):
    """Another page of that list."""

    page: int


@dataclass(frozen=True, slots=True)
class ConfirmUnlink(Tap, code="uly"):
    """*Sì*."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class KeepLink(Tap, code="uln"):
    """*No*."""


def handlers() -> list[Handler]:
    """``/scollega`` and its taps."""
    return [
        on_command(("scollega", "unlink"), start),
        on_meaning((Intent.UNLINK,), start),
        on_tap(UnlinkPage, go_to_page),
        on_tap(AskUnlink, ask),
        on_tap(ConfirmUnlink, confirm),
        on_tap(KeepLink, keep),
    ]


@linked
async def start(context: Context) -> None:
    """Ask for confirmation or, with several customers, which of them."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    if len(customers) == 1:
        context.say(_really(context.words, customers[0]))
        return
    context.say(_list(context.words, customers, page=0))


@linked
async def go_to_page(context: Context, tap: UnlinkPage) -> None:
    """Show another page of the chat's customers."""
    customers = await context.unit.customers.of_chat(context.chat.id)
    context.show(_list(context.words, customers, page=tap.page))


@linked
async def ask(context: Context, tap: AskUnlink) -> None:
    """Ask for confirmation about one of them."""
    customer = await _customer(context, tap.customer_id)
    if customer is not None:
        context.show(_really(context.words, customer))


@linked
async def confirm(context: Context, tap: ConfirmUnlink) -> None:
    """*Sì*: end the chat's access to that customer."""
    customer = await _customer(context, tap.customer_id)
    if customer is None:
        return
    chat, unit = context.chat, context.unit
    await unit.chats.unlink(chat.id, customer.id, now=context.now)
    if chat.supply_point_id is not None and (
        await unit.supply_points.one_of_chat(chat.id, chat.supply_point_id) is None
    ):
        await unit.chats.choose_supply_point(chat, None)
    others = await unit.customers.of_chat(chat.id)
    context.show(_unlinked(context.words, customer, others=len(others)))


async def keep(context: Context) -> None:
    """*No*: change nothing."""
    context.show(View(context.words("Va bene, resta tutto collegato.")))


async def _customer(context: Context, customer_id: int) -> Customer | None:
    """The customer, if the chat is linked to it now; otherwise show that it is not."""
    customer = await context.unit.customers.one_of_chat(context.chat.id, customer_id)
    if customer is None:
        await not_yours(context)
    return customer


# -- what is shown --


def _list(words: Words, customers: Sequence[Customer], *, page: int) -> View:
    return customers_view(
        words,
        words("Quale <b>codice cliente</b> vuoi scollegare da questa chat?"),
        customers,
        page=page,
        pick=lambda customer: AskUnlink(customer.id),
        to_page=UnlinkPage,
    )


def _really(words: Words, customer: Customer) -> View:
    return View(
        words(
            "Scolleghiamo da questa chat il codice cliente <b>{code}</b>?\n{name}\n\n"
            "Qui non si vedrà più niente di questa fornitura e non arriveranno più avvisi. Le "
            "letture già inviate restano valide, e puoi ricollegarla quando vuoi.",
            code=customer.code,
            name=shorten(customer.name),
        ),
        (
            (
                button(words.plain("Sì"), ConfirmUnlink(customer.id)),
                button(words.plain("No"), KeepLink()),
            ),
        ),
    )


def _unlinked(words: Words, customer: Customer, *, others: int) -> View:
    text = words("✅ Il codice cliente <b>{code}</b> è scollegato.", code=customer.code)
    if others:
        return View(
            text
            + "\n\n"
            + words.plural(
                "A questa chat resta collegato un altro codice cliente.",
                "A questa chat restano collegati altri {n} codici cliente.",
                others,
            )
        )
    return View(text, ((button(words.plain("Collega la fornitura"), StartLinking()),),))
