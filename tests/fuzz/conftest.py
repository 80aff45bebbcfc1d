"""How much is fuzzed, from which seed, and where the figures go.

Each option has an environment variable, for runs in which this file is not among the first that
pytest reads.
"""

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

_OPTIONS = {
    "--fuzz-seed": ("FUZZ_SEED", "the number that a run began with, to have it again"),
    "--fuzz-plays": ("FUZZ_PLAYS", "how many plays there are"),
    "--fuzz-steps": ("FUZZ_STEPS", "how many steps a play has at the most"),
    "--fuzz-minutes": ("FUZZ_MINUTES", "after how many minutes no further play begins"),
    "--fuzz-figures": ("FUZZ_FIGURES", "a file for what was done and found, as JSON"),
    "--fuzz-shrink": ("FUZZ_SHRINK", "1: look for the shortest play that fails as well"),
}
_FEW, _MANY, _STEPS = 5, 60, 50
"""Plays of a run among all tests, and of one with ``--all``; and the steps of each."""
_SEED = 20_261_128
"""What ``make test`` finds is of the change, not of the day; ``--all`` draws a new one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the fuzzing; ``minutes`` is None where it takes as long as it takes."""

    seed: int
    plays: int
    steps: int
    minutes: float | None
    shrinks: bool
    figures: Path | None

    def __str__(self) -> str:
        return f"--fuzz-seed={self.seed} --fuzz-plays={self.plays} --fuzz-steps={self.steps}"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fuzzing")
    for option, (variable, told) in _OPTIONS.items():
        group.addoption(option, help=f"{told} (or {variable})", default=None)


def pytest_report_header(config: pytest.Config) -> str:
    """Where pytest reads this file early enough, the seed stands at the top, whatever comes."""
    return f"fuzzing: {read_plan(config)}"


@pytest.fixture(scope="session")
def plan(request: pytest.FixtureRequest) -> Plan:
    """What was asked for."""
    return read_plan(request.config)


def read_plan(config: pytest.Config) -> Plan:
    """The options; with ``--all`` a new seed, the same for all of the run, unless one is named."""
    runs_all = config.getoption("--all")

    def asked(option: str) -> str | None:
        given: str | None = config.getoption(option, default=None)
        return given or os.environ.get(_OPTIONS[option][0])

    drawn = random.SystemRandom().randrange(2**32) if runs_all else _SEED
    seed = asked("--fuzz-seed") or str(drawn)
    os.environ[_OPTIONS["--fuzz-seed"][0]] = seed
    figures, plays, minutes = (
        asked("--fuzz-figures"),
        asked("--fuzz-plays"),
        asked("--fuzz-minutes"),
    )
    return Plan(
        seed=int(seed),
        plays=int(plays or (_MANY if runs_all else _FEW)),
        steps=int(asked("--fuzz-steps") or _STEPS),
        minutes=float(minutes) if minutes else None,
        shrinks=asked("--fuzz-shrink") == "1",
        figures=Path(figures) if figures else None,
    )
