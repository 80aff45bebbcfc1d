"""``make bench``: runs every comparison and writes its table into ``docs/performance.md``."""

import argparse
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvloop

from benchmarks import beside, broadcast, conversations, exchange, scale, start
from benchmarks.bots import Way
from benchmarks.figures import machine
from benchmarks.page import PERFORMANCE, commit, put
from tests.support.databases import KINDS


@dataclass(frozen=True)
class Section:
    """One section of the page: its Markdown comes from *quick* or *full*."""

    name: str
    quick: Callable[[], Coroutine[Any, Any, str]]
    full: Callable[[], Coroutine[Any, Any, str]]


def _conversations(kind: str, way: Way) -> Section:
    def measured(rounds: int, seconds: float) -> Callable[[], Coroutine[Any, Any, str]]:
        return lambda: conversations.measure(
            rounds=rounds, seconds=seconds, ways=[way], kinds=[kind]
        )

    return Section(f"{kind}-{way.value}", measured(3, 3), measured(7, 8))


SECTIONS = (
    *(_conversations(kind, way) for kind in KINDS for way in Way),
    Section(
        "scale",
        lambda: scale.measure(sizes=(1_000, 100_000), rounds=3, seconds=3),
        lambda: scale.measure(sizes=(1_000, 100_000, 1_000_000), rounds=5, seconds=5),
    ),
    Section("start", lambda: start.measure(rounds=3), lambda: start.measure(rounds=7)),
    Section(
        "beside",
        lambda: beside.measure(rows=20_000),
        lambda: beside.measure(rows=100_000),
    ),
    Section(
        "broadcast",
        lambda: broadcast.block(300, 5),
        lambda: broadcast.block(broadcast.CHATS, broadcast.CONVERSATIONS),
    ),
    Section(
        "exchange",
        lambda: exchange.measure(rows=100_000, readings=20_000, rounds=1),
        lambda: exchange.measure(rows=1_000_000, readings=100_000, rounds=3),
    ),
)


async def run(sections: list[Section], *, full: bool, write: bool) -> None:
    """Measure, print and write each section as soon as it is done."""
    for section in sections:
        measured = await (section.full if full else section.quick)()
        day = datetime.now(UTC).strftime("%d/%m/%Y")
        content = f"Commit `{commit()}`, {day}, {machine()}.\n\n{measured}"
        print(f"{section.name}\n\n{content}\n", flush=True)
        if write:
            put(section.name, content, page=PERFORMANCE)


def main() -> None:
    """Reads the command line."""
    names = [section.name for section in SECTIONS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(names)}")
    parser.add_argument("--full", action="store_true", help="more rounds, and the slow ones too")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    given = parser.parse_args()
    if unknown := set(given.sections) - set(names):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    chosen = [each for each in SECTIONS if not given.sections or each.name in given.sections]
    uvloop.run(run(chosen, full=given.full, write=given.write))


if __name__ == "__main__":
    main()
