"""A smell of gas, or a power failure: answered before everything else, in any conversation.

It ends no open conversation. The numbers are the settings ``EMERGENCY_GAS`` and
``EMERGENCY_POWER``; without one, the general emergency numbers.
"""

from telegram import Message
from telegram.ext import ApplicationHandlerStop, MessageHandler, filters

from conversations.kit.context import Context, current_turn
from conversations.kit.flow import Handler, on_command, on_meaning, on_tap, plain
from conversations.kit.open_buttons import OpenEmergency
from conversations.kit.services import Emergency
from conversations.kit.views import Button, Rows, View
from conversations.support.tickets.states import NAME as TICKETS
from conversations.texts import Words, mark
from conversations.understanding import Intent

COMMAND = ("emergenza", "emergency", mark("Odore di gas, o luce che manca: i numeri da chiamare"))
"""The command, for the menu."""


class _SmellOfGas(filters.MessageFilter):
    """Passes for texts and captions that may report escaping gas."""

    def filter(self, message: Message) -> bool:
        return bool(message.text or message.caption) and (
            current_turn().meaning.intent is Intent.GAS_SMELL
        )


def first_handlers() -> list[Handler]:
    """The handler for a smell of gas, before any conversation; also in edited messages."""
    told = filters.ChatType.PRIVATE & _SmellOfGas(name="smell of gas")
    return [MessageHandler(told, plain(gas_smells))]


def handlers() -> list[Handler]:
    """``/emergenza``, and other texts that ask for the numbers."""
    return [
        on_command(COMMAND[:2], show_numbers, leaves=False),
        on_tap(OpenEmergency, show_numbers),
        on_meaning((Intent.EMERGENCY, Intent.POWER_FAILURE), show_numbers, leaves=False),
    ]


async def gas_smells(context: Context) -> None:
    """Say what to do, at once. A text for an open ticket is added to it as well."""
    turn = context.turn
    context.say(gas_view(context.words, context.services.emergency, open_still=bool(turn.flow)))
    if turn.flow != TICKETS or turn.update.message is None:
        raise ApplicationHandlerStop


async def show_numbers(context: Context) -> None:
    """Show both numbers, and what to do."""
    context.say(numbers_view(context.words, context.services.emergency))


def gas_view(words: Words, emergency: Emergency, *, open_still: bool = False) -> View:
    """What to do about a smell of gas; *open_still* says that the open conversation goes on."""
    text = words(
        "🚨 <b>Se senti odore di gas</b>\n\n"
        "1. Apri le finestre.\n"
        "2. Non toccare interruttori, campanelli o fiamme.\n"
        "3. Chiudi il rubinetto del gas, se puoi farlo subito.\n"
        "4. Esci di casa, e chiama da fuori:"
    )
    text += "\n\n" + _gas_number(words, emergency)
    if open_still:
        text += "\n\n" + words("Quello che stavi facendo qui resta aperto: c'è tempo dopo.")
    return View(text, _copy(words, emergency.gas))


def numbers_view(words: Words, emergency: Emergency) -> View:
    """Both numbers."""
    view = gas_view(words, emergency)
    power = (
        words(
            "⚡ <b>Manca la luce</b>, o c'è un guasto elettrico: <b>{number}</b>",
            number=emergency.power,
        )
        if emergency.power
        else words(
            "⚡ <b>Manca la luce</b>, o c'è un guasto elettrico: il numero del distributore è "
            "scritto sulla bolletta, alla voce «Segnalazione guasti»."
        )
    )
    return View(f"{view.text}\n\n{power}", (*view.rows, *_copy(words, emergency.power)))


def _gas_number(words: Words, emergency: Emergency) -> str:
    if emergency.gas:
        return words(
            "📞 <b>{number}</b>\nPronto intervento gas, giorno e notte.", number=emergency.gas
        )
    return words(
        "📞 il <b>pronto intervento</b> che è scritto sulla bolletta, o il <b>112</b>, giorno e "
        "notte."
    )


def _copy(words: Words, number: str | None) -> Rows:
    if not number:
        return ()
    return ((Button(words.plain("Copia il numero {number}", number=number), copy=number),),)
