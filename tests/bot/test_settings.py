import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr

from bot.settings import (
    LinkVerification,
    Listen,
    LogFormat,
    Sender,
    Settings,
    SettingsError,
    SmtpSecurity,
    load_settings,
    unknown_names,
)
from storage.rules.quiet_hours import QuietHours
from storage.vault import Vault

pytestmark = pytest.mark.usefixtures("bare")

ROOT = Path(__file__).parents[2]
TOKEN = "987654321:AAE-secret-token-that-nobody-should-read"


def set_all(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def problems_of(monkeypatch: pytest.MonkeyPatch, **values: str) -> dict[str, str]:
    set_all(monkeypatch, **values)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return {problem.variable: problem.expected for problem in caught.value.problems}


def test_without_anything_set_the_defaults_hold() -> None:
    settings = load_settings()
    assert settings.telegram_token is None
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.data_dir == Path("data")
    assert settings.database_url == "sqlite+aiosqlite:///data/sportello.db"
    assert settings.exports_dir == Path("data/exports")
    assert settings.files_dir == Path("data/files")
    assert settings.link_verification is LinkVerification.EMAIL
    assert settings.acquisition_interval == timedelta(minutes=30)
    assert settings.timezone == ZoneInfo("Europe/Rome")
    assert settings.quiet_hours == QuietHours.parse("21-8")
    assert settings.unusual_factor == 3
    assert not settings.protect_files
    assert settings.log_format is LogFormat.CONSOLE
    assert settings.staff_chat_id is None
    assert settings.metrics_listen is None


def test_everything_set_comes_out_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = Vault.new_key(), Vault.new_key()
    set_all(
        monkeypatch,
        TELEGRAM_TOKEN=f" {TOKEN} ",
        TELEGRAM_API_URL="http://127.0.0.1:8081/",
        DATA_DIR=str(tmp_path / "kept"),
        ENCRYPTION_KEY=f"{first}, {second}",
        LINK_VERIFICATION="none",
        SMTP_URL="smtp+starttls://us%40er:p%2Fw@mail.example.it",
        MAIL_FROM="Luce e Gas <ciao@example.it>",
        ACQUISITION_INTERVAL="5s",
        WEBHOOK_URL="https://bot.example.it/hook",
        WEBHOOK_LISTEN="[::1]:9000",
        WEBHOOK_SECRET="abc_DEF-123",
        STAFF_CHAT_ID="-1001234567890",
        TIMEZONE="Europe/Vienna",
        QUIET_HOURS="22-7",
        UNUSUAL_FACTOR="2,5",
        PROTECT_FILES="Yes",
        COMPANY_NAME="Luce e Gas",
        COMPANY_CONTACTS="800 123 456",
        COMPANY_VAT="IT01234567897",
        PRIVACY_URL="https://example.it/privacy",
        METRICS_LISTEN="127.0.0.1:9100",
        LOG_FORMAT="JSON",
    )
    settings = load_settings()
    assert settings.telegram_token == SecretStr(TOKEN)
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/kept/sportello.db"
    assert [key.get_secret_value() for key in settings.encryption_key] == [first, second]
    assert settings.link_verification is LinkVerification.NONE
    assert settings.smtp_url is not None
    assert settings.smtp_url.security is SmtpSecurity.STARTTLS
    assert (settings.smtp_url.host, settings.smtp_url.port) == ("mail.example.it", 587)
    assert settings.smtp_url.user == "us@er"
    assert settings.smtp_url.password == SecretStr("p/w")
    assert settings.mail_from == Sender("ciao@example.it", "Luce e Gas")
    assert settings.acquisition_interval == timedelta(seconds=5)
    assert settings.webhook_listen == Listen("::1", 9000)
    assert settings.webhook_secret == SecretStr("abc_DEF-123")
    assert settings.staff_chat_id == -1001234567890
    assert settings.timezone == ZoneInfo("Europe/Vienna")
    assert settings.quiet_hours == QuietHours.parse("22-7")
    assert settings.unusual_factor == Decimal("2.5")
    assert settings.protect_files
    assert settings.company_vat == "01234567897"
    assert settings.metrics_listen == Listen("127.0.0.1", 9100)
    assert settings.log_format is LogFormat.JSON
    assert settings.missing_to_run() == []


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("TELEGRAM_TOKEN", "not-a-token-hunter2", "BotFather"),
        ("TELEGRAM_API_URL", "ftp://hunter2", "https://example.it"),
        ("UNUSUAL_FACTOR", "hunter2", "over 1"),
        ("UNUSUAL_FACTOR", "1", "over 1"),
        ("PROTECT_FILES", "hunter2", "yes or no"),
        ("UNUSUAL_FACTOR", "Infinity", "over 1"),
        ("TELEGRAM_API_URL", "http://host/?hunter2", "root of a Bot API server"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d", "postgresql+asyncpg://"),
        ("DATABASE_URL", "sqlite://", "names no file"),
        ("DATABASE_URL", "hunter2", "sqlite+aiosqlite:///"),
        ("ENCRYPTION_KEY", "hunter2", "32 bytes in URL-safe base64"),
        ("ENCRYPTION_KEY", "aHVudGVyMg==", "32 bytes in URL-safe base64"),
        ("LINK_VERIFICATION", "hunter2", "email or none"),
        ("SMTP_URL", "https://u:hunter2@h", "smtp+starttls://"),
        ("SMTP_URL", "smtp://hunter2@h", "a user needs a password"),
        ("SMTP_URL", "smtp://u:hunter2@h:99999", "host:port"),
        ("MAIL_FROM", "hunter2", "an e-mail address"),
        ("MAIL_FROM", "a@example.it\r\nBcc: hunter2@example.it", "an e-mail address"),
        ("ACQUISITION_INTERVAL", "hunter2", "30m, 5s or 1h"),
        ("ACQUISITION_INTERVAL", "0m", "above zero"),
        ("WEBHOOK_URL", "http://hunter2.example.it", "begins with https://"),
        ("WEBHOOK_LISTEN", "8080", "127.0.0.1:8080"),
        ("WEBHOOK_LISTEN", "127.0.0.1:0x50", "127.0.0.1:8080"),
        ("WEBHOOK_SECRET", "hunter2 with spaces", "1 to 256"),
        ("STAFF_CHAT_ID", "12345", "begins with a minus"),
        ("TIMEZONE", "Europe/Hunter2", "Europe/Rome"),
        ("TIMEZONE", "../../etc/hunter2", "Europe/Rome"),
        ("QUIET_HOURS", "hunter2", "21-8"),
        ("COMPANY_VAT", "01234567890", "eleven digits"),
        ("COMPANY_VAT", "RSSMRA85T10A562S", "eleven digits"),
        ("PRIVACY_URL", "hunter2", "https://example.it"),
        ("METRICS_LISTEN", "hunter2", "a port"),
        ("LOG_FORMAT", "hunter2", "console or json"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    problems = problems_of(monkeypatch, **{variable: value})
    assert list(problems) == [variable]
    assert expected in problems[variable]
    assert "hunter2" not in problems[variable].lower()


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = problems_of(monkeypatch, ACQUISITION_INTERVAL="soon", LOG_FORMAT="xml")
    assert set(problems) == {"ACQUISITION_INTERVAL", "LOG_FORMAT"}


def test_the_error_holds_no_trace_of_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "hunter2" not in repr(caught.value)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("sqlite:////srv/a.db", "sqlite+aiosqlite:////srv/a.db"),
        ("postgresql://u:p@h:5433/d", "postgresql+asyncpg://u:p@h:5433/d"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql+asyncpg:///d?host=/tmp", "postgresql+asyncpg:///d?host=%2Ftmp"),
    ],
)
def test_plain_database_addresses_get_their_driver(
    monkeypatch: pytest.MonkeyPatch, given: str, read: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert load_settings().database_url == read


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, bare: Path) -> None:
    (bare / ".env").write_text(
        'COMPANY_NAME="Dal file"\nLOG_FORMAT=json\nCOMPANY_CONTACTS="una\\ndue"\n'
    )
    monkeypatch.setenv("COMPANY_NAME", "Dall'ambiente")
    settings = load_settings()
    assert settings.company_name == "Dall'ambiente"
    assert settings.company_contacts == "una\ndue"
    assert settings.log_format is LogFormat.JSON


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, TELEGRAM_TOKEN="", STAFF_CHAT_ID="", ACQUISITION_INTERVAL="")
    settings = load_settings()
    assert settings.telegram_token is None
    assert settings.acquisition_interval == timedelta(minutes=30)


def test_settings_made_directly_read_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANY_NAME", "Dall'ambiente")
    assert Settings(company_name="Data").company_name == "Data"
    assert Settings().company_name != "Dall'ambiente"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().company_name = "altro"


def test_no_secret_shows_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Vault.new_key()
    set_all(
        monkeypatch,
        TELEGRAM_TOKEN=TOKEN,
        ENCRYPTION_KEY=key,
        SMTP_URL="smtps://user:hunter2@mail.example.it",
        WEBHOOK_SECRET="hunter2",
        DATABASE_URL="postgresql://sportello:hunter2@db/sportello",
    )
    settings = load_settings()
    for shown in (repr(settings), str(settings)):
        assert "hunter2" not in shown
        assert key not in shown
        assert TOKEN not in shown


def test_what_running_needs_is_named() -> None:
    missing = {problem.variable for problem in Settings().missing_to_run()}
    assert missing == {"TELEGRAM_TOKEN", "ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM"}
    without_mail = Settings(link_verification=LinkVerification.NONE)
    assert {problem.variable for problem in without_mail.missing_to_run()} == {
        "TELEGRAM_TOKEN",
        "ENCRYPTION_KEY",
    }
    with pytest.raises(SettingsError, match="TELEGRAM_TOKEN"):
        Settings().check_for_run()


def test_a_webhook_needs_its_secret() -> None:
    settings = Settings(webhook_url="https://bot.example.it/")
    assert "WEBHOOK_SECRET" in {problem.variable for problem in settings.missing_to_run()}


def test_the_vault_opens_what_it_sealed_and_is_refused_without_a_key() -> None:
    with pytest.raises(SettingsError, match="ENCRYPTION_KEY"):
        Settings().vault()
    vault = Settings(encryption_key=(SecretStr(Vault.new_key()),)).vault()
    assert vault.open(vault.seal(b"letto", "here"), "here") == b"letto"


def test_folders_are_made_for_this_user_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "a" / "b")
    settings.make_folders()
    settings.make_folders()
    assert settings.exports_dir.is_dir()
    assert settings.files_dir.stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_text_is_named(bare: Path) -> None:
    (bare / ".env").write_bytes(b"COMPANY_NAME=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env: is not text in UTF-8"):
        load_settings()


def test_mistyped_names_in_the_file_are_found(bare: Path) -> None:
    file = bare / ".env"
    file.write_text("TELEGRAM_TOKNE=1\nLOG_FORMAT=json\n")
    assert unknown_names(file) == ["TELEGRAM_TOKNE"]
    assert unknown_names(bare / "none") == []


def test_the_example_holds_every_setting_with_a_line_of_explanation() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    named = re.findall(r"(?m)^(?:# )?([A-Z][A-Z_]+)=", text)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)
    for name in named:
        lines = text.splitlines()
        at = next(i for i, line in enumerate(lines) if re.match(rf"(# )?{name}=", line))
        assert re.match(r"# \S+ \S+", lines[at - 1]), f"{name} has no explanation above it"


def test_every_value_in_the_example_is_a_right_one(bare: Path) -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    (bare / ".env").write_text(re.sub(r"(?m)^# ([A-Z][A-Z_]+=)", r"\1", text))
    settings = load_settings()
    given = {name for name, value in dotenv_values(bare / ".env").items() if value}
    assert {name.upper() for name in settings.model_fields_set} == given
    assert settings.company_contacts == "800 123 456, lun-ven 9-18\ninfo@example.it"


@pytest.mark.parametrize(
    "name",
    [
        "TELEGRAM_API_URL",
        "DATA_DIR",
        "LINK_VERIFICATION",
        "ACQUISITION_INTERVAL",
        "WEBHOOK_LISTEN",
        "TIMEZONE",
        "QUIET_HOURS",
        "COMPANY_NAME",
        "LOG_FORMAT",
    ],
)
def test_the_defaults_that_the_example_shows_are_the_defaults(bare: Path, name: str) -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    shown = re.search(rf"(?m)^# ({name}=.*)$", text)
    assert shown is not None
    (bare / ".env").write_text(shown[1])
    assert getattr(load_settings(), name.lower()) == getattr(Settings(), name.lower())
