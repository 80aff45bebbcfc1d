"""The codes of customers, supply points and tax payers, and how they are masked.

Each reader takes what a person typed or a file holds, and returns either the normal form that is
stored and compared, or a member of an ``Enum`` that says what is wrong. Readers never raise on bad
input, and no result repeats the text: tax codes must not get into logs.
"""

import re
import unicodedata
from enum import Enum, unique

import stdnum.exceptions
from stdnum import luhn
from stdnum.it import codicefiscale

from storage.rules.invisible import bare, has_foreign_digits

CUSTOMER_CODE_LENGTH = 6
PDR_LENGTH = 14
POD_LENGTH = 14
PERSONAL_TAX_ID_LENGTH = 16
COMPANY_TAX_ID_LENGTH = 11

_MASK = "***"
_HYPHENS = "-\u2010\u2011\u2012\u2013"  # phones and PDFs replace the plain hyphen
_POD = re.compile(r"IT[0-9]{3}E[0-9]{8}[0-9A-Z]?")


@unique
class CodeProblem(Enum):
    """Why a text is not a customer code."""

    EMPTY = "empty"
    NOT_DIGITS = "not_digits"
    FOREIGN_DIGITS = "foreign_digits"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"


@unique
class TaxIdProblem(Enum):
    """Why a text is neither a codice fiscale nor a partita IVA."""

    EMPTY = "empty"
    WRONG_LENGTH = "wrong_length"
    WRONG_CHARACTERS = "wrong_characters"
    WRONG_CHECK = "wrong_check"


@unique
class SupplyPointProblem(Enum):
    """Why a text is not a PDR, or not a POD."""

    EMPTY = "empty"
    WRONG_LENGTH = "wrong_length"
    WRONG_CHARACTERS = "wrong_characters"


def read_customer_code(text: str) -> str | CodeProblem:
    """The six digits of a customer code, as text: leading zeros count (``028680``).

    Spaces, ``.`` and ``-`` are separators and are dropped. Only ASCII digits count.
    """
    code = _without(text, "." + _HYPHENS)
    if not code:
        return CodeProblem.EMPTY
    if not _ascii_digits(code):
        foreign = code.isdecimal() and has_foreign_digits(code)
        return CodeProblem.FOREIGN_DIGITS if foreign else CodeProblem.NOT_DIGITS
    if len(code) < CUSTOMER_CODE_LENGTH:
        return CodeProblem.TOO_SHORT
    if len(code) > CUSTOMER_CODE_LENGTH:
        return CodeProblem.TOO_LONG
    return code


def read_mailed_code(text: str, digits: int) -> str | None:
    """A one-time code of *digits* digits, alone or within a sentence.

    None where there is no such code, or more than one.
    """
    text = bare(text)
    alone = "".join(text.split())
    if _ascii_digits(alone):
        return alone if len(alone) == digits else None
    found = re.findall(rf"(?<![0-9]){'[0-9]' * digits}(?![0-9])", text)
    return found[0] if len(found) == 1 else None


def normalise_tax_id(text: str) -> str:
    """The form in which tax ids are compared and hashed; it is not checked for validity.

    Upper-case, without spaces and hyphens, and without the ``IT`` before eleven digits. ``IT``
    before a longer code stays: a surname may begin with it.
    """
    # ASCII only: «ı».upper() is «I», which would make a code valid that was typed wrongly.
    code = "".join(c.upper() if c.isascii() else c for c in _without(text, _HYPHENS))
    company = code.removeprefix("IT")
    if len(company) == COMPANY_TAX_ID_LENGTH and _ascii_digits(company):
        return company
    return code


def read_tax_id(text: str) -> str | TaxIdProblem:
    """A codice fiscale of 16 characters or 11 digits (partita IVA, or a body's code), normalised.

    The 16 characters are checked in full: layout with omocodia, check character, an existing birth
    date. The 11 digits are checked by Luhn only, because provisional codes follow no other rule.
    """
    code = normalise_tax_id(text)
    if not code:
        return TaxIdProblem.EMPTY
    if not (code.isascii() and code.isalnum()):
        return TaxIdProblem.WRONG_CHARACTERS
    if len(code) == COMPANY_TAX_ID_LENGTH:
        return _company_tax_id(code)
    if len(code) == PERSONAL_TAX_ID_LENGTH:
        return _personal_tax_id(code)
    return TaxIdProblem.WRONG_LENGTH


def _personal_tax_id(code: str) -> str | TaxIdProblem:
    try:
        return str(codicefiscale.validate(code))
    except stdnum.exceptions.InvalidFormat:
        return TaxIdProblem.WRONG_CHARACTERS
    except stdnum.exceptions.ValidationError:
        return TaxIdProblem.WRONG_CHECK


def _company_tax_id(code: str) -> str | TaxIdProblem:
    if not _ascii_digits(code):
        # Eleven characters that begin like a personal code are a personal code cut short.
        personal = code[0].isalpha()
        return TaxIdProblem.WRONG_LENGTH if personal else TaxIdProblem.WRONG_CHARACTERS
    return code if luhn.is_valid(code) else TaxIdProblem.WRONG_CHECK


def read_pdr(text: str) -> str | SupplyPointProblem:
    """The fourteen digits of a gas supply point; no check digit is known."""
    code = _without(text, "." + _HYPHENS)
    if not code:
        return SupplyPointProblem.EMPTY
    if not _ascii_digits(code):
        return SupplyPointProblem.WRONG_CHARACTERS
    return code if len(code) == PDR_LENGTH else SupplyPointProblem.WRONG_LENGTH


def read_pod(text: str) -> str | SupplyPointProblem:
    """The first fourteen characters of an electricity supply point, upper-case.

    ``IT``, three digits, ``E``, eight digits. The optional fifteenth character is dropped: not all
    documents print it, so points are compared without it.
    """
    code = _without(text, "." + _HYPHENS)
    if not code:
        return SupplyPointProblem.EMPTY
    if not (code.isascii() and code.isalnum()):
        return SupplyPointProblem.WRONG_CHARACTERS
    code = code.upper()
    if len(code) not in {POD_LENGTH, POD_LENGTH + 1}:
        return SupplyPointProblem.WRONG_LENGTH
    return code[:POD_LENGTH] if _POD.fullmatch(code) else SupplyPointProblem.WRONG_CHARACTERS


def mask_tax_id(text: str) -> str:
    """A tax id with only its first and last two characters shown: ``RS************2S``.

    A text too short for that becomes stars only.
    """
    code = normalise_tax_id(text)
    if len(code) < COMPANY_TAX_ID_LENGTH:
        return "*" * len(code)
    return code[:2] + "*" * (len(code) - 4) + code[-2:]


def mask_name(text: str) -> str:
    """The first letter of each word and a fixed number of stars: ``A*** R***``."""
    return " ".join(word[0] + _MASK for word in unicodedata.normalize("NFC", bare(text)).split())


def mask_email(text: str) -> str:
    """The first letter and the domain, to tell which mailbox to open: ``a***@example.it``.

    A text without ``@`` is hidden completely.
    """
    mailbox, at, domain = text.strip().rpartition("@")
    return f"{mailbox[:1]}{_MASK}@{domain}" if at else _MASK


def _without(text: str, separators: str) -> str:
    return "".join(c for c in bare(text) if not c.isspace() and c not in separators)


def _ascii_digits(text: str) -> bool:
    # str.isdigit alone would accept «٤» and «²».
    return text.isascii() and text.isdigit()
