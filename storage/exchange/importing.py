"""Imports files from the company's system: checks the whole file first, then writes in batches.

A file is read once. Each row is checked by itself and against the database while it is read, and
stored in a staging database; only when the last row is valid is the first one written. Writing uses
transactions of at most a thousand rows, each of which records the progress, so that other writers
never wait long and an interrupted import continues where it stopped.

Slow work in Python (parsing) runs in a worker thread and leaves the event loop free.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from storage.engine import Store
from storage.exchange.cells import CellError
from storage.exchange.customers import Customers
from storage.exchange.documents import Documents
from storage.exchange.invoices import Invoices
from storage.exchange.kinds import Checked, Context, Kind, RowProblem, StaleRowError
from storage.exchange.measures import Measures
from storage.exchange.readings import Readings
from storage.exchange.report import (
    FileReport,
    FileStatus,
    ImportReport,
    Phase,
    Problem,
    Progress,
    ProgressListener,
)
from storage.exchange.staging import Staging
from storage.exchange.supply_points import SupplyPoints
from storage.exchange.tables import FileError, Layout, RawRow, TableFile
from storage.exchange.windows import Windows
from storage.exchange.withdrawals import Withdrawals
from storage.files import FileStore
from storage.lock import give_way
from storage.models import ImportRun
from storage.unit import Unit

KINDS: tuple[Kind[Any], ...] = (
    Customers(),
    SupplyPoints(),
    Windows(),
    Readings(),
    Withdrawals(),
    Measures(),
    Invoices(),
    Documents(),
)
"""Every kind of file, in the order in which a folder's files are imported."""

_CHECKED_AT_ONCE = 1_000


async def import_paths(
    store: Store,
    paths: Iterable[Path],
    *,
    zone: ZoneInfo,
    now: datetime,
    files: FileStore | None = None,
    progress: ProgressListener | None = None,
) -> ImportReport:
    """Import files and folders of files from the company's system, in the order of ``KINDS``.

    Each file is imported completely or not at all; a refused file does not stop the others.

    Args:
        store: where the rows are written.
        paths: files and folders. Files with unknown names are skipped in a folder, and refused
            when given by their own path.
        zone: the zone of the hours in ``finestre.csv``, and of today.
        now: the instant of the import.
        files: the store for files that rows name (an invoice's PDF, for example).
        progress: called with how far each file has come.

    Returns:
        The result for each file.

    Raises:
        sqlalchemy.exc.DBAPIError: the database is unavailable; what was written stays, and the same
            import continues from there.
    """
    found, reports = await asyncio.to_thread(_find, list(paths))
    for path, kind in found:
        context = Context(path=path, zone=zone, now=now, files=files)
        reports.append(await _import_file(store, kind, context, progress or _ignore))
    return ImportReport(tuple(reports))


_TITLE = "this line is a title: the columns are named below it; take it away"
_COPY = re.compile(r"(?: ?\(\d+\)| - copia)+$", re.IGNORECASE)


def _ignore(_progress: Progress) -> None:
    """Do nothing."""


def kind_of(path: Path) -> Kind[Any] | None:
    """The kind of file with this exact name, if any."""
    return next((kind for kind in KINDS if kind.matches(path)), None)


def _find(paths: Sequence[Path]) -> tuple[list[tuple[Path, Kind[Any]]], list[FileReport]]:
    """The files to import, in order, and reports on paths that cannot be imported."""
    found: dict[Path, Kind[Any]] = {}
    reports: list[FileReport] = []
    for path in paths:
        if path.is_dir():
            try:
                inside = _find_in(path)
            except OSError as error:
                reports.append(_refused(path, f"cannot be read: {error.strerror}"))
                continue
            found |= {file: kind for file, kind in inside if kind is not None}
            reports += [_no_kind(file) for file, kind in inside if not kind]
            if not any(kind for _, kind in inside):
                reports.append(_refused(path, f"no file in this folder is named {_names()}"))
        elif not path.exists():
            reports.append(_refused(path, "no such file or folder"))
        elif (kind := kind_of(path)) is not None:
            found[path] = kind
        else:
            reports.append(_refused(path, f"unknown file name: expected {_names()}"))
    order = {id(kind): position for position, kind in enumerate(KINDS)}
    return sorted(found.items(), key=lambda item: (order[id(item[1])], item[0])), reports


def _find_in(folder: Path) -> list[tuple[Path, Kind[Any] | None]]:
    """A folder's files with their kinds; unknown tables have None, other files are left out."""
    below = sorted({folder / kind.folder for kind in KINDS if kind.folder is not None})
    files: list[tuple[Path, Kind[Any] | None]] = []
    for place in [folder, *below]:
        if not place.is_dir():
            continue
        for file in sorted(place.iterdir()):
            kind = kind_of(file)
            if file.is_file() and (kind is not None or file.suffix.casefold() == ".csv"):
                files.append((file, kind))
    return files


def _no_kind(file: Path) -> FileReport:
    """The report on a table that is skipped, or refused where its name is almost a known one."""
    plain = _COPY.sub("", file.stem).casefold() + file.suffix.casefold()
    if any(plain == kind.file_name for kind in KINDS):
        return _refused(file, f"is this {plain}? Then it must have exactly that name")
    return FileReport(str(file), FileStatus.PASSED_OVER)


def _names() -> str:
    return ", ".join(kind.file_name for kind in KINDS)


def _refused(path: Path, reason: str) -> FileReport:
    return FileReport(str(path), FileStatus.REFUSED).refuse(Problem(str(path), None, None, reason))


async def _import_file(
    store: Store, kind: Kind[Any], context: Context, progress: ProgressListener
) -> FileReport:
    name = str(context.path)
    report = FileReport(name, FileStatus.REFUSED)
    try:
        table = await asyncio.to_thread(TableFile, context.path)
    except FileError as error:
        return report.refuse(Problem(name, error.line, error.field, error.reason))
    with table, Staging() as staging:
        job = _Job(store, kind, context, progress, table, staging, report)
        await job.check()
        if not report.problem_count:
            await job.write()
    return report


@dataclass(slots=True)
class _Job:
    """The import of one file."""

    store: Store
    kind: Kind[Any]
    context: Context
    progress: ProgressListener
    table: TableFile
    staging: Staging
    report: FileReport
    layout: Layout | None = None

    async def check(self) -> None:
        """Read the whole file into the staging database and report every problem."""
        try:
            self.layout = await asyncio.to_thread(self._read_layout)
            more = True
            while more:
                more, checked, problems = await asyncio.to_thread(self._read_chunk)
                if checked:
                    async with self.store.reading() as unit:
                        problems += await self.kind.check(unit, checked, self.context)
                self._note(sorted(problems, key=lambda problem: problem.line))
                self._tell(Phase.CHECKING, self.table.position, self.table.size)
            if not self.staging.count and not self.report.problem_count:
                async with self.store.reading() as unit:
                    if reason := await self.kind.check_empty(unit):
                        self._note_whole(reason)
        except FileError as error:
            problem = Problem(self.report.file, error.line, error.field, error.reason)
            self.report.add_problems([problem])
        self.report.rows = self.staging.count

    def _read_layout(self) -> Layout:
        """Where the header has which column.

        Raises:
            FileError: the first line is not a header; the error says so if the second line is.
        """
        header = self.table.read_header()
        try:
            return self.kind.layout(header)
        except FileError:
            try:
                self.kind.layout(self.table.names_in_second_line())
            except FileError:
                pass
            else:
                raise FileError(_TITLE, line=1) from None
            raise

    def _read_chunk(self) -> tuple[bool, list[Checked[Any]], list[RowProblem]]:
        """Stage the next rows.

        Returns:
            Whether there are more rows, those that are valid by themselves, and the problems of
            the others.
        """
        rows = self.table.rows(_CHECKED_AT_ONCE)
        good: list[RawRow] = []
        checked: list[Checked[Any]] = []
        problems: list[RowProblem] = []
        for raw in rows:
            try:
                row = self._parse(raw.cells)
            except CellError as error:
                problems.append(RowProblem(raw.line, error.field, error.reason))
                continue
            good.append(raw)
            checked.append(Checked(raw.line, row))
        repeated = self.staging.add_all(good, [self.kind.key(row) for _, row in checked])
        if repeated:
            checked = [each for each in checked if each.line not in repeated]
            problems += [
                RowProblem(line, None, f"the same key as in line {first}")
                for line, first in repeated.items()
            ]
        return len(rows) == _CHECKED_AT_ONCE, checked, problems

    async def write(self) -> None:
        """Write the staged rows, from where an interrupted import of the same file stopped."""
        report = self.report
        done = report.resumed_after = await self._begin()
        after = 0
        finished = False
        # Python reads the next rows while the database writes these.
        ahead = self._ahead(done)
        try:
            while not finished:
                batch = await self.kind.prepare(await ahead, self.context)
                written = done + len(batch)
                ahead = self._ahead(written)
                async with self.store.unit() as unit:
                    begun = time.perf_counter()
                    counts = await self.kind.apply(unit, batch, self.context) if batch else None
                    removed = None
                    if written == self.staging.count:
                        removed, left = await self.kind.finish(unit, self.staging, after)
                        finished = left is None
                        after = left or 0
                    await self._note_progress(unit, written, finished=finished)
                    await unit.commit()
                await give_way(self.store, time.perf_counter() - begun)
                # Progress is reported only now that it is committed.
                done = written
                for part in filter(None, (counts, removed)):
                    report.counts.add(part)
                self._tell(Phase.WRITING, done, self.staging.count)
        except StaleRowError as error:
            report.status = FileStatus.STOPPED
            self._note([error.problem])
            return
        except IntegrityError:
            # Another import ran at once: what it wrote stays, and the next import sees it.
            report.status = FileStatus.STOPPED
            reason = "the same rows were changed by somebody else at that moment: import it again"
            self._note_whole(reason)
            return
        finally:
            # The thread must be done with the staging database before that is closed.
            await asyncio.gather(ahead, return_exceptions=True)
        changed = report.counts.changed_anything or report.resumed_after
        report.status = FileStatus.TAKEN if changed else FileStatus.UNCHANGED

    def _ahead(self, after: int) -> "asyncio.Future[Sequence[Checked[Any]]]":
        """The batch after so many rows, read in a thread; empty after the last."""
        if after < self.staging.count:
            return asyncio.ensure_future(asyncio.to_thread(self._batch, after))
        none: asyncio.Future[Sequence[Checked[Any]]] = asyncio.get_running_loop().create_future()
        none.set_result(())
        return none

    def _batch(self, after: int) -> Sequence[Checked[Any]]:
        batch: list[Checked[Any]] = []
        for raw in self.staging.rows(after, self.kind.batch_size):
            try:
                batch.append(Checked(raw.line, self._parse(raw.cells)))
            except CellError as error:  # a file that a row names is gone since the check
                problem = RowProblem(raw.line, error.field, error.reason)
                raise StaleRowError(problem) from None
        return batch

    def _parse(self, cells: Sequence[str]) -> Any:
        assert self.layout is not None  # noqa: S101 - the header comes before any row
        return self.kind.row(self.layout.read(cells), self.context)

    @property
    def _digest(self) -> str:
        """Of content and name: two files of measures may have equal content for other points."""
        named = f"{self.context.path.name}\0{self.table.digest}"
        return hashlib.sha256(named.encode()).hexdigest()

    async def _begin(self) -> int:
        """How many rows of this same file an interrupted import has already written.

        Another file of the same name resets that: it may have changed the same rows.
        """
        async with self.store.unit() as unit:
            name = self.context.path.name[-255:]
            await unit.session.execute(
                delete(ImportRun).where(
                    ImportRun.file_name == name,
                    ImportRun.digest != self._digest,
                    ImportRun.finished_at.is_(None),
                )
            )
            run = await unit.session.scalar(
                select(ImportRun).where(ImportRun.digest == self._digest)
            )
            if run is None:
                run = ImportRun(digest=self._digest, file_name=name)
                unit.session.add(run)
            elif run.finished_at is None and run.rows == self.staging.count:
                return run.rows_applied
            run.rows = self.staging.count
            run.rows_applied = 0
            run.started_at = self.context.now
            run.finished_at = None
            await unit.commit()
        return 0

    async def _note_progress(self, unit: Unit, rows: int, *, finished: bool) -> None:
        values: dict[str, Any] = {"rows_applied": rows}
        if finished:
            values["finished_at"] = self.context.now
        await unit.session.execute(
            update(ImportRun)
            .where(ImportRun.digest == self._digest)
            .values(values)
            .execution_options(synchronize_session=False)
        )

    def _note(self, problems: Iterable[RowProblem]) -> None:
        self.report.add_problems(
            Problem(self.report.file, problem.line, problem.field, problem.reason)
            for problem in problems
        )

    def _note_whole(self, reason: str) -> None:
        self.report.add_problems([Problem(self.report.file, None, None, reason)])

    def _tell(self, phase: Phase, done: int, total: int) -> None:
        self.progress(Progress(self.report.file, phase, done, total))
