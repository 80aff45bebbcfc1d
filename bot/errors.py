"""Expected errors: how sending can fail, and messages for the operator.

Quick to import: short commands must not load the libraries of the others.
"""

import errno
import secrets
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without characters that are easily confused


class Unreachable(Exception):  # noqa: N818
    """Telegram did not accept a request after several attempts; it may later.

    Args:
        doubts: how many of the attempts may have arrived all the same.
    """

    def __init__(self, *, doubts: int = 0) -> None:
        super().__init__("Telegram did not take it")
        self.doubts = doubts


class Held(Unreachable):
    """Telegram is limiting requests now; nothing was sent."""


class Gone(Exception):  # noqa: N818
    """The chat accepts no messages: the bot was blocked, or the account was deleted."""

    def __init__(self, *, for_good: bool) -> None:
        super().__init__("the chat takes no messages")
        self.for_good = for_good


def new_reference() -> str:
    """A reference to give to an assistant: six characters that are not easily confused."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def is_missing_file(url: "URL") -> bool:
    """Whether *url* is an SQLite file that does not exist."""
    path = url.database
    return url.get_backend_name() == "sqlite" and path is not None and not Path(path).exists()


def reason_for(error: BaseException) -> str | None:
    """What to tell the operator about an expected error; None for any other."""
    # Whoever raises these has loaded their modules, so sys.modules is enough to look them up.
    for module, name, words in _EXPECTED:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return words if words is not None else str(error)
    if reason := _database_reason(error):
        return reason
    if isinstance(error, OSError):
        # Only the database's connection raises plain errors; mail and Telegram have their own
        # types.
        if _is_connection(error):
            return _AWAY
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    return None


_NETWORK = {
    errno.EADDRNOTAVAIL,
    errno.ECONNREFUSED,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENOENT,  # without a file name: this is a Unix socket
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ETIMEDOUT,
}


def _is_connection(error: OSError) -> bool:
    """Whether it is a connection's error; asyncio joins several into one without a number."""
    if isinstance(error, (ConnectionError, TimeoutError, socket.gaierror)):
        return True
    return error.filename is None and (error.errno is None or error.errno in _NETWORK)


_AWAY = "the database cannot be reached; check DATABASE_URL and that it is running"


_EXPECTED = (
    ("bot.settings", "SettingsError", None),
    ("bot.announcing", "DraftError", None),
    ("bot.mail", "MailError", None),
    ("storage.engine", "DatabaseFileError", None),
    ("bot.demo.runner", "PortTakenError", None),
    ("storage.lock", "AlreadyServedError", None),
    ("storage.exchange.staging", "StagingError", None),
    ("storage.schema", "SchemaError", None),
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


_READ_ONLY = "25006"


def _database_reason(error: BaseException) -> str | None:
    """Why a database cannot be used, from the driver's error but without its text."""
    cause: BaseException | None = error
    while cause is not None:
        module, name = type(cause).__module__, type(cause).__name__
        if module == "sqlite3":
            for words, reason in _SQLITE_REASONS:
                if words in str(cause):
                    return reason
        if getattr(cause, "sqlstate", None) == _READ_ONLY:
            return "the database cannot be written: the server only reads"
        if module.startswith("asyncpg"):
            return f"PostgreSQL refuses what DATABASE_URL asks for ({name})"
        if isinstance(cause, OSError) and cause is not error:
            return _AWAY
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None
