"""`sportello db copy`, as an operator meets it."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.demo.sample import write_sample
from bot.settings import Settings
from storage.vault import Vault
from tests.support.command import KEY, refused, sportello
from tests.support.databases import PostgresDatabases, opened, run_apart
from tests.support.process import sportello as in_a_process

pytestmark = pytest.mark.usefixtures("workplace")


@pytest.fixture
def counter(workplace: Path) -> None:  # noqa: ARG001
    """A counter with a database that is migrated and empty."""
    assert sportello("db", "upgrade").exit_code == 0


def add_acquisition(url: str) -> None:
    async def add() -> None:
        async with opened(url, Vault([KEY])) as store, store.engine.begin() as connection:
            await connection.execute(
                text("INSERT INTO acquisitions (claimed_at) VALUES ('2026-03-01 10:00:00')")
                if store.is_sqlite
                else text("INSERT INTO acquisitions (claimed_at) VALUES (now())")
            )

    run_apart(add())


async def test_a_supplier_with_its_history_moves_to_postgresql_and_back(
    tmp_path: Path, postgres_databases: PostgresDatabases
) -> None:
    company = tmp_path / "company"
    write_sample(company, datetime.now(UTC), bot_username="sportello_demo_bot")
    settings = {"ENCRYPTION_KEY": KEY, "DATA_DIR": str(tmp_path / "data")}
    assert (await in_a_process(settings, tmp_path, "db", "upgrade"))[0] == 0
    code, _, errors = await in_a_process(settings, tmp_path, "import", str(company))
    assert code == 0, errors
    async with postgres_databases.fresh(tmp_path, migrated=False) as url:
        code, there, errors = await in_a_process(settings, tmp_path, "db", "copy", url)
        assert code == 0, errors
        assert "Both sides hold the same." in there
        back = f"sqlite:///{tmp_path}/back.db"
        moved = settings | {"DATABASE_URL": url}
        code, again, errors = await in_a_process(moved, tmp_path, "db", "copy", back)
        assert code == 0, errors
        # Another engine, another order of rows: the same checksums.
        assert again.splitlines() == there.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in there.splitlines()[1:-1]}
    assert sum(int(source) for source, _, _ in rows.values()) > 1_000  # more than one batch
    assert all(source == target for source, target, _ in rows.values())
    assert len({checksum for _, _, checksum in rows.values()}) > 8


@pytest.mark.usefixtures("counter")
def test_the_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    result = sportello("db", "copy", f"sqlite:///{tmp_path}/new.db")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new.db").stat().st_mode & 0o077 == 0
    assert "Set DATABASE_URL to the new database" in result.stdout


@pytest.mark.usefixtures("counter")
def test_a_copy_that_differs_ends_with_one_and_shows_where(tmp_path: Path) -> None:
    add_acquisition(Settings().database_url)
    target = tmp_path / "new.db"
    # A target that is migrated and empty, and changes what is put into it.
    assert sportello("db", "copy", f"sqlite:///{tmp_path}/other.db").exit_code == 0
    (tmp_path / "other.db").rename(target)
    with sqlite3.connect(target) as database:
        database.execute("DELETE FROM acquisitions")
        database.execute(
            "CREATE TRIGGER meddles AFTER INSERT ON acquisitions BEGIN"
            " UPDATE acquisitions SET company_vat = '00743110157' WHERE id = NEW.id; END"
        )
    database.close()
    result = sportello("db", "copy", f"sqlite:///{target}")
    assert "the sides differ; the target was left empty" in refused(result)
    (line,) = [line for line in result.stdout.splitlines() if line.endswith("differs")]
    assert line.startswith("acquisitions")
    with sqlite3.connect(target) as database:
        assert database.execute("SELECT count(*) FROM acquisitions").fetchone() == (0,)
    database.close()


@pytest.mark.usefixtures("counter")
def test_a_target_that_holds_something_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert sportello("db", "copy", url).exit_code == 0
    add_acquisition(f"sqlite+aiosqlite:///{tmp_path}/new.db")
    assert "holds data already (in acquisitions)" in refused(sportello("db", "copy", url))


@pytest.mark.usefixtures("counter")
def test_the_same_database_is_no_target(tmp_path: Path) -> None:
    told = refused(sportello("db", "copy", f"sqlite:///{tmp_path}/here/data/sportello.db"))
    assert "is the database that is to be copied" in told


@pytest.mark.usefixtures("counter")
@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@h/d", "hunter2", "sqlite://", "postgresql://u:hunter2@h:port/d"]
)
def test_a_wrong_address_is_told_and_not_repeated(url: str) -> None:
    told = refused(sportello("db", "copy", url))
    assert told.startswith("Error: URL: expected sqlite+aiosqlite:///")
    assert "hunter2" not in told


@pytest.mark.usefixtures("counter")
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@127.0.0.1:1/d",
        "postgresql://u@/d?host=127.0.0.1&port=1&password=hunter2",
    ],
)
def test_a_server_that_is_away_is_named_without_the_password(url: str) -> None:
    told = refused(sportello("db", "copy", url))
    assert "cannot be reached; check the URL" in told
    assert "hunter2" not in told


@pytest.mark.usefixtures("counter")
def test_a_database_that_the_server_has_not_is_named(database_url: str, tmp_path: Path) -> None:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        told = refused(sportello("db", "copy", f"sqlite:///{tmp_path}/nowhere/new.db"))
        assert "the folder of the database does not exist" in told
    else:
        url = url.set(database="not_there")
        told = refused(sportello("db", "copy", url.render_as_string(hide_password=False)))
        assert "PostgreSQL refuses what the URL asks for" in told


@pytest.mark.usefixtures("counter")
def test_a_file_that_is_something_else_is_left(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear customer, " * 10)
    told = refused(sportello("db", "copy", f"sqlite:///{letter}"))
    assert "is not an SQLite database; it was left untouched" in told
    assert letter.read_text().startswith("Dear")


def test_without_a_database_there_is_nothing_to_copy(tmp_path: Path) -> None:
    told = refused(sportello("db", "copy", f"sqlite:///{tmp_path}/new.db"))
    assert "run `sportello db upgrade`" in told
    assert not (tmp_path / "new.db").exists()


def test_an_address_is_needed() -> None:
    assert sportello("db", "copy").exit_code == 2
