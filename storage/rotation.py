"""Rotating the encryption key: everything sealed anew under the first key, while the bot serves.

The order for the operator: put the new key *before* the old one in ``ENCRYPTION_KEY`` and restart;
rotate; and, when the last lock of linking and the last invitation made before have run out
(``HASHES_LIVE_ON``), take the old key out. Hashes whose text is not kept anywhere cannot be made
anew: those of tried customer codes (locks), one-time codes and invitations. They go on being found
under the old key until it is dropped, and are of no use after that time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, Text, and_, cast, func, select, tuple_, type_coerce, update

from storage.engine import Store
from storage.models import Customer
from storage.models.base import Base, Sealed, SealedJson
from storage.rules.lockouts import HISTORY

HASHES_LIVE_ON = HISTORY
"""How long the old key is still asked for, because of hashes that cannot be made anew."""

BATCH = 500


@dataclass(slots=True)
class RotationReport:
    """How many values were sealed anew, by table."""

    values: dict[str, int] = field(default_factory=dict)
    files: int = 0

    @property
    def total(self) -> int:
        return sum(self.values.values())


async def rotate(
    store: Store, progress: Callable[[int, int], None] | None = None
) -> RotationReport:
    """Seals every sealed column anew under the vault's first key, a batch a transaction.

    A row that changes meanwhile is left as whoever changed it wrote it, which is under the first
    key too. Interrupted, it can simply be run again.

    Args:
        store: open with all keys, the new one first.
        progress: told how many rows are done, and of how many.

    Raises:
        SealedDataError: something no key at hand opens; what came before it is done.
    """
    report = RotationReport()
    sealed = {
        table: columns
        for table in Base.metadata.sorted_tables
        if (columns := [c for c in table.columns if isinstance(c.type, (Sealed, SealedJson))])
    }
    done, rows = 0, await _count(store, sealed)

    def further(batch: int) -> None:
        nonlocal done
        done += batch
        if progress is not None:
            progress(min(done, rows), rows)  # some may have come since they were counted

    for table, columns in sealed.items():
        report.values[table.name] = await _rotate_table(store, table, columns, further)
    await _rehash_customers(store)
    return report


async def _count(store: Store, tables: Iterable[Table]) -> int:
    async with store.reading() as unit:
        counts = [
            await unit.session.scalar(select(func.count()).select_from(table)) for table in tables
        ]
    return sum(count or 0 for count in counts)


async def _rotate_table(
    store: Store,
    table: Table,
    columns: Sequence[Column[Any]],
    further: Callable[[int], None],
) -> int:
    keys = list(table.primary_key.columns)
    place = tuple_(*keys)
    after: tuple[Any, ...] | None = None
    changed = 0
    while True:
        # As text: the column types would open what they read and seal what they write.
        raw = [cast(type_coerce(column, Text), Text).label(column.name) for column in columns]
        statement = select(*keys, *raw).order_by(*keys).limit(BATCH)
        if after is not None:
            statement = statement.where(place > after)
        async with store.unit() as unit:
            batch = (await unit.session.execute(statement)).all()
            for row in batch:
                after = tuple(row[: len(keys)])
                for column, sealed in zip(columns, row[len(keys) :], strict=True):
                    if sealed is None:
                        continue
                    anew = store.vault.reseal(sealed.encode("ascii")).decode("ascii")
                    bare = type_coerce(column, Text)
                    await unit.session.execute(
                        update(table)
                        .where(
                            and_(*(key == value for key, value in zip(keys, after, strict=True))),
                            bare == sealed,
                        )
                        .values({column: type_coerce(anew, Text)})
                    )
                    changed += 1
            await unit.commit()
        further(len(batch))
        if len(batch) < BATCH:
            return changed


async def _rehash_customers(store: Store) -> None:
    """The hashes that customers are looked up by, made anew from what they are of."""
    after = 0
    while True:
        async with store.unit() as unit:
            customers = (
                await unit.session.scalars(
                    select(Customer)
                    .where(Customer.id > after)
                    .order_by(Customer.id)
                    .limit(BATCH)
                    .with_for_update()  # an import beside it must not get its old hash back
                )
            ).all()
            for customer in customers:
                after = customer.id
                await unit.session.execute(
                    update(Customer)
                    .where(Customer.id == customer.id)
                    .values(tax_code_hash=customer.tax_code, vat_number_hash=customer.vat_number)
                    .execution_options(synchronize_session=False)
                )
            await unit.commit()
        if len(customers) < BATCH:
            return
