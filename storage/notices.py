"""What is said unasked, as types: one class for each kind of message in the outbox.

A notice holds ids, and what would be lost by the time it is said. What it tells is looked up when
its turn comes (``conversations.notices``): what is no longer true is not said.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from storage.models import OutboxMessage
from storage.rules.reminders import ReminderKind


class NoticeError(Exception):
    """A message of the outbox that no notice of this version fits."""


@dataclass(frozen=True)
class Notice:
    """Base of every notice: a frozen dataclass whose fields are kept with the message.

    A subclass names its ``kind``, as it stands in the outbox. ``reading_id`` has a column of its
    own there; the field that ``about`` names is kept in the column ``about_id``.
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
        """The columns of the outbox that this notice fills."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            "kind": self.kind,
            "reading_id": values.pop("reading_id", None),
            "about_id": values.pop(self.about) if self.about is not None else None,
            "content": values or None,
        }

    @staticmethod
    def of(message: OutboxMessage) -> "Notice":
        """The notice that a message of the outbox is.

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
    """The receipt of a reading is edited: it was acquired."""

    reading_id: int


@dataclass(frozen=True)
class ReceiptCancelled(Notice, kind="cancelled"):
    """The receipt of a reading is edited: it was cancelled elsewhere."""

    reading_id: int


@dataclass(frozen=True)
class ReceiptOutcome(Notice, kind="outcome"):
    """The receipt of a reading is edited: the distributor has answered."""

    reading_id: int


@dataclass(frozen=True)
class ReadingAcquired(Notice, kind="acquired_notice"):
    """A message of its own to who asked for it: a reading was acquired."""

    reading_id: int


@dataclass(frozen=True)
class ReadingOutcome(Notice, kind="outcome_notice"):
    """A message of its own: the distributor took a reading, or refused it and why."""

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
    """A reminder, on the last day of a window."""

    round_id: int


@dataclass(frozen=True)
class RemindedTomorrow(Notice, kind="reminder_tomorrow"):
    """A reminder that was put off: *Ricordamelo domani*."""


@dataclass(frozen=True)
class WindowOpensAsAsked(Notice, kind="window_opens"):
    """A reminder that was asked for while the window was closed: *Avvisami*."""

    supply_point_id: int


@dataclass(frozen=True)
class WindowChanged(Notice, kind="window_changed", about="round_id"):
    """A window was moved after customers had been told of it."""

    round_id: int


REMINDERS: dict[ReminderKind, type[Notice]] = {
    ReminderKind.OPENS: WindowOpens,
    ReminderKind.CLOSING: WindowCloses,
    ReminderKind.LAST_DAY: WindowLastDay,
}
"""The notice of each kind of reminder that goes to everybody who wants it."""


# -- billing, announcements, conversations --


@dataclass(frozen=True)
class NewInvoice(Notice, kind="new_invoice", about="invoice_id"):
    """An invoice has come."""

    invoice_id: int


@dataclass(frozen=True)
class Announced(Notice, kind="announcement", about="announcement_id"):
    """What the operator announces, in the chat's own hours."""

    announcement_id: int


@dataclass(frozen=True)
class AnnouncedAtOnce(Notice, kind="announcement_at_once", about="announcement_id"):
    """What the operator announces, whatever the hour."""

    announcement_id: int


@dataclass(frozen=True)
class ConversationLeftAlone(Notice, kind="conversation_left_alone"):
    """A conversation was left alone for half an hour, and has ended."""


# -- links --


@dataclass(frozen=True)
class ChatLinked(Notice, kind="chat_linked"):
    """Another chat was linked to the same customer."""

    customer_id: int
    customer_code: str


@dataclass(frozen=True)
class ChatLinkedLetter(Notice, kind="chat_linked_letter"):
    """The same by e-mail, to the address that was on file at that moment."""

    email: str
    customer_code: str
    language: str
    linked_at: str
    access: str
    proof: str


@dataclass(frozen=True)
class InvitationTaken(Notice, kind="invitation_taken"):
    """To the inviter: somebody has accepted."""

    invitation_id: int


@dataclass(frozen=True)
class InvitationSettled(Notice, kind="invitation_settled"):
    """To the guest: let in, or not."""

    invitation_id: int


@dataclass(frozen=True)
class LinkRevoked(Notice, kind="link_revoked"):
    """To the chat whose link was ended by another."""

    customer_code: str


@dataclass(frozen=True)
class TrialOver(Notice, kind="trial_over"):
    """To who was linked without a code while none was asked for: from now on they may only look."""

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
    """The address of a customer is again what it was before a change."""

    customer_id: int


@dataclass(frozen=True)
class EmailChangedLetter(Notice, kind="email_changed_letter"):
    """To the address that gave access before a change; ``until`` when it still does, or nothing."""

    email: str
    customer_code: str
    until: str
    language: str


@dataclass(frozen=True)
class EmailChanged(Notice, kind="email_changed"):
    """To the other linked chats: the customer's address is another."""

    customer_id: int


# -- tickets --


@dataclass(frozen=True)
class StaffPost(Notice, kind="staff_post"):
    """To the staff's group: one part of what was written in a ticket."""

    ticket_message_id: int
    part: int


@dataclass(frozen=True)
class StaffThread(Notice, kind="staff_thread"):
    """To the staff's group: a ticket was closed, or opened again."""

    ticket_id: int


@dataclass(frozen=True)
class TicketAnswer(Notice, kind="ticket_answer"):
    """To the customer: one part of what the staff answered."""

    ticket_message_id: int
    part: int


@dataclass(frozen=True)
class TicketClosed(Notice, kind="ticket_closed"):
    """To the customer: the staff closed a ticket."""

    ticket_id: int
