"""The mailed code for a chat that is not told whether its pair was right."""

from conversations.account.link.screens import code_text
from conversations.kit.context import Context
from conversations.kit.services import Services
from conversations.kit.unasked import Letter
from conversations.texts import Words
from storage.models import Customer
from storage.notices import LinkCodeLetter
from storage.rules import lockouts


async def mail_unsaid(context: Context, customer: Customer) -> None:
    """Queue a letter with a code, if there is a customer to link and an address."""
    unit, now = context.unit, context.now
    address = await unit.contacts.access_address(customer, now=now)
    if not address:
        return
    issued = await unit.linking.issue(context.chat.id, customer, to=address, now=now)
    if isinstance(issued, lockouts.Locked):
        return
    await unit.outbox.queue_letter(
        f"link_code:{issued.code_id}",
        LinkCodeLetter(address, issued.code, issued.code_id, context.words.language),
        now=now,
        not_after=issued.expires_at,
    )


def letter(services: Services, words: Words, notice: LinkCodeLetter) -> Letter:
    """The letter with the code, with the usual text."""
    subject, text = code_text(words, services.company, notice.code)
    return Letter(to=notice.email, subject=subject, text=text)
