"""The customer's own data: viewing it, and changing a contact.

```mermaid
stateDiagram-v2
    [*] --> VALUE: Cambia telefono, Cambia fax, Cambia e-mail
    VALUE --> VALUE: what is no number, or no address
    VALUE --> SUMMARY: a number, Togli
    VALUE --> CODE: an address
    SUMMARY --> VALUE: Correggi
    SUMMARY --> [*]: Salva, Annulla
    CODE --> CODE: a wrong code, Rimanda il codice
    CODE --> VALUE: Correggi
    CODE --> [*]: the right code, too many wrong ones, Annulla
```
"""

from conversations.account.my_data import email_changes, steps
from conversations.account.my_data.screens import (
    ChangeContact,
    CorrectContact,
    DataOfCustomers,
    DataOfPoint,
    DataOfPoints,
    RegistryData,
    RemoveContact,
    ResendContactCode,
    SaveContact,
    StopEmailChange,
)
from conversations.account.my_data.states import State
from conversations.kit.flow import (
    Handler,
    conversation,
    on_command,
    on_meaning,
    on_open_button,
    on_tap,
    on_typed,
)
from conversations.kit.leaving import buttons_expected, cancel_handlers
from conversations.kit.open_buttons import OpenMyData
from conversations.understanding import Intent

NAME = "my_data"


def handlers() -> list[Handler]:
    """``/dati``, its pages, and the conversation that changes a contact."""
    return [
        on_command(("dati", "mydata"), steps.show),
        on_meaning((Intent.MY_DATA,), steps.show),
        on_open_button(OpenMyData, steps.show),
        on_tap(DataOfCustomers, steps.choose_customer),
        on_tap(RegistryData, steps.show_registry),
        on_tap(DataOfPoints, steps.choose_point),
        on_tap(DataOfPoint, steps.show_point),
        on_tap(StopEmailChange, email_changes.stop),
        conversation(
            NAME,
            entry_points=[on_tap(ChangeContact, steps.ask)],
            states={
                State.VALUE: [
                    on_tap(RemoveContact, steps.remove),
                    on_typed(steps.take_value),
                ],
                State.SUMMARY: [
                    on_tap(SaveContact, steps.save),
                    on_tap(CorrectContact, steps.correct),
                    buttons_expected(),
                ],
                State.CODE: [
                    on_tap(ResendContactCode, steps.resend),
                    on_tap(CorrectContact, steps.correct),
                    on_typed(steps.take_code),
                ],
            },
            fallbacks=cancel_handlers(),
        ),
    ]
