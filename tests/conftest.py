"""What every test may ask for by name, and which tests run.

``make test`` runs each test once, and what depends on the database on both kinds: all of
``tests/storage``, most of ``tests/jobs``, and whatever is marked ``both_databases``. A test of both
databases and both ways in (polling, webhook) runs on SQLite by polling and on PostgreSQL by
webhook. ``make test-all``, which is ``--all``, runs every test on every database by every way in,
and what is marked ``long``.
"""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from storage.engine import Store
from storage.vault import Vault
from tests.support.databases import KINDS, PostgresDatabases, SqliteDatabases, opened
from tests.support.statements import StatementsOnBoth

_FIRST = ("tests/fuzz", "tests/endurance", "tests/faults", "tests/dialogues")
"""What takes longest begins first, so that nobody waits for it in the end."""

_ON_BOTH = (
    "tests/storage/",
    "tests/jobs/test_attachments.py",
    "tests/jobs/test_housekeeping.py",
    "tests/jobs/test_outbox.py",
    "tests/jobs/test_schedule.py",
)

hypothesis.settings.register_profile(
    "commit",
    deadline=None,  # a machine under load is slow, and nothing is wrong with that
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "all", hypothesis.settings.get_profile("commit"), derandomize=False, print_blob=True
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all", action="store_true", help="every database by every way in, and what takes long"
    )


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("all" if config.getoption("--all") else "commit")
    if _is_whole(config):
        config.pluginmanager.register(StatementsOnBoth())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist, which is given the tests one by one."""
    node.workerinput["is_whole"] = _is_whole(node.config)


def _is_whole(config: pytest.Config) -> bool:
    """Whether nothing was picked out of the tests."""
    of_worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if of_worker is not None:
        return bool(of_worker["is_whole"])
    picked = bool(config.option.keyword or config.option.markexpr or config.option.collectonly)
    source: object = config.args_source
    return source is pytest.Config.ArgsSource.TESTPATHS and not picked


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    runs_all = config.getoption("--all")
    left_out = [item for item in items if not (runs_all or _runs_always(item))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = sorted((item for item in items if runs_all or _runs_always(item)), key=_place)


def pytest_collection_finish() -> None:
    """Spares the garbage collector what will not go: it took a sixth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _place(item: pytest.Item) -> int:
    folders = [number for number, name in enumerate(_FIRST) if item.nodeid.startswith(name)]
    return folders[0] if folders else len(_FIRST)


def _runs_always(item: pytest.Item) -> bool:
    """Whether ``make test`` runs it."""
    if item.get_closest_marker("long") is not None:
        return False
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    on_postgres = bool(parameters.get("databases", "sqlite") == "postgresql")
    by_webhook = bool(parameters.get("webhook", parameters.get("served") == "webhook"))
    if "databases" in parameters and {"webhook", "served"} & parameters.keys():
        return on_postgres == by_webhook
    return (
        not on_postgres
        or item.nodeid.startswith(_ON_BOTH)
        or item.get_closest_marker("both_databases") is not None
    )


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
