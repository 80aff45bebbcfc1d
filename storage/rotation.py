"""Rotating the encryption key: everything sealed anew under the first key, while the bot serves.

The order for the operator: put the new key *before* the old one in ``ENCRYPTION_KEY`` and restart;
rotate; and, when the last lock of linking and the last invitation made before have run out
(``HASHES_LIVE_ON``), take the old key out. Hashes whose text is not kept anywhere cannot be made
anew: those of tried customer codes (locks), one-time codes and invitations. They go on being found
under the old key until it is dropped, and are of no use after that time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    Row,
    Table,
    TableClause,
    Text,
    bindparam,
    column,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy import table as from_nothing
from sqlalchemy.sql.expression import ColumnClause

from storage.engine import Store
from storage.models import Customer
from storage.models.base import Base, Sealed, SealedJson
from storage.rules.lockouts import HISTORY
from storage.vault import Vault

HASHES_LIVE_ON = HISTORY
"""How long the old key is still asked for, because of hashes that cannot be made anew."""

BATCH = 200
"""Rows of a transaction: others that write wait no longer than these take."""


@dataclass(slots=True)
class RotationReport:
    """How many values were sealed anew, by table; those under the first key already do not count.

    ``left`` is how many a last look found under another key: none, or the rotation is not done.
    """

    values: dict[str, int] = field(default_factory=dict)
    files: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        return sum(self.values.values())


async def rotate(
    store: Store, progress: Callable[[int, int], None] | None = None
) -> RotationReport:
    """Seals every sealed column anew under the vault's first key, a batch a transaction.

    A row that changes meanwhile is left as whoever changed it wrote it, which is under the first
    key too. Interrupted, it can simply be run again: what is done is only looked at.

    Args:
        store: open with all keys, the new one first.
        progress: told how many rows are done, and of how many.

    Raises:
        SealedDataError: something no key at hand opens; what came before it is done.
    """
    report = RotationReport()
    sealed = _sealed_columns()
    done, rows = 0, await _count(store, sealed)

    def further(batch: int) -> None:
        nonlocal done
        done += batch
        if progress is not None:
            progress(min(done, rows), rows)  # some may have come since they were counted

    for table, columns in sealed.items():
        report.values[table.name] = await _rotate_table(store, table, columns, further)
    await _rehash_customers(store)
    report.left = await under_other_keys(store)
    return report


async def under_other_keys(store: Store) -> int:
    """How many sealed values the vault's first key does not open: when none, no other is needed."""
    found = 0
    for table, columns in _sealed_columns().items():
        async for batch in _batches(store, table, columns):
            found += await asyncio.to_thread(_count_others, store.vault, batch, len(columns))
    return found


def _count_others(vault: Vault, batch: Sequence[Row[Any]], columns: int) -> int:
    values = (value for row in batch for value in row[-columns:] if value is not None)
    return sum(not vault.is_current(value.encode("ascii")) for value in values)


def _sealed_columns() -> dict[Table, list[Column[Any]]]:
    return {
        table: columns
        for table in Base.metadata.sorted_tables
        if (columns := [c for c in table.columns if isinstance(c.type, (Sealed, SealedJson))])
    }


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
    changed = 0
    bare, keys = _bare(table)
    async for batch in _batches(store, table, columns):
        # Sealing takes the time. Nobody who wants to write waits for it, nor the event loop.
        anew = await asyncio.to_thread(_sealed_anew, store.vault, batch, columns)
        if anew:
            async with store.unit() as unit:
                connection = await unit.session.connection()
                for name, values in anew.items():
                    statement = (
                        update(bare)
                        .where(
                            *(key == bindparam(f"key_{n}", type_=key.type) for n, key in keys),
                            bare.c[name] == bindparam("was", type_=Text),
                        )
                        .values({name: bindparam("anew", type_=Text)})
                    )
                    await connection.execute(statement, values)
                    changed += len(values)
                await unit.commit()
        further(len(batch))
    return changed


def _sealed_anew(
    vault: Vault, batch: Sequence[Row[Any]], columns: Sequence[Column[Any]]
) -> dict[str, list[dict[str, Any]]]:
    """By column, the values that are under another key: their row, as they were, and anew."""
    anew: dict[str, list[dict[str, Any]]] = {}
    for row in batch:
        keys = {f"key_{n}": value for n, value in enumerate(row[: -len(columns)])}
        for place, sealed in zip(columns, row[-len(columns) :], strict=True):
            if sealed is None or vault.is_current(sealed.encode("ascii")):
                continue
            resealed = vault.reseal(sealed.encode("ascii")).decode("ascii")
            anew.setdefault(place.name, []).append(keys | {"was": sealed, "anew": resealed})
    return anew


async def _batches(
    store: Store, table: Table, columns: Sequence[Column[Any]]
) -> AsyncIterator[Sequence[Row[Any]]]:
    """The rows of a table in the order of their keys: the key, then the columns as they stand."""
    bare, numbered = _bare(table)
    keys = [key for _, key in numbered]
    after: tuple[Any, ...] | None = None
    while True:
        statement = select(*keys, *(bare.c[column.name] for column in columns))
        statement = statement.order_by(*keys).limit(BATCH)
        if after is not None:
            statement = statement.where(tuple_(*keys) > after)
        async with store.reading() as unit:
            batch = (await unit.session.execute(statement)).all()
        if batch:
            after = tuple(batch[-1][: len(keys)])
            yield batch
        if len(batch) < BATCH:
            return


def _bare(table: Table) -> tuple[TableClause, list[tuple[int, ColumnClause[Any]]]]:
    """The table with its sealed columns as text, which nothing opens or seals; and its keys."""
    bare = from_nothing(
        table.name,
        *(
            column(c.name, Text() if isinstance(c.type, (Sealed, SealedJson)) else c.type)
            for c in table.columns
        ),
    )
    return bare, list(enumerate(bare.c[key.name] for key in table.primary_key.columns))


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
