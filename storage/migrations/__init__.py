"""Alembic's migrations; `make revision` writes the next one."""
