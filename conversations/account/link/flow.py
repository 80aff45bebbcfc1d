"""The conversation of linking.

```mermaid
stateDiagram-v2
    [*] --> CUSTOMER_CODE: /collega, Collega la fornitura
    [*] --> TAX_ID: /start c028680
    CUSTOMER_CODE --> TAX_ID: six digits
    TAX_ID --> SUMMARY: a pair that matches
    TAX_ID --> CUSTOMER_CODE: a pair that does not
    TAX_ID --> MAILED_CODE: any pair, where too many did not
    TAX_ID --> [*]: too many that did not, no e-mail on file, linked already
    SUMMARY --> MAILED_CODE: Conferma
    SUMMARY --> [*]: Conferma, in trials without mail
    MAILED_CODE --> MAILED_CODE: a wrong code, Rimanda il codice
    MAILED_CODE --> [*]: the right code, too many wrong ones
```
"""

from telegram.ext import CommandHandler, filters

from conversations.account.link import steps, unlinking
from conversations.account.link.screens import ConfirmLink, ResendCode
from conversations.account.link.states import NAME, State
from conversations.kit.flow import (
    FRESH,
    SENT,
    Handler,
    conversation,
    on_command,
    on_meaning,
    on_tap,
    on_typed,
    plain,
)
from conversations.kit.leaving import buttons_expected, cancel_handlers
from conversations.kit.link_prompt import StartLinking
from conversations.understanding import Intent


def handlers() -> list[Handler]:
    """The conversation, and ``/scollega``."""
    return [
        conversation(
            NAME,
            entry_points=[
                on_command(("collega", "link"), steps.ask_customer_code),
                on_meaning((Intent.LINK,), steps.ask_customer_code),
                on_tap(StartLinking, steps.ask_customer_code),
                deep_link(),
            ],
            states={
                State.CUSTOMER_CODE: [on_typed(steps.take_customer_code)],
                State.TAX_ID: [
                    on_typed(steps.take_tax_id),
                    on_typed(steps.refuse_picture_of_tax_id, SENT),
                ],
                State.SUMMARY: [
                    on_tap(ConfirmLink, steps.confirm),
                    on_typed(steps.confirm_in_words),
                    buttons_expected(SENT),
                ],
                State.MAILED_CODE: [
                    on_tap(ResendCode, steps.resend),
                    on_typed(steps.take_mailed_code),
                ],
            },
            fallbacks=cancel_handlers(),
        ),
        *unlinking.handlers(),
    ]


def deep_link() -> Handler:
    """``/start`` with a customer code in its payload, from the QR code on an invoice."""
    payload = FRESH & filters.Regex(steps.PAYLOAD)
    return CommandHandler("start", plain(steps.follow_deep_link), filters=payload)
