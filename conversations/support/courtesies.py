"""Short answers outside of conversations: contacts, staff matters, greetings, unclear texts."""

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_meaning
from conversations.kit.link_prompt import StartLinking
from conversations.kit.open_buttons import OpenInvoices, OpenReading, OpenSupport, OpenWithdrawals
from conversations.kit.views import Rows, View, button
from conversations.texts import Words
from conversations.understanding import Intent

FOR_STAFF = (
    Intent.SUPPORT,
    Intent.COMPLAINT,
    Intent.TERMINATION,
    Intent.HOLDER_CHANGE,
    Intent.BANK,
    Intent.METER_REPLACED,
)
"""Matters that only the supplier's staff can handle."""


def handlers() -> list[Handler]:
    """The handlers of short answers."""
    return [
        on_meaning((Intent.PERSON,), show_contacts, leaves=False),
        on_meaning(FOR_STAFF, point_to_staff),
        on_meaning((Intent.GREETING,), greet),
        on_meaning((Intent.THANKS,), welcome),
        on_meaning((Intent.OK,), agree),
    ]


async def show_contacts(context: Context) -> None:
    """Say how to speak to a person."""
    context.say(person_view(context.words, context.services.company.contacts))


async def point_to_staff(context: Context) -> None:
    """Say who handles it, and how to reach them."""
    view = staff_view(context.words, context.meaning.intent, context.services.company.contacts)
    context.say(view)


async def greet(context: Context) -> None:
    """Answer a greeting."""
    if await context.unit.chats.links(context.chat.id):
        context.say(View(context.words("Ciao! 👋 Dimmi pure.")))
        return
    context.say(not_understood_view(context.words, context.services.company.contacts, linked=False))


async def welcome(context: Context) -> None:
    """Answer thanks."""
    context.say(View(context.words("Di niente! 🙂")))


async def agree(context: Context) -> None:
    """Answer *va bene* while nothing is open."""
    context.say(View(context.words("👍")))


def person_view(words: Words, contacts: str) -> View:
    """The telephone number and the hours, and *Scrivi all'assistenza*."""
    return View(
        words("Per parlare con una persona:\n\n📞 <b>{contacts}</b>", contacts=contacts),
        ((button(words.plain("Scrivi all'assistenza"), OpenSupport()),),),
    )


def staff_view(words: Words, intent: Intent | None, contacts: str) -> View:
    """What the staff handle, what they need to know, and how to reach them."""
    texts = {
        Intent.COMPLAINT: words(
            "Mi dispiace. Un reclamo va <b>scritto</b>: tocca il pulsante, racconta che cosa è "
            "successo, e l'assistenza risponde qui."
        ),
        Intent.TERMINATION: words(
            "Della <b>disdetta</b> si occupa l'assistenza: scrivi da quando, e per quale fornitura."
        ),
        Intent.HOLDER_CHANGE: words(
            "Del <b>cambio di intestatario</b> (voltura o subentro) si occupa l'assistenza: scrivi "
            "chi è il nuovo intestatario e da quando. I moduli sono in /documenti."
        ),
        Intent.BANK: words(
            "Del <b>pagamento in banca</b> si occupa l'assistenza: scrivi che cosa cambia. Non "
            "mandare qui l'IBAN se non te lo chiedono."
        ),
        Intent.METER_REPLACED: words(
            "Se il <b>contatore è stato sostituito</b>, scrivi all'assistenza il giorno, la "
            "matricola nuova e il numero che segna; una foto aiuta."
        ),
    }
    other = words("Di questo si occupa l'assistenza: scrivi qui, la risposta arriva in chat.")
    text = texts.get(intent, other) if intent is not None else other
    text += "\n\n" + words("Per parlare con una persona: {contacts}", contacts=contacts)
    return View(text, ((button(words.plain("Scrivi all'assistenza"), OpenSupport()),),))


def not_understood_view(words: Words, contacts: str, *, linked: bool) -> View:
    """What the counter can do, as large buttons, with the telephone number below."""
    calls = words("Per parlare con noi: {contacts}", contacts=contacts)
    if not linked:
        text = words(
            "Posso aiutarti con lettura, bollette e consumi, dopo aver collegato la fornitura."
        )
        rows: Rows = ((button(words.plain("Collega la fornitura"), StartLinking()),),)
        return View(f"{text}\n\n{calls}", rows)
    text = words("Posso aiutarti con lettura, bollette, consumi.")
    rows = (
        (button(words.plain("📟 Lettura"), OpenReading()),),
        (button(words.plain("🧾 Bollette"), OpenInvoices()),),
        (button(words.plain("📊 Consumi"), OpenWithdrawals()),),
        (button(words.plain("🎧 Assistenza"), OpenSupport()),),
    )
    return View(f"{text}\n\n{calls}", rows)
