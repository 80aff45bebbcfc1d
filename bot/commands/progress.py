"""Progress bars on a terminal; nothing is shown elsewhere."""

import sys
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

if TYPE_CHECKING:
    from storage.exchange.report import Progress


class ProgressBar:
    """Shows the progress of an import: a bar for each file and phase, on standard error.

    Pass ``show`` to the import, within ``with``.
    """

    def __init__(self) -> None:
        self._wanted = sys.stderr.isatty()
        self._at: tuple[str, str] | None = None
        self._done = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._finish()

    def show(self, progress: "Progress") -> None:
        """Move the bar to *progress*."""
        if not self._wanted:
            return
        at = (progress.file, progress.phase.value)
        if at != self._at:
            self._finish()
            self._at, self._done = at, 0
            self._bar = click.progressbar(
                length=max(progress.total, 1),
                label=f"{progress.phase.value} {progress.file}",
                file=sys.stderr,
            )
            self._bar.__enter__()
        self._bar.update(progress.done - self._done)
        self._done = progress.done

    def _finish(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


@dataclass
class Bar:
    """One bar for one piece of work, whose length may become known later."""

    label: str
    length: int

    def __post_init__(self) -> None:
        self._bar = (
            click.progressbar(length=max(self.length, 1), label=self.label, file=sys.stderr)
            if sys.stderr.isatty()
            else None
        )
        self._done = 0

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)

    def show(self, done: int, length: int | None = None) -> None:
        """Move the bar to *done*, of *length* where that has changed."""
        if self._bar is not None:
            if length is not None:
                self._bar.length = max(length, 1)
            self._bar.update(done - self._done)
        self._done = done
