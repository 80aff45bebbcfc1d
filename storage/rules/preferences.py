"""What a chat is told and when: its own choices, or the defaults."""

from dataclasses import dataclass

from storage.rules.quiet_hours import QuietHours

DAYS_BEFORE_CLOSE = (1, 2, 3, 5, 7)
"""What can be chosen for the reminder before a window closes."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """One chat's choices, with defaults where it made none.

    Reminders ask for a reading: when its window opens, some days before it closes, on its last
    day. Notices report events: ``tell_acquired`` adds a message of its own to the edited receipt;
    ``tell_of_others`` reports readings sent by other linked chats. ``quiet`` is None where the
    company's hours apply.
    """

    remind_when_open: bool = True
    remind_before_close: bool = True
    days_before_close: int = 3
    remind_last_day: bool = True
    tell_acquired: bool = False
    tell_outcome: bool = True
    tell_invoice: bool = True
    tell_window: bool = True
    tell_of_others: bool = False
    quiet: QuietHours | None = None

    def quiet_hours(self, company: QuietHours) -> QuietHours:
        """The quiet hours of this chat: its own, or *company*'s where it chose none."""
        return self.quiet or company
