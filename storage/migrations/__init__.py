"""Alembic's migrations, and how the next one is written: `make revision`."""
