"""What the worker process runs; it imports what a drawing needs when it is first asked for."""

from importlib import import_module
from typing import Any

MAKERS = {
    "invoice_guide": "bot.drawing.pictures:invoice_guide",
    "withdrawals": "bot.drawing.withdrawals:draw",
    "load_curve": "bot.drawing.measures:draw",
    "measures_csv": "bot.drawing.tables:measures_csv",
    "measures_excel": "bot.drawing.tables:measures_excel",
}
"""Where each picture and each file is made: ``module:function``."""


def make(what: str, data: Any) -> bytes:
    """A picture as a PNG file, or another file.

    Args:
        what: the maker's name.
        data: what goes into it; the maker's own docstring says in which form.

    Raises:
        KeyError: there is no maker of that name.
    """
    module, _, function = MAKERS[what].partition(":")
    made: bytes = getattr(import_module(module), function)(data)
    return made
