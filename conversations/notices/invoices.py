"""New invoices, for chats that want to know: the amount, the due date, and the PDF."""

from collections.abc import Sequence

from markupsafe import Markup

from conversations.billing.invoices import pdf_button, pdf_caption
from conversations.kit.unasked import Maker, Telling, on_notices
from conversations.kit.views import Effect, Rows, Say, View
from storage.notices import NewInvoice

_LISTED = 10
_NO_ROWS: Rows = ()


def makers() -> list[Maker]:
    """The notices of invoices."""
    return [on_notices([NewInvoice], new_invoices)]


async def new_invoices(telling: Telling, notices: Sequence[NewInvoice]) -> list[Effect]:
    """One message for all new invoices, each with its due date and its PDF."""
    unit, words, chat_id = telling.unit, telling.words, telling.chat_id
    if not (await unit.preferences.of(chat_id)).tell_invoice:
        return []
    found = [await unit.invoices.one_of_chat(chat_id, each.invoice_id) for each in notices]
    invoices = [each for each in found if each is not None]
    if not invoices:
        return []
    customers = {each.id: each for each in await unit.customers.of_chat(chat_id)}
    head = words.plural(
        "📬 <b>È arrivata una fattura</b>", "📬 <b>Sono arrivate {n} fatture</b>", len(invoices)
    )
    parts, rows = [head], _NO_ROWS
    for invoice in invoices[:_LISTED]:
        parts += [Markup(), pdf_caption(words, invoice)]
        if len(customers) > 1:
            code = customers[invoice.customer_id].code
            parts.append(words("codice cliente {code}", code=code))
        pdf = pdf_button(words, invoice)
        rows = (*rows, (pdf,)) if pdf is not None else rows
    if (more := len(invoices) - _LISTED) > 0:
        parts += [
            Markup(),
            words.plural("…e un'altra: /fatture", "…e altre {n}: si vedono con /fatture", more),
        ]
    return [Say(View(Markup("\n").join(parts), rows))]
