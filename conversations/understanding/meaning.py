"""What a sentence can mean, and what may be found in it."""

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Intent(Enum):
    """What a customer wants or answers; the values are the names in ``meanings.toml``."""

    # Safety, before all else.
    GAS_SMELL = "gas_smell"
    POWER_FAILURE = "power_failure"
    EMERGENCY = "emergency"
    # What people come for.
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
    # What is for the supplier's people.
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
    # Answers to what is on the screen.
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
    """What was understood of a text.

    Attributes:
        intent: what it means; ``None`` where nothing can be read from it.
        numbers: every number that may be a reading, as it was typed (``45.000``, ``45,5``), so that
            whoever takes it tells what is wrong with it; dates, hours, amounts, telephone numbers,
            civic numbers and long codes are left out. Two or more: the customer is to be asked.
        meter: the one of ``numbers`` that is said to be the meter's.
        corrector: the one that is said to be the corrector's.
        year: a year that was named.
        month: a month that was named, 1 to 12.
        code: the six digits of a customer code or of a mailed code.
        words: the other words that say something, normalised: of an address, say.
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
