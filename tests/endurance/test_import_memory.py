"""An import holds a few rows at a time, however many there are in a file."""

import re
import subprocess
import sys

ROWS = 50_000
MOST_GROWTH_MIB = 28
"""Some ten are needed; all rows at once would be more than these."""


def test_a_long_file_is_not_held_in_memory() -> None:
    # In a process of its own: memory that other tests held before would hide what this takes.
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_million", str(ROWS)],
        capture_output=True,
        text=True,
        check=True,
    )
    turns = re.findall(r"(\w+): (\w+), (\d+) rows .* (\d+) MiB more", ran.stdout)
    assert [(turn, status, int(rows)) for turn, status, rows, _ in turns] == [
        ("first", "taken", ROWS),
        ("again", "unchanged", ROWS),
    ]
    assert max(int(growth) for *_, growth in turns) < MOST_GROWTH_MIB
