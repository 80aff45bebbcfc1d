"""``contatti_<id>.csv``: contact data that customers changed, for the company's system."""

import csv
import io
import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from storage.exchange.sheets import neutral
from storage.repositories.acquisitions import ClaimedContact

_TELEPHONE = re.compile(r"\+[0-9][0-9 ]*")

COLUMNS = ("codice_cliente", "campo", "vecchio", "nuovo", "modificato_il")


def file_name(number: str) -> str:
    """The name of the file of the acquisition with this six-digit *number*."""
    return f"contatti_{number}.csv"


def lines(changes: Iterable[ClaimedContact], zone: ZoneInfo) -> bytes:
    """The file's content: a header, then a line per change, oldest first.

    UTF-8 without BOM, ``;``, LF; ``modificato_il`` in ISO with *zone*'s offset (*Acquisition
    files* in the product's settled details). None is an empty cell. A value that a spreadsheet
    would run as a formula gets an apostrophe before it, as in the customers' files; a telephone
    number in the form ``+39…`` is written as it is.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=";", lineterminator="\n")
    table.writerow(COLUMNS)
    for change in changes:
        table.writerow(
            (
                change.customer_code,
                change.field.value,
                _cell(change.old),
                _cell(change.new),
                change.changed_at.astimezone(zone).isoformat(timespec="seconds"),
            )
        )
    return text.getvalue().encode()


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    return value if _TELEPHONE.fullmatch(value) else neutral(value)
