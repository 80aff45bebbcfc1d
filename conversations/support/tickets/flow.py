"""The conversation of tickets.

```mermaid
stateDiagram-v2
    [*] --> CUSTOMER: /assistenza, Nuova richiesta, for one of several customers
    [*] --> SUBJECT: /assistenza without any ticket, Nuova richiesta
    [*] --> OPENED: a ticket in the list, Rispondi under an answer
    [*] --> ADDING: words, a photo or a file with nothing open, when the staff have asked something
    CUSTOMER --> SUBJECT: a customer
    SUBJECT --> WORDS: a usual subject, or one in other words
    WORDS --> WORDS: words, photos and files, as many as needed
    WORDS --> SUMMARY: Fatto
    SUMMARY --> SUMMARY: something more
    SUMMARY --> WORDS: more words than there is room for
    SUMMARY --> [*]: Invia, Annulla
    OPENED --> ADDING: words, a photo, a file
    OPENED --> [*]: another page of the list
    ADDING --> ADDING: something more
    ADDING --> [*]: Invia, Annulla
```
"""

from telegram.ext import filters

from conversations.kit.flow import (
    ANSWER,
    SENT,
    Handler,
    conversation,
    on_command,
    on_open_button,
    on_tap,
    on_typed,
)
from conversations.kit.leaving import buttons_expected, cancel_handlers
from conversations.kit.open_buttons import OpenSupport
from conversations.kit.stale import StaleAnswer, on_stale_tap
from conversations.support.tickets import steps
from conversations.support.tickets.screens import (
    NewTicket,
    OpenTicket,
    ReplyToTicket,
    SendTicket,
    TicketCustomer,
    TicketCustomers,
    TicketsPage,
    TicketSubject,
    WordsDone,
)
from conversations.support.tickets.states import NAME, State

_FILE = ANSWER & (filters.PHOTO | filters.Document.ALL)


def handlers() -> list[Handler]:
    """The conversation, with viewing tickets as an entry point."""
    return [
        conversation(
            NAME,
            entry_points=[
                on_command(("assistenza", "support"), steps.start),
                on_open_button(OpenSupport, steps.start),
                on_tap(TicketsPage, steps.go_to_page),
                on_tap(NewTicket, steps.begin),
                on_tap(OpenTicket, steps.open_ticket),
                on_tap(ReplyToTicket, steps.reply_to_ticket),
            ],
            states={
                State.CUSTOMER: [
                    on_tap(TicketCustomers, steps.go_to_customers),
                    on_tap(TicketCustomer, steps.choose_customer),
                    buttons_expected(),
                ],
                State.SUBJECT: [
                    on_tap(TicketSubject, steps.choose_subject),
                    on_typed(steps.take_subject),
                ],
                State.WORDS: [
                    on_tap(WordsDone, steps.sum_up),
                    on_typed(steps.take_words),
                    on_typed(steps.take_file, _FILE),
                    on_typed(steps.only_words_and_files, SENT),
                ],
                State.SUMMARY: [
                    on_tap(SendTicket, steps.send),
                    # *Fatto* is also under messages that say that something was refused.
                    on_tap(WordsDone, steps.sum_up),
                    # The rest of an album whose first photo was followed by Fatto, or more text.
                    on_typed(steps.take_words),
                    on_typed(steps.take_file, _FILE),
                    on_typed(steps.only_words_and_files, SENT),
                ],
                State.OPENED: [
                    on_typed(steps.add_words),
                    on_typed(steps.add_file, _FILE),
                    on_typed(steps.only_words_and_files, SENT),
                ],
                State.ADDING: [
                    on_tap(SendTicket, steps.send_added),
                    on_typed(steps.add_words),
                    on_typed(steps.add_file, _FILE),
                    on_typed(steps.only_words_and_files, SENT),
                ],
            },
            fallbacks=cancel_handlers(),
        ),
    ]


def stale_answers() -> list[StaleAnswer]:
    """A second tap on *Invia* finds the request sent."""
    return [on_stale_tap(SendTicket, steps.already_sent)]
