"""Every setting of the program, read once at start from the environment and ``.env``.

Nothing here runs at import time: a command calls ``load_settings`` and passes the result on. A
``Settings`` made directly, ``Settings(acquisition_interval="5s")``, uses only its arguments and
reads no environment, as tests and the demo need.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from storage.rules.acquisition import parse_interval
from storage.rules.identifiers import COMPANY_TAX_ID_LENGTH, read_tax_id
from storage.rules.plausibility import FACTOR
from storage.rules.quiet_hours import QuietHours
from storage.rules.retention import DEFAULT, Retention, parse_period
from storage.vault import Vault, VaultKeyError

T = TypeVar("T")

TELEGRAM_API_URL = "https://api.telegram.org"

_DATABASES = {
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "sqlite": "sqlite+aiosqlite",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{3,100}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LAST_PORT = 65_535
_LARGEST_FACTOR = 100
_LONGEST_DELAY = timedelta(days=14)
_YES = {"yes", "true", "on", "1"}
_NO = {"no", "false", "off", "0"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that is wrong or missing, and what was expected; never its value."""

    variable: str
    expected: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.expected}"


class SettingsError(Exception):
    """Settings that the program cannot start with; ``problems`` names each of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class LinkVerification(Enum):
    """What proves that the person who types a customer's codes is the customer."""

    EMAIL = "email"
    NONE = "none"


class LogFormat(Enum):
    CONSOLE = "console"
    JSON = "json"


class SmtpSecurity(Enum):
    """How the connection to the mail server is protected, by the scheme of ``SMTP_URL``."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server that mail is handed to."""

    security: SmtpSecurity
    host: str
    port: int
    user: str | None = None
    password: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of mails: an address, with the name that mail programs show."""

    address: str
    name: str = ""


def _read_by(read: Callable[[str], T]) -> PlainValidator:
    """A validator that reads text with *read*, and accepts other types as already read."""
    return PlainValidator(lambda value: read(value.strip()) if isinstance(value, str) else value)


def _secret(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _token(value: object) -> SecretStr:
    token = _secret(value).strip()
    if not _TOKEN.fullmatch(token):
        raise ValueError("expected a bot's token as @BotFather gives it: digits, a colon, letters")
    return SecretStr(token)


def _web_address(text: str) -> SplitResult:
    expected = "expected an address such as https://example.it"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in text:
        raise ValueError(expected)
    return parts


def _api_url(text: str) -> str:
    parts = _web_address(text)
    if parts.query or parts.fragment:
        raise ValueError("expected the root of a Bot API server, such as http://127.0.0.1:8081")
    return text.rstrip("/")


def _webhook_url(text: str) -> str:
    # Telegram accepts only HTTPS; a local Bot API server also accepts HTTP, and is reached on
    # loopback.
    parts = _web_address(text)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValueError("expected an address that begins with https://, as Telegram demands")
    return text


def _https_address(text: str) -> str:
    _web_address(text)
    return text


def read_database_url(text: str) -> str:
    """A database's URL with the driver that this program uses; *text* may name it or not.

    Raises:
        ValueError: it is none of the supported ones, which the message lists; *text* is not
            repeated, because it may contain a password.
    """
    expected = (
        "expected sqlite+aiosqlite:///path/to/sportello.db"
        " or postgresql+asyncpg://user:password@host/database"
    )
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(expected) from None
    if url.drivername not in _DATABASES:
        raise ValueError(expected)
    if url.get_backend_name() == "sqlite" and not url.database:
        raise ValueError(f"{expected}; the address names no file")
    return url.set(drivername=_DATABASES[url.drivername]).render_as_string(hide_password=False)


def _keys(value: object) -> tuple[SecretStr, ...]:
    parts = _secret(value).split(",") if isinstance(value, (str, SecretStr)) else _sequence(value)
    keys = [_secret(part).strip() for part in parts]
    try:
        Vault(keys)
    except VaultKeyError as error:
        raise ValueError(
            f"{error}; expected 32 bytes in URL-safe base64, or several of them with commas between"
        ) from None
    return tuple(SecretStr(key) for key in keys)


def _sequence(value: object) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError("expected one key or several with commas between")  # noqa: TRY004
    return list(value)


def _smtp_server(text: str) -> SmtpServer:
    expected = "expected smtp://, smtp+starttls:// or smtps://, then user:password@host:port"
    try:
        parts = urlsplit(text)
        security = SmtpSecurity(parts.scheme)
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    if not parts.hostname or parts.path not in {"", "/"} or parts.query or port == 0:
        raise ValueError(expected)
    if (parts.username is None) != (parts.password is None):
        raise ValueError(f"{expected}; a user needs a password and a password a user")
    usual = {SmtpSecurity.NONE: 25, SmtpSecurity.STARTTLS: 587, SmtpSecurity.TLS: 465}
    return SmtpServer(
        security=security,
        host=parts.hostname,
        port=port or usual[security],
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else SecretStr(unquote(parts.password)),
    )


def _sender(text: str) -> Sender:
    # Imported here: it is slow, and `sportello --help` does not need it.
    from email.utils import parseaddr  # noqa: PLC0415

    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    # A line break would end the header and start another.
    name, address = parseaddr("" if "\n" in text or "\r" in text else text)
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError(
            "expected an e-mail address, such as sportello@example.it"
            " or Sportello <sportello@example.it>"
        ) from None
    return Sender(checked.normalized, name)


def _listen(text: str) -> Listen:
    expected = "expected an address and a port, such as 127.0.0.1:8080"
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    bare = not (parts.path or parts.query or parts.fragment or parts.username)
    if not parts.hostname or port is None or not bare:
        raise ValueError(expected)
    return Listen(parts.hostname, port)


def _webhook_secret(value: object) -> SecretStr:
    secret = _secret(value)
    if not _WEBHOOK_SECRET.fullmatch(secret):
        raise ValueError("expected 1 to 256 of the letters A-Z a-z, digits, _ and -")
    return SecretStr(secret)


def _choice(kind: type[Enum]) -> PlainValidator:
    def read(text: str) -> Enum:
        try:
            return kind(text.lower())
        except ValueError:
            raise ValueError(
                "expected " + " or ".join(str(member.value) for member in kind)
            ) from None

    return _read_by(read)


def _chat_id(text: str) -> int:
    if not re.fullmatch(r"-[0-9]{1,19}", text):
        raise ValueError("expected the number of a group, which begins with a minus")
    return int(text)


def _factor(text: str) -> Decimal:
    try:
        factor = Decimal(text.replace(",", "."))
    except InvalidOperation:
        factor = Decimal("NaN")
    if not (factor.is_finite() and 1 < factor <= _LARGEST_FACTOR):
        raise ValueError("expected how many times more is still usual: a number over 1, such as 3")
    return factor


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError("expected yes or no")
    return text.lower() in _YES


def _delay(text: str) -> timedelta:
    return parse_interval(text, longest=_LONGEST_DELAY)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, KeyError, OSError):
        raise ValueError("expected a time zone by its name, such as Europe/Rome") from None


def _vat(text: str) -> str:
    number = read_tax_id(text)
    if not isinstance(number, str) or len(number) != COMPANY_TAX_ID_LENGTH:
        raise ValueError("expected a partita IVA: eleven digits, of which the last checks the rest")
    return number


def _text(text: str) -> str:
    # In a .env file a line break is written \n inside double quotes, and is read as such.
    return text


class Settings(BaseSettings):
    """What an operator can set. Immutable; each field is the variable of the same name.

    ``missing_to_run`` names the optional settings that ``run`` cannot do without: other commands
    work without a token, for example.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        validate_default=False,
        enable_decoding=False,
        env_ignore_empty=True,
        env_file_encoding="utf-8",
    )

    telegram_token: Annotated[SecretStr | None, PlainValidator(_token)] = None
    telegram_api_url: Annotated[str, _read_by(_api_url)] = TELEGRAM_API_URL
    data_dir: Annotated[Path, _read_by(lambda text: Path(text).expanduser())] = Path("data")
    database_url: Annotated[str, _read_by(read_database_url)] = Field(
        default_factory=lambda data: f"sqlite+aiosqlite:///{data['data_dir'] / 'sportello.db'}",
        repr=False,  # the one of PostgreSQL holds a password
    )
    encryption_key: Annotated[tuple[SecretStr, ...], PlainValidator(_keys)] = ()
    link_verification: Annotated[LinkVerification, _choice(LinkVerification)] = (
        LinkVerification.EMAIL
    )
    smtp_url: Annotated[SmtpServer | None, _read_by(_smtp_server)] = None
    mail_from: Annotated[Sender | None, _read_by(_sender)] = None
    email_change_delay: Annotated[timedelta, _read_by(_delay)] = timedelta(days=1)
    acquisition_interval: Annotated[timedelta, _read_by(parse_interval)] = timedelta(minutes=30)
    webhook_url: Annotated[str | None, _read_by(_webhook_url)] = None
    webhook_listen: Annotated[Listen, _read_by(_listen)] = Listen("127.0.0.1", 8080)
    webhook_secret: Annotated[SecretStr | None, PlainValidator(_webhook_secret)] = None
    staff_chat_id: Annotated[int | None, _read_by(_chat_id)] = None
    timezone: Annotated[ZoneInfo, _read_by(_zone)] = Field(
        default_factory=lambda: ZoneInfo("Europe/Rome")
    )
    quiet_hours: Annotated[QuietHours, _read_by(QuietHours.parse)] = Field(
        default_factory=lambda: QuietHours.parse("21-8")
    )
    unusual_factor: Annotated[Decimal, _read_by(_factor)] = FACTOR
    protect_files: Annotated[bool, _read_by(_yes_or_no)] = False
    company_name: Annotated[str, _read_by(_text)] = "Sportello"
    company_contacts: Annotated[str, _read_by(_text)] = ""
    emergency_gas: Annotated[str | None, _read_by(_text)] = None
    emergency_power: Annotated[str | None, _read_by(_text)] = None
    company_vat: Annotated[str | None, _read_by(_vat)] = None
    privacy_url: Annotated[str | None, _read_by(_https_address)] = None
    keep_customers: Annotated[timedelta | None, _read_by(parse_period)] = DEFAULT.customers
    keep_tickets: Annotated[timedelta | None, _read_by(parse_period)] = DEFAULT.tickets
    keep_attachments: Annotated[timedelta | None, _read_by(parse_period)] = DEFAULT.attachments
    keep_link_attempts: Annotated[timedelta | None, _read_by(parse_period)] = DEFAULT.link_attempts
    keep_exports: Annotated[timedelta | None, _read_by(parse_period)] = DEFAULT.exports
    metrics_listen: Annotated[Listen | None, _read_by(_listen)] = None
    log_format: Annotated[LogFormat, _choice(LogFormat)] = LogFormat.CONSOLE

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only arguments, nothing from the environment."""
        return (init_settings,)

    @property
    def retention(self) -> Retention:
        """How long data is kept that is no longer needed."""
        return Retention(
            customers=self.keep_customers,
            tickets=self.keep_tickets,
            attachments=self.keep_attachments,
            link_attempts=self.keep_link_attempts,
            exports=self.keep_exports,
        )

    @property
    def exports_dir(self) -> Path:
        """The folder of files for the company's system."""
        return self.data_dir / "exports"

    @property
    def files_dir(self) -> Path:
        """The folder of invoices, documents and attachments."""
        return self.data_dir / "files"

    def make_folders(self) -> None:
        """Create the data folder and its subfolders, readable by this user only.

        Raises:
            OSError: it cannot be created; the error names the folder.
        """
        for folder in (self.data_dir, self.exports_dir, self.files_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def vault(self) -> Vault:
        """The vault with the keys of ``ENCRYPTION_KEY``.

        Raises:
            SettingsError: no key is set.
        """
        if not self.encryption_key:
            raise SettingsError([_NO_KEY])
        return Vault([key.get_secret_value() for key in self.encryption_key])

    def missing_to_run(self) -> list[Problem]:
        """What ``sportello run`` needs and is not set; empty where it can start."""
        missing = []
        if self.telegram_token is None:
            missing.append(Problem("TELEGRAM_TOKEN", "is missing; @BotFather gives one"))
        if not self.encryption_key:
            missing.append(_NO_KEY)
        if self.link_verification is LinkVerification.EMAIL:
            if self.smtp_url is None:
                missing.append(
                    Problem("SMTP_URL", "is missing; customers are linked by a code sent by e-mail")
                )
            if self.mail_from is None:
                missing.append(Problem("MAIL_FROM", "is missing; it is who the mails come from"))
        if self.webhook_url is not None and self.webhook_secret is None:
            missing.append(
                Problem(
                    "WEBHOOK_SECRET",
                    "is missing; with WEBHOOK_URL it proves that a call comes from Telegram",
                )
            )
        return missing

    def check_for_run(self) -> None:
        """Check that ``sportello run`` can start with these settings.

        Raises:
            SettingsError: settings that it needs are missing; each is named.
        """
        if missing := self.missing_to_run():
            raise SettingsError(missing)


_NO_KEY = Problem(
    "ENCRYPTION_KEY",
    "is missing; 32 random bytes in URL-safe base64, kept apart from the database."
    " «sportello check» offers a fresh one",
)


class _FromOutside(Settings):
    """The same settings, read from the environment first and the file second."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (env_settings, dotenv_settings)


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings of this process: from the environment, then *env_file*, then the defaults.

    Args:
        env_file: a file of ``NAME=value`` lines; a missing one is ignored.

    Raises:
        SettingsError: something has a wrong form; each is named with what was expected, and no
            value is repeated, because it may be a secret.
    """
    try:
        return _FromOutside(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsError(_problems(error)) from None
    except UnicodeDecodeError:
        raise SettingsError([Problem(str(env_file), "is not text in UTF-8")]) from None
    except OSError as error:
        raise SettingsError([Problem(str(env_file), f"cannot be read: {error.strerror}")]) from None


def unknown_names(env_file: Path = Path(".env")) -> list[str]:
    """Names in a ``.env`` file that are no settings: usually typing mistakes."""
    names = DotEnvSettingsSource(Settings, env_file=env_file, env_file_encoding="utf-8").env_vars
    return sorted(name.upper() for name in names if name not in Settings.model_fields)


def _problems(error: ValidationError) -> list[Problem]:
    return [
        Problem(
            str(detail["loc"][0]).upper() if detail["loc"] else "settings",
            detail["msg"].removeprefix("Value error, "),
        )
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
        # A default that depends on a wrong field is no mistake of the operator's.
        if detail["type"] != "default_factory_not_called"
    ]
