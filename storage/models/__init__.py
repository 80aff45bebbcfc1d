"""Every table, one module per aggregate."""

from storage.models.base import Base, Instant, Sealed
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
from storage.models.customers import Customer
from storage.models.delivery import InboxUpdate, OutboxMessage, OutboxState, TelegramFile
from storage.models.imports import ImportRun
from storage.models.readings import Acquisition, Outcome, Reading, ReadingSource, ReadingState
from storage.models.supply_points import EntryWindow, SelfReadingKind, Service, SupplyPoint

__all__ = [
    "Access",
    "Acquisition",
    "AttemptOutcome",
    "Base",
    "Chat",
    "ChatLink",
    "Conversation",
    "Customer",
    "EntryWindow",
    "ImportRun",
    "InboxUpdate",
    "Instant",
    "LinkAttempt",
    "OneTimeCode",
    "OutboxMessage",
    "OutboxState",
    "Outcome",
    "Proof",
    "Reading",
    "ReadingSource",
    "ReadingState",
    "Sealed",
    "SelfReadingKind",
    "Service",
    "SupplyPoint",
    "TelegramFile",
]
