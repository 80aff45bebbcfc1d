"""Any command, text, tap, stop, kill and move of the clock, in any order, in several chats.

What customers were told is held against the store and the files after every step, and against what
each chat may see. A failure tells the seed and the whole play.
"""

import asyncio
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from conversations.kit.context import Turn
from tests.fuzz.cast import Stage
from tests.fuzz.conftest import Plan
from tests.fuzz.counter import Figures
from tests.fuzz.lives import set_moments, watch_over_tasks
from tests.fuzz.machine import Counter
from tests.support.diagrams import is_drawn


@contextmanager
def no_other_listeners() -> Iterator[None]:
    """Nobody but the plays listens to the logs: pytest would keep them all."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)


def watch_ways(patch: pytest.MonkeyPatch) -> list[str]:
    """A list that fills with the ways that conversations go and their diagrams do not draw."""
    strayed: list[str] = []
    settle = Turn.settle

    async def watched(turn: Turn) -> None:
        row, flow, state = turn.conversation, turn.flow, turn.state
        before = row.state if row is not None and row.flow == flow else None
        if flow is not None and state is not None and not is_drawn(flow, before, state):
            strayed.append(f"{flow}: {before} --> {state}")
        await settle(turn)

    patch.setattr(Turn, "settle", watched)
    return strayed


def test_nothing_is_lost_doubled_or_shown_to_others(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"to have this run again: pytest tests/fuzz {plan}")  # noqa: T201
    set_moments(monkeypatch)
    figures = Figures(seed=plan.seed)
    began = time.monotonic()
    with no_other_listeners(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        watch_over_tasks(runner.get_loop())
        stage = Stage(tmp_path)
        runner.run(stage.prepare())
        machine: type[Counter] = type(
            "CounterHere",
            (Counter,),
            {
                "stage": stage,
                "runner": runner,
                "folder": tmp_path,
                "figures": figures,
                "ends_at": began + (plan.minutes * 60 if plan.minutes else math.inf),
                "strayed": watch_ways(monkeypatch),
            },
        )
        phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if plan.shrinks else [])]
        try:
            run_state_machine_as_test(
                seed(plan.seed)(machine),
                settings=settings(
                    max_examples=plan.plays,
                    stateful_step_count=plan.steps,
                    deadline=None,
                    database=None,
                    print_blob=True,
                    phases=phases,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        except BaseException as error:
            # Hypothesis wonders why the last play drew nothing; then it is its word that comes.
            if not machine.is_over:
                error.add_note(f"to have this run again: pytest tests/fuzz {plan}")
                raise
    figures.seconds = round(time.monotonic() - began, 1)
    if plan.figures is not None:
        plan.figures.write_text(figures.as_json() + "\n", encoding="utf-8")
    assert figures.confirmed == figures.in_store
    assert figures.confirmed - figures.cancelled == figures.in_files
    assert figures.duplicates == 0
