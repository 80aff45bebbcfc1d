"""What the commands share: settings, the database, and errors as people and scripts want them.

A command that was refused ends with 1 and says why on standard error; one that was called in a
wrong way ends with 2, which is click's own doing. What is expected to go wrong has no traceback.
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
"""The exit code of a command that could not do what it was asked."""


class Refusal(click.ClickException):
    """Why a command cannot go on: shown on standard error, a line for each reason, exit code 1."""

    exit_code = REFUSED

    def show(self, file: IO[Any] | None = None) -> None:
        """Writes each reason as a line of its own, for scripts that go by lines."""
        for line in self.message.splitlines():
            click.echo(f"Error: {line}", file=file, err=file is None)


def work(job: Callable[["Settings"], Coroutine[Any, Any, T]]) -> T:
    """Runs a command's *job* with the settings of this process, on the quickest event loop.

    Raises:
        Refusal: something that is expected to go wrong now and then went wrong.
    """
    with expected_errors():
        settings = prepared()
        return _loop_runner()(job(settings))


def work_alone(job: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The same for a command that takes nothing from the environment."""
    with expected_errors():
        return _loop_runner()(job())


def prepared() -> "Settings":
    """The settings of this process, with its logs set up accordingly."""
    from bot.logs import secrets_of, set_up_logs  # noqa: PLC0415
    from bot.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    set_up_logs(settings.log_format, secrets=secrets_of(settings))
    return settings


def _loop_runner() -> Callable[[Coroutine[Any, Any, T]], T]:
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:  # it does not exist for Windows
        return asyncio.run
    return uvloop.run


@asynccontextmanager
async def opened(settings: "Settings") -> AsyncIterator["Store"]:
    """The database of this installation, if it is migrated as this program needs it.

    Raises:
        Refusal: there is none.
        SchemaError: it is behind, or ahead, or not what it says it is.
        DatabaseFileError: its file is damaged; nothing was written to it.
    """
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    from storage import schema  # noqa: PLC0415
    from storage.engine import open_store  # noqa: PLC0415

    vault = settings.vault()
    url = make_url(settings.database_url)
    # SQLite would make an empty file of any name: a wrong DATA_DIR must not go unnoticed that way.
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
    """Turns what is expected to go wrong now and then into a ``Refusal`` that says what to do."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        if (reason := reason_for(error)) is None:
            raise
        raise Refusal(reason) from None
