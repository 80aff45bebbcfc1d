"""Looking at measures. Only choosing two dates needs a conversation with states.

```mermaid
stateDiagram-v2
    [*] --> FIRST_DAY: Due date
    FIRST_DAY --> FIRST_DAY: another month, no such day, a day that will not do
    FIRST_DAY --> LAST_DAY: a day, typed or picked
    FIRST_DAY --> [*]: two days in one message, Annulla
    LAST_DAY --> LAST_DAY: another month, no such day, an end before the start
    LAST_DAY --> [*]: a day, Annulla
```
"""

from conversations.billing.measures import steps
from conversations.billing.measures.screens import (
    AskDates,
    GoToMonth,
    MeasuresFile,
    MeasuresPoint,
    MeasuresPoints,
    MeasuresRange,
    MeasuresSpan,
    MeasuresYear,
    PickDay,
)
from conversations.billing.measures.states import State
from conversations.kit import date_picker
from conversations.kit.flow import (
    Handler,
    conversation,
    on_command,
    on_meaning,
    on_open_button,
    on_tap,
    on_typed,
)
from conversations.kit.leaving import cancel_handlers
from conversations.kit.open_buttons import OpenMeasures
from conversations.understanding import Intent

NAME = "measures_dates"


def handlers() -> list[Handler]:
    """``/misure``, its taps, and the conversation about two dates."""
    return [
        conversation(
            NAME,
            entry_points=[on_tap(AskDates, steps.ask_dates)],
            states={
                State.FIRST_DAY: [
                    on_tap(PickDay, steps.pick_first),
                    on_tap(GoToMonth, steps.go_to_month_first),
                    on_typed(steps.take_first),
                ],
                State.LAST_DAY: [
                    on_tap(PickDay, steps.pick_last),
                    on_tap(GoToMonth, steps.go_to_month_last),
                    on_typed(steps.take_last),
                ],
            },
            fallbacks=cancel_handlers(),
        ),
        on_command(("misure", "measures"), steps.show_measures),
        on_meaning((Intent.MEASURES,), steps.show_measures),
        on_open_button(OpenMeasures, steps.show_measures),
        on_tap(MeasuresPoints, steps.choose_point),
        on_tap(MeasuresPoint, steps.choose_period),
        on_tap(MeasuresSpan, steps.show_span),
        on_tap(MeasuresYear, steps.show_year),
        on_tap(MeasuresRange, steps.show_range),
        on_tap(MeasuresFile, steps.send_file),
        *date_picker.handlers(),
    ]
