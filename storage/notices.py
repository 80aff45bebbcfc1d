"""The messages sent unasked, as types: one class for each kind of message in the outbox.

A notice holds ids, and values that cannot be looked up later. Its text is made when it is sent
(``conversations.notices``); what is no longer true is not sent.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from storage.models import OutboxMessage
from storage.rules.reminders import ReminderKind


class NoticeError(Exception):
    """A message of the outbox that fits no notice of this version."""


@dataclass(frozen=True)
class Notice:
    """Base of every notice: a frozen dataclass whose fields are stored with the message.

    A subclass gives its ``kind``, as stored in the outbox. ``reading_id`` has a column of its own;
    the field that ``about`` names is stored in the column ``about_id``.
    """

    kind: ClassVar[str] = ""
    about: ClassVar[str | None] = None
    registry: ClassVar[dict[str, type["Notice"]]] = {}

    def __init_subclass__(cls, *, kind: str, about: str | None = None) -> None:
        super().__init_subclass__()
        if kind in Notice.registry:
            raise TypeError(f"two notices of the kind {kind}")
        cls.kind, cls.about = kind, about
        Notice.registry[kind] = cls

    def columns(self) -> dict[str, Any]:
        """The outbox columns that this notice fills."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            "kind": self.kind,
            "reading_id": values.pop("reading_id", None),
            "about_id": values.pop(self.about) if self.about is not None else None,
            "content": values or None,
        }

    @staticmethod
    def of(message: OutboxMessage) -> "Notice":
        """The notice that a message of the outbox holds.

        Raises:
            NoticeError: another version wrote it.
        """
        kind = Notice.registry.get(message.kind)
        if kind is None:
            raise NoticeError(f"no notice of the kind {message.kind}")
        names = {field.name for field in fields(kind)}
        values: dict[str, Any] = dict(message.content or {})
        if "reading_id" in names:
            values["reading_id"] = message.reading_id
        if kind.about is not None:
            values[kind.about] = message.about_id
        if set(values) != names or None in values.values():
            raise NoticeError(f"other fields than those of {kind.__name__}")
        return kind(**values)


# -- readings --


@dataclass(frozen=True)
class ReceiptAcquired(Notice, kind="acquired"):
    """Edits the receipt of a reading: it was acquired."""

    reading_id: int


@dataclass(frozen=True)
class ReceiptCancelled(Notice, kind="cancelled"):
    """Edits the receipt of a reading: it was cancelled elsewhere."""

    reading_id: int


@dataclass(frozen=True)
class ReceiptOutcome(Notice, kind="outcome"):
    """Edits the receipt of a reading: the distributor has answered."""

    reading_id: int


@dataclass(frozen=True)
class ReadingAcquired(Notice, kind="acquired_notice"):
    """A message that a reading was acquired, to chats that asked for it."""

    reading_id: int


@dataclass(frozen=True)
class ReadingOutcome(Notice, kind="outcome_notice"):
    """A message that the distributor accepted a reading, or refused it and why."""

    reading_id: int


# -- reminders and windows --


@dataclass(frozen=True)
class WindowOpens(Notice, kind="reminder_opens", about="round_id"):
    """A reminder: readings may be sent from now on."""

    round_id: int


@dataclass(frozen=True)
class WindowCloses(Notice, kind="reminder_closing", about="round_id"):
    """A reminder, some days before a window closes."""

    round_id: int


@dataclass(frozen=True)
class WindowLastDay(Notice, kind="reminder_last_day", about="round_id"):
    """A reminder on the last day of a window."""

    round_id: int


@dataclass(frozen=True)
class RemindedTomorrow(Notice, kind="reminder_tomorrow"):
    """A reminder that the customer postponed: *Ricordamelo domani*."""


@dataclass(frozen=True)
class WindowOpensAsAsked(Notice, kind="window_opens"):
    """A reminder that the customer asked for while the window was closed: *Avvisami*."""

    supply_point_id: int


@dataclass(frozen=True)
class WindowChanged(Notice, kind="window_changed", about="round_id"):
    """A window was moved after customers had been told about it."""

    round_id: int


REMINDERS: dict[ReminderKind, type[Notice]] = {
    ReminderKind.OPENS: WindowOpens,
    ReminderKind.CLOSING: WindowCloses,
    ReminderKind.LAST_DAY: WindowLastDay,
}
"""The notice for each kind of reminder that goes to everybody who wants it."""


# -- billing, announcements, conversations --


@dataclass(frozen=True)
class NewInvoice(Notice, kind="new_invoice", about="invoice_id"):
    """A new invoice."""

    invoice_id: int


@dataclass(frozen=True)
class Announced(Notice, kind="announcement", about="announcement_id"):
    """An announcement by the operator, sent outside the chat's quiet hours."""

    announcement_id: int


@dataclass(frozen=True)
class AnnouncedAtOnce(Notice, kind="announcement_at_once", about="announcement_id"):
    """An announcement by the operator, sent at any hour."""

    announcement_id: int


@dataclass(frozen=True)
class ConversationLeftAlone(Notice, kind="conversation_left_alone"):
    """A conversation has ended after half an hour without a message."""


# -- links --


@dataclass(frozen=True)
class ChatLinked(Notice, kind="chat_linked"):
    """Another chat was linked to the same customer."""

    customer_id: int
    customer_code: str


@dataclass(frozen=True)
class ChatLinkedLetter(Notice, kind="chat_linked_letter"):
    """The same by e-mail, to the address that was on file when the chat was linked."""

    email: str
    customer_code: str
    language: str
    linked_at: str
    access: str
    proof: str


@dataclass(frozen=True)
class InvitationTaken(Notice, kind="invitation_taken"):
    """To the inviter: somebody has accepted the invitation."""

    invitation_id: int


@dataclass(frozen=True)
class InvitationSettled(Notice, kind="invitation_settled"):
    """To the guest: whether the inviter let them in."""

    invitation_id: int


@dataclass(frozen=True)
class LinkRevoked(Notice, kind="link_revoked"):
    """To a chat whose link another chat has ended."""

    customer_code: str


@dataclass(frozen=True)
class TrialOver(Notice, kind="trial_over"):
    """To chats linked without a code while none was required: from now on they may only look."""

    customer_id: int


@dataclass(frozen=True)
class LinkCodeLetter(Notice, kind="link_code_letter"):
    """A code by e-mail, for a chat that is not told whether its pair was right."""

    email: str
    code: str
    code_id: int
    language: str


@dataclass(frozen=True)
class EmailChangeStopped(Notice, kind="email_change_stopped"):
    """A customer's e-mail is again what it was before a change."""

    customer_id: int


@dataclass(frozen=True)
class EmailChangedLetter(Notice, kind="email_changed_letter"):
    """To the e-mail that gave access before a change; ``until`` when it still does, or None."""

    email: str
    customer_code: str
    until: str
    language: str


@dataclass(frozen=True)
class EmailChanged(Notice, kind="email_changed"):
    """To the other linked chats: the customer's e-mail has changed."""

    customer_id: int


# -- tickets --


@dataclass(frozen=True)
class StaffPost(Notice, kind="staff_post"):
    """To the staff's group: one part of a customer's message in a ticket."""

    ticket_message_id: int
    part: int


@dataclass(frozen=True)
class StaffThread(Notice, kind="staff_thread"):
    """To the staff's group: a ticket was closed or reopened."""

    ticket_id: int


@dataclass(frozen=True)
class TicketAnswer(Notice, kind="ticket_answer"):
    """To the customer: one part of the staff's answer."""

    ticket_message_id: int
    part: int


@dataclass(frozen=True)
class TicketClosed(Notice, kind="ticket_closed"):
    """To the customer: the staff closed a ticket."""

    ticket_id: int
