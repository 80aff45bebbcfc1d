import errno
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from bot.cli import main
from bot.errors import reason_for
from storage import engine
from storage.engine import reason_of
from storage.schema import newest_revision
from storage.vault import Vault
from tests.support.command import KEY, refused, sportello

pytestmark = pytest.mark.usefixtures("workplace")


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))
    else:
        yield path


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_each_command_explains_itself_with_an_example(path: Sequence[str]) -> None:
    result = sportello(*path, "--help")
    assert result.exit_code == 0
    assert "Example: sportello " + " ".join(path) in " ".join(result.output.split())


def test_help_answers_without_loading_what_it_does_not_need() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import bot.cli, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "click" in loaded
    assert not {"sqlalchemy", "telegram", "pydantic", "cryptography"} & set(loaded)


def test_the_demo_says_what_it_needs_where_only_serving_was_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [each for each in sys.modules if each.startswith("bot.demo")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    result = sportello("demo", "--no-open")
    assert result.exit_code == 1
    assert "aiosmtpd" in result.output
    assert "sportello[demo]" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("unknown",),
        ("import",),
        ("import", "not-there.csv"),
        ("stats", "--days", "0"),
        ("demo", "--port", "70000"),
        ("db", "downgrade"),
        ("run", "now"),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_two(arguments: Sequence[str]) -> None:
    result = sportello(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_the_database_is_made_once() -> None:
    first = sportello("db", "upgrade")
    assert first.exit_code == 0
    assert f"now at {newest_revision()} (before: none)" in first.stdout
    assert Path("data/sportello.db").exists()
    again = sportello("db", "upgrade")
    assert again.exit_code == 0
    assert "already" in again.stdout


def test_what_running_needs_is_named_a_line_each() -> None:
    lines = refused(sportello("run")).splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [
        "TELEGRAM_TOKEN",
        "SMTP_URL",
        "MAIL_FROM",
    ]
    assert all(line.startswith("Error: ") for line in lines)


def test_a_wrong_setting_is_named_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "hunter2")
    monkeypatch.setenv("TIMEZONE", "Mars/Olympus")
    told = refused(sportello("stats"))
    assert "ENCRYPTION_KEY: encryption key number 1 is not 32 bytes" in told
    assert "TIMEZONE: expected a time zone by its name" in told
    assert "hunter2" not in told


def test_without_a_key_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCRYPTION_KEY")
    assert "ENCRYPTION_KEY: is missing" in refused(sportello("db", "upgrade"))
    assert not Path("data").exists()


def test_a_database_that_is_not_there_is_not_made_by_looking() -> None:
    assert "run `sportello db upgrade`" in refused(sportello("stats"))
    assert not Path("data").exists()


def test_a_database_that_is_behind_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite3.connect(tmp_path / "empty.db").executescript("CREATE TABLE x (y)").close()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    told = refused(sportello("stats"))
    assert f"is at migration none, and this program needs {newest_revision()}" in told
    assert "sportello db upgrade" in told


@pytest.mark.parametrize("arguments", [("stats",), ("import", "."), ("run",)], ids=" ".join)
def test_a_database_that_only_claims_to_be_up_to_date_is_refused(
    arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in RUNNING.items():
        monkeypatch.setenv(name, value)
    assert sportello("db", "upgrade").exit_code == 0
    with sqlite3.connect("data/sportello.db") as database:
        database.execute("DROP TABLE telegram_files")
    database.close()
    told = refused(sportello(*arguments))
    assert "by its own account, but its tables are not" in told
    assert "telegram_files: the table is missing" in told
    assert "put a backup in its place" in told


RUNNING = {
    "TELEGRAM_TOKEN": "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "TELEGRAM_API_URL": "http://telegram.invalid",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "MAIL_FROM": "sportello@example.it",
}


def test_a_database_of_a_newer_program_is_left_alone() -> None:
    assert sportello("db", "upgrade").exit_code == 0
    with sqlite3.connect("data/sportello.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    told = refused(sportello("stats"))
    assert "at migration 9999" in told
    assert "made by a newer version" in told
    assert "db upgrade" not in told
    assert "made by a newer version" in refused(sportello("db", "upgrade"))


def test_a_file_that_is_no_database_is_left_untouched() -> None:
    Path("data").mkdir()
    Path("data/sportello.db").write_text("a letter to the company, " * 10)
    assert "is not an SQLite database; it was left untouched" in refused(sportello("db", "upgrade"))
    assert Path("data/sportello.db").read_text().startswith("a letter")


def test_a_damaged_database_is_named() -> None:
    Path("data").mkdir()
    Path("data/sportello.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4_000)
    assert "damaged" in refused(sportello("stats"))


def test_a_locked_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 20)
    assert sportello("db", "upgrade").exit_code == 0
    other = sqlite3.connect("data/sportello.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told = refused(sportello("db", "upgrade"))
    other.close()
    assert "locked by another program" in told


def test_a_data_folder_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("letter.txt").write_text("")
    monkeypatch.setenv("DATA_DIR", "letter.txt/data")
    assert "letter.txt/data: Not a directory" in refused(sportello("db", "upgrade"))


def test_a_database_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # Root may write everything, so that the error is asked of SQLite itself.
    sqlite3.connect(tmp_path / "a.db").executescript("CREATE TABLE x (y)").close()
    database = sqlite3.connect(f"file:{tmp_path}/a.db?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as caught:
        database.execute("INSERT INTO x VALUES (1)")
    database.close()
    assert "cannot be written" in (reason_for(caught.value) or "")


def test_a_server_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/d")
    told = refused(sportello("stats"))
    assert "cannot be reached" in told
    assert "hunter2" not in told


def test_a_database_that_the_server_has_not_is_named(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        url = url.set(database="/nowhere/sportello.db")
    else:
        url = url.set(database="not_there")
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    told = refused(sportello("stats"))
    assert "there is no database" in told or "PostgreSQL refuses" in told


@pytest.mark.both_databases
def test_an_empty_counter_has_statistics(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    result = sportello("stats", "--json")
    assert result.exit_code == 0, result.output
    numbers: dict[str, Any] = json.loads(result.stdout)
    assert numbers["customers"] == 0
    assert numbers["readings"] == {}
    assert numbers["last_acquisition"] is None
    assert "none in these days" in sportello("stats").stdout


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "cannot be reached"),
        (OSError("Multiple exceptions: [Errno 111] …"), "cannot be reached"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "cannot be reached"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "exports"), "exports: Disk quota exceeded"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system"),
    ],
)
def test_a_disk_and_a_server_are_told_apart(error: OSError, words: str) -> None:
    assert words in (reason_for(error) or "")


def test_the_log_names_what_the_disk_said() -> None:
    assert reason_of(OSError(errno.EDQUOT, "Disk quota exceeded")) == "OSError EDQUOT"
    assert reason_of(PermissionError(errno.EACCES, "secret")) == "PermissionError EACCES"
    assert reason_of(OSError("odd")) == "OSError"


def test_nobody_else_may_read_a_database_that_is_made() -> None:
    old = os.umask(0o022)
    try:
        assert sportello("db", "upgrade").exit_code == 0
        path = Path("data/sportello.db")
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        # The log and its index are there while somebody is connected.
        with closing(sqlite3.connect(path)) as held:
            held.execute("BEGIN IMMEDIATE")
            held.execute("UPDATE alembic_version SET version_num = version_num")
            for name in ("sportello.db-wal", "sportello.db-shm"):
                assert stat.S_IMODE(path.with_name(name).stat().st_mode) == 0o600
        path.chmod(0o640)  # as an operator may want it
        assert sportello("stats").exit_code == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    finally:
        os.umask(old)


def test_what_nobody_expects_is_not_hidden() -> None:
    assert reason_for(ValueError("odd")) is None
    assert reason_for(RuntimeError("odd")) is None


def test_a_key_that_opens_nothing_is_told() -> None:
    first, second = Vault([Vault.new_key()]), Vault([SecretStr(KEY).get_secret_value()])
    with pytest.raises(Exception, match="no key") as caught:
        second.open(first.seal(b"Anna", "here"), "here")
    assert "give the key that it was written with" in (reason_for(caught.value) or "")
