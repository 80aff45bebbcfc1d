"""`sportello backup` and `restore`, as an operator meets them."""

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.settings import Settings
from storage.files import FileStore
from storage.models import Customer
from storage.vault import Vault
from tests.support.command import KEY, refused, sportello
from tests.support.databases import opened, run_apart
from tests.support.factories import add_customer

pytestmark = pytest.mark.usefixtures("workplace")


@pytest.fixture
def archive(
    workplace: Path,  # noqa: ARG001
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Path:
    """Last night's backup of a counter with a customer and an invoice."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    async def fill() -> None:
        async with opened(database_url, Vault([KEY])) as store:
            await add_customer(store, name="Mario Rossi")
            await FileStore(Settings().files_dir, store.vault).put(b"an invoice")

    run_apart(fill())
    made = tmp_path / "backup.zip"
    result = sportello("backup", made)
    assert result.exit_code == 0, result.output
    assert f"{made}: 1 rows in " in result.stdout
    assert "1 kept files, 0 files for the company" in result.stdout
    assert "ENCRYPTION_KEY is not in it" in result.stdout
    return made


def test_a_backup_is_restored_on_another_machine(
    archive: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "anew"))
    result = sportello("restore", archive)
    assert result.exit_code == 0, result.output
    assert "Restored what was there on 20" in result.stdout
    assert "The next acquisition has the number 000001." in result.stdout
    names: list[str] = []

    async def look() -> None:
        url = f"sqlite+aiosqlite:///{tmp_path}/anew/sportello.db"
        async with opened(url, Vault([KEY])) as store, store.reading() as unit:
            names.extend(await unit.session.scalars(select(Customer.name)))

    run_apart(look())
    assert names == ["Mario Rossi"]
    again = sportello("restore", archive)
    assert "is not empty" in refused(again)


def test_a_name_that_is_taken_needs_force(archive: Path) -> None:
    before = archive.read_bytes()
    assert "is there already" in refused(sportello("backup", archive))
    assert archive.read_bytes() == before
    assert sportello("backup", "--force", archive).exit_code == 0
    assert archive.read_bytes() != before


def test_numbers_go_on_after_those_that_the_company_has(
    archive: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "anew"))
    result = sportello("restore", "--last-acquisition", "41", archive)
    assert "The next acquisition has the number 000042." in result.stdout


@pytest.mark.usefixtures("archive")
def test_what_cannot_be_restored_is_told(
    archive: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "anew"))
    monkeypatch.setenv("ENCRYPTION_KEY", Vault.new_key())
    assert "ENCRYPTION_KEY does not open this backup" in refused(sportello("restore", archive))
    monkeypatch.setenv("ENCRYPTION_KEY", KEY)
    archive.write_bytes(archive.read_bytes()[:-100])
    assert "it was cut off or damaged" in refused(sportello("restore", archive))
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr("photo.jpg", b"")
    assert "it has no manifest" in refused(sportello("restore", archive))
    assert sportello("restore", tmp_path / "nowhere.zip").exit_code == 2


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    told = refused(sportello("backup", tmp_path / "backup.zip"))
    assert "run `sportello db upgrade`" in told
    assert not (tmp_path / "backup.zip").exists()
