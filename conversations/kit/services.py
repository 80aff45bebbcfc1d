"""What steps may use besides the database, as protocols and data that ``bot`` provides."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from storage.rules.acquisition import next_due
from storage.rules.plausibility import FACTOR
from storage.rules.quiet_hours import QuietHours
from storage.rules.retention import DEFAULT, Retention
from storage.rules.windows import local_day


class Clock(Protocol):
    """The clock; tests move it."""

    def now(self) -> datetime:
        """The current instant, with a time zone."""
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """The supplier, as customers read about it."""

    name: str
    contacts: str
    privacy_url: str | None


@dataclass(frozen=True, slots=True)
class Emergency:
    """The numbers to call at any hour about a smell of gas or a power failure."""

    gas: str | None = None
    power: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a step may use besides the database.

    ``staff_chat_id`` is the staff's group as configured; Telegram may have changed its id since
    (see ``Tickets.staff_group``). ``unusual_factor`` is how many times more, or less, than expected
    a reading may be without a question. ``email_change_delay`` is how long the codes that link
    chats are still sent to the previous address after a customer changed it.
    """

    clock: Clock
    zone: ZoneInfo
    company: Company
    acquisition_interval: timedelta
    mails_codes: bool
    quiet_hours: QuietHours
    staff_chat_id: int | None = None
    unusual_factor: Decimal = FACTOR
    email_change_delay: timedelta = timedelta(days=1)
    retention: Retention = DEFAULT
    emergency: Emergency = Emergency()

    def today(self, now: datetime) -> date:
        """The local day of an instant."""
        return local_day(now, self.zone)

    def next_acquisition(self, now: datetime) -> datetime:
        """When pending readings are handed over next."""
        return next_due(now, self.acquisition_interval)
