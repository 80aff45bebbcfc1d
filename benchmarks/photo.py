"""Reading meters on photos: ``python -m benchmarks.photo DIR``, a folder with ``labels.csv``.

The list has the columns ``file,reading,digits,quality``; ``reading`` holds the digits left of the
comma. Each photo is read twice by the worker process, as the bot does it: without a last reading,
and with one, which is the true one minus a seeded consumption of a household. Nothing is asked
back: every proposal counts as right or wrong, those with an uncertain digit too.
"""

import asyncio
import csv
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click
import psutil

from benchmarks.figures import table
from bot.photo import Known, KnownDial, PhotoReader, Proposed, available

_MEDIAN, _SPREAD = 4.6, 0.9  # of the logarithm of what was used since: about 100 m³
_MOST_USED = 1500
_WITHOUT, _WITH = "without a last reading", "with the last reading"


@dataclass(frozen=True)
class Labelled:
    """One photo of the folder, and what a person read on it."""

    path: Path
    reading: int
    digits: int
    quality: str


def labelled(folder: Path) -> list[Labelled]:
    """The photos that the folder's list names."""
    with (folder / "labels.csv").open(newline="") as file:
        return [
            Labelled(folder / row["file"], int(row["reading"]), int(row["digits"]), row["quality"])
            for row in csv.DictReader(file)
        ]


def known(photo: Labelled, seed: int) -> Known:
    """What the bot would know: a last reading, and the range that is plausible after it."""
    chance = random.Random(f"{photo.path.name} {seed}")
    used = min(photo.reading, _MOST_USED, round(chance.lognormvariate(_MEDIAN, _SPREAD)))
    last = photo.reading - used
    return Known(KnownDial(photo.digits, last, last, last + _MOST_USED))


async def measure(photos: list[Labelled], seed: int, *, each: bool) -> str:
    """Right, wrong and declined, by quality; seconds of a warm worker, and its memory."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    seconds: list[float] = []
    memory = 0.0
    reader = PhotoReader(seconds=120)
    try:
        await reader.read(photos[0].path.read_bytes(), known(photos[0], seed))  # loads the models
        for photo in photos:
            content = photo.path.read_bytes()
            for way, what in (
                (_WITHOUT, Known(KnownDial(photo.digits))),
                (_WITH, known(photo, seed)),
            ):
                start = time.perf_counter()
                told = (await reader.read(content, what)).meter
                seconds.append(time.perf_counter() - start)
                memory = max(memory, *(_memory(child) for child in psutil.Process().children()))
                if not isinstance(told, Proposed):
                    outcome, shown = "none", told.why.value
                else:
                    outcome = "right" if told.value == photo.reading else "wrong"
                    shown = f"{told.digits} {told.uncertain or ''}"
                if each:
                    click.echo(f"{photo.path.name} {photo.reading} {way}: {outcome}, {shown}")
                for quality in (photo.quality, "all"):
                    counts.setdefault((way, quality), Counter())[outcome] += 1
    finally:
        await reader.close()
    rows = [
        [way, quality, *(f"{found[outcome]}" for outcome in ("right", "wrong", "none"))]
        for (way, quality), found in sorted(counts.items())
    ]
    seconds.sort()
    return (
        table(("", "photos", "right", "wrong", "none"), rows)
        + f"\n\nSeconds a photo, warm: median {seconds[len(seconds) // 2]:.2f},"
        f" longest {seconds[-1]:.2f}. Memory of the worker: {memory:.0f} MiB."
    )


def _memory(process: psutil.Process) -> float:
    with process.oneshot():
        return float(process.memory_info().rss) / 2**20


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seed", default=1, show_default=True, help="Of the consumption.")
@click.option("--only", type=click.File(), help="A file that names the photos to read.")
@click.option("--each", is_flag=True, help="Say what comes of each photo.")
def main(folder: Path, seed: int, only: TextIO | None, each: bool) -> None:
    """Read the photos of FOLDER, and count how many come out right."""
    if not available():
        raise click.ClickException("needs the extra: pip install 'sportello[photo]'")
    photos = labelled(folder)
    if only is not None:
        names = set(only.read().split())
        photos = [photo for photo in photos if photo.path.name in names]
    click.echo(asyncio.run(measure(photos, seed, each=each)))


if __name__ == "__main__":
    main()
