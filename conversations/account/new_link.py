"""Tells a customer's other chats, and the e-mail on file, that a chat was linked.

Both messages are queued in the transaction that makes the link, so they are sent even if Telegram,
the mail server or this program is unavailable at that moment.
"""

from datetime import UTC, datetime, timedelta

from conversations.account.linked_chats import LinkedChats
from conversations.kit.context import Context
from conversations.kit.services import Services
from conversations.kit.unasked import Letter, Telling
from conversations.kit.views import Effect, Say, View, button
from conversations.texts import Words
from storage.models import Access, ChatLink, Customer, Proof
from storage.notices import ChatLinked, ChatLinkedLetter

LIFETIME = timedelta(days=7)
"""After this time the notice is not worth sending: nobody remembers which chat it was."""


async def announce(
    context: Context, customer: Customer, link: ChatLink, *, knows: frozenset[int] = frozenset()
) -> None:
    """Queue the notices of a new link, for the customer's other chats and the e-mail.

    Args:
        context: the context of the step that made the link.
        customer: whose.
        link: the new one.
        knows: chats that know about it and need no notice.
    """
    unit = context.unit
    language = None
    # A guest may get more access on the same link: the access in the key makes a new notice.
    news = f"linked:{link.id}:{link.access.value}:{link.proof.value}"
    for other in await unit.chats.links_of_customer(customer.id):
        if other.chat_id == link.chat_id:
            continue
        if language is None:
            chat = await unit.chats.get(other.chat_id)
            language = chat.language if chat is not None else None
        if other.chat_id not in knows:
            await unit.outbox.queue(
                f"{news}:{other.chat_id}",
                ChatLinked(customer.id, customer.code),
                other.chat_id,
                now=context.now,
                not_after=context.now + LIFETIME,
            )
    # The address that gives access: one that was just changed may be the new chat's own.
    address = await unit.contacts.access_address(customer, now=context.now)
    if address and context.services.mails_codes:
        await unit.outbox.queue_letter(
            f"{news}:letter",
            ChatLinkedLetter(
                # The address at this moment: the new chat could change it a minute later.
                email=address,
                customer_code=customer.code,
                # In the language of an older chat: the new one may be an attacker's.
                language=language or context.words.language,
                linked_at=link.linked_at.isoformat(),
                access=link.access.value,
                proof=link.proof.value,
            ),
            now=context.now,
            not_after=context.now + LIFETIME,
        )


async def chat_linked(telling: Telling, notice: ChatLinked) -> list[Effect]:
    """To another chat of the customer: a chat was linked, and how to end that."""
    words = telling.words
    text = words(
        "🔗 Il codice cliente <b>{code}</b> è stato collegato anche a un'altra chat.\n\n"
        "Se non sei stato tu, o qualcuno di casa, guarda chi è collegato e scrivi subito "
        "all'assistenza: /assistenza",
        code=notice.customer_code,
    )
    if await telling.unit.customers.one_of_chat(telling.chat_id, notice.customer_id) is None:
        return [Say(View(text))]
    rows = ((button(words.plain("👥 Chat collegate"), LinkedChats(notice.customer_id, 0)),),)
    return [Say(View(text, rows))]


def letter(services: Services, words: Words, notice: ChatLinkedLetter) -> Letter:
    """To the e-mail on file: a chat was linked, how, and how to remove it."""
    return Letter(
        to=notice.email,
        subject=words.plain("Una nuova chat è collegata alla tua fornitura"),
        text=words.plain(
            "Buongiorno,\n\n"
            "Il {moment} una chat di Telegram è stata collegata al codice cliente {code}.\n\n"
            "{how}\n{what}\n\n"
            "Se sei stato tu, o qualcuno di casa, va tutto bene e non serve fare niente.\n\n"
            "Se non la riconosci, scollegala: nella chat dello sportello apri /preferenze, tocca "
            "«Chat collegate» e poi «Scollega» su quella che non conosci. Smette di vedere "
            "qualsiasi cosa in quel momento.\n\n"
            "Se non hai una chat collegata, o c'è qualcosa che non torna, avvisaci subito: "
            "{contacts}\n\n"
            "{company}\n",
            moment=words.moment(datetime.fromisoformat(notice.linked_at).astimezone(UTC)),
            code=notice.customer_code,
            how=_how(words, Proof(notice.proof)),
            what=_what(words, Access(notice.access)),
            contacts=services.company.contacts,
            company=services.company.name,
        ),
    )


def _how(words: Words, proof: Proof) -> str:
    if proof is Proof.INVITATION:
        return words.plain(
            "È stata invitata da una chat già collegata, che ne ha confermato il nome."
        )
    return words.plain("Ha scritto i codici della fattura e il codice mandato a questo indirizzo.")


def _what(words: Words, access: Access) -> str:
    if access is Access.VIEW:
        return words.plain("Può soltanto guardare: letture, fatture e grafici.")
    return words.plain("Può vedere tutto, e inviare e cancellare letture.")
