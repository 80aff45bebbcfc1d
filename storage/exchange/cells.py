"""Readers of the cells of company files: one for each kind of value.

A reader takes the text of a non-empty cell, stripped of spaces, and returns the value or raises
``CellError`` with a reason that says what was expected and never what was found.
"""

import enum
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from storage.rules.contacts import read_email
from storage.rules.identifiers import (
    COMPANY_TAX_ID_LENGTH,
    TaxIdProblem,
    read_customer_code,
    read_pdr,
    read_pod,
    read_tax_id,
)
from storage.rules.windows import Hour, read_hour

Reader = Callable[[str], Any]
E = TypeVar("E", bound=enum.Enum)

_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2199  # other years are mistyped, and sums might overflow
_ITALIAN_DATE = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MIDNIGHT = re.compile(r"[ T]0?0[:.]00(?:[:.]00)?")
_FIRST_TWO_DIGIT_YEAR = 30  # as in Excel: 30 to 99 mean 1930 to 1999
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{1,2}", re.IGNORECASE)
_WHOLE = re.compile(r"([0-9]+)(?:[.,]0{1,2})?")
_DECIMAL = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[., '\u00a0\u202f\u2019][0-9]{3})+(?:[.,][0-9]+)?")
_ONE_GROUP = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
_GROUP = 3
_SHORT_YEAR = 2
_CODE_DIGITS, _PDR_DIGITS = 6, 14
_MOST_ZEROS_LOST = 4


class CellError(ValueError):
    """A cell or a row that cannot be accepted.

    Args:
        reason: what was expected.
        field: the column with the error; readers leave it to their caller.
    """

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


def check_not_rounded(cell: str) -> None:
    """Check that Excel has not rounded the number in a cell.

    Raises:
        CellError: it has (``1,2E+13``); the original value is lost.
    """
    if _SCIENTIFIC.fullmatch(cell):
        reason = f"Excel turned this number into {cell}: format the column as text, and save it"
        raise CellError(f"{reason} again")


def _lost_zeros(cell: str, digits: int) -> str:
    """A sentence for the reason where leading zeros may have been lost, otherwise empty."""
    lost = cell.isascii() and cell.isdigit() and digits - _MOST_ZEROS_LOST <= len(cell) < digits
    if not lost:
        return ""
    return f", found {len(cell)}: Excel drops leading zeros, format the column as text"


def text(longest: int) -> Reader:
    """A reader of text: white space inside becomes single spaces; *longest* is in characters."""

    def read(cell: str) -> str:
        words = " ".join(cell.split())
        if len(words) > longest:
            raise CellError(f"longer than {longest} characters")
        if not words.isprintable():
            raise CellError("holds characters that cannot be shown")
        return words

    return read


def member_of(kind: type[E]) -> Reader:
    """A reader of one of *kind*'s values, in upper or lower case."""
    members = {str(member.value).casefold(): member for member in kind}
    expected = ", ".join(str(member.value) for member in kind)

    def read(cell: str) -> E:
        member = members.get(cell) or members.get(cell.casefold())
        if member is None:
            raise CellError(f"expected one of: {expected}")
        return member

    return read


@lru_cache(maxsize=4_096)
def day(cell: str) -> date:
    """A day as ``DD/MM/YYYY`` or ``YYYY-MM-DD``, or as Excel writes it.

    Excel writes ``28-11-2026`` or ``28/11/26``, and any form may be followed by midnight.
    """
    cell = _MIDNIGHT.sub("", cell)
    if match := _ITALIAN_DATE.fullmatch(cell):
        days, months, years = int(match[1]), int(match[3]), int(match[4])
        if len(match[4]) == _SHORT_YEAR:
            years += 1900 if years >= _FIRST_TWO_DIGIT_YEAR else 2000
    elif match := _ISO_DATE.fullmatch(cell):
        years, months, days = map(int, match.groups())
    else:
        raise CellError("expected a date as DD/MM/YYYY or YYYY-MM-DD")
    if not _EARLIEST_YEAR <= years <= _LATEST_YEAR:
        raise CellError(f"expected a year from {_EARLIEST_YEAR} to {_LATEST_YEAR}")
    try:
        return date(years, months, days)
    except ValueError:
        raise CellError("no such day in the calendar") from None


def hour(cell: str) -> Hour:
    """An hour as ``HH:MM``; ``24:00`` is the end of the day."""
    try:
        return read_hour(cell)
    except ValueError as error:
        raise CellError(str(error)) from error


def whole(largest: int) -> Reader:
    """A reader of a whole number from 0 to *largest*; decimals only where they are ``0``."""
    most_digits = len(str(largest))

    def read(cell: str) -> int:
        if len(cell) <= most_digits and cell.isascii() and cell.isdigit():
            number = int(cell)  # the fast path, for nearly every cell
            if number <= largest:
                return number
        match = _WHOLE.fullmatch(cell)
        if not match:
            if _GROUPED.fullmatch(cell):
                raise CellError("expected a whole number without thousands separators")
            raise CellError("expected a whole number")
        # Converting a number of thousands of digits would take seconds before it is refused.
        digits = match[1].lstrip("0") or "0"
        if len(digits) > len(str(largest)) or int(digits) > largest:
            raise CellError(f"expected a number of at most {largest}")
        return int(digits)

    return read


def decimal(*, places: int, largest: int, smallest: Decimal = Decimal(0)) -> Reader:
    """A reader of a number with at most *places* decimals after a comma or point.

    With *places* below three, ``1.200`` is refused: its writer may mean twelve hundred. With three
    or more, it is one and two tenths.
    """

    def read(cell: str) -> Decimal:
        if places < _GROUP and _ONE_GROUP.fullmatch(cell):
            if "," in cell:
                raise CellError(f"expected at most {places} decimals")
            raise CellError("expected a number without thousands separators")
        if not _DECIMAL.fullmatch(cell):
            if _GROUPED.fullmatch(cell):
                raise CellError("expected a number without thousands separators")
            raise CellError("expected a number, with a comma or a point before its decimals")
        integer, _, fraction = cell.replace(",", ".").partition(".")
        if len(fraction.rstrip("0")) > places:
            raise CellError(f"expected at most {places} decimals")
        if len(integer.lstrip("-0")) > len(str(largest)):
            raise CellError(f"expected a number of at most {largest}")
        number = Decimal(f"{integer}.{fraction.rstrip('0') or '0'}")
        if not smallest <= number <= largest:
            raise CellError(f"expected a number from {smallest} to {largest}")
        return number

    return read


def _checked(
    rule: Callable[[str], str | enum.Enum], reason: str, *, digits: int = 0
) -> Callable[[str], str]:
    """A reader that uses a reader of ``storage.rules``.

    Args:
        rule: returns the value, or a member of an ``Enum`` for a wrong text.
        reason: what was expected.
        digits: how many digits the code has, if it consists of digits: Excel drops leading zeros.
    """

    def read(cell: str) -> str:
        value = rule(cell)
        if isinstance(value, str):
            return value
        raise CellError(reason + (_lost_zeros(cell, digits) if digits else ""))

    return read


customer_code = _checked(
    read_customer_code, "expected six digits, leading zeros included", digits=_CODE_DIGITS
)
pdr = _checked(read_pdr, "expected a PDR of 14 digits", digits=_PDR_DIGITS)
pod = _checked(read_pod, "expected a POD: IT, three digits, E, eight digits")
email = _checked(read_email, "expected one e-mail address that mail can be sent to")


def tax_id(cell: str) -> str:
    """A codice fiscale: sixteen characters, or the eleven digits of an organisation."""
    code = read_tax_id(cell)
    if isinstance(code, TaxIdProblem):
        raise CellError(_TAX_ID_REASONS[code] + _lost_zeros(cell, COMPANY_TAX_ID_LENGTH))
    return code


def vat_number(cell: str) -> str:
    """A partita IVA: eleven digits, with or without ``IT`` before them."""
    code = tax_id(cell)
    if len(code) != COMPANY_TAX_ID_LENGTH:
        raise CellError("expected the eleven digits of a partita IVA")
    return code


@lru_cache(maxsize=8_192)
def supply_point(cell: str) -> str:
    """A PDR or a POD."""
    for read in (read_pdr, read_pod):
        code = read(cell)
        if isinstance(code, str):
            return code
    raise CellError("expected a PDR of 14 digits, or a POD" + _lost_zeros(cell, _PDR_DIGITS))


_TAX_ID_REASONS = {
    TaxIdProblem.EMPTY: "expected a codice fiscale or a partita IVA",
    TaxIdProblem.WRONG_LENGTH: "expected 16 characters or 11 digits",
    TaxIdProblem.WRONG_CHARACTERS: "expected 16 letters and digits in their places, or 11 digits",
    TaxIdProblem.WRONG_CHECK: "the check character does not fit",
}
