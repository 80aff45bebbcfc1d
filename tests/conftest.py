"""What every test may ask for by name."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.engine import Store
from storage.vault import Vault
from tests.support.databases import KINDS, PostgresDatabases, SqliteDatabases, opened


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    databases = PostgresDatabases()
    yield databases
    databases.stop()


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest) -> SqliteDatabases | PostgresDatabases:
    """Each kind of database in turn; the server starts with the first test that needs it."""
    made: SqliteDatabases | PostgresDatabases = request.getfixturevalue(
        "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    )
    return made


@pytest.fixture
def vault() -> Vault:
    return Vault([Vault.new_key()])


@pytest.fixture
async def database_url(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database, on SQLite and on PostgreSQL."""
    async with databases.fresh(tmp_path) as url:
        yield url


@pytest.fixture
async def store(database_url: str, vault: Vault) -> AsyncIterator[Store]:
    """A fresh, migrated store, on SQLite and on PostgreSQL."""
    async with opened(database_url, vault) as made:
        yield made
