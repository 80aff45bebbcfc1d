"""What a year of billed withdrawals adds up to, and how it stands against the year before."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same months of two years: only those that are known in both count."""

    months: tuple[int, ...]
    now: Decimal
    before: Decimal

    @property
    def percent(self) -> Decimal | None:
        """How much more (or less, below zero) than before, in percent; None against nothing."""
        return None if not self.before else (self.now - self.before) * 100 / self.before


@dataclass(frozen=True, slots=True)
class YearSummary:
    """One year, in the unit of what was put in.

    ``highest`` and ``lowest`` are months (1-12), the earlier where two are alike; None where no
    month is known. ``against`` is None where the two years share no month.
    """

    months: tuple[int, ...]
    total: Decimal
    highest: int | None
    lowest: int | None
    against: Comparison | None


def summarise(
    months: Mapping[int, Decimal | int], before: Mapping[int, Decimal | int]
) -> YearSummary:
    """A year by its known months, held against the year before.

    Args:
        months: what was withdrawn, by month; a month that is not known is left out, not zero.
        before: the same for the year before.
    """
    known = tuple(sorted(months))
    shared = tuple(month for month in known if month in before)
    return YearSummary(
        months=known,
        total=sum((Decimal(months[month]) for month in known), Decimal(0)),
        highest=max(known, key=lambda month: (months[month], -month), default=None),
        lowest=min(known, key=lambda month: (months[month], month), default=None),
        against=Comparison(
            months=shared,
            now=sum((Decimal(months[month]) for month in shared), Decimal(0)),
            before=sum((Decimal(before[month]) for month in shared), Decimal(0)),
        )
        if shared
        else None,
    )
