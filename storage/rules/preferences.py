"""What a chat wants to hear and when, as it is until the customer chooses otherwise."""

from dataclasses import dataclass

from storage.rules.quiet_hours import QuietHours

DAYS_BEFORE_CLOSE = (1, 2, 3, 5, 7)
"""What can be chosen for the reminder before a window closes."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """One chat's choices, or what holds where it made none.

    Reminders ask for a reading: when its window opens, some days before it closes, on its last
    day. Notices tell what happened: ``tell_acquired`` asks for a message of its own besides the
    receipt that is edited; ``tell_of_others`` for news of readings that other linked chats sent.
    ``quiet`` is None where the company's hours hold.
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
        """The hours that hold for this chat, *company*'s where it chose none."""
        return self.quiet or company
