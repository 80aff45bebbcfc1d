"""Checks whether a row is locked."""

from sqlalchemy import select

from storage.engine import Store
from storage.models import Customer, SupplyPoint


async def is_held(store: Store, table: type[Customer | SupplyPoint], number: int) -> bool:
    """Whether a transaction has locked that row; always true on SQLite, with its single writer."""
    if store.is_sqlite:
        return True
    async with store.unit() as unit:
        free = await unit.session.scalar(
            select(table.id)
            .where(table.id == number)
            .with_for_update(key_share=True, skip_locked=True)
        )
    return free is None
