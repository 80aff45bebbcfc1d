"""The conversation of submitting a self-reading.

Every state also ends with *Annulla*, ``/annulla``, half an hour without a message, when the window
closes or the link ends. «Another meter» means that an import has changed the meter meanwhile.

```mermaid
stateDiagram-v2
    [*] --> POINT: /autolettura, a number or a photo, more than one point
    [*] --> METER: /autolettura or a photo, the point clear and its window open
    [*] --> CORRECTOR: a number, where there is a corrector
    [*] --> QUESTION: a number that raises one
    [*] --> SUMMARY: a number that raises none
    POINT --> POINT: another page, words that are looked for
    POINT --> METER: a point
    POINT --> CORRECTOR: a point, after a number
    POINT --> QUESTION: a point, after a number
    POINT --> SUMMARY: a point, after a number
    METER --> POINT: Cambia punto
    METER --> METER: no number, another meter
    METER --> CORRECTOR: a number, where there is a corrector
    METER --> QUESTION: lower, past the ceiling, unusual, equal
    METER --> SUMMARY: a number that raises no question
    CORRECTOR --> METER: another meter
    CORRECTOR --> CORRECTOR: no number
    CORRECTOR --> QUESTION: swapped, lower, past the ceiling, unusual, equal, an odd ratio
    CORRECTOR --> SUMMARY: a number that raises no question
    QUESTION --> METER: Correggi, another meter
    QUESTION --> QUESTION: the next doubt
    QUESTION --> SUMMARY: Confermo, Giro contatore, Invia comunque, Scambia
    SUMMARY --> METER: Correggi, another meter
    SUMMARY --> SUMMARY: Salva, on another day than shown
    SUMMARY --> QUESTION: Salva, and what was read meanwhile raises a doubt
    SUMMARY --> [*]: Salva, Annulla
```
"""

from conversations.kit.flow import (
    ANSWER,
    FRESH,
    NOTHING_OPEN,
    SENT,
    TOPIC,
    TYPED,
    Handler,
    conversation,
    on_command,
    on_label,
    on_meaning,
    on_open_button,
    on_tap,
    on_typed,
)
from conversations.kit.leaving import buttons_expected, cancel_handlers
from conversations.kit.menu import READING
from conversations.kit.open_buttons import OpenReading
from conversations.kit.stale import StaleAnswer, on_stale_tap
from conversations.readings.submit import steps
from conversations.readings.submit.screens import (
    ConfirmUnusual,
    CorrectReading,
    DeclareRollover,
    ReadingPoints,
    ReadPoint,
    RemindWhenOpen,
    SaveReading,
    SwapNumbers,
)
from conversations.readings.submit.states import NAME, State
from conversations.understanding import Intent

_ANSWER = TYPED & ~TOPIC
"""Texts that answer; texts about another subject lead there."""


def handlers() -> list[Handler]:
    """The conversation, and *Avvisami*."""
    return [
        conversation(
            NAME,
            entry_points=[
                on_command(("autolettura", "reading"), steps.start),
                on_label(READING, steps.start),
                on_open_button(OpenReading, steps.start),
                on_tap(ReadPoint, steps.start_with_point),
                on_tap(ReadingPoints, steps.choose_point),
                on_typed(steps.start_with_number, FRESH & NOTHING_OPEN & steps.BARE_NUMBER),
                on_meaning((Intent.READING, Intent.WINDOW), steps.start),
                on_typed(steps.start_with_photo, FRESH & NOTHING_OPEN & steps.PICTURE),
            ],
            states={
                State.POINT: [on_typed(steps.search_points), buttons_expected()],
                State.METER: [
                    on_typed(steps.take_meter, _ANSWER),
                    on_typed(steps.take_meter, ANSWER & steps.PICTURE_WITH_NUMBER),
                ],
                State.CORRECTOR: [
                    on_typed(steps.take_corrector, _ANSWER),
                    on_typed(steps.take_corrector, ANSWER & steps.PICTURE_WITH_NUMBER),
                ],
                State.QUESTION: [
                    on_tap(ConfirmUnusual, steps.confirm_unusual),
                    on_tap(DeclareRollover, steps.declare_rollover),
                    on_tap(SwapNumbers, steps.swap),
                    on_tap(CorrectReading, steps.correct),
                    on_typed(steps.answer_in_words, _ANSWER),
                    buttons_expected(SENT),
                ],
                State.SUMMARY: [
                    on_tap(SaveReading, steps.save),
                    on_tap(CorrectReading, steps.correct),
                    on_typed(steps.answer_in_words, _ANSWER),
                    buttons_expected(SENT),
                ],
            },
            fallbacks=cancel_handlers(),
        ),
        on_tap(RemindWhenOpen, steps.remind_when_open),
    ]


def stale_answers() -> list[StaleAnswer]:
    """A second tap on *Salva*, when the reading is saved already."""
    return [on_stale_tap(SaveReading, steps.already_saved)]
