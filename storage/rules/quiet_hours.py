"""The hours of the local day in which the bot sends nothing unasked."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from storage.rules.windows import local_instant, read_hour

_DAYS_TO_LOOK = 3


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` until before ``end`` on the local clock; they may cross midnight.

    Equal hours mean that no hour is quiet.
    """

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours":
        """Quiet hours as settings and customers write them: ``21-8``, ``22:30-7``, ``13-24``.

        Raises ``ValueError`` with the expected form for anything else, and for a whole day, which
        would leave no time to send.
        """
        start, dash, end = text.replace("–", "-").partition("-")
        try:
            first, last = read_hour(start), read_hour(end)
        except ValueError as error:
            raise ValueError("expected two hours, such as 21-8 or 22:30-7") from error
        if not dash or first.next_day:
            raise ValueError("expected two hours, such as 21-8 or 22:30-7")
        if first.time == time(0) and last.next_day:
            raise ValueError("quiet hours cannot fill the whole day; 0-0 means none")
        return cls(first.time, last.time)

    def contains(self, local: time) -> bool:
        """Whether a time on the local clock is quiet."""
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def next_allowed(self, now: datetime, zone: ZoneInfo) -> datetime:
        """``now`` if it is not quiet, else the end of these quiet hours; a UTC instant.

        When the end falls into the hour that the clock change repeats, its first occurrence ends
        them; an instant after that gets the second occurrence. When it falls into the hour that is
        skipped, they end at the clock change.

        Raises ``ValueError`` for a naive ``now``.
        """
        if now.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        today = now.astimezone(zone).date()
        candidates = [now.astimezone(UTC)]
        for days, fold in product(range(_DAYS_TO_LOOK), (0, 1)):
            end = local_instant(today + timedelta(days=days), self.end, zone)
            candidates.append(_second_occurrence(end, zone) if fold else end)
        return min(
            instant
            for instant in candidates
            if instant >= now and not self.contains(_clock(instant, zone))
        )


NEVER_QUIET = QuietHours(time(0), time(0))


def _clock(instant: datetime, zone: ZoneInfo) -> time:
    return instant.astimezone(zone).time()


def _second_occurrence(first: datetime, zone: ZoneInfo) -> datetime:
    """The second instant at which the clock shows the same time, or ``first`` if there is none."""
    return first.astimezone(zone).replace(fold=1).astimezone(UTC)
