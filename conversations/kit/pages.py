"""Lists a page at a time: the buttons that turn to another page."""

from collections.abc import Callable

from conversations.kit.taps import Tap
from conversations.kit.views import Button, Rows, button
from conversations.texts import Words

_LEAFED_THROUGH = 8  # past so many pages nobody taps «Avanti» to the end
_STRIDES = 4


def page_buttons(words: Words, page: int, pages: int, turn: Callable[[int], Tap]) -> Rows:
    """*Indietro* and *Avanti*, where there is more than one page; above, strides for a long list.

    Args:
        words: the customer's language.
        page: the one that is shown; the first is 0.
        pages: how many there are.
        turn: the tap that turns to a page.
    """
    rows: list[tuple[Button, ...]] = []
    if pages > _LEAFED_THROUGH:
        stops = {round(part * (pages - 1) / _STRIDES) for part in range(_STRIDES + 1)}
        strides = sorted(stops - {page})
        rows.append(tuple(button(str(stop + 1), turn(stop)) for stop in strides))
    row: list[Button] = []
    if page > 0:
        row.append(button(words.plain("‹ Indietro"), turn(page - 1)))
    if page < pages - 1:
        row.append(button(words.plain("Avanti ›"), turn(page + 1)))
    return (*rows, tuple(row)) if row else ()
