"""Writes figures between marks in pages, with the commit that they are from."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
TRUST = ROOT / "docs" / "trust.md"
PERFORMANCE = ROOT / "docs" / "performance.md"


def put(name: str, content: str, *, page: Path = TRUST) -> None:
    """Replace the content between the two marks *name* on a *page*."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{content}\n{end}{after}", encoding="utf-8")


def commit() -> str:
    """The current commit, and whether the tree has changes."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short=10", "HEAD") + (" with changes" if changed else "")
