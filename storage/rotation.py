"""Rotates the encryption key: seals everything again with the first key, while the bot serves.

For the operator: put the new key *before* the old one in ``ENCRYPTION_KEY`` and restart; rotate;
remove the old key when the last locks of linking and the last invitations made before have expired
(``HASHES_LIVE_ON``). Hashes whose text is stored nowhere cannot be made again: those of tried
customer codes (locks), one-time codes and invitations. They are found under the old key until it is
removed, and are no longer needed after that time.
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
"""How long the old key is still needed for hashes that cannot be made again."""

BATCH = 200
"""Rows per transaction, so that other writers do not wait long."""


@dataclass(slots=True)
class RotationReport:
    """How many values were sealed again, by table, without those that had the first key already.

    ``left`` is how many a final check found under another key; unless 0, the rotation is not done.
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
    """Seal every sealed column again with the vault's first key, in batches.

    A row that changes meanwhile keeps its new value, which is sealed with the first key already.
    After an interruption, run it again: finished rows are only read.

    Args:
        store: open with all keys, the new one first.
        progress: called with the number of finished rows, and the total.

    Raises:
        SealedDataError: no available key opens a value; the rows before it are done.
    """
    report = RotationReport()
    sealed = _sealed_columns()
    done, rows = 0, await _count(store, sealed)

    def further(batch: int) -> None:
        nonlocal done
        done += batch
        if progress is not None:
            progress(min(done, rows), rows)  # rows may have been added since they were counted

    for table, columns in sealed.items():
        report.values[table.name] = await _rotate_table(store, table, columns, further)
    await _rehash_customers(store)
    report.left = await under_other_keys(store)
    return report


async def under_other_keys(store: Store) -> int:
    """How many sealed values the vault's first key does not open; with 0, no other is needed."""
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
        # Sealing is slow: it blocks neither other writers nor the event loop.
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
    """By column, the values under another key: their row's key, old value and new value."""
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
    """The rows of a table in the order of their keys: the key, then the stored columns."""
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
    """The table with its sealed columns as plain text columns; and its numbered key columns."""
    bare = from_nothing(
        table.name,
        *(
            column(c.name, Text() if isinstance(c.type, (Sealed, SealedJson)) else c.type)
            for c in table.columns
        ),
    )
    return bare, list(enumerate(bare.c[key.name] for key in table.primary_key.columns))


async def _rehash_customers(store: Store) -> None:
    """Compute again the hashes by which customers are looked up, from their texts."""
    after = 0
    while True:
        async with store.unit() as unit:
            customers = (
                await unit.session.scalars(
                    select(Customer)
                    .where(Customer.id > after)
                    .order_by(Customer.id)
                    .limit(BATCH)
                    .with_for_update()  # a concurrent import must not write the old hash back
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
