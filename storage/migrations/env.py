"""Alembic's entry: it runs on the connection that ``storage.schema`` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Table, event
from sqlalchemy.types import TypeDecorator

from storage.models import Base


def _render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Writes the type that the database knows, and not the program's own.

    A migration must make the same tables for ever, whatever becomes of the program's types.
    """
    if kind == "type" and isinstance(item, TypeDecorator):
        autogen.imports.add("import sqlalchemy as sa")
        return f"sa.{item.impl_instance!r}"
    return False


def _keep_numbering(table: Table, bind: Connection, **_options: object) -> None:
    """Lets a table that SQLite makes anew go on giving no number twice, as the former one does.

    A batch knows a table by what SQLAlchemy reads of it, which is not all.
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
