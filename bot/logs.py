"""Logs: one line per event, with ids and reasons, never with secrets or customers' texts.

All logs, of libraries as well as of the program (through structlog), pass one formatter on the root
logger, so nothing bypasses the redaction.
"""

import asyncio
import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any, TextIO

import structlog
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.settings import LogFormat, Settings

REDACTED = "[redacted]"

_OWN = ("bot", "conversations", "storage")
# Some of these log URLs with the token at INFO, and all of them log too much.
_QUIET = (
    "aiohttp",
    "aiosqlite",
    "alembic",
    "apscheduler",
    "asyncio",
    "fontTools",
    "fpdf",
    "httpcore",
    "httpx",
    "mail.log",  # aiosmtpd's
    "matplotlib",
    "PIL",
    "sqlalchemy",
    "telegram",
    "tornado",
)
# No word boundary before a token: in a URL it follows the letters of «bot».
_LOOKS_LIKE_TOKEN = re.compile(r"(?<![0-9])[0-9]{5,20}:[A-Za-z0-9_-]{25,}")
_LOOKS_LIKE_KEY = re.compile(r"(?<![A-Za-z0-9_+/-])[A-Za-z0-9_+/-]{43}=(?!=)")
_SHORTEST_SECRET = 4
_CHAIN: list[Processor] = []


def set_up_logs(
    log_format: LogFormat, *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send all logs of this process to *stream*, in the given format.

    May be called again with other settings; the last call applies.

    Args:
        log_format: for people, or one JSON object per line.
        secrets: strings to redact, besides everything that looks like a token or a key.
        stream: standard error by default.
    """
    stream = sys.stderr if stream is None else stream
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _tell_exception,
    ]
    # The list is modified in place: loggers that were used before keep the list they began with.
    _CHAIN[:] = [
        structlog.stdlib.filter_by_level,
        *shared,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]
    structlog.configure(
        processors=_CHAIN,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(_renderer(log_format, stream), shared, secrets))
    handler.addFilter(_is_news)
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not _is_ours(each)]
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a record is worth logging.

    When the service stops, connections in use are discarded, which the pool logs as an error.
    """
    kind = record.exc_info[0] if record.exc_info else None
    is_cut_off = kind is not None and issubclass(kind, asyncio.CancelledError)
    return not (is_cut_off and record.name.startswith("sqlalchemy.pool"))


def secrets_of(settings: Settings) -> list[str]:
    """Every secret in the settings, for ``set_up_logs``."""
    password = make_url(settings.database_url).password
    secrets = (
        *settings.encryption_key,
        settings.telegram_token,
        settings.webhook_secret,
        settings.smtp_url.password if settings.smtp_url is not None else None,
        SecretStr(str(password)) if password else None,
    )
    return [secret.get_secret_value() for secret in secrets if secret is not None]


def describe_exception(error: BaseException) -> str:
    """An exception in a form that is safe to log: its type, where it was raised, its causes.

    Messages are included only from this program's own exceptions: libraries may quote their input,
    which can be a customer's name. Local variables are never included.
    """
    return "\n".join(_lines_of(error, set()))


def _lines_of(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    kind = type(error)
    own = kind.__module__.partition(".")[0] in _OWN
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    yield f"{name}: {error}" if own and str(error) else name
    yield from _frames_of(error.__traceback__)
    if isinstance(error, BaseExceptionGroup):
        for number, part in enumerate(error.exceptions, start=1):
            if id(part) not in seen:
                yield f"part {number}:"
                yield from (f"  {line}" for line in _lines_of(part, seen))
    before = error.__cause__
    if before is None and not error.__suppress_context__:
        before = error.__context__
    if before is not None and id(before) not in seen:
        yield "caused by:" if error.__cause__ is not None else "while handling:"
        yield from _lines_of(before, seen)


def _frames_of(trace: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(trace):
        code = frame.f_code
        yield f"  {_short(code.co_filename)}:{line} in {code.co_qualname}"


def _short(file_name: str) -> str:
    """The file's path within its package, without where that is installed."""
    parts = Path(file_name).parts
    for mark in ("site-packages", *_OWN):
        if mark in parts[:-1]:
            at = len(parts) - 1 - parts[::-1].index(mark)
            return "/".join(parts[at + (mark == "site-packages") :])
    return "/".join(parts[-2:])


def _tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = describe_exception(error)
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = describe_exception(value).partition("\n")[0]
    return event


def _renderer(log_format: LogFormat, stream: TextIO) -> Processor:
    if log_format is LogFormat.JSON:
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=_as_text)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), sort_keys=False)


def _as_text(value: object) -> str:
    return str(value)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders every record, and redacts the finished line, whichever field a secret was in."""

    def __init__(
        self, renderer: Processor, foreign: list[Processor], secrets: Iterable[str]
    ) -> None:
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=foreign,
        )
        # The longest first, as a secret may contain another. JSON escapes some characters.
        known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        written = known | {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in known}
        self._secrets = sorted(written, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        if record.name == "asyncio" and isinstance(record.msg, str):
            # asyncio's «Task exception was never retrieved» with the exception's repr.
            record = _copy(record, record.getMessage().partition("\n")[0], ())
        elif record.name.partition(".")[0] == "telegram":
            # A mapping of arguments is dropped, and the message then left unformatted.
            given = record.args if isinstance(record.args, tuple) else ()
            record = _copy(record, record.msg, tuple(_harmless(each) for each in given))
        elif isinstance(record.args, tuple):
            record = _copy(record, record.msg, tuple(_safe(each) for each in record.args))
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        text = _LOOKS_LIKE_TOKEN.sub(REDACTED, text)
        return _LOOKS_LIKE_KEY.sub(REDACTED, text)


def _copy(record: logging.LogRecord, message: Any, args: tuple[object, ...]) -> logging.LogRecord:
    copied = logging.makeLogRecord(record.__dict__)
    copied.msg, copied.args = message, args
    return copied


def _safe(value: object) -> object:
    if isinstance(value, BaseException):
        return describe_exception(value).partition("\n")[0]
    return value


def _harmless(value: object) -> object:
    """python-telegram-bot's own warnings without Telegram's answers, which it likes to repeat."""
    return _safe(value) if isinstance(value, BaseException | int | float) else REDACTED


def _is_ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, _Formatter)
