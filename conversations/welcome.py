"""``/start``, ``/menu`` and ``/aiuto``: the greeting, the menu and the help."""

from conversations.account.back_to_preferences import OpenPreferences
from conversations.kit.context import Context
from conversations.kit.flow import (
    MENU_WORDS,
    Handler,
    on_command,
    on_label,
    on_meaning,
    on_tap,
    on_word,
)
from conversations.kit.link_prompt import StartLinking
from conversations.kit.menu import MORE, large_keyboard
from conversations.kit.open_buttons import (
    OpenDocuments,
    OpenEmergency,
    OpenHelp,
    OpenMeasures,
    OpenMyData,
    OpenSupply,
    OpenSupport,
)
from conversations.kit.views import Button, View, button
from conversations.support.emergency import COMMAND as EMERGENCY
from conversations.texts import Words, mark
from conversations.understanding import Intent
from storage.models import Service

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("autolettura", "reading", mark("Inviare la lettura del gas")),
    ("letture", "readings", mark("Vedere e cancellare le letture")),
    ("fatture", "invoices", mark("Vedere le fatture e scaricarle")),
    ("prelievi", "withdrawals", mark("Vedere i consumi fatturati, mese per mese")),
    ("misure", "measures", mark("Le misure della luce, ora per ora")),
    ("documenti", "documents", mark("Documenti e moduli")),
    ("assistenza", "support", mark("Scrivere all'assistenza, e leggere le risposte")),
    ("fornitura", "supply", mark("Scegliere il punto di fornitura")),
    ("dati", "mydata", mark("I tuoi dati: vederli e cambiarli")),
    ("preferenze", "settings", mark("Promemoria, avvisi, chat collegate")),
    ("lingua", "language", mark("Cambiare lingua")),
    ("privacy", "privacy", mark("Che cosa sappiamo di te, e i tuoi diritti")),
    ("collega", "link", mark("Collegare una fornitura")),
    ("scollega", "unlink", mark("Scollegare questa chat")),
    ("menu", "menu", mark("Tornare al menu")),
    ("aiuto", "help", mark("Come funziona")),
    EMERGENCY,
    ("annulla", "cancel", mark("Lasciar perdere quello che è in corso")),
)
"""The command menu: the Italian name, the English one, and what it does."""


ABOUT = mark(
    "Lo sportello della tua fornitura di gas e luce.\n\n"
    "📟 Inviare la lettura del gas con un solo numero\n"
    "📋 Vedere le letture, e cancellarle finché si può\n"
    "🧾 Ricevere le fatture in PDF\n"
    "📊 Vedere i consumi\n\n"
    "Senza password: serve una fattura sottomano."
)
"""The description that Telegram shows in an empty chat."""
IN_SHORT = mark("Lo sportello della tua fornitura: letture del gas, fatture, consumi.")
"""The text that Telegram shows in the bot's profile, and when its link is shared."""


def handlers() -> list[Handler]:
    """The commands that need no link."""
    return [
        on_command(("start",), start),
        on_command(("menu",), show_menu),
        on_word(MENU_WORDS, show_menu),
        on_meaning((Intent.MENU,), show_menu),
        on_command(("aiuto", "help"), show_help, leaves=False),
        on_meaning((Intent.HELP,), show_help),
        on_tap(OpenHelp, show_help),
        on_label(MORE, show_more),
        on_meaning((Intent.MORE,), show_more),
    ]


async def start(context: Context) -> None:
    """Greet; show the menu to a linked chat."""
    if await context.unit.chats.links(context.chat.id):
        context.say(menu_view(context.words))
        return
    context.say(_greeting(context.words, context.services.company.name))


async def show_menu(context: Context) -> None:
    """Show the large keyboard again."""
    if await context.unit.chats.links(context.chat.id):
        context.say(menu_view(context.words))
        return
    context.say(_greeting(context.words, context.services.company.name))


async def show_more(context: Context) -> None:
    """*Altro*: what has no key of its own and applies to this chat."""
    points = await context.unit.supply_points.of_chat(context.chat.id)
    context.say(
        more_view(
            context.words,
            linked=bool(await context.unit.chats.links(context.chat.id)),
            electricity=any(point.service is Service.ELECTRICITY for point in points),
            several=len(points) > 1,
        )
    )


async def show_help(context: Context) -> None:
    """Explain how it works, in a few lines."""
    context.say(help_view(context.words, context.services.company.contacts))


def menu_view(words: Words) -> View:
    """The menu, with the large keyboard."""
    return View(
        words(
            "Eccoci. Cosa serve?\n\n"
            "Per inviare una lettura basta scrivere il numero, per esempio "
            "<code>45000</code>. Oppure tocca un pulsante qui sotto."
        ),
        menu=large_keyboard(words),
    )


def _greeting(words: Words, company: str) -> View:
    return View(
        words(
            "Ciao! 👋 Questo è lo sportello di <b>{company}</b>\n\n"
            "Da qui si invia la lettura del gas, si vedono letture, fatture e consumi, e si "
            "chiede aiuto: senza password.\n\n"
            "Si comincia collegando la fornitura: tieni a portata di mano una fattura.",
            company=company,
        ),
        ((button(words.plain("Collega la fornitura"), StartLinking()),),),
    )


def more_view(words: Words, *, linked: bool, electricity: bool, several: bool) -> View:
    """*Altro*: assistance first, then what applies to the chat, each as a large button."""
    support = (
        (button(words.plain("🎧 Scrivi all'assistenza"), OpenSupport()),),
        (button(words.plain("❓ Come si fa"), OpenHelp()),),
        (button(words.plain("🚨 Emergenze"), OpenEmergency()),),
    )
    if not linked:
        link = ((button(words.plain("Collega la fornitura"), StartLinking()),),)
        return View(words("<b>Altro</b>"), (*support, *link))
    mine: list[tuple[Button, ...]] = [
        (
            button(words.plain("👤 I miei dati"), OpenMyData()),
            button(words.plain("📁 Documenti"), OpenDocuments()),
        ),
    ]
    if electricity:
        mine.append((button(words.plain("📈 Misure della luce"), OpenMeasures()),))
    if several:
        mine.append((button(words.plain("📍 Cambia punto"), OpenSupply()),))
    settings = ((button(words.plain("⚙️ Preferenze"), OpenPreferences()),),)
    return View(words("<b>Altro</b>"), (*support, *mine, *settings))


def commands_view(words: Words) -> View:
    """Every command, with what it does."""
    lines = "\n".join(
        f"/{name_in(words, italian, english)} · {words(text)}"
        for italian, english, text in COMMANDS
    )
    head = words("<b>Tutto quello che si può fare</b>")
    return View(f"{head}\n\n{lines}")


def name_in(words: Words, italian: str, english: str) -> str:
    """A command's name in the customer's language."""
    return italian if words.language == "it" else english


def help_view(words: Words, contacts: str) -> View:
    """How a reading is sent, and who helps."""
    return View(
        words(
            "<b>Come si fa</b>\n\n"
            "📟 <b>Lettura</b>: scrivi il numero nero del contatore, quello prima della "
            "virgola. Lo rivedi, e con «Salva» è fatta.\n"
            "🗑 <b>Sbagliato?</b> Si cancella da «Le mie letture», finché è «Da acquisire».\n"
            "✋ <b>Lasciar perdere</b>: /annulla, in ogni momento.\n"
            "🎧 <b>Scriverci</b>: /assistenza, e la risposta arriva in questa chat.\n"
            "☰ <b>Tutto il resto</b>: /menu, e il pulsante «☰ Altro»\n\n"
            "Per parlare con una persona: {contacts}",
            contacts=contacts,
        )
    )
