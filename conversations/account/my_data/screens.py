"""The screens of the customer's own data."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from conversations.account.link.screens import address_refused
from conversations.kit.customers import customer_title
from conversations.kit.leaving import cancel_button
from conversations.kit.points import point_title
from conversations.kit.services import Company
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Mail, Rows, View, button
from conversations.texts import Words
from storage.models import ContactChange, ContactField, Customer, Service, SupplyPoint
from storage.rules.contacts import EmailProblem, PhoneProblem, show_phone
from storage.rules.identifiers import mask_tax_id


class Page(enum.Enum):
    """Which data of a supply point is shown."""

    TECHNICAL = "t"
    CONTRACT = "c"


@dataclass(frozen=True, slots=True)
class DataOfCustomers(Tap, code="mdc"):
    """*Cambia cliente*: a page of the chat's customers."""

    page: int


@dataclass(frozen=True, slots=True)
class RegistryData(Tap, code="mdr"):
    """*Dati anagrafici* of a customer."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class DataOfPoints(Tap, code="mdl"):
    """*Dati tecnici*, *Dati contrattuali*, *Cambia punto*; without a page, the chosen point."""

    customer_id: int
    what: Page
    page: int | None


@dataclass(frozen=True, slots=True)
class DataOfPoint(Tap, code="mdp"):
    """One point's data."""

    supply_point_id: int
    what: Page


@dataclass(frozen=True, slots=True)
class ChangeContact(Tap, code="mdx"):
    """*Cambia telefono*, *Cambia fax*, *Cambia e-mail*."""

    customer_id: int
    field: ContactField


@dataclass(frozen=True, slots=True)
class StopEmailChange(Tap, code="mde"):
    """*Ferma il cambio*: restore the previous e-mail."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class RemoveContact(Tap, code="mdd"):
    """*Togli*: remove the number."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class SaveContact(Tap, code="mds"):
    """*Salva*."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class CorrectContact(Tap, code="mdk"):
    """*Correggi*."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class ResendContactCode(Tap, code="mdm"):
    """*Rimanda il codice*."""

    screen_token: str


# -- viewing --


def registry(
    words: Words,
    customer: Customer,
    *,
    may_change: bool,
    stoppable: ContactChange | None,
    has_points: bool,
    several: bool,
) -> View:
    """*Dati anagrafici*; with contacts only if the chat may act for the customer.

    ``stoppable`` is a change of the e-mail that this chat may still stop.
    """
    lines = [
        words("<b>Dati anagrafici</b>"),
        Markup(),
        words("Codice cliente: <b>{code}</b>", code=customer.code),
        words("Intestatario: {name}", name=customer.name),
    ]
    if customer.tax_code:
        lines.append(words("Codice fiscale: {id}", id=mask_tax_id(customer.tax_code)))
    if customer.vat_number:
        lines.append(words("Partita IVA: {id}", id=mask_tax_id(customer.vat_number)))
    lines.append(words("Residenza/Sede: {address}", address=customer.address))
    rows: Rows = ()
    if may_change:
        lines.append(Markup())
        lines += [
            words("{what}: {value}", what=_name(words, field), value=_value(words, customer, field))
            for field in ContactField
        ]
        lines += [
            Markup(),
            words(
                "Telefono, fax ed e-mail si cambiano da qui. Per tutto il resto scrivi "
                "all'assistenza: /assistenza"
            ),
        ]
        labels = {
            ContactField.PHONE: words.plain("Cambia telefono"),
            ContactField.FAX: words.plain("Cambia fax"),
            ContactField.EMAIL: words.plain("Cambia e-mail"),
        }
        changes = [button(labels[field], ChangeContact(customer.id, field)) for field in labels]
        rows = (tuple(changes[:2]), tuple(changes[2:]))
        if stoppable is not None and stoppable.gives_access_at is not None:
            lines += [Markup(), access_waits(words, stoppable.gives_access_at)]
            rows = (*rows, (stop_button(words, customer),))
    else:
        lines += [
            Markup(),
            words("Qui la fornitura è in sola consultazione: i contatti restano riservati."),
        ]
    if has_points:
        rows = (
            *rows,
            (
                button(
                    words.plain("Dati tecnici"), DataOfPoints(customer.id, Page.TECHNICAL, None)
                ),
                button(
                    words.plain("Dati contrattuali"),
                    DataOfPoints(customer.id, Page.CONTRACT, None),
                ),
            ),
        )
    if several:
        rows = (*rows, (button(words.plain("Cambia cliente"), DataOfCustomers(0)),))
    return View(Markup("\n").join(lines), rows)


def technical(words: Words, point: SupplyPoint, *, several: bool) -> View:
    """*Dati tecnici* of a point: the meter, the corrector, and their coefficients."""
    lines = [words("<b>Dati tecnici</b>"), point_title(words, point), Markup()]
    facts: list[tuple[Markup, str | None]] = [
        (words("Matricola contatore"), point.meter_serial),
        (words("Cifre del contatore"), _number(words, point.meter_digits)),
    ]
    if point.service is Service.GAS:
        coefficient = point.coefficient_c
        facts += [
            (words("Matricola correttore"), point.corrector_serial),
            (words("Cifre del correttore"), _number(words, point.corrector_digits)),
            (words("Classe del contatore"), point.meter_class),
            (
                words("Coefficiente C"),
                words.number(coefficient, decimals=6) if coefficient is not None else None,
            ),
        ]
    else:
        power = point.contracted_power_w
        facts.append(
            (
                words("Potenza contrattuale"),
                _power(words, power) if power is not None else None,
            )
        )
    facts.append((words("Distributore (partita IVA)"), point.distributor))
    return _point_view(words, point, Page.CONTRACT, lines, facts, several=several)


def contract(words: Words, point: SupplyPoint, *, several: bool) -> View:
    """*Dati contrattuali* of a point."""
    lines = [words("<b>Dati contrattuali</b>"), point_title(words, point), Markup()]
    facts: list[tuple[Markup, str | None]] = [
        (words("Contratto"), point.contract),
        (words("Offerta"), point.offer),
        (words("Decorrenza"), words.day(point.since)),
        (words("Cessazione"), words.day(point.until) if point.until else None),
    ]
    return _point_view(words, point, Page.TECHNICAL, lines, facts, several=several)


def _point_view(
    words: Words,
    point: SupplyPoint,
    other: Page,
    lines: list[Markup],
    facts: Sequence[tuple[Markup, str | None]],
    *,
    several: bool,
) -> View:
    lines += [words("{what}: {value}", what=what, value=value) for what, value in facts if value]
    lines += [
        Markup(),
        words("Qui si possono solo leggere: per una correzione scrivi all'assistenza: /assistenza"),
    ]
    this = Page.TECHNICAL if other is Page.CONTRACT else Page.CONTRACT
    labels = {
        Page.TECHNICAL: words.plain("Dati tecnici"),
        Page.CONTRACT: words.plain("Dati contrattuali"),
    }
    rows: Rows = (
        (
            button(labels[other], DataOfPoint(point.id, other)),
            button(words.plain("Dati anagrafici"), RegistryData(point.customer_id)),
        ),
    )
    if several:
        rows = (
            *rows,
            (button(words.plain("Cambia punto"), DataOfPoints(point.customer_id, this, 0)),),
        )
    return View(Markup("\n").join(lines), rows)


def no_points(words: Words) -> View:
    """The customer has no supply points."""
    return View(words("Per questo cliente non ci sono punti di fornitura."))


# -- changing --


def ask(words: Words, screen_token: str, customer: Customer, field: ContactField) -> View:
    """Ask for the new number or address."""
    if field is ContactField.EMAIL:
        question = words("Scrivi il nuovo <b>indirizzo e-mail</b>.")
    elif field is ContactField.PHONE:
        question = words(
            "Scrivi il nuovo <b>numero di telefono</b>, per esempio <code>333 1234567</code>."
        )
    else:
        question = words(
            "Scrivi il nuovo <b>numero di fax</b>, per esempio <code>0547 123456</code>."
        )
    text = words(
        "{customer}\n{what}: {value}\n\n{question}",
        customer=customer_title(words, customer),
        what=_name(words, field),
        value=_value(words, customer, field),
        question=question,
    )
    return View(text, _ask_rows(words, screen_token, customer, field))


def phone_problem(
    words: Words, screen_token: str, customer: Customer, field: ContactField, problem: PhoneProblem
) -> View:
    """Say what is wrong with a number, and ask again."""
    reason = {
        PhoneProblem.NOT_A_NUMBER: words(
            "Questo non è un numero di telefono: servono solo le cifre, con il + davanti se è "
            "straniero."
        ),
        PhoneProblem.TOO_SHORT: words("È troppo corto: serve il numero intero, con il prefisso."),
        PhoneProblem.TOO_LONG: words("È troppo lungo: serve un numero solo."),
        PhoneProblem.UNKNOWN_COUNTRY: words("Questo prefisso internazionale non esiste."),
        PhoneProblem.NO_SUCH_NUMBER: words(
            "Un numero così non esiste: forse manca o cresce una cifra."
        ),
    }[problem]
    again = words("Riprova, oppure /annulla per lasciar perdere.")
    return View(f"{reason}\n\n{again}", _ask_rows(words, screen_token, customer, field))


def email_problem(words: Words, screen_token: str, problem: EmailProblem) -> View:
    """Say what is wrong with an address, and ask again."""
    reason = {
        EmailProblem.NO_AT: words(
            "Questo non è un indirizzo e-mail: manca la <b>@</b>, come in "
            "<code>nome@example.it</code>."
        ),
        EmailProblem.NOT_ALONE: words("Scrivi <b>solo</b> l'indirizzo, e uno soltanto."),
        EmailProblem.NOT_AN_ADDRESS: words(
            "A un indirizzo così non si può scrivere: ricontrolla punti, lettere e la parte dopo "
            "la @."
        ),
    }[problem]
    again = words("Riprova, oppure /annulla per lasciar perdere.")
    return View(f"{reason}\n\n{again}", ((cancel_button(words, screen_token),),))


def same_as_now(words: Words, screen_token: str, customer: Customer, field: ContactField) -> View:
    """The new value is the same as the current one."""
    text = words("È già quello che abbiamo. Scrivine un altro, oppure /annulla.")
    return View(text, _ask_rows(words, screen_token, customer, field))


def summary(
    words: Words, screen_token: str, customer: Customer, field: ContactField, value: str | None
) -> View:
    """The current value and the new one."""
    text = words(
        "<b>Riepilogo</b>\n{customer}\n\n{what}\nOra: {old}\nNuovo: <b>{new}</b>",
        customer=customer_title(words, customer),
        what=_name(words, field),
        old=_value(words, customer, field),
        new=_shown(words, field, value),
    )
    return View(
        text,
        (
            (button(words.plain("Salva"), SaveContact(screen_token)),),
            (
                button(words.plain("Correggi"), CorrectContact(screen_token)),
                cancel_button(words, screen_token),
            ),
        ),
    )


def changed(words: Words, customer: Customer, field: ContactField) -> View:
    """The contact was changed."""
    text = words(
        "✅ <b>Salvato</b>\n\n{what}: <b>{value}</b>\n\nLo comunichiamo anche ai nostri sistemi, "
        "con la prossima acquisizione.",
        what=_name(words, field),
        value=_value(words, customer, field),
    )
    return View(text, _back_to_registry(words, customer))


def changed_email(words: Words, customer: Customer, change: ContactChange | None) -> View:
    """The e-mail was changed; and until when codes that link chats go to the old address."""
    text = words(
        "✅ <b>Salvato</b>\n\nE-mail: <b>{email}</b>\n\nLa comunichiamo anche ai nostri sistemi, "
        "con la prossima acquisizione.",
        email=customer.email or "",
    )
    if change is not None and change.old:
        text += " " + words("Per sicurezza avviso anche il vecchio indirizzo.")
    if change is not None and change.gives_access_at is not None:
        text += "\n\n" + access_waits(words, change.gives_access_at)
    return View(text, _back_to_registry(words, customer))


def access_waits(words: Words, until: datetime) -> Markup:
    """A new address gives no access yet, and the change can be stopped."""
    return words(
        "Fino al <b>{until}</b> i codici per collegare una chat vanno ancora all'indirizzo di "
        "prima, e il cambio si può fermare.",
        until=words.moment(until),
    )


def stop_button(words: Words, customer: Customer) -> Button:
    """*Ferma il cambio*."""
    return button(words.plain("Ferma il cambio"), StopEmailChange(customer.id))


def code_mail(
    words: Words, screen_token: str, company: Company, *, email: str, code: str, code_id: int
) -> Mail:
    """The e-mail that verifies a new address, and what the chat shows afterwards."""
    return Mail(
        to=email,
        subject=words.plain("{code} è il codice di {company}", code=code, company=company.name),
        text=words.plain(
            "Buongiorno,\n\n"
            "il codice per confermare questo nuovo indirizzo e-mail è:\n\n"
            "    {code}\n\n"
            "Vale dieci minuti e va scritto solo nella chat dello sportello.\n\n"
            "Se non l'hai chiesto tu, qualcuno ha scritto il tuo indirizzo per sbaglio: non serve "
            "fare niente. Per ogni dubbio: {contacts}\n\n"
            "{company}\n",
            code=code,
            contacts=company.contacts,
            company=company.name,
        ),
        sent=View(
            words(
                "✉️ Ho mandato un <b>codice di sei cifre</b> a {email}.\n\n"
                "Scrivilo qui: vale dieci minuti. L'indirizzo cambia solo dopo.",
                email=email,
            ),
            _code_rows(words, screen_token, words.plain("Rimanda il codice")),
        ),
        failed=View(
            words(
                "⚠️ In questo momento la posta non parte, e il codice non è stato inviato.\n\n"
                "Non dipende da te: riprova tra qualche minuto."
            ),
            _code_rows(words, screen_token, words.plain("Riprova")),
        ),
        refused=address_refused(
            words, company, _code_rows(words, screen_token, words.plain("Riprova"))
        ),
        code_id=code_id,
    )


def too_many_codes(words: Words, screen_token: str, until: str) -> View:
    """Three codes an hour for a chat, some more a day for a customer."""
    return View(
        words(
            "Di codici ne sono già stati chiesti troppi: per un altro riprova <b>{until}</b>.",
            until=until,
        ),
        _code_rows(words, screen_token, words.plain("Rimanda il codice")),
    )


def not_a_code(words: Words, screen_token: str) -> View:
    """The text cannot be the code; this does not count as an attempt."""
    text = words(
        "Aspetto il codice di <b>sei cifre</b> che sta nell'e-mail, per esempio "
        "<code>123456</code>."
    )
    return View(text, _code_rows(words, screen_token, words.plain("Rimanda il codice")))


def spent_code(words: Words, screen_token: str) -> View:
    """The code is expired, used, or was never sent."""
    text = words("Quel codice <b>non vale più</b>. Ne mando un altro?")
    return View(text, _code_rows(words, screen_token, words.plain("Rimanda il codice")))


def wrong_code(words: Words, screen_token: str, *, tries_left: int) -> View:
    """The code is not the mailed one."""
    if tries_left <= 0:
        text = words("Il codice non è giusto e i tentativi sono <b>finiti</b>. Ne mando un altro?")
    else:
        text = words("Il codice non è giusto.") + " "
        text += words.plural(
            "Resta <b>un tentativo</b>.", "Restano <b>{n} tentativi</b>.", tries_left
        )
    return View(text, _code_rows(words, screen_token, words.plain("Rimanda il codice")))


def locked(words: Words, until: str, company: Company) -> View:
    """Too many wrong codes; nothing was changed."""
    text = words(
        "Il codice non è giusto, e di tentativi sbagliati ce ne sono stati troppi: l'indirizzo "
        "<b>non è cambiato</b>. Riprova <b>{until}</b>.\n\nSe ti serve aiuto: {contacts}",
        until=until,
        contacts=company.contacts,
    )
    return View(text)


def email_waits(words: Words, until: str, company: Company) -> View:
    """Another chat was unlinked recently, so the e-mail cannot be changed."""
    text = words(
        "Da poco è stata scollegata una chat: per sicurezza l'e-mail si può cambiare "
        "<b>{until}</b>.\n\nSe ti serve prima: {contacts}",
        until=until,
        contacts=company.contacts,
    )
    return View(text)


def no_email_in_trials(words: Words, company: Company) -> View:
    """In trials without mail, nothing would verify the address or the person."""
    text = words(
        "In questa prova l'e-mail non si cambia da qui. Per cambiarla: {contacts}",
        contacts=company.contacts,
    )
    return View(text)


def view_only(words: Words) -> View:
    """A guest who may only look may not change contacts."""
    return View(
        words("Qui la fornitura è in <b>sola consultazione</b>: i contatti non si cambiano.")
    )


def email_is_the_hosts(words: Words) -> View:
    """An invited chat may not change the address that codes are sent to."""
    return View(
        words(
            "L'e-mail è la chiave con cui si collega la fornitura: la può cambiare solo chi "
            "l'ha collegata con il <b>codice</b>, non chi è stato invitato."
        )
    )


def gone(words: Words) -> View:
    """The link ended during the conversation."""
    return View(words("Questa fornitura non è più collegata a questa chat."))


def _power(words: Words, watts: int) -> str:
    """Power in kW, with as many decimals as needed."""
    kw = kilowatts(watts).normalize()
    decimals = max(0, -int(kw.as_tuple().exponent))
    return words.plain("{power} kW", power=words.number(kw, decimals=decimals))


def kilowatts(watts: int) -> Decimal:
    """Power in kW."""
    return Decimal(watts) / 1_000


def _name(words: Words, field: ContactField) -> Markup:
    return {
        ContactField.PHONE: words("Telefono"),
        ContactField.FAX: words("Fax"),
        ContactField.EMAIL: words("E-mail"),
    }[field]


def _value(words: Words, customer: Customer, field: ContactField) -> str:
    return _shown(words, field, getattr(customer, field.column))


def _shown(words: Words, field: ContactField, value: str | None) -> str:
    if not value:
        return words.plain("nessuno")
    return value if field is ContactField.EMAIL else show_phone(value)


def _number(words: Words, value: int | None) -> str | None:
    return None if value is None else words.number(value)


def _ask_rows(words: Words, screen_token: str, customer: Customer, field: ContactField) -> Rows:
    # The e-mail cannot be removed: without one nobody could be linked any more.
    if field is ContactField.EMAIL or not getattr(customer, field.column):
        return ((cancel_button(words, screen_token),),)
    remove = button(words.plain("Togli il numero"), RemoveContact(screen_token))
    return ((remove,), (cancel_button(words, screen_token),))


def _code_rows(words: Words, screen_token: str, label: str) -> Rows:
    other: tuple[Button, ...] = (
        button(words.plain("Correggi"), CorrectContact(screen_token)),
        cancel_button(words, screen_token),
    )
    return ((button(label, ResendContactCode(screen_token)),), other)


def _back_to_registry(words: Words, customer: Customer) -> Rows:
    return ((button(words.plain("Dati anagrafici"), RegistryData(customer.id)),),)
