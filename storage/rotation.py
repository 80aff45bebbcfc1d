"""Rotates the encryption key: seals everything again with the first key, while the bot serves.

For the operator: put the new key *before* the old one in ``ENCRYPTION_KEY`` and restart; rotate;
remove the old key when the last locks of linking and the last invitations made before have expired
(``HASHES_LIVE_ON``). Hashes whose text is stored nowhere cannot be made again: those of tried
customer codes (locks), one-time codes and invitations. They are found under the old key until it is
removed, and are no longer needed after that time.

A sealed value begins with the id of its key, so a query finds the values that are left, and proves
that none is. Values that earlier versions sealed have no key id, and are sealed again too.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    TableClause,
    Text,
    bindparam,
    column,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import table as from_nothing

from storage.engine import Store
from storage.models import Customer
from storage.models.base import Base
from storage.models.sealed import SealedType, sealed_columns
from storage.rules.lockouts import HISTORY
from storage.vault import Vault

HASHES_LIVE_ON = HISTORY
"""How long the old key is still needed for hashes that cannot be made again."""

BATCH = 200
"""Rows per transaction, so that other writers do not wait long."""


@dataclass(slots=True)
class RotationReport:
    """How many values were sealed again, by table, without those that had the first key already.

    ``left`` is how many a final query found under another key; unless 0, the rotation is not done.
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
    """Seal again, in batches, every value that does not have the vault's first key.

    A row that changes meanwhile keeps its new value, which is sealed with the first key already.
    After an interruption, run it again: it continues with the values that are left.

    Args:
        store: open with all keys, the new one first.
        progress: called with the number of finished rows, and the total.

    Raises:
        SealedDataError: no available key opens a value; the rows before it are done.
    """
    report = RotationReport()
    tables = _sealed_tables()
    counts = [await _count_rows(store, table) for table in tables]
    done, rows = 0, sum(counts)

    def further(batch: int) -> None:
        nonlocal done
        done += batch
        if progress is not None:
            progress(min(done, rows), rows)  # rows may have been added since they were counted

    for table in tables:
        report.values[table.name] = await _rotate_table(store, table, further)
    await _rehash_customers(store)
    report.left = await under_other_keys(store)
    return report


async def under_other_keys(store: Store) -> int:
    """How many sealed values do not have the vault's first key; with 0, no other is needed."""
    found = 0
    for table in _sealed_tables():
        bare = _bare(table)
        for name in sealed_columns(table):
            others = select(func.count()).where(_is_under_another(bare.c[name], store.vault))
            async with store.reading() as unit:
                found += await unit.session.scalar(others) or 0
    return found


def _is_under_another(sealed: ColumnElement[str], vault: Vault) -> ColumnElement[bool]:
    """The condition for values that must be sealed again; after a rotation none meets it."""
    return func.substr(sealed, 1, len(vault.current)) != vault.current


def _sealed_tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if sealed_columns(table)]


async def _count_rows(store: Store, table: Table) -> int:
    """How many rows have a value that must be sealed again."""
    bare = _bare(table)
    others = [_is_under_another(bare.c[name], store.vault) for name in sealed_columns(table)]
    async with store.reading() as unit:
        return await unit.session.scalar(select(func.count()).where(or_(*others))) or 0


async def _rotate_table(store: Store, table: Table, further: Callable[[int], None]) -> int:
    changed = 0
    bare, kinds = _bare(table), sealed_columns(table)
    keys = list(enumerate(bare.c[key.name] for key in table.primary_key.columns))
    async for batch in _batches(store, table):
        # Sealing is slow: it blocks neither other writers nor the event loop.
        anew = await asyncio.to_thread(_sealed_anew, store.vault, batch, kinds)
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
    vault: Vault, batch: Sequence[Row[Any]], kinds: Mapping[str, SealedType]
) -> dict[str, list[dict[str, Any]]]:
    """By column, the values under another key: their row's key, old value and new value."""
    anew: dict[str, list[dict[str, Any]]] = {}
    for row in batch:
        first = len(row) - 2 * len(kinds)
        keys = {f"key_{n}": value for n, value in enumerate(row[:first])}
        for place, (name, kind) in enumerate(kinds.items()):
            of, sealed = row[first + 2 * place : first + 2 * place + 2]
            if sealed is None or vault.is_current(sealed):
                continue
            resealed = kind.sealed_anew(vault, sealed, of)
            anew.setdefault(name, []).append(keys | {"was": sealed, "anew": resealed})
    return anew


async def _batches(store: Store, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """The rows that have a value to seal again, in the order of their primary keys.

    Each has the primary key, then for each sealed column the key that binds the value to the row,
    and the stored value.
    """
    bare, kinds = _bare(table), sealed_columns(table)
    keys = [bare.c[key.name] for key in table.primary_key.columns]
    sealed = [(kind.row_key(bare), bare.c[name]) for name, kind in kinds.items()]
    others = or_(*(_is_under_another(bare.c[name], store.vault) for name in kinds))
    pairs = [each for pair in sealed for each in pair]
    statement = select(*keys, *pairs).where(others).order_by(*keys).limit(BATCH)
    after: tuple[Any, ...] | None = None
    while True:
        further = statement if after is None else statement.where(tuple_(*keys) > after)
        async with store.reading() as unit:
            batch = (await unit.session.execute(further)).all()
        if batch:
            after = tuple(batch[-1][: len(keys)])
            yield batch
        if len(batch) < BATCH:
            return


def _bare(table: Table) -> TableClause:
    """The table with its sealed columns as plain text columns."""
    return from_nothing(
        table.name,
        *(
            column(c.name, Text() if isinstance(c.type, SealedType) else c.type)
            for c in table.columns
        ),
    )


async def _rehash_customers(store: Store) -> None:
    """Make the hashes by which customers are found again, from the sealed texts."""
    hashes = {"tax_code_hash": "tax_code", "vat_number_hash": "vat_number"}
    bare = from_nothing("customers", column("id"), *(column(name, Text()) for name in hashes))
    after = 0
    while True:
        async with store.reading() as unit:
            customers = (
                await unit.session.scalars(
                    select(Customer).where(Customer.id > after).order_by(Customer.id).limit(BATCH)
                )
            ).all()
        for name, of in hashes.items():
            anew = await asyncio.to_thread(_hashed_anew, store.vault, customers, name, of)
            if anew:
                async with store.unit() as unit:
                    connection = await unit.session.connection()
                    # An import that wrote one meanwhile used the first key already.
                    statement = (
                        update(bare)
                        .where(bare.c.id == bindparam("of"), bare.c[name] == bindparam("was"))
                        .values({name: bindparam("anew", type_=Text)})
                    )
                    await connection.execute(statement, anew)
                    await unit.commit()
        if len(customers) < BATCH:
            return
        after = customers[-1].id


def _hashed_anew(
    vault: Vault, customers: Sequence[Customer], name: str, of: str
) -> list[dict[str, Any]]:
    anew = []
    for customer in customers:
        was, text = getattr(customer, name), getattr(customer, of)
        if was is not None and text is not None and was != (now := vault.digest(text)):
            anew.append({"of": customer.id, "was": was, "anew": now})
    return anew
