"""Figures of several rounds: the median and the range, and the machine."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles


@dataclass(frozen=True)
class Figure:
    """One figure, measured once per round."""

    rounds: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    def over(self, other: "Figure") -> "Figure":
        """The ratio within each round, since a slow machine slows both."""
        return Figure(tuple(a / b for a, b in zip(self.rounds, other.rounds, strict=True)))

    def shown(self, digits: int = 1) -> str:
        """The median, with the least and the most: ``12.5 (11.9–13.0)``."""
        low, high = min(self.rounds), max(self.rounds)
        if len(self.rounds) == 1:
            return f"{self.middle:.{digits}f}"
        return f"{self.middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that *percent* of *values* do not exceed."""
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def machine() -> str:
    """This machine and its software, in one line."""
    names = ("python-telegram-bot", "SQLAlchemy", "aiosqlite", "asyncpg")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {_processor()}, {memory:.0f} GiB, {platform.system()}"
        f" {platform.release().partition('-')[0]}, Python {platform.python_version()}; {versions}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
