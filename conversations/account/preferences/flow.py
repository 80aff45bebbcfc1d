"""The conversation of the preferences.

```mermaid
stateDiagram-v2
    [*] --> QUIET_HOURS: Altre ore
    QUIET_HOURS --> QUIET_HOURS: what are no hours
    QUIET_HOURS --> [*]: two hours, Annulla
```
"""

from conversations.account.back_to_preferences import OpenPreferences
from conversations.account.preferences import steps
from conversations.account.preferences.screens import (
    OpenNotices,
    OpenQuietHours,
    OpenReminders,
    SetDays,
    SetPreference,
    SetQuietHours,
    TypeQuietHours,
)
from conversations.account.preferences.states import State
from conversations.kit.flow import (
    Handler,
    conversation,
    on_command,
    on_meaning,
    on_tap,
    on_typed,
)
from conversations.kit.leaving import cancel_handlers
from conversations.understanding import Intent

NAME = "preferences"


def handlers() -> list[Handler]:
    """``/preferenze``, its pages, and the question for hours of one's own."""
    return [
        on_command(("preferenze", "settings"), steps.show),
        on_meaning((Intent.SETTINGS,), steps.show),
        on_tap(OpenPreferences, steps.show),
        on_tap(OpenReminders, steps.show_reminders),
        on_tap(OpenNotices, steps.show_notices),
        on_tap(OpenQuietHours, steps.show_quiet_hours),
        on_tap(SetPreference, steps.switch),
        on_tap(SetDays, steps.set_days),
        on_tap(SetQuietHours, steps.set_quiet_hours),
        conversation(
            NAME,
            entry_points=[on_tap(TypeQuietHours, steps.ask_quiet_hours)],
            states={State.QUIET_HOURS: [on_typed(steps.take_quiet_hours)]},
            fallbacks=cancel_handlers(),
        ),
    ]
