"""What commands share: settings, the database, and errors that people and scripts can read.

A refused command ends with 1 and says why on standard error; a wrong call ends with 2, by click.
Expected errors have no traceback.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from bot.errors import is_missing_file, reason_for

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.engine import Store

T = TypeVar("T")

REFUSED = 1
"""The exit code of a command that failed."""


class Refusal(click.ClickException):
    """Why a command cannot continue: shown on standard error, one reason per line, exit code 1."""

    exit_code = REFUSED

    def show(self, file: IO[Any] | None = None) -> None:
        """Write each reason on a line of its own, for scripts that read lines."""
        for line in self.message.splitlines():
            click.echo(f"Error: {line}", file=file, err=file is None)


def work(job: Callable[["Settings"], Coroutine[Any, Any, T]]) -> T:
    """Run a command's *job* with the settings of this process, on the fastest event loop.

    Raises:
        Refusal: an expected error happened.
    """
    with expected_errors():
        settings = prepared()
        return _loop_runner()(job(settings))


def work_alone(job: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The same for a command that needs no settings."""
    with expected_errors():
        return _loop_runner()(job())


def prepared() -> "Settings":
    """The settings of this process, after setting up its logs."""
    from bot.logs import secrets_of, set_up_logs  # noqa: PLC0415
    from bot.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings.log_format, secrets=secrets_of(settings))
    return settings


def _loop_runner() -> Callable[[Coroutine[Any, Any, T]], T]:
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:  # not available on Windows
        return asyncio.run
    return uvloop.run


@asynccontextmanager
async def opened(settings: "Settings") -> AsyncIterator["Store"]:
    """Open the database of this installation, if it is migrated to what this program needs.

    Raises:
        Refusal: there is none.
        SchemaError: it is older, newer, or does not match its migration.
        DatabaseFileError: its file is damaged; nothing was written to it.
    """
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    from storage import schema  # noqa: PLC0415
    from storage.engine import open_store  # noqa: PLC0415

    vault = settings.vault()
    url = make_url(settings.database_url)
    # SQLite would create an empty file, which would hide a wrong DATA_DIR.
    if is_missing_file(url):
        raise Refusal(f"there is no database at {url.database} yet: run `sportello db upgrade`")
    store = open_store(settings.database_url, vault)
    try:
        await store.check_whole()
        await schema.require(store.engine)
        yield store
    finally:
        await store.close()


@contextmanager
def expected_errors() -> Iterator[None]:
    """Turn expected errors into a ``Refusal`` that says what to do."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        if (reason := reason_for(error)) is None:
            raise
        raise Refusal(reason) from None
