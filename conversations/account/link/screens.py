"""The screens of linking."""

from dataclasses import dataclass

from markupsafe import Markup

from conversations.kit.leaving import cancel_button
from conversations.kit.menu import large_keyboard
from conversations.kit.services import Company
from conversations.kit.taps import Tap
from conversations.kit.views import Made, Mail, Rows, View, button
from conversations.texts import Words
from storage.models import Customer
from storage.rules.identifiers import CodeProblem, TaxIdProblem, mask_email, mask_name

INVOICE_PICTURE = Made("invoice_guide")


@dataclass(frozen=True, slots=True)
class ConfirmLink(Tap, code="lkc"):
    """*Conferma* under the summary."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class ResendCode(Tap, code="lkr"):
    """*Rimanda il codice*."""

    screen_token: str


def ask_customer_code(words: Words, screen_token: str) -> View:
    """Ask for the customer code, with a picture of where it is on the invoice."""
    return View(
        words(
            "Scrivi il <b>codice cliente</b>: sono sei cifre, e le trovi nella prima pagina "
            "della fattura, sotto «DATI CLIENTE»."
        ),
        _cancel(words, screen_token),
        picture=INVOICE_PICTURE,
    )


def code_problem(words: Words, screen_token: str, problem: CodeProblem) -> View:
    """Say what is wrong with a customer code, and ask again."""
    reason = {
        CodeProblem.EMPTY: words("Non ho ricevuto nessuna cifra."),
        CodeProblem.NOT_DIGITS: words("Il codice cliente è fatto solo di cifre."),
        CodeProblem.FOREIGN_DIGITS: words("Servono le cifre da 0 a 9."),
        CodeProblem.TOO_SHORT: words(
            "Mancano delle cifre: il codice cliente ne ha sei, compresi gli zeri all'inizio."
        ),
        CodeProblem.TOO_LONG: words("Sono troppe cifre: il codice cliente ne ha sei."),
    }[problem]
    again = words("Scrivi il <b>codice cliente</b>, per esempio <code>028680</code>.")
    return View(f"{reason}\n\n{again}", _cancel(words, screen_token))


def ask_tax_id(words: Words, screen_token: str, code: str, *, greeting: bool = False) -> View:
    """Ask for the tax code."""
    hello = words("Ciao! Colleghiamo la tua fornitura.\n\n") if greeting else ""
    text = words(
        "Codice cliente <b>{code}</b>.\n\n"
        "Ora scrivi il <b>codice fiscale</b> o la <b>partita IVA</b> dell'intestatario "
        "della fattura.\n\n"
        "🔒 Per sicurezza, appena lo leggo cancello il tuo messaggio.",
        code=code,
    )
    return View(f"{hello}{text}", _cancel(words, screen_token))


def tax_id_problem(words: Words, screen_token: str, problem: TaxIdProblem) -> View:
    """Say what is wrong with a tax code, without repeating it."""
    reason = {
        TaxIdProblem.EMPTY: words("Non ho ricevuto nessun codice."),
        TaxIdProblem.WRONG_LENGTH: words(
            "La lunghezza non torna: il codice fiscale ha 16 caratteri, la partita IVA 11 cifre."
        ),
        TaxIdProblem.WRONG_CHARACTERS: words(
            "C'è una lettera o un segno fuori posto: il codice fiscale è fatto di lettere e cifre, "
            "la partita IVA di sole cifre."
        ),
        TaxIdProblem.WRONG_CHECK: words(
            "C'è un errore di battitura: i caratteri non tornano tra loro. Ricontrolla a uno a uno."
        ),
    }[problem]
    again = words("Scrivi di nuovo il <b>codice fiscale</b> o la <b>partita IVA</b>.")
    return View(f"{reason}\n\n{again}", _cancel(words, screen_token))


def tax_id_expected(words: Words, screen_token: str) -> View:
    """Answer a sentence without a tax code: what it is, and where to find it."""
    return View(
        words(
            "Qui serve il <b>codice fiscale</b> (16 lettere e cifre, è sulla tessera sanitaria) o "
            "la <b>partita IVA</b> (11 cifre) di chi è intestatario della fattura.\n\nScrivi solo "
            "quello: appena lo leggo cancello il messaggio."
        ),
        _cancel(words, screen_token),
    )


def contacts(words: Words, company: Company) -> View:
    """How to reach a person; the question stays open."""
    return View(words("Per parlare con una persona: {contacts}", contacts=company.contacts))


def no_match(words: Words, screen_token: str) -> View:
    """The same answer to every pair that does not match."""
    return View(
        words(
            "Questi due codici <b>non corrispondono</b> a una fornitura.\n\n"
            "Succede anche per una sola cifra: controlla entrambi sulla fattura e "
            "ricominciamo. Scrivi il <b>codice cliente</b>."
        ),
        _cancel(words, screen_token),
    )


def locked(words: Words, until: str, company: Company, *, by_this_pair: bool = False) -> View:
    """Too many wrong pairs; ``by_this_pair`` if the latest was this one.

    ``until`` is text, here and below: «alle 6:42».
    """
    no_match = words("Questi due codici <b>non corrispondono</b> a una fornitura.\n\n")
    return View(f"{no_match if by_this_pair else ''}{_wait(words, until, company)}")


def locked_by_codes(
    words: Words, until: str, company: Company, *, by_this_code: bool = False
) -> View:
    """Too many wrong mailed codes; ``by_this_code`` if the latest was this one."""
    wrong = words("Il codice non è giusto.") + "\n\n" if by_this_code else ""
    again = words("Poi si ricomincia con /collega.")
    return View(f"{wrong}{_wait(words, until, company)}\n\n{again}")


def _wait(words: Words, until: str, company: Company) -> Markup:
    return words(
        "Ci sono stati troppi tentativi sbagliati: per sicurezza riprova "
        "<b>{until}</b>.\n\nSe ti serve aiuto: {contacts}",
        until=until,
        contacts=company.contacts,
    )


def unsaid(words: Words, screen_token: str, until: str) -> View:
    """The same answer to right and wrong pairs, while too many are tried for a customer."""
    return View(
        words(
            "Con questo codice cliente ci sono stati troppi tentativi sbagliati. Per sicurezza "
            "adesso non dico se i due codici corrispondono; potrò dirlo di nuovo <b>{until}</b>."
            "\n\nSe sono giusti, all'indirizzo e-mail che abbiamo arriva un <b>codice di sei "
            "cifre</b>: scrivilo qui entro dieci minuti. Se non arriva, ricontrolla i due codici "
            "sulla fattura, e riprova con /collega.",
            until=until,
        ),
        _cancel(words, screen_token),
    )


def no_email(words: Words, company: Company) -> View:
    """The pair matches, but there is no address to send a code to."""
    return View(
        words(
            "Per collegare la fornitura mando un codice di controllo per e-mail, ma tra i dati "
            "di questo cliente <b>non c'è un indirizzo e-mail</b>.\n\n"
            "Per farlo aggiungere: {contacts}",
            contacts=company.contacts,
        )
    )


def linked_already(words: Words, customer: Customer) -> View:
    """The chat is linked to this customer already."""
    return View(
        words(
            "Il codice cliente <b>{code}</b> è già collegato a questa chat.",
            code=customer.code,
        ),
        menu=large_keyboard(words),
    )


def summary(words: Words, screen_token: str, customer: Customer, *, mailed_to: str | None) -> View:
    """The customer of the pair, masked, so that only the customer recognises it.

    ``mailed_to`` is where the code will be sent; None in trials without mail.
    """
    text = words(
        "<b>È questa la fornitura?</b>\n\nCodice cliente: <b>{code}</b>\nIntestatario: {name}",
        code=customer.code,
        name=mask_name(customer.name),
    )
    if mailed_to is not None:
        text += words(
            "\nE-mail: <code>{email}</code>\n\nCon «Conferma» mando un codice di sei cifre a "
            "questo indirizzo.",
            email=mask_email(mailed_to),
        )
    rows: Rows = (
        (button(words.plain("Conferma"), ConfirmLink(screen_token)),),
        (cancel_button(words, screen_token),),
    )
    return View(text, rows)


def sending_code(words: Words) -> View:
    """Shown while the mail server is contacted."""
    return View(words("✉️ Invio il codice…"))


def code_mail(
    words: Words,
    screen_token: str,
    company: Company,
    *,
    email: str,
    code: str,
    code_id: int,
    message_id: int | None,
) -> Mail:
    """The e-mail with the code, and what the chat shows when it was sent, or was not."""
    resend: Rows = (
        (button(words.plain("Rimanda il codice"), ResendCode(screen_token)),),
        (cancel_button(words, screen_token),),
    )
    retry: Rows = (
        (button(words.plain("Riprova"), ResendCode(screen_token)),),
        (cancel_button(words, screen_token),),
    )
    subject, text = code_text(words, company, code)
    return Mail(
        to=email,
        subject=subject,
        text=text,
        sent=View(
            words(
                "✉️ Ho mandato un <b>codice di sei cifre</b> a <code>{email}</code>.\n\n"
                "Scrivilo qui: vale dieci minuti. Se non arriva, guarda anche nella posta "
                "indesiderata.\n\nSe quell'indirizzo non lo usi più: {contacts}",
                email=mask_email(email),
                contacts=company.contacts,
            ),
            resend,
        ),
        failed=View(
            words(
                "⚠️ In questo momento non riesco a mandare e-mail, e il codice <b>non è "
                "partito</b>. Se dovesse arrivare lo stesso, non vale più.\n\n"
                "Non dipende da te: riprova tra qualche minuto."
            ),
            retry,
        ),
        message_id=message_id,
        refused=address_refused(words, company, retry),
        code_id=code_id,
    )


def code_text(words: Words, company: Company, code: str) -> tuple[str, str]:
    """The subject and the text of the e-mail with the code."""
    subject = words.plain("{code} è il codice di {company}", code=code, company=company.name)
    text = words.plain(
        "Buongiorno,\n\n"
        "il codice per collegare la chat di Telegram alla fornitura è:\n\n"
        "    {code}\n\n"
        "Vale dieci minuti e serve una volta sola. Va scritto solo nella chat dello "
        "sportello: nessuno dell'azienda lo chiederà mai per telefono.\n\n"
        "Se non l'hai chiesto tu, qualcuno conosce i codici della fattura: nessun "
        "collegamento è stato fatto, e puoi avvisarci: {contacts}\n\n"
        "{company}\n",
        code=code,
        contacts=company.contacts,
        company=company.name,
    )
    return subject, text


def too_many_codes(words: Words, screen_token: str, until: str) -> View:
    """Three codes an hour for a chat; for a customer, nine or twenty a day."""
    return View(
        words(
            "Di codici ne sono già stati chiesti troppi: per un altro riprova <b>{until}</b>. "
            "Intanto vale l'ultimo ricevuto in questa chat, se sono passati meno di dieci minuti.",
            until=until,
        ),
        _resend(words, screen_token),
    )


def not_a_mailed_code(words: Words, screen_token: str, *, may_resend: bool = True) -> View:
    """The text cannot be the code; this does not count as an attempt."""
    return View(
        words(
            "Aspetto il codice di <b>sei cifre</b> che sta nell'e-mail, per esempio "
            "<code>123456</code>."
        ),
        _resend(words, screen_token) if may_resend else _cancel(words, screen_token),
    )


def wrong_or_spent_code(words: Words, screen_token: str) -> View:
    """The code was not accepted; not saying whether one was mailed at all."""
    return View(
        words(
            "Il codice non è giusto, oppure <b>non vale più</b>. Per averne un altro ricomincia "
            "con /collega."
        ),
        _cancel(words, screen_token),
    )


def spent_code(words: Words, screen_token: str) -> View:
    """No code is valid: expired, used, or none was sent."""
    return View(
        words(
            "Il codice <b>non vale più</b>: dura dieci minuti e cinque tentativi. Ne mando "
            "un altro?"
        ),
        _resend(words, screen_token),
    )


def wrong_mailed_code(words: Words, screen_token: str, *, tries_left: int) -> View:
    """A wrong code; it may have been the last attempt."""
    if tries_left <= 0:
        text = words("Il codice non è giusto e i tentativi sono <b>finiti</b>. Ne mando un altro?")
    else:
        text = words("Il codice non è giusto.") + " "
        text += words.plural(
            "Resta <b>un tentativo</b>.", "Restano <b>{n} tentativi</b>.", tries_left
        )
    return View(text, _resend(words, screen_token))


def linked(words: Words, customer: Customer, *, points: int, in_all: int) -> View:
    """*Collegato*, with the large keyboard.

    Args:
        words: the customer's language.
        customer: the linked customer.
        points: how many points they have.
        in_all: how many the chat has, with those of other customers.
    """
    text = words(
        "✅ <b>Collegato</b>\n\nCodice cliente {code} · {name}\n",
        code=customer.code,
        name=customer.name,
    )
    text += words.plural("Un punto di fornitura.", "{n} punti di fornitura.", points)
    if in_all > points:
        text += " " + words("In questa chat ora sono {n} in tutto.", n=in_all)
    text += "\n\n" + words("Qui sotto ci sono i pulsanti per le cose più comuni.")
    return View(text, menu=large_keyboard(words))


def gone(words: Words) -> View:
    """The customer is gone, or cannot be linked any more."""
    return View(words("Questo collegamento non si può più completare. Si ricomincia con /collega."))


def _cancel(words: Words, screen_token: str) -> Rows:
    return ((cancel_button(words, screen_token),),)


def _resend(words: Words, screen_token: str) -> Rows:
    return (
        (button(words.plain("Rimanda il codice"), ResendCode(screen_token)),),
        (cancel_button(words, screen_token),),
    )


def address_refused(words: Words, company: Company, rows: Rows) -> View:
    """The mail server refuses that address for good: trying again is no use."""
    text = words(
        "⚠️ <b>Quell'indirizzo non riceve</b>: il suo server di posta rifiuta i nostri messaggi. "
        "Controlla l'indirizzo, oppure contattaci: {contacts}",
        contacts=company.contacts,
    )
    return View(str(text), rows)
