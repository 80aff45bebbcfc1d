"""What the commands share: settings, the database, and errors as people and scripts want them.

A command that was refused ends with 1 and says why on standard error; one that was called in a
wrong way ends with 2, which is click's own doing. What is expected to go wrong has no traceback.
"""

import asyncio
import errno
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

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
        Refusal: there is none, or it is behind, or ahead.
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
        current = await schema.current_revision(store.engine)
        if wrong := schema.what_to_do_at(current):
            raise Refusal(f"the database is {wrong}")
        yield store
    finally:
        await store.close()


def is_missing_file(url: "URL") -> bool:
    """Whether *url* means an SQLite file that is not there."""
    path = url.database
    return url.get_backend_name() == "sqlite" and path is not None and not Path(path).exists()


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


def reason_for(error: BaseException) -> str | None:
    """What to tell the operator of an error that is expected now and then; None for any other."""
    # All of these are loaded by whoever can raise them: asking sys.modules saves loading the rest.
    for module, name, words in _EXPECTED:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return words if words is not None else str(error)
    if reason := _database_reason(error):
        return reason
    if isinstance(error, OSError):
        # Without a file it is a connection, and the database's is the only one that has no errors
        # of its own to be told by: mail and Telegram bring theirs.
        if error.filename is None and error.errno != errno.ENOSPC:
            return _AWAY
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    return None


_AWAY = "the database cannot be reached; check DATABASE_URL and that it is running"


_EXPECTED = (
    ("bot.settings", "SettingsError", None),
    ("bot.mail", "MailError", None),
    ("storage.engine", "DatabaseFileError", None),
    ("bot.demo.runner", "PortTakenError", None),
    ("storage.lock", "AlreadyServedError", None),
    ("storage.copying", "CopyRefusedError", None),
    ("storage.copying", "CopyFailedError", None),
    ("storage.backup.archive", "BackupError", None),
    (
        "telegram.error",
        "InvalidToken",
        "Telegram refuses TELEGRAM_TOKEN; @BotFather knows the right one",
    ),
    (
        "storage.vault",
        "SealedDataError",
        (
            "ENCRYPTION_KEY does not open what is in the database; give the key that it was"
            " written with, after a comma if there is a newer one"
        ),
    ),
    (
        "alembic.util",
        "CommandError",
        (
            "the database holds a migration that this program does not know: it was made by a"
            " newer version of sportello"
        ),
    ),
)

_SQLITE_REASONS = (
    ("locked", "the database is locked by another program; try again when that is done"),
    ("readonly", "the database cannot be written: check who owns its file and its folder"),
    ("read-only", "the database cannot be written: check who owns its file and its folder"),
    ("unable to open", "the database file cannot be opened: check who owns it and its folder"),
    ("disk is full", "the disk of the database is full"),
    ("disk I/O", "the disk of the database reports an error"),
    ("malformed", "the database file is damaged; it was left as it is"),
    ("not a database", "the database file is damaged; it was left as it is"),
)


def _database_reason(error: BaseException) -> str | None:
    """Why a database cannot be used, from what its driver says; never with its words."""
    cause: BaseException | None = error
    while cause is not None:
        module, name = type(cause).__module__, type(cause).__name__
        if module == "sqlite3":
            for words, reason in _SQLITE_REASONS:
                if words in str(cause):
                    return reason
        if module.startswith("asyncpg"):
            return f"PostgreSQL refuses what DATABASE_URL asks for ({name})"
        if isinstance(cause, OSError) and cause is not error:
            return _AWAY
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None
