"""CSV files for customers, which spreadsheets open with a double click.

``;`` between cells, a comma before decimals, ``DD/MM/YYYY``, UTF-8 with a byte order mark (*CSV for
customers* in the facts of the field).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

Cell = str | int | Decimal | date | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WHOLE = 3


def customer_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A whole file as text, starting with a byte order mark.

    Args:
        header: the names of the columns.
        rows: numbers are written as numbers, negative ones too; None is an empty cell. Text that a
            spreadsheet would run as a formula gets an apostrophe before it.
    """
    file = io.StringIO()
    file.write("\ufeff")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow([neutral(name) for name in header])
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return file.getvalue()


def neutral(words: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return f"'{words}" if words.startswith(_FORMULA) else words


def thousandths(amount: int) -> str:
    """An amount in Wh or W as kWh or kW with three decimals, faster than ``Decimal``."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{amount // 1_000},{amount % 1_000:0{_WHOLE}}"


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case date():
            return f"{cell:%d/%m/%Y}"
        case Decimal():
            return format(cell, "f").replace(".", ",")
        case int():
            return str(cell)
        case str():
            return neutral(cell)
