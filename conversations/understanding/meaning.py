"""The possible meanings of a text, and the values found in it."""

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Intent(Enum):
    """A customer's wish or answer; the values are the names in ``meanings.toml``."""

    # Emergencies.
    GAS_SMELL = "gas_smell"
    POWER_FAILURE = "power_failure"
    EMERGENCY = "emergency"
    # Subjects of the counter.
    READING = "reading"
    READINGS = "readings"
    WINDOW = "window"
    INVOICES = "invoices"
    CONSUMPTION = "consumption"
    MEASURES = "measures"
    DOCUMENTS = "documents"
    SUPPLY = "supply"
    MY_DATA = "my_data"
    SETTINGS = "settings"
    LANGUAGE = "language"
    PRIVACY = "privacy"
    LINK = "link"
    UNLINK = "unlink"
    MENU = "menu"
    MORE = "more"
    HELP = "help"
    # Subjects for the staff.
    SUPPORT = "support"
    PERSON = "person"
    COMPLAINT = "complaint"
    TERMINATION = "termination"
    HOLDER_CHANGE = "holder_change"
    BANK = "bank"
    METER_REPLACED = "meter_replaced"
    # Courtesies.
    GREETING = "greeting"
    THANKS = "thanks"
    OK = "ok"
    # Answers to a screen.
    YES = "yes"
    NO = "no"
    SAVE = "save"
    SEND = "send"
    CANCEL = "cancel"
    CORRECT = "correct"
    NEXT = "next"
    BACK = "back"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a text.

    Attributes:
        intent: the meaning; ``None`` if there is none.
        numbers: every number that may be a reading, as it was typed (``45.000``, ``45,5``), so that
            its problems can be told; dates, hours, amounts, telephone numbers, house numbers and
            long codes are left out. If there are several, the customer must be asked.
        meter: the one of ``numbers`` that the text calls the meter's.
        corrector: the one that it calls the corrector's.
        year: a year in the text.
        month: a month in the text, 1 to 12.
        code: the six digits of a customer code or of a mailed code.
        words: the other words, normalised, for example of an address.
    """

    intent: Intent | None
    numbers: tuple[str, ...] = ()
    meter: str | None = None
    corrector: str | None = None
    year: int | None = None
    month: int | None = None
    code: str | None = None
    words: tuple[str, ...] = ()

    @property
    def number(self) -> str | None:
        """The only number that may be a reading, if there is exactly one."""
        return self.numbers[0] if len(self.numbers) == 1 else None
