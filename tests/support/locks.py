"""Whether somebody who writes at this moment would have to wait."""

from sqlalchemy import select

from storage.engine import Store
from storage.models import Customer, SupplyPoint


async def is_held(store: Store, table: type[Customer | SupplyPoint], number: int) -> bool:
    """Whether another transaction holds that row against changes; SQLite has one writer anyway."""
    if store.is_sqlite:
        return True
    async with store.unit() as unit:
        free = await unit.session.scalar(
            select(table.id)
            .where(table.id == number)
            .with_for_update(key_share=True, skip_locked=True)
        )
    return free is None
