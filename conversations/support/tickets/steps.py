"""The steps of writing to the staff: guard, decide, show."""

from datetime import timedelta

from telegram import Message

from conversations.kit.context import Context
from conversations.kit.customers import customers_view
from conversations.kit.flow import END
from conversations.kit.formats import shorten
from conversations.kit.guards import linked, not_yours
from conversations.kit.pages import Page
from conversations.support.tickets import screens
from conversations.support.tickets.screens import (
    TICKETS_ON_A_PAGE,
    USUAL_SUBJECTS,
    OpenTicket,
    ReplyToTicket,
    SendTicket,
    TicketCustomer,
    TicketCustomers,
    TicketsPage,
    TicketSubject,
)
from conversations.support.tickets.states import NAME, Draft, SentFile, State
from storage.models import Customer, MediaKind, Ticket
from storage.repositories.tickets import NewFile
from storage.rules.tickets import LARGEST_FILE, LONGEST_SUBJECT, MOST_FILES, MOST_OPEN, Quota

_STORY_AS_SUBJECT = 60
_DOUBLE_TAP = timedelta(minutes=1)
"""How long after something was added a tap on *Invia* is the second half of the first."""
_ANSWER_IS_FRESH = timedelta(days=14)
"""How long unexpected messages are taken for a reply to the staff's last answer."""

# -- the list --


async def start(context: Context) -> State | int:
    """Show the chat's tickets; if there are none, begin a new one."""
    if not await context.unit.chats.links(context.chat.id):
        context.show(screens.link_first(context.words, context.services.company.contacts))
        return END
    customers = await context.unit.tickets.customers(context.chat.id)
    if not customers:
        context.show(screens.view_only(context.words, context.services.company.contacts))
        return END
    if not await context.unit.tickets.count(context.chat.id):
        return await _begin(context, customers)
    await _show_page(context, 0, several=len(customers) > 1)
    return END


@linked
async def go_to_page(context: Context, tap: TicketsPage) -> int:
    """Show another page of the list."""
    customers = await context.unit.tickets.customers(context.chat.id)
    context.turn.leave()
    await _show_page(context, tap.page, several=len(customers) > 1)
    return END


async def _show_page(context: Context, page: int, *, several: bool) -> None:
    count = await context.unit.tickets.count(context.chat.id)
    shown = Page.of(count, size=TICKETS_ON_A_PAGE, number=page)
    rows = await context.unit.tickets.page(context.chat.id, page=shown.number, size=shown.size)
    context.show(screens.tickets_view(context.words, rows, page=shown, several=several))


@linked
async def open_ticket(context: Context, tap: OpenTicket) -> State | int | None:
    """Show a ticket instead of the list."""
    return await _open(context, tap.ticket_id, in_place=True)


@linked
async def reply_to_ticket(context: Context, tap: ReplyToTicket) -> State | int | None:
    """*Rispondi*: show the ticket below the answer with the button."""
    return await _open(context, tap.ticket_id, in_place=False)


async def _open(context: Context, ticket_id: int, *, in_place: bool) -> State | int | None:
    ticket = await context.unit.tickets.one_of_chat(context.chat.id, ticket_id)
    if ticket is None:
        await not_yours(context)
        return None  # the open conversation goes on
    context.turn.leave()
    customers = await context.unit.tickets.customers(context.chat.id)
    messages = await context.unit.tickets.messages(ticket.id, newest=screens.MESSAGES_SHOWN)
    view = screens.ticket_view(context.words, ticket, messages, several=len(customers) > 1)
    show = context.show if in_place else context.say
    show(view)
    if ticket.closed_at is not None:
        return END
    context.keep(Draft(idle=True, ticket_id=ticket.id))
    return State.OPENED


# -- a new one --


@linked
async def begin(context: Context) -> State | int:
    """*Nuova richiesta*: begin a new ticket."""
    context.turn.leave()
    customers = await context.unit.tickets.customers(context.chat.id)
    if not customers:
        context.show(screens.view_only(context.words, context.services.company.contacts))
        return END
    return await _begin(context, customers)


async def _begin(context: Context, customers: list[Customer]) -> State | int:
    if len(customers) == 1:
        return await _ask_subject(context, customers[0])
    context.keep(Draft())
    _show_customers(context, customers, 0)
    return State.CUSTOMER


def _show_customers(context: Context, customers: list[Customer], page: int) -> None:
    screen_token = context.screen_token
    context.show(
        customers_view(
            context.words,
            screens.which_customer(context.words),
            customers,
            page=page,
            pick=lambda customer: TicketCustomer(screen_token, customer.id),
            to_page=lambda other: TicketCustomers(screen_token, other),
        )
    )


@linked
async def go_to_customers(context: Context, tap: TicketCustomers) -> State:
    """Show another page of the customers."""
    customers = await context.unit.tickets.customers(context.chat.id)
    _show_customers(context, customers, tap.page)
    return State.CUSTOMER


@linked
async def choose_customer(context: Context, tap: TicketCustomer) -> State | int | None:
    """Take the customer that the ticket is for."""
    customer = await _customer(context, tap.customer_id)
    if customer is None:
        await not_yours(context)
        return None
    return await _ask_subject(context, customer)


async def _ask_subject(context: Context, customer: Customer) -> State | int:
    if await context.unit.tickets.open_count(customer.id) >= MOST_OPEN:
        context.show(screens.too_many_open(context.words, MOST_OPEN))
        return END
    if not await _may_send(context, customer.id, []):
        return END
    context.keep(Draft(customer_id=customer.id))
    context.show(screens.ask_subject(context.words, context.screen_token))
    return State.SUBJECT


async def choose_subject(context: Context, tap: TicketSubject) -> State:
    """Take one of the usual subjects."""
    draft = context.draft(Draft)
    draft.subject = USUAL_SUBJECTS[tap.subject]
    context.keep(draft)
    context.show(screens.ask_words(context.words, context.screen_token, draft))
    return State.WORDS


async def take_subject(context: Context) -> State:
    """Take a typed subject; a long text is taken as the message itself."""
    draft = context.draft(Draft)
    typed = " ".join(context.typed.split())
    if len(typed) <= LONGEST_SUBJECT:
        draft.subject = typed
        context.keep(draft)
        context.show(screens.ask_words(context.words, context.screen_token, draft))
        return State.WORDS
    draft.subject = shorten(typed, _STORY_AS_SUBJECT)
    draft.add_words(context.typed)
    context.keep(draft)
    context.show(screens.taken(context.words, context.screen_token, draft, album=False))
    return State.WORDS


async def take_words(context: Context) -> State | int:
    """Add one message; after the summary, show a new summary."""
    draft = context.draft(Draft)
    if not draft.add_words(context.typed):
        context.say(screens.too_many_words(context.words, context.screen_token, adds=False))
        return State.WORDS
    draft.album = None
    context.keep(draft)
    if _is_in(context, State.SUMMARY):
        return await sum_up(context)
    context.show(screens.taken(context.words, context.screen_token, draft, album=False))
    return State.WORDS


async def take_file(context: Context) -> State | int | None:
    """Add a photo or a file, with or without a caption."""
    draft = context.draft(Draft)
    if not await _take(context, draft, adds=False):
        return None
    if _is_in(context, State.SUMMARY):
        return await sum_up(context)
    album = draft.album is not None
    context.show(screens.taken(context.words, context.screen_token, draft, album=album))
    return State.WORDS


async def only_words_and_files(context: Context) -> None:
    """Refuse a sticker, a voice message or a location: the question stays open."""
    context.say(screens.words_or_files(context.words))


async def sum_up(context: Context) -> State | int:
    """*Fatto*: show what is about to be sent."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft.customer_id)
    if customer is None:
        context.show(screens.no_longer_yours(context.words))
        return END
    if not draft.words:
        context.show(screens.words_first(context.words, context.screen_token))
        return State.WORDS
    several = len(await context.unit.tickets.customers(context.chat.id)) > 1
    name = customer.name if several else None
    context.show(screens.summary(context.words, context.screen_token, draft, name))
    return State.SUMMARY


async def send(context: Context) -> State | int:
    """*Invia*: check everything again, and open the ticket."""
    draft = context.draft(Draft)
    customer = await _customer(context, draft.customer_id)
    if customer is None or not draft.words:
        context.show(screens.no_longer_yours(context.words))
        return END
    if await context.unit.tickets.open_count(customer.id) >= MOST_OPEN:
        context.show(screens.too_many_open(context.words, MOST_OPEN))
        return END
    if not await _may_send(context, customer.id, draft.new_files()):
        return State.SUMMARY
    ticket = await context.unit.tickets.open(
        context.chat.id,
        customer.id,
        draft.subject or USUAL_SUBJECTS[screens.UsualSubject.OTHER],
        draft.text,
        draft.new_files(),
        receipt_message_id=context.message_id,
        staff_group=await _staff_group(context),
        now=context.now,
    )
    if ticket is None:
        context.show(screens.no_longer_yours(context.words))
        return END
    context.toast(context.words.plain("Richiesta inviata"))
    context.show(screens.sent(context.words, ticket, len(draft.files)))
    return END


# -- adding to a ticket --


async def add_words(context: Context) -> State | int:
    """Add text to the draft for the open ticket."""
    draft = context.draft(Draft)
    ticket = await _ticket(context, draft)
    if ticket is None:
        return END
    if not draft.add_words(context.typed):
        context.say(
            screens.too_many_words(context.words, context.screen_token, adds=not draft.idle)
        )
        return State.OPENED if draft.idle else State.ADDING
    draft.album = None
    context.keep(draft)
    context.show(screens.adding(context.words, context.screen_token, draft, ticket))
    return State.ADDING


async def add_file(context: Context) -> State | int | None:
    """Add a photo or a file to the draft for the open ticket."""
    draft = context.draft(Draft)
    ticket = await _ticket(context, draft)
    if ticket is None:
        return END
    if not await _take(context, draft, adds=True):
        return None
    context.show(screens.adding(context.words, context.screen_token, draft, ticket))
    return State.ADDING


async def send_added(context: Context) -> State | int:
    """*Invia*: send the addition, unless the ticket has just been closed."""
    draft = context.draft(Draft)
    ticket = await _ticket(context, draft)
    if ticket is None:
        return END
    if not await _may_send(context, ticket.customer_id, draft.new_files()):
        return State.ADDING
    added = await context.unit.tickets.add(
        context.chat.id,
        ticket.id,
        draft.text,
        draft.new_files(),
        staff_group=await _staff_group(context),
        now=context.now,
    )
    if added is None:
        context.show(screens.closed_meanwhile(context.words, ticket))
        return END
    context.toast(context.words.plain("Aggiunto"))
    context.show(screens.added(context.words, ticket, len(draft.files)))
    return END


async def take_as_answer(context: Context) -> bool:
    """Take an unexpected message as a draft for a ticket, if the staff have asked something.

    It may be text, a photo or a file; nothing is sent before the customer taps *Invia*. Returns
    False if no ticket waits for an answer: then another handler must answer.
    """
    message = context.turn.update.effective_message
    file = sent_file(message) if message is not None else None
    if not context.typed and file is None:
        return False
    since = context.now - _ANSWER_IS_FRESH
    ticket = await context.unit.tickets.waiting_for_customer(context.chat.id, since=since)
    if ticket is None:
        return False
    draft = Draft(ticket_id=ticket.id)
    if context.typed:
        draft.add_words(context.typed)
        context.keep(draft)
    elif not await _take(context, draft, adds=True):
        return True  # the customer was told why not
    context.turn.move_to(NAME, State.ADDING.value)
    is_photo = file is not None and file.media is MediaKind.PHOTO
    view = screens.adding(context.words, context.screen_token, draft, ticket, or_reading=is_photo)
    context.say(view)
    return True


# -- guards --


def _is_in(context: Context, state: State) -> bool:
    return context.turn.state_in(NAME) == state.value


async def _staff_group(context: Context) -> int | None:
    return await context.unit.tickets.staff_group(context.services.staff_chat_id)


async def _may_send(context: Context, customer_id: int, files: list[NewFile]) -> bool:
    """Whether the customer may send that today; otherwise show why not, and keep the draft."""
    quota = await context.unit.tickets.quota(customer_id, files, now=context.now)
    if quota is Quota.WITHIN:
        return True
    context.say(screens.enough_for_today(context.words, quota, context.services.company.contacts))
    return False


async def _customer(context: Context, customer_id: int | None) -> Customer | None:
    """The customer, if this chat may act for them now."""
    return await context.unit.customers.one_of_chat(
        context.chat.id, customer_id or 0, to_write=True
    )


async def _ticket(context: Context, draft: Draft) -> Ticket | None:
    """The draft's ticket, if it is open and the chat's; otherwise show that it is not."""
    ticket = await context.unit.tickets.one_of_chat(context.chat.id, draft.ticket_id or 0)
    if ticket is None:
        context.show(screens.no_longer_yours(context.words))
        return None
    if ticket.closed_at is not None:
        context.show(screens.closed_meanwhile(context.words, ticket))
        return None
    return ticket


async def _take(context: Context, draft: Draft, *, adds: bool) -> bool:
    """Add the photo or file of a message to the draft, and its caption as text.

    Returns whether an answer is needed: an album gets only one, and a refusal is shown here.
    """
    message = context.turn.update.effective_message
    file = sent_file(message) if message is not None else None
    if message is None or file is None:
        return False
    words, album = context.words, message.media_group_id
    if file.size is not None and file.size > LARGEST_FILE:
        context.say(screens.file_too_large(words))
        return False
    if len(draft.files) >= MOST_FILES:
        if album is None or album != draft.refused_album:
            context.say(screens.too_many_files(words, context.screen_token, adds=adds))
        draft.refused_album = album
        context.keep(draft)
        return False
    if message.caption and not draft.add_words(message.caption):
        context.say(screens.too_many_words(words, context.screen_token, adds=adds))
        return False
    draft.add_file(file)
    is_answered = album is not None and album == draft.album
    draft.album = album
    context.keep(draft)
    return not is_answered


def sent_file(message: Message) -> SentFile | None:
    """The photo, in its largest size, or the file of a message."""
    if message.photo:
        photo = message.photo[-1]
        return SentFile(MediaKind.PHOTO, photo.file_id, "foto.jpg", photo.file_size)
    document = message.document
    if document is not None:
        name = shorten(document.file_name or "file", 120)
        return SentFile(MediaKind.DOCUMENT, document.file_id, name, document.file_size)
    return None


async def already_sent(context: Context, _tap: SendTicket) -> bool:
    """The second half of a double tap on *Invia*."""
    since = context.now - _DOUBLE_TAP
    if not await context.unit.tickets.was_sent(context.chat.id, context.message_id, since=since):
        return False
    context.toast(context.words.plain("Fatto: è già inviato."))
    return True
