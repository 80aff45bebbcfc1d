"""A database file that is damaged, or only half there: refused with a clear word, never written."""

import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.settings import Settings
from storage.vault import Vault
from tests.support.databases import SqliteDatabases

DATABASE = Path("data/sportello.db")
PAGE = 4_096

Damage = Callable[[Path], None]

_SUDDEN_END = """
import os, sqlite3, sys
file, how, end = sys.argv[1:]
database = sqlite3.connect(file, isolation_level=None)
database.execute(how)
database.execute("PRAGMA cache_size=2")
database.execute("BEGIN")
for number in range(2000):
    database.execute(
        "INSERT INTO import_runs VALUES (?, ?, 1, 1, '2026-01-01 00:00:00', NULL)",
        (f"{number:064}", "x" * 200),
    )
database.execute(end)
os._exit(9)
"""


@pytest.fixture(autouse=True)
def _installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_databases: SqliteDatabases
) -> Iterator[None]:
    """A folder with everything set that `run` needs, and a database that is as it should be."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("ENCRYPTION_KEY", Vault.new_key())
    monkeypatch.setenv("TELEGRAM_TOKEN", "987654321:AAEsecrettokenthatnobodyshouldread12345")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("LINK_VERIFICATION", "none")
    monkeypatch.chdir(tmp_path)
    DATABASE.parent.mkdir()
    DATABASE.write_bytes(sqlite_databases.template.read_bytes())
    Path("clienti.csv").write_text(
        "codice_cliente;denominazione;codice_fiscale;partita_iva;indirizzo\n"
        "000001;Condominio Aurora;;00743110157;Corso Como 2\n"
    )
    Path("esiti.csv").write_text("punto;data;esito;note\n")
    Path("avviso.txt").write_text("whom: all\n---\nDomani lo sportello resta chiuso.\n")
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def sportello(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def truncated_in_the_middle(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_within_a_page(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 // PAGE * PAGE + 777)


def without_its_last_page(file: Path) -> None:
    os.truncate(file, file.stat().st_size - PAGE)


def only_its_header(file: Path) -> None:
    os.truncate(file, 100)


def ten_bytes_of_it(file: Path) -> None:
    os.truncate(file, 10)


def garbage_for_a_header(file: Path) -> None:
    _overwrite(file, 0, b"\xa5" * 100)


def garbage_behind_the_first_words(file: Path) -> None:
    _overwrite(file, 16, b"\xa5" * 84)


def a_zeroed_first_page(file: Path) -> None:
    _overwrite(file, 0, bytes(PAGE))


def a_zeroed_page(file: Path) -> None:
    _overwrite(file, 5 * PAGE, bytes(PAGE))


def empty_with_its_changes_beside(file: Path) -> None:
    _end_suddenly(file, "PRAGMA journal_mode=WAL")
    os.truncate(file, 0)


def gone_with_its_changes_beside(file: Path) -> None:
    _end_suddenly(file, "PRAGMA journal_mode=WAL")
    file.unlink()


def _overwrite(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


def _end_suddenly(file: Path, how: str, *, commits: bool = True) -> None:
    """A process writes a little and is gone, in the middle of it unless it *commits*."""
    given = [str(file), how, "COMMIT" if commits else "SELECT 1"]
    done = subprocess.run(
        [sys.executable, "-c", _SUDDEN_END, *given], check=False, capture_output=True
    )
    assert done.returncode == 9, done.stderr


DAMAGES: list[Damage] = [
    truncated_in_the_middle,
    cut_within_a_page,
    without_its_last_page,
    only_its_header,
    ten_bytes_of_it,
    garbage_for_a_header,
    garbage_behind_the_first_words,
    a_zeroed_first_page,
    a_zeroed_page,
    empty_with_its_changes_beside,
    gone_with_its_changes_beside,
]
COMMANDS = [
    ("run",),
    ("check",),
    ("db", "upgrade"),
    ("db", "rotate-key"),
    ("import", "clienti.csv"),
    ("acquire",),
    ("outcomes", "esiti.csv"),
    ("stats",),
    ("backup", "copia.zip"),
    ("db", "copy", "sqlite+aiosqlite:///copia.db"),
    ("tickets", "list"),
    ("tickets", "show", "1"),
    ("tickets", "answer", "1", "Fatto"),
    ("tickets", "close", "1"),
    ("tickets", "reopen", "1"),
    ("announce", "--yes", "--no-wait", "avviso.txt"),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_it_is_refused_by_every_command_and_not_a_byte_of_it_changes(damage: Damage) -> None:
    damage(DATABASE)
    before = _content()
    for command in COMMANDS:
        result = sportello(*command)
        if damage is gone_with_its_changes_beside and command == ("check",):
            continue  # it looks for a file that is there
        assert result.exit_code == 1, (command, result.output)
        assert isinstance(result.exception, SystemExit), command
        assert "Traceback" not in result.output
        assert any(
            words in result.output
            for words in (
                "is damaged, or only part of it is there; it was left untouched",
                "is not an SQLite database; it was left untouched",
                "both were left untouched",
                "there is no database at",
            )
        ), (command, result.output)
        assert _content() == before, command
    assert not Path("copia.zip").exists()


def _content() -> dict[str, bytes]:
    """What is kept: the database, and changes to it that stand in its log."""
    return {
        file.name: content
        for file in DATABASE.parent.glob("sportello.db*")
        if not file.name.endswith(("-shm", ".serving")) and (content := file.read_bytes())
    }


# -- what a kill leaves behind is no damage --


def _import_runs() -> int:
    with closing(sqlite3.connect(DATABASE)) as database:
        return int(database.execute("SELECT count(*) FROM import_runs").fetchone()[0])


def test_what_a_kill_left_in_the_log_is_taken_up() -> None:
    _end_suddenly(DATABASE, "PRAGMA journal_mode=WAL")
    assert DATABASE.with_name("sportello.db-wal").stat().st_size
    assert sportello("stats").exit_code == 0
    assert _import_runs() == 2_000


def test_a_transaction_that_a_kill_broke_off_is_undone() -> None:
    _end_suddenly(DATABASE, "PRAGMA journal_mode=DELETE", commits=False)
    journal = DATABASE.with_name("sportello.db-journal")
    assert journal.stat().st_size, "nothing was left behind: the trial shows nothing"
    assert sportello("stats").exit_code == 0
    assert _import_runs() == 0
    assert not journal.exists()


def test_a_log_that_was_cut_short_gives_what_was_committed_before() -> None:
    _end_suddenly(DATABASE, "PRAGMA journal_mode=WAL", commits=False)
    wal = DATABASE.with_name("sportello.db-wal")
    os.truncate(wal, wal.stat().st_size - 100)
    assert sportello("stats").exit_code == 0
    assert _import_runs() == 0


def test_a_journal_that_is_none_changes_nothing() -> None:
    before = _import_runs()
    DATABASE.with_name("sportello.db-journal").write_bytes(b"\xa5" * 5_000)
    assert sportello("stats").exit_code == 0
    assert _import_runs() == before
