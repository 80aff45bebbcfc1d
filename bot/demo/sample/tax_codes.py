"""Tax codes of people who do not exist: valid in form and check character.

The layout is that of the decree of 23 December 1976; the check character comes from ``stdnum``.
The place of birth is an unassigned code, so that no real person can have the result.
"""

from datetime import date

from stdnum import luhn
from stdnum.it import codicefiscale

_MONTHS = "ABCDEHLMPRST"
_VOWELS = "AEIOU"
_NOWHERE = "Z999"
_WOMEN = 40  # added to the day of birth of women
_LONG_NAME = 4  # with this many consonants, a first name drops the second


def tax_code(surname: str, name: str, born: date, *, woman: bool) -> str:
    """The 16 characters of a person's codice fiscale; names in plain letters."""
    day = born.day + _WOMEN * woman
    code = f"{_surname(surname)}{_name(name)}{born:%y}{_MONTHS[born.month - 1]}{day:02}{_NOWHERE}"
    return code + str(codicefiscale.calc_check_digit(code))


def body_code(number: int) -> str:
    """Eleven digits for a firm or an organisation, with an office code that is not assigned."""
    code = f"{number:07}900"
    return code + str(luhn.calc_check_digit(code))


def _letters(text: str) -> tuple[str, str]:
    letters = [c for c in text.upper() if c.isalpha()]
    consonants = "".join(c for c in letters if c not in _VOWELS)
    return consonants, "".join(c for c in letters if c in _VOWELS)


def _surname(text: str) -> str:
    consonants, vowels = _letters(text)
    return (consonants + vowels + "XXX")[:3]


def _name(text: str) -> str:
    consonants, vowels = _letters(text)
    if len(consonants) >= _LONG_NAME:
        consonants = consonants[0] + consonants[2:]
    return (consonants + vowels + "XXX")[:3]
