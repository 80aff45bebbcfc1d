"""Answers to what no conversation handles: old buttons, other texts, edited messages, groups."""

import contextlib
from collections.abc import Sequence

import structlog
from telegram import Message, MessageEntity, Update
from telegram.ext import (
    ApplicationHandlerStop,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from conversations.account.link import states as linking
from conversations.kit.context import Context, current_turn
from conversations.kit.flow import FRESH, NOTHING_OPEN, TYPED, Handler, plain
from conversations.kit.leaving import cancel_command, cancel_word
from conversations.kit.menu import large_keyboard
from conversations.kit.privacy import hide_tax_id, tax_id_hidden
from conversations.kit.stale import StaleAnswer
from conversations.kit.taps import TapError, decode
from conversations.kit.views import View
from conversations.support import emergency, staff
from conversations.support.courtesies import not_understood_view
from conversations.support.tickets.steps import take_as_answer
from conversations.understanding import Intent
from conversations.welcome import commands_view, show_menu

log = structlog.get_logger()

_ANSWERS = frozenset(
    {
        Intent.YES,
        Intent.NO,
        Intent.SAVE,
        Intent.SEND,
        Intent.CORRECT,
        Intent.CANCEL,
        Intent.NEXT,
        Intent.BACK,
    }
)
"""Answers to a question, which come while nothing is open."""
_COURTESIES = frozenset({Intent.THANKS, Intent.OK})
_SENTENCE = 3
"""From this many words on, a text may be an answer to what the staff have asked."""


class _Sentence(filters.MessageFilter):
    """Passes for several words, or a courtesy, without a reading in them."""

    def filter(self, message: Message) -> bool:
        meaning = current_turn().meaning
        words = len((message.text or "").split())
        return (words >= _SENTENCE or meaning.intent in _COURTESIES) and not meaning.numbers


def first_handlers() -> list[Handler]:
    """Handlers that run before any conversation, for groups and kinds of messages."""
    return [
        CommandHandler(staff.COMMANDS, plain(in_a_group), filters=~filters.ChatType.PRIVATE),
        MessageHandler(~filters.ChatType.PRIVATE, plain(in_a_group)),
        CallbackQueryHandler(plain(odd_tap)),
        ChatMemberHandler(plain(membership), ChatMemberHandler.MY_CHAT_MEMBER),
        *emergency.first_handlers(),  # before edited messages, which may report an emergency
        MessageHandler(filters.UpdateType.EDITED_MESSAGE, plain(edited)),
        MessageHandler(TYPED & NOTHING_OPEN & _Sentence(name="a sentence"), plain(answer_to_staff)),
    ]


def last_handlers(stale: Sequence[StaleAnswer]) -> list[Handler]:
    """Handlers of what no conversation accepted; *stale* are the flows' answers to old taps."""

    async def stale_tap(context: Context) -> None:
        await answer_stale_tap(context, stale)

    return [
        cancel_command(),
        cancel_word(),
        CallbackQueryHandler(plain(stale_tap)),
        MessageHandler(FRESH & filters.COMMAND, plain(unknown_command)),
        MessageHandler(FRESH & filters.StatusUpdate.ALL, nothing_to_say),
        MessageHandler(FRESH, plain(unexpected)),
        TypeHandler(Update, nothing_to_say),
    ]


async def in_a_group(context: Context) -> None:
    """Handle a message in a group: the staff's, or say that the bot works in private chats."""
    if await staff.is_staff_group(context):
        await staff.heard(context)
        raise ApplicationHandlerStop
    message = context.turn.update.effective_message
    if (
        message is not None
        and context.turn.update.edited_message is None
        and _is_addressed(message, context)
    ):
        name = context.bot.username
        context.say(
            View(
                context.words(
                    "Qui non posso aiutare: si parla di dati personali. Scrivimi in una "
                    '<a href="https://t.me/{name}">chat privata</a>.',
                    name=name,
                )
            )
        )
    raise ApplicationHandlerStop


def _is_addressed(message: Message, context: Context) -> bool:
    """Whether a message in a group is meant for the bot.

    True for a command (except another bot's), its name, a reply to it, and its being added.
    """
    me = context.bot
    command = staff.read_command(message)
    if command is not None:
        return command.bot in {"", me.username.lower()}
    mentions: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    entities = message.parse_entities(mentions) | message.parse_caption_entities(mentions)
    named = any(
        said.lower() == f"@{me.username.lower()}"
        or (entity.user is not None and entity.user.id == me.id)
        for entity, said in entities.items()
    )
    answered = message.reply_to_message
    return (
        named
        or (answered is not None and _is_by(answered, me.id))
        or any(member.id == me.id for member in message.new_chat_members)
    )


def _is_by(message: Message, user_id: int) -> bool:
    return message.from_user is not None and message.from_user.id == user_id


async def odd_tap(context: Context) -> None:
    """Answer a tap in a group, where the bot has no buttons, or one without data.

    python-telegram-bot passes the latter through every pattern. Other taps are left to the rest.
    """
    if context.turn.chat is None:
        context.toast(context.words.plain("Questo funziona solo nella chat privata."))
        raise ApplicationHandlerStop
    if (
        context.turn.update.callback_query is not None
        and not context.turn.update.callback_query.data
    ):
        await answer_stale_tap(context)
        raise ApplicationHandlerStop


async def membership(context: Context) -> None:
    """Handle that a person blocked or unblocked the bot, or a group added it."""
    change = context.turn.update.my_chat_member
    if change is not None and context.turn.chat is not None:
        blocked = change.new_chat_member.status == change.new_chat_member.BANNED
        context.turn.chat.blocked_at = context.now if blocked else None
    elif change is not None:
        # This log line gives operators the group's id, which Telegram's apps do not show.
        status = change.new_chat_member.status
        log.info("membership_changed", chat_id=context.turn.chat_id, status=status)
        if await staff.is_staff_group(context):
            await staff.admitted(context, change)
    raise ApplicationHandlerStop


async def edited(context: Context) -> None:
    """Answer an edited message, which never counts as an answer.

    One with a tax code is deleted.
    """
    if context.turn.state_in(linking.NAME) == linking.State.TAX_ID.value:
        context.delete_message()
    elif hide_tax_id(context):
        context.say(tax_id_hidden(context))
    context.say(
        View(
            context.words(
                "✏️ Non posso usare i messaggi <b>modificati</b>: vale quello che era scritto "
                "prima. Per cambiare, scrivi un messaggio nuovo."
            )
        )
    )
    raise ApplicationHandlerStop


async def answer_stale_tap(context: Context, stale: Sequence[StaleAnswer] = ()) -> None:
    """Say that a button belongs to an earlier screen, an earlier version, or nothing."""
    words, query = context.words, context.turn.update.callback_query
    with contextlib.suppress(TapError):
        tap = decode((query.data if query else None) or "")
        for each in stale:
            if isinstance(tap, each.kind) and await each.answer(context, tap):
                return
    context.toast(words.plain("Questo pulsante è di una schermata di prima e non vale più."))
    if context.turn.flow is None:
        await show_menu(context)


async def unknown_command(context: Context) -> None:
    """Answer an unknown command with the list of commands."""
    words = context.words
    text = words("Questo comando non lo conosco.")
    context.say(View(f"{text}\n\n{commands_view(words).text}"))


async def unexpected(context: Context) -> None:
    """Answer texts, stickers and pictures that nothing expects."""
    words = context.words
    linked = bool(await context.unit.chats.links(context.chat.id))
    if hide_tax_id(context):
        context.say(tax_id_hidden(context))
    elif linked and await take_as_answer(context):
        return
    contacts = context.services.company.contacts
    if context.meaning.intent in _ANSWERS:
        context.say(View(words("Adesso non c'è niente in sospeso."), menu=large_keyboard(words)))
        return
    context.say(not_understood_view(words, contacts, linked=linked))


async def answer_to_staff(context: Context) -> None:
    """Take a sentence as the answer to what the staff have asked, before anything else."""
    if await context.unit.chats.links(context.chat.id) and await take_as_answer(context):
        raise ApplicationHandlerStop


async def nothing_to_say(_update: Update, _context: Context) -> None:
    """Ignore Telegram's service messages."""
