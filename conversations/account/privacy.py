"""``/privacy``: what is stored and why; downloading it; having it removed."""

from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_command, on_meaning, on_tap
from conversations.kit.services import Company
from conversations.kit.taps import Tap
from conversations.kit.views import Button, OwnData, Rows, View, button
from conversations.texts import Words
from conversations.understanding import Intent
from storage.rules.retention import Retention

_YEAR, _MONTH = 365, 30
"""A day, the unit in which settings count periods."""


@dataclass(frozen=True, slots=True)
class DownloadData(Tap, code="pvd"):
    """*Scarica i miei dati*."""


@dataclass(frozen=True, slots=True)
class AskForget(Tap, code="pvx"):
    """*Elimina i miei dati*."""


@dataclass(frozen=True, slots=True)
class ConfirmForget(Tap, code="pvy"):
    """*Sì*."""


@dataclass(frozen=True, slots=True)
class KeepData(Tap, code="pvn"):
    """*No*."""


def handlers() -> list[Handler]:
    """``/privacy`` and its taps; the last two are also in the preferences."""
    return [
        on_command(("privacy",), show),
        on_meaning((Intent.PRIVACY,), show),
        on_tap(DownloadData, download),
        on_tap(AskForget, ask),
        on_tap(ConfirmForget, forget),
        on_tap(KeepData, keep),
    ]


async def show(context: Context) -> None:
    """Show who stores what, why, for how long, and the customer's rights; for everybody."""
    services = context.services
    context.show(_statement(context.words, services.company, services.retention))


async def download(context: Context) -> None:
    """*Scarica i miei dati*: send one ZIP; a chat that is not linked gets what there is."""
    words = context.words
    today = context.services.today(context.now)
    context.send_file(
        words.plain("i-miei-dati-{day}.zip", day=today.isoformat()),
        OwnData(_readme(words, context.services.company)),
        str(words("Ecco i tuoi dati, in un file ZIP. Che cosa c'è dentro lo dice LEGGIMI.txt.")),
        failed=View(words("Il file adesso non mi riesce. Riprova tra qualche minuto, per favore.")),
    )
    context.toast(words.plain("Preparo il file…"))


async def ask(context: Context) -> None:
    """*Elimina i miei dati*: show what would be removed, and what would stay."""
    context.show(_really(context.words, context.services.company))


async def forget(context: Context) -> None:
    """*Sì*: forget the chat, and end its open conversation."""
    turn, words = context.turn, context.words
    turn.end()
    await context.unit.erasure.forget_chat(context.chat.id, now=context.now)
    turn.chat = None
    context.show(_forgotten(words, context.services.company))


async def keep(context: Context) -> None:
    """*No*."""
    context.show(View(context.words("Va bene, resta tutto com'è.")))


# -- what is shown --


def _statement(words: Words, company: Company, retention: Retention) -> View:
    text = words(
        "<b>I tuoi dati</b>\n\n"
        "<b>Chi.</b> {company} è il titolare dei dati; contatti: {contacts}\n\n"
        "<b>Che cosa.</b> I dati della fornitura che già stanno nei nostri sistemi (anagrafica, "
        "punti, letture, fatture); il numero di questa chat, la lingua e le preferenze; i "
        "collegamenti e gli inviti; le letture e le modifiche che invii. Sono cifrati. Il codice "
        "fiscale che scrivi si confronta e basta: non resta nella chat.\n\n"
        "<b>Perché.</b> Per darti qui gli stessi servizi dell'area clienti, e gli avvisi che "
        "scegli tu. Nient'altro: niente pubblicità, niente vendita.\n\n"
        "<b>Per quanto.</b> Finché la chat è collegata, o finché non chiedi di eliminarli. I "
        "messaggi che scrivi si cancellano dopo la risposta. Poi:\n{periods}\n\n"
        "<b>I tuoi diritti.</b> Vedere i dati e correggerli (/dati), portarli via, farli "
        "eliminare, scollegarti (/scollega), reclamare al Garante per la protezione dei dati "
        "personali.",
        company=company.name,
        contacts=company.contacts,
        periods=_periods(words, retention),
    )
    rows: Rows = (
        (button(words.plain("Scarica i miei dati"), DownloadData()),),
        (button(words.plain("Elimina i miei dati"), AskForget()),),
    )
    if company.privacy_url:
        rows = ((Button(words.plain("Informativa completa"), url=company.privacy_url),), *rows)
    return View(text, rows)


def _periods(words: Words, retention: Retention) -> Markup:
    """How long data is kept that is no longer needed, as in the operator's table."""
    rows = (
        (words("foto e file di richieste chiuse"), retention.attachments),
        (words("richieste all'assistenza chiuse"), retention.tickets),
        (words("tentativi di collegamento"), retention.link_attempts),
        (words("letture e recapiti già consegnati all'azienda"), retention.exports),
        (words("dati di chi non è più cliente"), retention.customers),
    )
    lines = [Markup("• {}: {}").format(what, _period(words, period)) for what, period in rows]
    return Markup("\n").join(lines)


def _period(words: Words, period: timedelta | None) -> Markup:
    """A period in words."""
    if period is None:
        return words("senza termine")
    days = period.days
    if days % _YEAR == 0:
        return words.plural("{n} anno", "{n} anni", days // _YEAR)
    if days % _MONTH == 0:
        return words.plural("{n} mese", "{n} mesi", days // _MONTH)
    return words.plural("{n} giorno", "{n} giorni", days)


def _really(words: Words, company: Company) -> View:
    text = words(
        "<b>Eliminare i tuoi dati?</b>\n\n"
        "<b>Se ne vanno</b>: i collegamenti di questa chat, le preferenze, gli inviti, gli avvisi "
        "in attesa e il numero della chat.\n"
        "<b>Restano</b> a {company}, come per legge: anagrafica, letture, fatture, richieste "
        "all'assistenza e modifiche già fatte. Le letture da acquisire saranno acquisite.\n\n"
        "Per tornare basterà ricollegarsi.",
        company=company.name,
    )
    return View(
        text,
        (
            (
                button(words.plain("Sì"), ConfirmForget()),
                button(words.plain("No"), KeepData()),
            ),
        ),
    )


def _forgotten(words: Words, company: Company) -> View:
    text = words(
        "✅ <b>Eliminati.</b> Questa chat non è più collegata e di lei non so più niente.\n\n"
        "I dati della fornitura restano a {company}; le letture da acquisire saranno acquisite. "
        "Solo i tentativi di collegamento sbagliati, e quanti codici hai chiesto, restano due "
        "settimane, per sicurezza.\n\n"
        "I messaggi qui sopra li puoi cancellare tu da Telegram. Per ricominciare: /start",
        company=company.name,
    )
    return View(text)


def _readme(words: Words, company: Company) -> str:
    return words.plain(
        "Questi sono i dati che lo sportello di {company} tiene su questa chat di Telegram e sulle "
        "forniture collegate.\n\n"
        "Che cosa c'è:\n"
        "- dati.json: un file di testo, in formato JSON; lo legge qualunque programma.\n"
        "- misure/: le misure elettriche, un file CSV per ogni punto e una riga per ogni giorno, "
        "con i quarti d'ora in ordine, in kWh (92 o 100 quando cambia l'ora).\n"
        "- allegati/: le foto e i file delle richieste all'assistenza.\n\n"
        "Che cosa non c'è:\n"
        "- i PDF delle fatture: si scaricano nella chat con /fatture.\n"
        "- i documenti: /documenti.\n"
        "- le misure di tanti punti o di tanti anni: /misure. Quali ci sono lo dice dati.json.\n"
        "- gli allegati oltre 20 MB in tutto: restano nella chat. Quali ci sono lo dice "
        "dati.json.\n"
        "- i messaggi della chat: si tolgono appena hanno avuto risposta.\n\n"
        "Domande? {contacts}\n",
        company=company.name,
        contacts=company.contacts,
    )
