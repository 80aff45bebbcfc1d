"""``contatti_<id>.csv``: contact data that customers changed, for the company's system."""

import csv
import io
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from storage.repositories.acquisitions import ClaimedContact

COLUMNS = ("codice_cliente", "campo", "vecchio", "nuovo", "modificato_il")


def file_name(number: str) -> str:
    """The name of the file of the acquisition with this six-digit *number*."""
    return f"contatti_{number}.csv"


def lines(changes: Iterable[ClaimedContact], zone: ZoneInfo) -> bytes:
    """The file's content: a header, then a line per change, oldest first.

    UTF-8 without BOM, ``;``, LF; ``modificato_il`` in ISO with *zone*'s offset (*Acquisition
    files* in the product's settled details). Values stand as they are, an empty one as nothing:
    a program reads this file, so that no cell is turned into text for a spreadsheet's sake.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=";", lineterminator="\n")
    table.writerow(COLUMNS)
    for change in changes:
        table.writerow(
            (
                change.customer_code,
                change.field.value,
                change.old or "",
                change.new or "",
                change.changed_at.astimezone(zone).isoformat(timespec="seconds"),
            )
        )
    return text.getvalue().encode()
