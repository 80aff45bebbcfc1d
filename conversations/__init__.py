"""What the customer lives through. The order of the handlers is written out here."""

from conversations import (
    documents,
    invitations,
    invoices,
    language,
    leftovers,
    link_account,
    linked_chats,
    measures,
    my_data,
    privacy,
    readings,
    reminders,
    submit_reading,
    supply_point,
    tickets,
    welcome,
    withdrawals,
)
from conversations.kit.flow import Handler
from conversations.preferences import flow as preferences


def first_handlers() -> list[Handler]:
    """What is looked at before any conversation."""
    return leftovers.first_handlers()


def handlers() -> list[Handler]:
    """Every conversation. The first that an update fits takes it."""
    return [
        *link_account.handlers(),  # before /start, which it takes with a code in its payload
        *invitations.handlers(),  # before /start, which it takes with an invitation in it
        *welcome.handlers(),
        *supply_point.handlers(),
        *submit_reading.handlers(),
        *reminders.handlers(),
        *readings.handlers(),
        *invoices.handlers(),
        *withdrawals.handlers(),
        *measures.handlers(),
        *documents.handlers(),
        *tickets.handlers(),
        *my_data.handlers(),
        *preferences.handlers(),
        *linked_chats.handlers(),
        *language.handlers(),
        *privacy.handlers(),
        *leftovers.last_handlers(),
    ]
