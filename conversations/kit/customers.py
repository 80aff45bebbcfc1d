"""The customer picker, for chats that are linked to several customers."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from conversations.kit.context import Context
from conversations.kit.formats import shorten
from conversations.kit.pages import Page
from conversations.kit.taps import Tap
from conversations.kit.views import Rows, View, button
from conversations.texts import Words
from storage.models import Customer

CUSTOMERS_ON_A_PAGE = 6
_LABEL_LENGTH = 44


async def usual_customer(context: Context, customers: Sequence[Customer]) -> Customer | None:
    """The customer to begin with: the only one, or that of the chosen supply point.

    Args:
        context: the context of the step.
        customers: all that the chat is linked to.
    """
    if len(customers) == 1:
        return customers[0]
    chosen = context.chat.supply_point_id
    if chosen is None:
        return None
    point = await context.unit.supply_points.one_of_chat(context.chat.id, chosen)
    return next((each for each in customers if point and each.id == point.customer_id), None)


def customers_view(
    words: Words,
    question: Markup,
    customers: Sequence[Customer],
    *,
    page: int,
    pick: Callable[[Customer], Tap],
    to_page: Callable[[int], Tap],
    below: Rows = (),
) -> View:
    """One page of customers to pick from.

    Args:
        words: the customer's language.
        question: the text above the list.
        customers: all of them.
        page: the first is 0; one out of range becomes the nearest.
        pick: the tap that picks a customer.
        to_page: the tap that shows a page.
        below: more rows under the list.
    """
    shown = Page.of(len(customers), size=CUSTOMERS_ON_A_PAGE, number=page)
    text = Markup("\n").join([question, *shown.line(words)])
    rows: Rows = tuple(
        (button(shorten(customer_line(each), _LABEL_LENGTH), pick(each)),)
        for each in shown.part(customers)
    )
    return View(text, (*rows, *shown.buttons(words, to_page), *below))


def customer_line(customer: Customer) -> str:
    """A customer in one line: code and name."""
    return f"{customer.code} · {shorten(customer.name, 80)}"


def customer_title(words: Words, customer: Customer) -> Markup:
    """A customer as the title of a screen."""
    return words("👤 <b>{name}</b> · {code}", name=shorten(customer.name), code=customer.code)
