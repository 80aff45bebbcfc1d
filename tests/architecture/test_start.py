"""What serving does not need is not loaded at its start: it costs time and memory for ever."""

import subprocess
import sys

from alembic.script import ScriptDirectory

from storage import schema

LOADED_WHEN_NEEDED = {
    "alembic",  # migrating
    "asyncpg",  # PostgreSQL
    "email_validator",  # an address that somebody types
    "fpdf",  # the demo's invoices
    "holidays",  # the bands of measures
    "icalendar",  # a calendar file
    "matplotlib",  # the worker that draws
    "phonenumbers",  # a telephone number
    "xlsxwriter",  # a table as Excel
}


def test_the_service_loads_none_of_what_only_some_customers_need() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bot.application; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "telegram.ext" in told.stdout.split()
    assert LOADED_WHEN_NEEDED.intersection(told.stdout.split()) == set()


def test_migrations_are_known_without_alembic_as_alembic_knows_them() -> None:
    scripts = ScriptDirectory.from_config(schema._config())
    known = {script.revision: script.down_revision for script in scripts.walk_revisions()}
    assert schema._revisions() == known
    assert schema.newest_revision() == scripts.get_current_head()
