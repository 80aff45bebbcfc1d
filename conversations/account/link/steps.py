"""The steps of linking: guard, decide, show."""

import re
from datetime import datetime

from conversations.account import new_link
from conversations.account.link import code_letters, screens
from conversations.account.link.answers import six_digits, tax_id_in
from conversations.account.link.states import Draft, State
from conversations.kit.context import Context
from conversations.kit.flow import END
from conversations.kit.leaving import ask_for_words, cancel_typed, use_buttons
from conversations.kit.link_prompt import StartLinking
from conversations.kit.privacy import hide_tax_id
from conversations.understanding import Intent
from storage.models import Access, AttemptOutcome, Customer, Proof
from storage.repositories.linking import CODE_DIGITS, Right, Spent, Wrong
from storage.rules import lockouts
from storage.rules.identifiers import (
    CodeProblem,
    TaxIdProblem,
    normalise_tax_id,
    read_customer_code,
    read_mailed_code,
)

PAYLOAD = re.compile(r"^/start(?:@\w+)? c([0-9]{6})$")


async def ask_customer_code(context: Context, tap: StartLinking | None = None) -> State | int:
    """Ask for the customer code, unless the invoice's link has it."""
    if await _is_locked(context):
        return END
    tapped = tap.customer_code if tap is not None else None
    code = read_customer_code(tapped) if tapped else None
    if isinstance(code, str):
        context.keep(Draft(customer_code=code))
        context.show(screens.ask_tax_id(context.words, context.screen_token, code))
        return State.TAX_ID
    context.keep(Draft())
    context.say(screens.ask_customer_code(context.words, context.screen_token))
    return State.CUSTOMER_CODE


async def follow_deep_link(context: Context) -> State | int:
    """``/start c028680``, from the QR code on the invoice: the customer code is known."""
    context.turn.leave()
    found = PAYLOAD.match(context.typed)
    code = found[1] if found else ""
    mine = await context.unit.customers.of_chat(context.chat.id)
    customer = next((each for each in mine if each.code == code), None)
    if customer is not None and await _is_proved(context, customer):
        context.say(screens.linked_already(context.words, customer))
        return END
    if await _is_locked(context):
        return END
    context.keep(Draft(customer_code=code))
    context.say(screens.ask_tax_id(context.words, context.screen_token, code, greeting=True))
    return State.TAX_ID


async def take_customer_code(context: Context) -> State:
    """Take six digits, with any spaces."""
    code = read_customer_code(context.typed)
    if isinstance(code, CodeProblem):
        code = six_digits(context.meaning) or code
    if isinstance(code, CodeProblem):
        hide_tax_id(context)  # it may have been typed here by mistake
        if context.meaning.intent in _ASKS and not context.meaning.numbers:
            _explain(context)
            context.say(screens.ask_customer_code(context.words, context.screen_token))
            return State.CUSTOMER_CODE
        context.say(screens.code_problem(context.words, context.screen_token, code))
        return State.CUSTOMER_CODE
    context.keep(Draft(customer_code=code))
    context.say(screens.ask_tax_id(context.words, context.screen_token, code))
    return State.TAX_ID


async def take_tax_id(context: Context) -> State | int:
    """Take the tax code; a message that may contain it is deleted, a question is not."""
    draft = context.draft(Draft)
    tax_id = tax_id_in(context.typed)
    if tax_id is None:
        _explain(context)
        context.say(screens.tax_id_expected(context.words, context.screen_token))
        return State.TAX_ID
    context.delete_message()
    if isinstance(tax_id, TaxIdProblem):
        context.say(screens.tax_id_problem(context.words, context.screen_token, tax_id))
        return State.TAX_ID
    return await _try_pair(context, draft, tax_id)


async def _try_pair(context: Context, draft: Draft, tax_id: str) -> State | int:
    code, now = draft.customer_code or "", context.now
    linking, chat_id = context.unit.linking, context.chat.id
    # The same queries run whether or not the code exists, so that the time tells nothing.
    past = await linking.past(chat_id, code, now=now)
    customer = await context.unit.customers.matching(code, normalise_tax_id(tax_id))
    verdict = lockouts.pairing(past, now)
    if isinstance(verdict, lockouts.Unsaid) and context.services.mails_codes:
        return await _go_on_unsaid(context, code, customer, past, verdict.until)
    if not isinstance(verdict, lockouts.Allowed):
        await linking.record(chat_id, code, AttemptOutcome.REFUSED, now=now)
        context.say(
            screens.locked(context.words, _soon(context, verdict.until), context.services.company)
        )
        return END
    if customer is None:
        await linking.record(chat_id, code, AttemptOutcome.NO_MATCH, now=now)
        after = lockouts.of_chat(past.with_wrong_pair(now), now)
        if isinstance(after, lockouts.Locked):
            context.say(
                screens.locked(
                    context.words,
                    _soon(context, after.until),
                    context.services.company,
                    by_this_pair=True,
                )
            )
            return END
        context.keep(Draft())
        context.say(screens.no_match(context.words, context.screen_token))
        return State.CUSTOMER_CODE
    return await _show_whom(context, customer)


async def _go_on_unsaid(
    context: Context,
    code: str,
    customer: Customer | None,
    past: lockouts.Past,
    until: datetime,
) -> State | int:
    """Too many have tried this customer's pairs: give one answer to right and wrong ones.

    For a right one, the outbox mails the code, so that the mail server's delay tells nothing. Each
    counts as a wrong one of the chat, because the chat's lock would tell otherwise.
    """
    linking, chat_id, now = context.unit.linking, context.chat.id, context.now
    await linking.record(chat_id, code, AttemptOutcome.REFUSED, now=now)
    after = lockouts.of_chat(past.with_wrong_pair(now), now)
    if isinstance(after, lockouts.Locked):
        context.say(
            screens.locked(context.words, _soon(context, after.until), context.services.company)
        )
        return END
    if customer is not None:
        await code_letters.mail_unsaid(context, customer)
    context.keep(Draft(code, customer.id if customer is not None else None, unsaid=True))
    context.say(screens.unsaid(context.words, context.screen_token, _soon(context, until)))
    return State.MAILED_CODE


async def refuse_picture_of_tax_id(context: Context) -> None:
    """Delete a picture, for example of the card, like a text with the tax code."""
    context.delete_message()
    ask_for_words(context)


async def _show_whom(context: Context, customer: Customer) -> State | int:
    if await _is_proved(context, customer):
        context.say(screens.linked_already(context.words, customer))
        return END
    address = await context.unit.contacts.access_address(customer, now=context.now)
    if context.services.mails_codes and not address:
        await context.unit.linking.record(
            context.chat.id, customer.code, AttemptOutcome.NO_EMAIL, now=context.now
        )
        context.say(screens.no_email(context.words, context.services.company))
        return END
    await context.unit.linking.record(
        context.chat.id, customer.code, AttemptOutcome.MATCHED, now=context.now
    )
    context.keep(Draft(customer_code=customer.code, customer_id=customer.id))
    mailed_to = address if context.services.mails_codes else None
    context.say(screens.summary(context.words, context.screen_token, customer, mailed_to=mailed_to))
    return State.SUMMARY


async def confirm(context: Context) -> State | int:
    """*Conferma*: mail a code to the address on file; in closed trials none is required."""
    customer = await _customer(context)
    if customer is None:
        context.show(screens.gone(context.words))
        return END
    if not context.services.mails_codes:
        return await _link(context, customer, Proof.TRIAL)
    return await _mail_code(context, customer)


async def resend(context: Context) -> State | int:
    """*Rimanda il codice*: mail a new one; the earlier becomes invalid."""
    if context.draft(Draft).unsaid:  # a new letter would show that the pair was right
        context.say(screens.wrong_or_spent_code(context.words, context.screen_token))
        return State.MAILED_CODE
    customer = await _customer(context)
    if customer is None:
        context.show(screens.gone(context.words))
        return END
    return await _mail_code(context, customer)


async def _mail_code(context: Context, customer: Customer) -> State | int:
    address = await context.unit.contacts.access_address(customer, now=context.now)
    if not address:
        context.show(screens.no_email(context.words, context.services.company))
        return END
    issued = await context.unit.linking.issue(
        context.chat.id, customer, to=address, now=context.now
    )
    if isinstance(issued, lockouts.Locked):
        context.show(
            screens.too_many_codes(
                context.words, context.screen_token, _soon(context, issued.until)
            )
        )
        return State.MAILED_CODE
    context.show(screens.sending_code(context.words))
    context.mail(
        screens.code_mail(
            context.words,
            context.screen_token,
            context.services.company,
            email=address,
            code=issued.code,
            code_id=issued.code_id,
            message_id=context.message_id if context.turn.update.callback_query else None,
        )
    )
    return State.MAILED_CODE


async def take_mailed_code(context: Context) -> State | int:
    """Take the code from the e-mail: five attempts, ten minutes."""
    typed = read_mailed_code(context.typed, CODE_DIGITS) or six_digits(context.meaning)
    draft, words, screen_token = context.draft(Draft), context.words, context.screen_token
    customer = await _customer(context)
    if customer is None and not draft.unsaid:
        context.say(screens.gone(words))
        return END
    if typed is None:
        hide_tax_id(context)
        if not context.meaning.numbers:
            _explain(context)
        context.say(screens.not_a_mailed_code(words, screen_token, may_resend=not draft.unsaid))
        return State.MAILED_CODE
    judged = await _judge(context, draft, customer, typed)
    match judged:
        case Right() if customer is not None:
            return await _link(context, customer, Proof.MAILED_CODE)
        case lockouts.Locked(until) | Wrong(until=datetime() as until):
            context.say(
                screens.locked_by_codes(
                    words,
                    _soon(context, until),
                    context.services.company,
                    by_this_code=isinstance(judged, Wrong),
                )
            )
            return END
        case Wrong(tries_left=tries_left) if not draft.unsaid:
            context.say(screens.wrong_mailed_code(words, screen_token, tries_left=tries_left))
        case Spent():
            context.say(screens.spent_code(words, screen_token))
        case _:
            context.say(screens.wrong_or_spent_code(words, screen_token))
    return State.MAILED_CODE


async def _judge(
    context: Context, draft: Draft, customer: Customer | None, typed: str
) -> Right | Wrong | Spent | lockouts.Locked:
    linking, chat_id, now = context.unit.linking, context.chat.id, context.now
    address = None
    if customer is not None:
        address = await context.unit.contacts.access_address(customer, now=now)
    if draft.unsaid or customer is None:
        code = draft.customer_code or ""
        return await linking.judge_unsaid(
            chat_id, code, customer, typed, mailed_to=address, now=now
        )
    return await linking.judge(chat_id, customer, typed, mailed_to=address, now=now)


async def _link(context: Context, customer: Customer, proof: Proof) -> int:
    chat_id = context.chat.id
    link = None
    if not await _is_proved(context, customer):
        link = await context.unit.chats.link_anew(
            chat_id, customer.id, access=Access.FULL, proof=proof, now=context.now
        )
    await context.unit.linking.record(
        chat_id, customer.code, AttemptOutcome.LINKED, now=context.now
    )
    points = await context.unit.supply_points.of_chat(chat_id)
    if link is not None:
        await new_link.announce(context, customer, link)
    own = sum(point.customer_id == customer.id for point in points)
    context.say(screens.linked(context.words, customer, points=own, in_all=len(points)))
    return END


async def _is_proved(context: Context, customer: Customer) -> bool:
    """Whether the chat has full access already, by a code of its own.

    Others, such as guests, get that by linking like everybody else.
    """
    link = await context.unit.chats.link_of(context.chat.id, customer.id)
    if link is None or link.access is not Access.FULL:
        return False
    return link.proof is Proof.MAILED_CODE or (
        link.proof is Proof.TRIAL and not context.services.mails_codes
    )


_ASKS = frozenset({Intent.HELP, Intent.PERSON, Intent.SUPPORT, Intent.GREETING})
"""Meanings that answer no question of linking: explained, and the question is asked again."""


def _explain(context: Context) -> None:
    """Say how to reach a person if that was asked, before the question is asked again."""
    if context.meaning.intent in {Intent.PERSON, Intent.SUPPORT}:
        context.say(screens.contacts(context.words, context.services.company))


async def confirm_in_words(context: Context) -> State | int | None:
    """Take *sì* and *no* under the summary."""
    if context.meaning.intent in {Intent.YES, Intent.OK, Intent.SAVE}:
        return await confirm(context)
    if context.meaning.intent in {Intent.NO, Intent.CANCEL}:
        return await cancel_typed(context)
    await use_buttons(context)
    return None


async def _is_locked(context: Context) -> bool:
    """Whether this chat is locked; it is told before it types anything."""
    past = await context.unit.linking.past_of_chat(context.chat.id, now=context.now)
    verdict = lockouts.of_chat(past, context.now)
    if isinstance(verdict, lockouts.Locked):
        context.say(
            screens.locked(context.words, _soon(context, verdict.until), context.services.company)
        )
        return True
    return False


def _soon(context: Context, until: datetime) -> str:
    return context.words.soon(until, context.now)


async def _customer(context: Context) -> Customer | None:
    customer_id = context.draft(Draft).customer_id
    return None if customer_id is None else await context.unit.customers.by_id(customer_id)
