"""Looking at withdrawals: each button holds all it needs, so there are no states.

```mermaid
stateDiagram-v2
    [*] --> points: /prelievi, more than one point and none chosen
    [*] --> year: /prelievi
    points --> year: a point
    year --> year: another year, Confronta, Tabella, Grafico
    year --> [*]: CSV
    year --> points: Cambia punto
```
"""

from conversations.billing.withdrawals import steps
from conversations.billing.withdrawals.screens import (
    WithdrawalsCsv,
    WithdrawalsPoints,
    WithdrawalsYear,
)
from conversations.kit.flow import Handler, on_command, on_label, on_meaning, on_open_button, on_tap
from conversations.kit.menu import FORMER_WITHDRAWALS, WITHDRAWALS
from conversations.kit.open_buttons import OpenWithdrawals
from conversations.understanding import Intent


def handlers() -> list[Handler]:
    """``/prelievi`` and its taps."""
    return [
        on_command(("prelievi", "consumi", "withdrawals"), steps.show_withdrawals),
        on_label(WITHDRAWALS, steps.show_withdrawals),
        on_label(FORMER_WITHDRAWALS, steps.show_withdrawals),
        on_meaning((Intent.CONSUMPTION,), steps.show_withdrawals),
        on_open_button(OpenWithdrawals, steps.show_withdrawals),
        on_tap(WithdrawalsPoints, steps.choose_point),
        on_tap(WithdrawalsYear, steps.go_to_year),
        on_tap(WithdrawalsCsv, steps.send_csv),
    ]
