"""The screens of the preferences."""

import enum
from dataclasses import dataclass
from datetime import datetime, time

from markupsafe import Markup

from conversations.account.back_to_preferences import back_button
from conversations.account.language import ChooseLanguage, language_name
from conversations.account.linked_chats import LinkedChats
from conversations.account.privacy import AskForget, DownloadData
from conversations.kit.leaving import cancel_button
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Rows, View, button
from conversations.texts import Words
from storage.rules.preferences import DAYS_BEFORE_CLOSE, Preferences
from storage.rules.quiet_hours import QuietHours

QUIET_CHOICES = ((22, 7), (20, 9))
"""Choices besides the company's hours and none."""

NO_QUIET_HOURS = (0, 0)


class Switch(enum.Enum):
    """What can be switched on or off; values are fields of ``Preferences``."""

    WHEN_OPEN = "remind_when_open"
    BEFORE_CLOSE = "remind_before_close"
    LAST_DAY = "remind_last_day"
    ACQUIRED = "tell_acquired"
    OUTCOME = "tell_outcome"
    INVOICE = "tell_invoice"
    WINDOW = "tell_window"
    OTHERS = "tell_of_others"


REMINDERS = (Switch.WHEN_OPEN, Switch.BEFORE_CLOSE, Switch.LAST_DAY)
NOTICES = (Switch.ACQUIRED, Switch.OUTCOME, Switch.INVOICE, Switch.WINDOW, Switch.OTHERS)


@dataclass(frozen=True, slots=True)
class OpenReminders(Tap, code="pfr"):
    """*Promemoria*."""


@dataclass(frozen=True, slots=True)
class OpenNotices(Tap, code="pfn"):
    """*Avvisi*."""


@dataclass(frozen=True, slots=True)
class OpenQuietHours(Tap, code="pfh"):
    """*Ore di silenzio*."""


@dataclass(frozen=True, slots=True)
class SetPreference(Tap, code="pft"):
    """Switches something to the given state, so that a second tap changes nothing."""

    what: Switch
    on: bool


@dataclass(frozen=True, slots=True)
class SetDays(Tap, code="pfd"):
    """How many days before the end the reminder comes."""

    days: int


@dataclass(frozen=True, slots=True)
class SetQuietHours(Tap, code="pfq"):
    """Quiet from one full hour to another; the company's hours if None."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class TypeQuietHours(Tap, code="pfw"):
    """*Altre ore*."""


def overview(
    words: Words,
    preferences: Preferences,
    company: QuietHours,
    last_session: datetime | None,
) -> View:
    """The first page: the current preferences, and where to change them."""
    lines = [words("<b>Preferenze</b>"), Markup()]
    if last_session is not None:
        lines += [words("Ultimo accesso: {moment}", moment=words.moment(last_session)), Markup()]
    reminders = sum(is_on(preferences, switch) for switch in REMINDERS)
    notices = sum(is_on(preferences, switch) for switch in NOTICES)
    lines += [
        words("🔔 Promemoria attivi: {on} su {of}", on=reminders, of=len(REMINDERS)),
        words("📨 Avvisi attivi: {on} su {of}", on=notices, of=len(NOTICES)),
        words("🌙 Ore di silenzio: {hours}", hours=hours(words, preferences.quiet_hours(company))),
        words("🌐 Lingua: {language}", language=language_name(words.language)),
    ]
    return View(
        Markup("\n").join(lines),
        (
            (
                button(words.plain("🔔 Promemoria"), OpenReminders()),
                button(words.plain("📨 Avvisi"), OpenNotices()),
            ),
            (
                button(words.plain("🌙 Ore di silenzio"), OpenQuietHours()),
                button(words.plain("🌐 Lingua"), ChooseLanguage()),
            ),
            (button(words.plain("👥 Chat collegate"), LinkedChats(None, 0)),),
            (button(words.plain("Scarica i miei dati"), DownloadData()),),
            (button(words.plain("Elimina i miei dati"), AskForget()),),
        ),
    )


def reminders(words: Words, preferences: Preferences) -> View:
    """*Promemoria*: messages that ask for a reading."""
    text = words(
        "<b>Promemoria</b>\n\nTi ricordo la lettura del gas, solo se non l'hai ancora inviata. "
        "Un tocco accende o spegne."
    )
    days = preferences.days_before_close
    labels = {
        Switch.WHEN_OPEN: words.plain("Quando si apre il periodo"),
        Switch.BEFORE_CLOSE: str(
            words.plural("Un giorno prima della fine", "{n} giorni prima della fine", days)
        ),
        Switch.LAST_DAY: words.plain("L'ultimo giorno"),
    }
    rows = _switches(preferences, labels)
    if preferences.remind_before_close:
        text += "\n\n" + words("Quanti giorni prima della fine? Si sceglie qui sotto.")
        choices = tuple(
            button(f"✓ {each}" if each == days else str(each), SetDays(each))
            for each in DAYS_BEFORE_CLOSE
        )
        rows = (*rows, choices)
    return View(text, (*rows, (back_button(words),)))


def notices(words: Words, preferences: Preferences) -> View:
    """*Avvisi*: messages that report an event."""
    text = words(
        "<b>Avvisi</b>\n\nTi scrivo quando succede qualcosa. Un tocco accende o spegne.\n\n"
        "Quando una lettura viene acquisita si aggiorna comunque il suo messaggio: qui si può "
        "chiedere anche un messaggio nuovo."
    )
    labels = {
        Switch.ACQUIRED: words.plain("Lettura acquisita"),
        Switch.OUTCOME: words.plain("Esito del distributore"),
        Switch.INVOICE: words.plain("Nuova fattura"),
        Switch.WINDOW: words.plain("Periodo di lettura cambiato"),
        Switch.OTHERS: words.plain("Letture inviate da altre chat"),
    }
    return View(text, (*_switches(preferences, labels), (back_button(words),)))


def quiet_hours(words: Words, preferences: Preferences, company: QuietHours) -> View:
    """*Ore di silenzio*: when nothing is sent unasked."""
    text = words(
        "<b>Ore di silenzio</b>\n\nIn queste ore non ti scrivo per primo: adesso sono "
        "<b>{hours}</b>. A quello che chiedi tu rispondo sempre.",
        hours=hours(words, preferences.quiet_hours(company)),
    )
    chosen = preferences.quiet
    own = tuple(
        (_hours_button(words, QuietHours(time(start), time(end)), chosen),)
        for start, end in (*QUIET_CHOICES, NO_QUIET_HOURS)
    )
    usual = words.plain("Predefinite: {hours}", hours=hours(words, company))
    rows: Rows = (
        (button(("✓ " if chosen is None else "") + usual, SetQuietHours(None, None)),),
        *own,
        (button(words.plain("Altre ore…"), TypeQuietHours()),),
        (back_button(words),),
    )
    return View(text, rows)


def ask_quiet_hours(words: Words, screen_token: str) -> View:
    """Ask for the hours."""
    text = words("Da che ora a che ora? Scrivi per esempio <code>21-8</code>.")
    return View(text, ((cancel_button(words, screen_token),),))


def not_hours(words: Words, screen_token: str) -> View:
    """The text is not two hours; ask again."""
    text = words(
        "Mi servono <b>due ore</b>, per esempio <code>21-8</code> oppure <code>22:30-7</code>; "
        "<code>0-0</code> vuol dire mai. Il giorno intero non si può: non ti scriverei più."
    )
    return View(text, ((cancel_button(words, screen_token),),))


def quiet_hours_set(words: Words, quiet: QuietHours) -> View:
    """The hours were changed."""
    text = words("✅ Ore di silenzio: <b>{hours}</b>.", hours=hours(words, quiet))
    return View(text, ((back_button(words),),))


def hours(words: Words, quiet: QuietHours) -> str:
    """Quiet hours in words."""
    if quiet.start == quiet.end:
        return words.plain("nessuna")
    return words.plain("dalle {start} alle {end}", start=_hour(quiet.start), end=_hour(quiet.end))


def is_on(preferences: Preferences, switch: Switch) -> bool:
    """Whether something is on."""
    return bool(getattr(preferences, switch.value))


def _hour(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02d}" if clock.minute else str(clock.hour)


def _hours_button(words: Words, quiet: QuietHours, chosen: QuietHours | None) -> Button:
    tick = "✓ " if quiet == chosen else ""
    return button(
        tick + hours(words, quiet).capitalize(), SetQuietHours(quiet.start.hour, quiet.end.hour)
    )


def _switches(preferences: Preferences, labels: dict[Switch, str]) -> Rows:
    rows: Rows = ()
    for switch, label in labels.items():
        on = is_on(preferences, switch)
        rows = (*rows, (button(("✅ " if on else "⬜ ") + label, SetPreference(switch, not on)),))
    return rows
