"""What the counter has at hand: small promises that ``bot`` keeps."""

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
    """Tells the time; tests move it."""

    def now(self) -> datetime:
        """The present instant, with a time zone."""
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """Who runs the counter, in the words that customers read."""

    name: str
    contacts: str
    privacy_url: str | None


@dataclass(frozen=True, slots=True)
class Emergency:
    """The numbers to call, day and night, where gas is smelled or the power fails."""

    gas: str | None = None
    power: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a step may ask for besides the database.

    ``staff_chat_id`` is the staff's group as the operator set it; Telegram may have given it
    another number since (see ``Tickets.staff_group``). ``unusual_factor`` is how many times more,
    or less, than expected a reading shows before the customer is asked whether it is right.
    ``email_change_delay`` is for how long the codes that link chats go on to the address that was
    there before a customer changed it.
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
        """When pending readings are acquired next."""
        return next_due(now, self.acquisition_interval)
