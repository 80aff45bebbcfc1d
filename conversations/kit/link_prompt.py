"""The words for somebody whom the counter does not know yet."""

from dataclasses import dataclass

from conversations.kit.context import Context
from conversations.kit.taps import Tap
from conversations.kit.views import View, button


@dataclass(frozen=True, slots=True)
class StartLinking(Tap, code="lk"):
    """*Collega la fornitura*; with a code where the customer has given it already."""

    customer_code: str | None = None


def invite_to_link(context: Context, customer_code: str | None = None) -> None:
    """Says that a link is needed first, with the button that starts it."""
    words = context.words
    context.show(
        View(
            words(
                "Per farlo serve prima collegare la tua fornitura.\n\n"
                "Bastano il <b>codice cliente</b>, che sta in fattura, e il codice fiscale "
                "o la partita IVA."
            ),
            ((button(words.plain("Collega la fornitura"), StartLinking(customer_code)),),),
        )
    )
