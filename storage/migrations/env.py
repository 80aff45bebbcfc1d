"""Alembic's entry: it runs on the connection that ``storage.schema`` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
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


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render_item,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
