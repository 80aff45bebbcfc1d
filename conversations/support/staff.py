"""Handles the staff's group: what the staff write about a ticket is sent to the customer.

In a topic every message is sent, except those that begin with ``//``; outside of topics only
replies to the bot's messages about a ticket.
"""

import re
from dataclasses import dataclass

from telegram import (
    ChatMember,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    MessageOriginChannel,
)
from telegram.ext import filters

from conversations.kit.context import Context
from conversations.kit.views import Reply, View
from conversations.support.tickets.steps import sent_file
from conversations.texts import mark
from storage.models import Ticket
from storage.repositories.tickets import NewFile

ASIDE = "//"
"""The beginning of a message that is not sent to the customer."""
CLOSE, REOPEN = "chiudi", "riapri"
COMMANDS = (CLOSE, REOPEN)
"""The commands of the staff; outside of their group they do not exist."""
MENU: tuple[tuple[str, str], ...] = (
    (CLOSE, mark("Chiudere la richiesta, e dirlo al cliente")),
    (REOPEN, mark("Riaprire una richiesta chiusa")),
)
"""The command menu of the group: each command with its description."""

_TICKET_NUMBER = re.compile(r"\s*(?:n\.?|#)?\s*([0-9]{1,9})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command as written: its name, the bot that it names, the ticket's number in it."""

    name: str
    bot: str
    number: int | None


async def is_staff_group(context: Context) -> bool:
    """Whether an update is from the configured group, even if its id has changed."""
    group = await context.unit.tickets.staff_group(context.services.staff_chat_id)
    return group is not None and group == context.turn.chat_id


async def heard(context: Context) -> None:
    """Handle any message in the staff's group."""
    message = context.turn.update.effective_message
    if message is None:
        return
    if message.migrate_to_chat_id is not None:
        await context.unit.tickets.move_group(
            context.turn.chat_id, message.migrate_to_chat_id, now=context.now
        )
        return
    is_status = filters.StatusUpdate.ALL.check_update(context.turn.update)
    if is_status or not _is_from_staff(message):
        return
    ticket = await _ticket_of(context, message)
    command = read_command(message)
    if command is not None:
        if command.bot in {"", context.bot.username.lower()}:
            await _obey(context, message, command, ticket)
    elif ticket is not None and not (message.text or message.caption or "").startswith(ASIDE):
        await _answer(context, message, ticket)


async def admitted(context: Context, change: ChatMemberUpdated) -> None:
    """The bot was added to the staff's group: send the tickets that it could not send before."""
    if change.new_chat_member.status in {ChatMember.MEMBER, ChatMember.ADMINISTRATOR}:
        await context.unit.tickets.tell_again(context.turn.chat_id, now=context.now)


async def _ticket_of(context: Context, message: Message) -> Ticket | None:
    """The ticket that a message is about, if any."""
    tickets, group = context.unit.tickets, context.turn.chat_id
    if message.is_topic_message and message.message_thread_id is not None:
        ticket = await tickets.by_topic(group, message.message_thread_id)
        if ticket is not None:
            return ticket
    answered = message.reply_to_message
    if answered is None:
        return None
    return await tickets.by_post(group, answered.message_id)


def _is_from_staff(message: Message) -> bool:
    """Whether a person wrote it, and no other bot or linked channel.

    Anonymous administrators write through one of Telegram's bots, and count as persons.
    """
    if message.sender_chat is not None:
        return message.sender_chat.id == message.chat_id and not message.is_automatic_forward
    return message.from_user is not None and not message.from_user.is_bot


async def _answer(context: Context, message: Message, ticket: Ticket) -> None:
    words = context.words
    if context.turn.update.edited_message is not None:
        _note(
            context,
            message,
            words("✏️ Le modifiche non arrivano al cliente: vale quello che ha già ricevuto."),
        )
        return
    if isinstance(message.forward_origin, MessageOriginChannel):
        _note(
            context,
            message,
            words(
                "I messaggi inoltrati da un canale restano qui: al cliente non è arrivato nulla."
            ),
        )
        return
    file = sent_file(message)
    text = message.text or message.caption or ""
    # The caption of a video is not sent without the video, as it would be incomplete.
    if file is None and (message.effective_attachment is not None or not text):
        _note(
            context,
            message,
            words("Al cliente arrivano testo, foto e file: questo messaggio non gli è arrivato."),
        )
        return
    files = [NewFile(file.media, file.file_id, file.name, file.size)] if file is not None else []
    answered = await context.unit.tickets.answer(ticket, text, files, now=context.now)
    if answered is None:
        _note(
            context,
            message,
            words(
                "La richiesta n. {number} è chiusa: il messaggio non è arrivato al cliente. "
                "Si riapre con <code>/riapri {number}</code>",
                number=ticket.id,
            ),
        )
    elif not answered.recipients:
        _note(
            context,
            message,
            words(
                "Nessuna chat è più collegata al cliente {code}: la risposta resta nella "
                "richiesta, ma per ora non la legge nessuno.",
                code=ticket.customer.code,
            ),
        )
    elif all(chat.blocked_at is not None for chat in answered.recipients):
        _note(
            context,
            message,
            words("Il cliente ha bloccato il bot: leggerà la risposta quando torna."),
        )


async def _obey(
    context: Context, message: Message, command: Command, ticket: Ticket | None
) -> None:
    """Do ``/chiudi`` and ``/riapri``; other commands are ignored and not sent to the customer.

    With a number they apply to the ticket of that number, wherever they are written: in a closed
    topic only administrators can write.
    """
    words, tickets, group = context.words, context.unit.tickets, context.turn.chat_id
    if command.name not in COMMANDS:
        _note(context, message, words("Qui conosco solo /chiudi e /riapri."))
        return
    if command.number is not None:
        ticket = await tickets.by_id(command.number)
    if ticket is None:
        _note(
            context,
            message,
            words(
                "Di quale richiesta? Scrivi /{command} nel suo argomento, rispondendo al messaggio "
                "con cui l'ho segnalata, oppure con il suo numero: /{command} 12",
                command=command.name,
            ),
        )
    elif command.name == CLOSE:
        if not await tickets.close(ticket, staff_group=group, now=context.now):
            _note(context, message, words("La n. {number} è già chiusa.", number=ticket.id))
    elif not await tickets.reopen(ticket, staff_group=group, now=context.now):
        _note(context, message, words("La n. {number} è già aperta.", number=ticket.id))


def read_command(message: Message) -> Command | None:
    """The command at the beginning of a message; None if there is none."""
    for entity, said in message.parse_entities([MessageEntity.BOT_COMMAND]).items():
        if entity.offset == 0:
            name, _, bot = said[1:].lower().partition("@")
            number = _TICKET_NUMBER.fullmatch((message.text or "")[entity.length :])
            return Command(name, bot, int(number[1]) if number else None)
    return None


def _note(context: Context, message: Message, text: str) -> None:
    """Reply to the staff's message."""
    topic = message.message_thread_id if message.is_topic_message else None
    context.turn.effects.append(Reply(View(text), message.message_id, topic))
