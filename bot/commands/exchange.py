"""``sportello import``, ``acquire`` and ``outcomes``: exchanges files with the company."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.progress import ProgressBar
from bot.commands.runtime import REFUSED, opened, work

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.exchange.acquisition import AcquisitionReport
    from storage.exchange.report import FileReport, ImportReport

_SHOWN = 100
_DIFFERS = (
    "another number than the customer's acquired reading, which stays: see `sportello review`"
)
_EXISTING = click.Path(exists=True, readable=True, path_type=Path)
_EXISTING_FILE = click.Path(exists=True, readable=True, dir_okay=False, path_type=Path)


@click.command("import", epilog="Example: sportello import /srv/from-company/")
@click.argument("paths", nargs=-1, required=True, type=_EXISTING, metavar="PATH…")
@click.pass_context
def import_(context: click.Context, paths: tuple[Path, ...]) -> None:
    """Imports files, or folders of them, from the company's system.

    A file is recognised by its name: clienti.csv, punti.csv, finestre.csv, letture.csv,
    prelievi.csv, misure/<POD>.csv, fatture.csv, documenti.csv, imported in this order. It is
    checked completely, and imported completely or not at all. Importing again changes nothing,
    except that finestre.csv replaces all windows; an interrupted import continues where it stopped.
    Ends with 1 if a file was refused: each bad row is named on standard error with its line, field
    and reason. The columns are described in docs/files.md.
    """

    async def take(settings: "Settings") -> "ImportReport":
        from storage.exchange.importing import import_paths  # noqa: PLC0415
        from storage.files import FileStore  # noqa: PLC0415

        with ProgressBar() as bar:
            async with opened(settings) as store:
                return await import_paths(
                    store,
                    paths,
                    zone=settings.timezone,
                    now=datetime.now(UTC),
                    files=FileStore(settings.files_dir, store.vault),
                    progress=bar.show,
                )

    report = work(take)
    for file in report.files:
        _tell(file)
    if not report.succeeded:
        context.exit(REFUSED)


@click.command(epilog="Example: sportello acquire")
def acquire() -> None:
    """Runs one acquisition now: hands pending readings over and makes them Acquisita.

    First completes what an earlier run may have begun. The files are in the folder exports/ under
    DATA_DIR. `sportello run` tells the customers, also when this command is run beside it.
    """

    async def hand_over(settings: "Settings") -> "AcquisitionReport":
        from storage.exchange.acquisition import acquire as run_acquisition  # noqa: PLC0415

        async with opened(settings) as store:
            return await run_acquisition(
                store,
                exports=settings.exports_dir,
                company_vat=settings.company_vat,
                zone=settings.timezone,
                now=datetime.now(UTC),
                quiet_hours=settings.quiet_hours,
            )

    report = work(hand_over)
    for handover in report.handovers:
        again = " (begun by an earlier run)" if handover.repeated else ""
        click.echo(f"acquisition {handover.acquisition_id:06}: {handover.readings} readings{again}")
        for file in handover.files:
            click.echo(f"  {file}")
    for warning in report.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if not report.handovers:
        click.echo("Nothing is pending.")


@click.command(epilog="Example: sportello outcomes /srv/from-distributor/esiti.csv")
@click.argument("file", type=_EXISTING_FILE, metavar="FILE")
@click.pass_context
def outcomes(context: click.Context, file: Path) -> None:
    """Imports the distributor's outcomes of readings that were handed over.

    FILE is a CSV (punto;data;esito;note) or XML in the layouts of the TAL flow, zipped or not. It
    is imported completely or not at all; ends with 1 where it was refused, each wrong row named on
    standard error. An outcome with an unknown code, or of another number than ours, is set aside
    and shown by `sportello review`. `sportello run` tells the customers.
    """

    async def take(settings: "Settings") -> "FileReport":
        from storage.exchange.outcomes import import_outcomes  # noqa: PLC0415

        async with opened(settings) as store:
            return await import_outcomes(
                store,
                file,
                now=datetime.now(UTC),
                quiet_hours=settings.quiet_hours,
                zone=settings.timezone,
            )

    report = work(take)
    _tell(report)
    if report.problem_count:
        context.exit(REFUSED)


def _tell(file: "FileReport") -> None:
    counts = file.counts
    parts = [
        f"{number} {word}"
        for number, word in (
            (counts.inserted, "new"),
            (counts.updated, "changed"),
            (counts.unchanged, "as before"),
            (counts.removed, "removed"),
            (len(counts.aside), "set aside: see `sportello review`"),
            (file.resumed_after, "taken by an earlier, interrupted import"),
        )
        if number
    ]
    click.echo(f"{file.file}: {file.status.value}" + (f" ({', '.join(parts)})" if parts else ""))
    differing = sorted(counts.differing)
    for line in differing[:_SHOWN]:
        click.echo(f"{file.file}:{line}: {_DIFFERS}")
    if (more := len(differing) - _SHOWN) > 0:
        click.echo(f"{file.file}: and {more} more, {len(differing)} in all: {_DIFFERS}")
    for problem in file.problems:
        click.echo(str(problem), err=True)
    if more := file.problem_count - len(file.problems):
        click.echo(f"{file.file}: and {more} more, {file.problem_count} in all", err=True)
