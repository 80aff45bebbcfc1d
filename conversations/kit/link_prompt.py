"""The prompt for chats that are not linked yet."""

from dataclasses import dataclass

from conversations.kit.context import Context
from conversations.kit.taps import Tap
from conversations.kit.views import View, button


@dataclass(frozen=True, slots=True)
class StartLinking(Tap, code="lk"):
    """*Collega la fornitura*; with a customer code if the customer has typed it already."""

    customer_code: str | None = None


def invite_to_link(context: Context, customer_code: str | None = None) -> None:
    """Say that the chat must be linked first, with the button that starts it."""
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
