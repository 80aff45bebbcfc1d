"""Results of an import: how each file fared, and which line has which problem.

A problem names file, line, column and reason, and never the content of a cell: in a file with
shifted columns, any cell may be somebody's name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, unique

SHOWN_PROBLEMS = 100
"""How many problems of a file are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file is refused; ``line`` counts from 1, None where the problem is not in one line."""

    file: str
    line: int | None
    field: str | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.field, self.reason) if part)


@unique
class FileStatus(Enum):
    """The result for a file.

    ``STOPPED``: the file was valid, but something it depends on changed while it was written; what
    was written stays, and importing the same file again continues from there.
    """

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    STOPPED = "stopped"
    PASSED_OVER = "passed over"


@dataclass(slots=True)
class Counts:
    """Numbers of rows by result; ``removed`` are rows of the database, not of the file.

    ``differing`` are lines with another number than the acquired one that a customer reported, and
    which stays: they are counted under another result too. ``aside`` are lines of outcomes set
    aside for a person to check.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    differing: list[int] = field(default_factory=list, compare=False)
    aside: list[int] = field(default_factory=list, compare=False)

    def count(self, *, is_known: bool, differs: bool) -> bool:
        """Count one row as inserted, updated or unchanged.

        Args:
            is_known: whether the database has a row with its key.
            differs: whether that row has other values.

        Returns:
            Whether the row must be written.
        """
        if not is_known:
            self.inserted += 1
        elif differs:
            self.updated += 1
        else:
            self.unchanged += 1
        return differs or not is_known

    def add(self, other: "Counts") -> None:
        self.inserted += other.inserted
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.removed += other.removed
        self.differing += other.differing
        self.aside += other.aside

    @property
    def changed_anything(self) -> bool:
        return bool(self.inserted or self.updated or self.removed or self.aside)


@dataclass(slots=True)
class FileReport:
    """One file: its status, its rows, and the first hundred of its problems.

    ``resumed_after`` is how many rows an earlier, interrupted import had written; they are not in
    ``counts``.
    """

    file: str
    status: FileStatus
    rows: int = 0
    resumed_after: int = 0
    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Count all of *problems*, and keep as many as are listed."""
        for problem in problems:
            self.problem_count += 1
            if len(self.problems) < SHOWN_PROBLEMS:
                self.problems.append(problem)

    def refuse(self, problem: Problem) -> "FileReport":
        """This report, for a file that is refused for *problem*."""
        self.status = FileStatus.REFUSED
        self.add_problems([problem])
        return self


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The reports on all files of an import, in the order in which they were imported."""

    files: tuple[FileReport, ...]

    @property
    def succeeded(self) -> bool:
        """Whether nothing was refused or stopped: the import's exit code is 0, and 1 otherwise."""
        failed = {FileStatus.REFUSED, FileStatus.STOPPED}
        return not any(file.status in failed for file in self.files)


@unique
class Phase(Enum):
    """The phase of an import: ``CHECKING`` counts bytes, ``WRITING`` counts rows."""

    CHECKING = "checking"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file has come; ``done`` and ``total`` are in the unit of the phase."""

    file: str
    phase: Phase
    done: int
    total: int


ProgressListener = Callable[[Progress], None]
