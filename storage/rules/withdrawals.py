"""The totals of a year of billed withdrawals, compared with the year before."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """Totals of the same months of two years; only months known in both count."""

    months: tuple[int, ...]
    now: Decimal
    before: Decimal

    @property
    def percent(self) -> Decimal | None:
        """The change from the year before in percent; None if that was zero."""
        return None if not self.before else (self.now - self.before) * 100 / self.before


@dataclass(frozen=True, slots=True)
class YearSummary:
    """One year, in the unit of the input.

    ``highest`` and ``lowest`` are months (1-12), the earlier of equal ones; None if no month is
    known. ``against`` is None if the two years share no known month.
    """

    months: tuple[int, ...]
    total: Decimal
    highest: int | None
    lowest: int | None
    against: Comparison | None


def summarise(
    months: Mapping[int, Decimal | int], before: Mapping[int, Decimal | int]
) -> YearSummary:
    """Sum up the known months of a year, and compare them with the year before.

    Args:
        months: the withdrawals by month; unknown months are left out, not zero.
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
