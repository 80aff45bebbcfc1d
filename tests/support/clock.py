"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


class MovableClock:
    """Starts at a given local moment of Rome."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = (start or datetime(2026, 2, 15, 10, 0, tzinfo=ROME)).astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> None:
        """Move forward (or back), with ``timedelta``'s arguments: ``move(minutes=31)``."""
        self._now += timedelta(**by)

    def set(self, *parts: int) -> None:
        """Set a local time in Rome: ``set(2026, 3, 29, 1, 59)``."""
        year, month, day, hour, minute = (*parts, 0, 0)[:5]
        self._now = datetime(year, month, day, hour, minute, tzinfo=ROME).astimezone(UTC)

    def set_to(self, instant: datetime) -> None:
        """Set any instant, in any zone."""
        self._now = instant.astimezone(UTC)
