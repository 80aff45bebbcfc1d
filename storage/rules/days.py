"""Days as people type them: ``15/2/2026``, ``15-2-26``, ``15 febbraio 2026``, ``2026-02-15``.

Also two days: ``dal 1 al 15 marzo``, ``1-15/3/2026``; and whole months: ``marzo 2025``.
"""

import calendar
import re
from datetime import date, timedelta
from enum import Enum, unique

LONGEST_TEXT = 60
"""Longer texts, in characters, are not read as a day."""

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
"""Separators between two days, the least ambiguous first: a day may contain a hyphen itself."""
_TO = r"(?: +(?:al|fino al|a|to|until) +| *[\-–—] *)"
_SAME_MONTH = re.compile(
    rf"(?P<first>[0-9]{{1,2}})(?:°|º)?{_TO}(?:il +)?(?P<rest>[0-9]{{1,2}}(?:°|º)? *(?:di +)?"
    r"(?:[a-z]+|[/.] *[0-9]).*)"
)
"""A day without a month, then a day with one: both are in that month."""
_TWO_NAMED = re.compile(
    rf"(?P<first>[0-9]{{1,2}}(?:°|º)? *(?:di +)?[a-z]+\.?(?: +{_YEAR.replace('?P<year>', '')})?)"
    r" +(?P<last>[0-9]{1,2}(?:°|º)? *(?:di +)?[a-z]+.*)"
)
_WHOLE_MONTH = re.compile(
    rf"(?:(?:il +)?mese +di +|tutto +|in +|all +of +)?(?P<name>[a-z]+)\.?(?: +(?:del +)?{_YEAR})?"
)


@unique
class DayProblem(Enum):
    """Why a text is not a day."""

    NOT_A_DAY = "not_a_day"
    NO_SUCH_DAY = "no_such_day"


def read_day(text: str, today: date) -> date | DayProblem:
    """The day that a text names.

    Accepts day before month, ISO dates, month names or their beginnings (Italian or English),
    two-digit years of this century, ``oggi`` and ``ieri``. Without a year it is the latest such day
    that is not after *today*.
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
    """The two days of a text such as ``dal 1/3/2026 al 15/3/2026``; None for other texts.

    A month's name means its first and last day; without a year, the latest month that has begun.
    """
    if len(text) > 2 * LONGEST_TEXT:
        return None
    words = _BEFORE.sub("", " ".join(text.split()).casefold()).rstrip(".,;")
    return _whole_month(words, today) or _same_month(words, today) or _two_days(text, today)


def _whole_month(words: str, today: date) -> tuple[date, date] | None:
    found = _WHOLE_MONTH.fullmatch(words)
    month = _MONTHS.get(found["name"]) if found else None
    if found is None or month is None:
        return None
    first = _day(found["year"], month, 1, today)
    if isinstance(first, DayProblem):
        return None
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _same_month(words: str, today: date) -> tuple[date, date] | None:
    found = _SAME_MONTH.fullmatch(words)
    last = read_day(found["rest"], today) if found else None
    if found is None or not isinstance(last, date):
        return None
    first = _make(last.year, last.month, int(found["first"]))
    return None if isinstance(first, DayProblem) else (first, last)


def _two_days(text: str, today: date) -> tuple[date, date] | None:
    lines = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    for between in _BETWEEN:
        parts = between.split(lines)
        if len(parts) != len(("first", "last")):
            continue
        first, last = (read_day(part, today) for part in parts)
        if isinstance(first, date) and isinstance(last, date):
            return first, last
    named = _TWO_NAMED.fullmatch(_BEFORE.sub("", " ".join(text.split()).casefold()))
    if named is not None:
        first, last = read_day(named["first"], today), read_day(named["last"], today)
        if isinstance(first, date) and isinstance(last, date):
            return first, last
    return None


def _day(year: str | None, month: int, day: int, today: date) -> date | DayProblem:
    if year is not None:
        digits = year.lstrip("'")
        number = int(digits) + (_CENTURY if len(digits) == len("26") else 0)
        return _make(number, month, day)
    # The latest 29th of February may be as far back as eight years.
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
