"""How many of the corpus' sentences are understood, and how fast.

``python -m benchmarks.understanding`` prints the shares and every sentence that is missed;
``--check`` fails below 95 % right or above 1 % wrong.
"""

import argparse
import statistics
import sys
import time

from conversations.understanding import understand
from tests.understanding.corpus import Example, examples, measure

RIGHT = 0.95
WRONG = 0.01


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail below the shares that are due")
    given = parser.parse_args()
    corpus = examples()
    share = measure(corpus)
    for example, found in share.missed:
        kind = "wrong" if example.is_wrong(found) else "missed"
        print(f"{kind:7} {example.text!r}: {example.name}, understood as {found.intent}")
    print(f"{share.examples} sentences: {share.right:.1%} right, {share.wrong:.1%} wrong")
    print(f"median {statistics.median(_times(corpus)) * 1e6:.0f} µs a sentence")
    if given.check and (share.right < RIGHT or share.wrong > WRONG):
        sys.exit(1)


def _times(corpus: list[Example]) -> list[float]:
    times = []
    for example in corpus:
        start = time.perf_counter()
        understand(example.text)
        times.append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    main()
