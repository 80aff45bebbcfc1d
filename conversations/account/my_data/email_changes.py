"""Notices about a changed e-mail to those who did not change it, and stopping the change.

The new address is the company's contact at once. The codes that link chats are still sent to the
old one for some time (``Services.email_change_delay``); until then every chat that had full access
before can undo the change with a tap. So a person with brief access to a chat cannot take over the
customer.
"""

from datetime import datetime, timedelta

from conversations.account.linked_chats import LinkedChats
from conversations.account.my_data.screens import StopEmailChange, access_waits, stop_button
from conversations.kit.context import Context
from conversations.kit.guards import linked, not_yours
from conversations.kit.services import Services
from conversations.kit.unasked import Letter, Telling
from conversations.kit.views import Button, Effect, Say, View, button
from conversations.texts import Words
from storage.models import ContactChange, Customer
from storage.notices import EmailChanged, EmailChangedLetter, EmailChangeStopped
from storage.rules.identifiers import mask_email

LIFETIME = timedelta(days=7)


async def announce(context: Context, customer: Customer, change: ContactChange) -> None:
    """Queue the notices for every other linked chat, and for the previous address."""
    unit, now = context.unit, context.now
    language = None
    for link in await unit.chats.links_of_customer(customer.id):
        if link.chat_id == context.chat.id:
            continue
        if language is None:
            chat = await unit.chats.get(link.chat_id)
            language = chat.language if chat is not None else None
        await unit.outbox.queue(
            f"email:{change.id}:{link.chat_id}",
            EmailChanged(customer.id),
            link.chat_id,
            now=now,
            not_after=now + LIFETIME,
        )
    told = change.access_before or change.old
    if told and context.services.mails_codes:
        until = change.gives_access_at
        await unit.outbox.queue_letter(
            f"email:{change.id}:letter",
            EmailChangedLetter(
                email=told,
                customer_code=customer.code,
                until=until.isoformat() if until is not None else "",
                # In another chat's language if there is one: this one may be an attacker's.
                language=language or context.words.language,
            ),
            now=now,
            not_after=now + LIFETIME,
        )


@linked
async def stop(context: Context, tap: StopEmailChange) -> None:
    """*Ferma il cambio*: restore the previous address, and tell every linked chat."""
    unit, chat_id, now = context.unit, context.chat.id, context.now
    customer = await unit.customers.one_of_chat(chat_id, tap.customer_id, to_write=True)
    if customer is None:
        await not_yours(context)
        return
    change = await unit.contacts.stoppable_by(chat_id, customer, now=now)
    if change is None:
        context.toast(context.words.plain("Questo cambio non si può più fermare."), alert=True)
        return
    await unit.contacts.stop(change, chat_id=chat_id, now=now)
    context.show(_stopped(context.words, customer, by_this_chat=True))


# -- notices --


async def email_changed(telling: Telling, notice: EmailChanged) -> list[Effect]:
    """To the other linked chats: the e-mail has changed, and how to stop that."""
    words, unit, now = telling.words, telling.unit, telling.now
    customer = await unit.customers.one_of_chat(telling.chat_id, notice.customer_id)
    if customer is None:
        return []
    waiting = await unit.contacts.waiting_for_access(customer, now=now)
    text = words(
        "✉️ L'e-mail del codice cliente <b>{code}</b> è stata cambiata: adesso è "
        "<code>{email}</code>.",
        code=customer.code,
        email=mask_email(customer.email or ""),
    )
    rows: tuple[tuple[Button, ...], ...] = (_chats(words, customer),)
    if waiting is not None and waiting.gives_access_at is not None:
        text += "\n\n" + access_waits(words, waiting.gives_access_at)
    if await unit.contacts.stoppable_by(telling.chat_id, customer, now=now) is not None:
        rows = ((stop_button(words, customer),), *rows)
        text += "\n\n" + words(
            "Se non sei stato tu, o qualcuno di casa, fermalo qui sotto, guarda chi è collegato e "
            "scrivi all'assistenza: /assistenza"
        )
    else:
        text += "\n\n" + words(
            "Se non sei stato tu, o qualcuno di casa, guarda chi è collegato e scrivi subito "
            "all'assistenza: /assistenza"
        )
    return [Say(View(text, rows))]


async def email_change_stopped(telling: Telling, notice: EmailChangeStopped) -> list[Effect]:
    """To the other linked chats: the e-mail is again what it was."""
    customer = await telling.unit.customers.one_of_chat(telling.chat_id, notice.customer_id)
    if customer is None:
        return []
    return [Say(_stopped(telling.words, customer, by_this_chat=False))]


def letter(services: Services, words: Words, notice: EmailChangedLetter) -> Letter:
    """To the previous address, without the new one, which may be a stranger's."""
    code, company = notice.customer_code, services.company
    if not notice.until:
        text = words.plain(
            "Buongiorno,\n\n"
            "dalla chat di Telegram è stato cambiato l'indirizzo e-mail del codice cliente "
            "{code}: le prossime comunicazioni andranno al nuovo indirizzo.\n\n"
            "Se non sei stato tu, o qualcuno di casa, avvisaci subito: {contacts}\n\n"
            "{company}\n",
            code=code,
            contacts=company.contacts,
            company=company.name,
        )
    else:
        text = words.plain(
            "Buongiorno,\n\n"
            "dalla chat di Telegram è stato cambiato l'indirizzo e-mail del codice cliente "
            "{code}: le prossime comunicazioni andranno al nuovo indirizzo. Fino al {until} i "
            "codici per collegare una chat arrivano ancora qui.\n\n"
            "Se sei stato tu, o qualcuno di casa, va tutto bene e non serve fare niente.\n\n"
            "Altrimenti si può fermare tutto fino a quel momento: in una chat già collegata apri "
            "/dati e tocca «Ferma il cambio». Se non hai una chat collegata, avvisaci subito e lo "
            "fermiamo noi: {contacts}\n\n"
            "{company}\n",
            code=code,
            until=words.moment(datetime.fromisoformat(notice.until)),
            contacts=company.contacts,
            company=company.name,
        )
    return Letter(
        to=notice.email, subject=words.plain("Il tuo indirizzo e-mail è cambiato"), text=text
    )


def _stopped(words: Words, customer: Customer, *, by_this_chat: bool) -> View:
    text = words(
        "✅ Il cambio dell'e-mail del codice cliente <b>{code}</b> è stato fermato: l'indirizzo è "
        "di nuovo <code>{email}</code>.",
        code=customer.code,
        email=mask_email(customer.email or ""),
    )
    if by_this_chat:
        text += "\n\n" + words("Guarda anche chi è collegato, e scollega chi non conosci.")
    return View(text, (_chats(words, customer),))


def _chats(words: Words, customer: Customer) -> tuple[Button, ...]:
    return (button(words.plain("👥 Chat collegate"), LinkedChats(customer.id, 0)),)
