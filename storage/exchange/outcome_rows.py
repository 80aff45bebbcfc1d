"""Reads a distributor's file of outcomes: ``esiti.csv``, or XML in the layouts of ``tal``.

The first bytes tell which; XML may be zipped.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from storage.exchange import cells as read
from storage.exchange.cells import CellError
from storage.exchange.kinds import LONGEST_TEXT, Checked
from storage.exchange.report import FileReport, Problem
from storage.exchange.staging import Staging
from storage.exchange.tables import Cells, Column, FileError, Layout, RawRow, TableFile, check_size
from storage.exchange.tal import TalError, read_outcomes
from storage.models import Outcome

ROWS_AT_ONCE = 1_000
"""How many rows are read, checked and written at a time."""

_LONGEST_CODE = 20
_LARGEST = 10**12 - 1

COLUMNS = (
    Column("punto", read.supply_point),
    Column("data", read.day),
    Column("esito", read.text(_LONGEST_CODE)),
    Column("note", read.text(LONGEST_TEXT), empty=True),
)
"""The columns of ``esiti.csv``."""

_STAGED = (
    *COLUMNS,
    Column("contatore", read.whole(_LARGEST), empty=True),
    Column("correttore", read.whole(_LARGEST), empty=True),
)
"""The same with the distributor's values, which only XML has."""

_LAYOUT = Layout(_STAGED, [column.name for column in _STAGED])
_OUTCOMES = {"V": Outcome.VALID, "N": Outcome.REFUSED, "F": Outcome.REFUSED}
_SPACES = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """The outcome of the self-reading of a point on a local day."""

    point: str
    day: date
    code: str
    note: str | None
    meter: int | None = None
    corrector: int | None = None

    @property
    def outcome(self) -> Outcome | None:
        """The meaning of the code; None for an unknown one."""
        return _OUTCOMES.get(self.code)


def stage(path: Path, staging: Staging, report: FileReport) -> bool:
    """Read the whole file into *staging* and report problems; returns whether it is XML."""
    try:
        check_size(path)
        is_xml = _is_xml(path)
        if is_xml:
            _stage_xml(path, staging, report)
        else:
            _stage_csv(path, staging, report)
    except OSError as error:
        report.refuse(Problem(report.file, None, None, f"cannot be read: {error.strerror}"))
    except FileError as error:
        report.refuse(Problem(report.file, error.line, error.field, error.reason))
    except TalError as error:
        report.refuse(Problem(report.file, None, None, str(error)))
    else:
        return is_xml
    return False


def _is_xml(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(256)
    return start.removeprefix(_BYTE_ORDER_MARK).lstrip(_SPACES).startswith((b"<", _ZIP))


def _stage_csv(path: Path, staging: Staging, report: FileReport) -> None:
    with TableFile(path) as table:
        layout = Layout(COLUMNS, table.read_header())
        while rows := table.rows(ROWS_AT_ONCE):
            for raw in rows:
                try:
                    # In the order of the columns here, whatever the header's order.
                    cells = layout.arrange(raw.cells, [column.name for column in _STAGED])
                except CellError as error:
                    report.refuse(Problem(report.file, raw.line, error.field, error.reason))
                    continue
                _stage_row(RawRow(raw.line, cells), staging, report, is_xml=False)


def _stage_xml(path: Path, staging: Staging, report: FileReport) -> None:
    for answer in read_outcomes(path):
        cells = [
            answer.supply_point,
            answer.day,
            answer.outcome,
            answer.note,
            answer.meter,
            answer.corrector,
        ]
        _stage_row(RawRow(answer.number, cells), staging, report, is_xml=True)


def _stage_row(raw: RawRow, staging: Staging, report: FileReport, *, is_xml: bool) -> None:
    try:
        row = _row(_LAYOUT.read(raw.cells))
    except CellError as error:
        report.add_problems([problem(report, raw.line, error.field, error.reason, is_xml=is_xml)])
        return
    first = staging.add(raw, f"{row.point}|{row.day.isoformat()}")
    if first is not None:
        reason = f"the same key as in {'reading' if is_xml else 'line'} {first}"
        report.add_problems([problem(report, raw.line, None, reason, is_xml=is_xml)])


def problem(
    report: FileReport, number: int, field: str | None, reason: str, *, is_xml: bool
) -> Problem:
    """One row's problem; *number* is its line, or in XML its place among the readings."""
    if is_xml:
        return Problem(report.file, None, field, f"reading {number} of the file: {reason}")
    return Problem(report.file, number, field, reason)


def _row(cells: Cells) -> OutcomeRow:
    return OutcomeRow(
        point=cells["punto"],
        day=cells["data"],
        code=cells["esito"].upper(),
        note=cells["note"],
        meter=cells["contatore"],
        corrector=cells["correttore"],
    )


def parsed(staging: Staging, after: int) -> list[Checked[OutcomeRow]]:
    """The next ``ROWS_AT_ONCE`` staged rows, after as many of them."""
    return [
        Checked(raw.line, _row(_LAYOUT.read(raw.cells)))
        for raw in staging.rows(after, ROWS_AT_ONCE)
    ]
