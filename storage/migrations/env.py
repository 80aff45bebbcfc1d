"""Alembic's entry point: it uses the connection that ``storage.schema`` provides."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Table, event
from sqlalchemy.types import TypeDecorator

from storage.models import Base


def _render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write the database's type instead of the program's own.

    A migration must always make the same tables, however the program's types change.
    """
    if kind == "type" and isinstance(item, TypeDecorator):
        autogen.imports.add("import sqlalchemy as sa")
        return f"sa.{item.impl_instance!r}"
    return False


def _keep_numbering(table: Table, bind: Connection, **_options: object) -> None:
    """Keep AUTOINCREMENT when SQLite recreates a table, so that no id is given twice.

    Alembic's batch mode rebuilds a table from what SQLAlchemy reads of it, which lacks that.
    """
    former = table.name.removeprefix(_ANEW)
    if former == table.name or "sqlite_autoincrement" in list(table.dialect_kwargs):
        return
    words = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (former,)).scalar()
    table.dialect_options["sqlite"]["autoincrement"] = "AUTOINCREMENT" in str(words)


_ANEW = "_alembic_tmp_"

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render_item,
    compare_type=True,
    transaction_per_migration=False,
)
event.listen(Table, "before_create", _keep_numbering)
try:
    with context.begin_transaction():
        context.run_migrations()
finally:
    event.remove(Table, "before_create", _keep_numbering)
