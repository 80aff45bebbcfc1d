"""The texts that customers read: Italian is the source, catalogues hold the other languages.

A text is written in Italian where it is shown, inside ``words("…")``, and looked up in the
catalogue of the customer's language. ``python -m conversations.texts`` updates the catalogues from
the code.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import (
    format_currency,
    format_decimal,
    get_decimal_symbol,
    get_group_symbol,
)
from babel.support import NullTranslations, Translations
from markupsafe import Markup

SOURCE = "it"
LANGUAGES = ("it", "en")
FOLDER = Path(__file__).parent

_LOCALES = {"it": "it_IT", "en": "en_GB"}


def mark(text: str) -> str:
    """Mark a text for the catalogues, where it is not written in the call that shows it."""
    return text


@dataclass(frozen=True, slots=True)
class Words:
    """The texts, numbers and dates of one language.

    Texts are Telegram's HTML: values put into them are escaped, unless they are ``Markup``.
    """

    language: str
    zone: ZoneInfo

    def __call__(self, text: str, /, **values: Any) -> Markup:
        """*text* in this language as HTML, with escaped values in its ``{places}``."""
        return Markup(_catalogue(self.language).gettext(text)).format(**values)  # noqa: S704

    def plain(self, text: str, /, **values: Any) -> str:
        """*text* in this language as plain text, for buttons, mails and file names."""
        return _catalogue(self.language).gettext(text).format(**values)

    def plural(self, one: str, many: str, n: int, /, **values: Any) -> Markup:
        """*one* or *many*, as this language requires for *n*; ``{n}`` is the number."""
        found = _catalogue(self.language).ngettext(one, many, n)
        return Markup(found).format(n=self.number(n), **values)  # noqa: S704

    def number(self, value: int | Decimal, decimals: int = 0) -> str:
        """A number with this language's separators: ``45.000`` in Italian, ``45,000`` in English.

        Args:
            value: the number.
            decimals: how many places to show after the decimal sign.
        """
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        return str(format_decimal(value, format=pattern, locale=_LOCALES[self.language]))

    def euro(self, cents: int) -> str:
        """An amount of money: ``84,20 €`` in Italian, ``€84.20`` in English; *cents* are whole."""
        amount = Decimal(cents) / 100
        return str(format_currency(amount, "EUR", locale=_LOCALES[self.language]))

    def day(self, day: date) -> str:
        """A day in digits: ``15/02/2015``."""
        return str(format_date(day, format="dd/MM/yyyy", locale=_LOCALES[self.language]))

    def month(self, month: int, *, short: bool = False) -> str:
        """The name of a month (1-12): ``febbraio``, or ``feb``."""
        pattern = "LLL" if short else "LLLL"
        day = date(2000, month, 1)  # any year: only the month is shown
        return str(format_date(day, format=pattern, locale=_LOCALES[self.language]))

    def weekday(self, day: date) -> str:
        """The short name of a weekday: ``lun``."""
        return str(format_date(day, format="EEE", locale=_LOCALES[self.language]))

    @property
    def signs(self) -> str:
        """The thousands separator followed by the decimal sign: ``.,``."""
        locale = _LOCALES[self.language]
        return get_group_symbol(locale) + get_decimal_symbol(locale)

    def time(self, instant: datetime) -> str:
        """The local hour of an instant: ``08:30``."""
        return str(format_time(instant, "HH:mm", tzinfo=self.zone, locale=_LOCALES[self.language]))

    def moment(self, instant: datetime) -> str:
        """The local day and hour of an instant: ``15/02/2015, 08:30``."""
        return str(
            format_datetime(
                instant, "dd/MM/yyyy, HH:mm", tzinfo=self.zone, locale=_LOCALES[self.language]
            )
        )

    def soon(self, instant: datetime, now: datetime) -> str:
        """An instant within a day from now, in words: ``alle 6:42``.

        Args:
            instant: the instant; at most a day away.
            now: the current instant, to distinguish today from tomorrow.
        """
        local = instant.astimezone(self.zone)
        hour = f"{local.hour}:{local.minute:02}"
        if local.date() > now.astimezone(self.zone).date():
            return self.plain("domani alle {hour}", hour=hour)
        return self.plain("alle {hour}", hour=hour)


def choose_language(wanted: str | None) -> str:
    """The language for a person whose Telegram uses *wanted*; Italian by default."""
    code = (wanted or SOURCE).split("-")[0].lower()
    return code if code in LANGUAGES else SOURCE


def in_every_language(text: str) -> list[str]:
    """The forms of a text in all languages, for keys of keyboards sent earlier."""
    return sorted({_catalogue(language).gettext(text) for language in LANGUAGES})


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    # Compiled in memory, so that there are no binary files and no build step.
    with (FOLDER / language / "sportello.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain="sportello")
