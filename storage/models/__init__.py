"""Every table, one module per aggregate."""

from storage.models.announcements import Announcement, Audience
from storage.models.base import Base, Instant
from storage.models.chats import (
    Access,
    AttemptOutcome,
    Chat,
    ChatLink,
    Conversation,
    LinkAttempt,
    OneTimeCode,
    Proof,
)
from storage.models.contacts import ContactChange, ContactField
from storage.models.customers import Customer
from storage.models.delivery import InboxUpdate, OutboxMessage, OutboxState, TelegramFile
from storage.models.imports import ImportRun
from storage.models.invitations import Invitation
from storage.models.invoices import Document, Invoice, InvoiceState
from storage.models.measures import MeasuredDay
from storage.models.outcomes import AsideReason, OutcomeAside
from storage.models.preferences import ChatPreferences
from storage.models.readings import (
    Acquisition,
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
)
from storage.models.reminders import ReminderRound, WithdrawnWindow
from storage.models.sealed import Sealed
from storage.models.supplies import Supply
from storage.models.supply_points import EntryWindow, SelfReadingKind, Service, SupplyPoint
from storage.models.tickets import (
    MediaKind,
    StaffGroup,
    Ticket,
    TicketAuthor,
    TicketFile,
    TicketMessage,
    TicketPost,
    TicketState,
)
from storage.models.withdrawals import Withdrawal

__all__ = [
    "Access",
    "Acquisition",
    "Announcement",
    "AsideReason",
    "AttemptOutcome",
    "Audience",
    "Base",
    "Chat",
    "ChatLink",
    "ChatPreferences",
    "ContactChange",
    "ContactField",
    "Conversation",
    "Customer",
    "Document",
    "EntryWindow",
    "ImportRun",
    "InboxUpdate",
    "Instant",
    "Invitation",
    "Invoice",
    "InvoiceState",
    "LinkAttempt",
    "MeasuredDay",
    "MediaKind",
    "OneTimeCode",
    "OutboxMessage",
    "OutboxState",
    "Outcome",
    "OutcomeAside",
    "Proof",
    "Reading",
    "ReadingSource",
    "ReadingState",
    "ReminderRound",
    "Sealed",
    "SelfReadingKind",
    "Service",
    "StaffGroup",
    "Supply",
    "SupplyPoint",
    "TelegramFile",
    "Ticket",
    "TicketAuthor",
    "TicketFile",
    "TicketMessage",
    "TicketPost",
    "TicketState",
    "Withdrawal",
    "WithdrawnWindow",
]
