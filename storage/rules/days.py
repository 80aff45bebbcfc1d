"""Days as people type them: ``15/2/2026``, ``15-2-26``, ``15 febbraio 2026``, ``2026-02-15``."""

import re
from datetime import date, timedelta
from enum import Enum, unique

LONGEST_TEXT = 60
"""Characters past which a text is no date that anybody typed."""

_CENTURY = 2_000
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("gen", "gennaio", "jan", "january"),
            ("feb", "febbraio", "february"),
            ("mar", "marzo", "march"),
            ("apr", "aprile", "april"),
            ("mag", "maggio", "may"),
            ("giu", "giugno", "jun", "june"),
            ("lug", "luglio", "jul", "july"),
            ("ago", "agosto", "aug", "august"),
            ("set", "sett", "settembre", "sep", "sept", "september"),
            ("ott", "ottobre", "oct", "october"),
            ("nov", "novembre", "november"),
            ("dic", "dicembre", "dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_RELATIVE = {"oggi": 0, "today": 0, "ieri": 1, "yesterday": 1}
_YEAR = r"(?P<year>[0-9]{4}|'?[0-9]{2})"
_DIGITS = re.compile(
    rf"(?P<day>[0-9]{{1,2}})(?P<sign>[/.\- ])(?P<month>[0-9]{{1,2}})(?:(?P=sign){_YEAR})?"
)
_ISO = re.compile(
    r"(?P<year>[0-9]{4})(?P<sign>[/.\-])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})"
)
_NAMED = re.compile(
    r"(?P<day>[0-9]{1,2})(?:°|º|o)?[ .\-/]*(?:di +)?(?P<name>[a-z]+)\.?[ .\-/]*(?:del +)?"
    rf"{_YEAR}?"
)
_WEEKDAY = re.compile(
    r"^(?:(?:lun|mar|mer|gio|ven|sab|dom)[a-zì]*|(?:mon|tues|wednes|thurs|fri|satur|sun)day),? +"
)
_BEFORE = re.compile(r"^(?:dal|da|from|il|the) +")
_BETWEEN = (
    re.compile(r" +(?:al|fino al|a|to|until|-|–|—) +| *(?:–|—|;|,|\n) *", re.IGNORECASE),
    re.compile("-"),
    re.compile(" "),
)
"""What may stand between two days, the clearest first: a hyphen may belong to a day itself."""


@unique
class DayProblem(Enum):
    """Why a text is no day."""

    NOT_A_DAY = "not_a_day"
    NO_SUCH_DAY = "no_such_day"


def read_day(text: str, today: date) -> date | DayProblem:
    """The day that a text names.

    Day before month, as everybody in Europe writes; ISO; months by name or its beginning, Italian
    or English; two digits of a year mean this century; ``oggi`` and ``ieri``. Without a year it is
    the latest such day that is not after *today*.
    """
    words = " ".join(text.split()).casefold()
    if not words or len(words) > LONGEST_TEXT:
        return DayProblem.NOT_A_DAY
    words = _WEEKDAY.sub("", _BEFORE.sub("", words)).rstrip(".,;")
    if words in _RELATIVE:
        return today - timedelta(days=_RELATIVE[words])
    found = _ISO.fullmatch(words) or _DIGITS.fullmatch(words)
    if found:
        month = int(found["month"])
    else:
        found = _NAMED.fullmatch(words)
        named = _MONTHS.get(found["name"]) if found else None
        if found is None or named is None:
            return DayProblem.NOT_A_DAY
        month = named
    return _day(found["year"], month, int(found["day"]), today)


def read_days(text: str, today: date) -> tuple[date, date] | None:
    """The two days of a text such as ``dal 1/3/2026 al 15/3/2026``, or None where it is no such."""
    if len(text) > 2 * LONGEST_TEXT:
        return None
    lines = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    for between in _BETWEEN:
        parts = between.split(lines)
        if len(parts) != len(("first", "last")):
            continue
        first, last = (read_day(part, today) for part in parts)
        if isinstance(first, date) and isinstance(last, date):
            return first, last
    return None


def _day(year: str | None, month: int, day: int, today: date) -> date | DayProblem:
    if year is not None:
        digits = year.lstrip("'")
        number = int(digits) + (_CENTURY if len(digits) == len("26") else 0)
        return _make(number, month, day)
    # The 29th of February without a year may lie as far back as eight years.
    for number in range(today.year, today.year - 9, -1):
        made = _make(number, month, day)
        if isinstance(made, date) and made <= today:
            return made
    return DayProblem.NO_SUCH_DAY


def _make(year: int, month: int, day: int) -> date | DayProblem:
    try:
        return date(year, month, day)
    except ValueError:
        return DayProblem.NO_SUCH_DAY
