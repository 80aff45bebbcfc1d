"""What is expected to go wrong now and then: how sending can fail, and words for the operator.

Light to load: commands that say a word and end must not wait for the libraries of the others.
"""

import errno
import secrets
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is misread over the telephone


class Unreachable(Exception):  # noqa: N818
    """Telegram did not take it, after several tries; it may later.

    Args:
        doubts: after how many of the tries it may have arrived all the same.
    """

    def __init__(self, *, doubts: int = 0) -> None:
        super().__init__("Telegram did not take it")
        self.doubts = doubts


class Held(Unreachable):
    """Telegram wants silence just now; nothing has left."""


class Gone(Exception):  # noqa: N818
    """The chat takes no messages: the bot was blocked, or the account is no more."""

    def __init__(self, *, for_good: bool) -> None:
        super().__init__("the chat takes no messages")
        self.for_good = for_good


def new_reference() -> str:
    """A short number to tell an assistant: six signs, none easily misread."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def is_missing_file(url: "URL") -> bool:
    """Whether *url* means an SQLite file that is not there."""
    path = url.database
    return url.get_backend_name() == "sqlite" and path is not None and not Path(path).exists()


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
        # The database's connection is the only one that has no errors of its own to be told by:
        # mail and Telegram bring theirs.
        if _is_connection(error):
            return _AWAY
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    return None


_NETWORK = {
    errno.EADDRNOTAVAIL,
    errno.ECONNREFUSED,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENOENT,  # a file would be named: this is a socket in the file system
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ETIMEDOUT,
}


def _is_connection(error: OSError) -> bool:
    """Whether an error is a connection's; asyncio sums several up in one without a number."""
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
    """Why a database cannot be used, from what its driver says; never with its words."""
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
