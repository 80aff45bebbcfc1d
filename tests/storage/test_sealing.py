"""What is sealed opens in its own column and row only, and its length does not speak."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    UniqueConstraint,
    and_,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import aliased

from storage import schema
from storage.copying import bare
from storage.engine import Store
from storage.models import (
    Chat,
    Conversation,
    Customer,
    MeasuredDay,
    MediaKind,
    Ticket,
    TicketAuthor,
    TicketFile,
    TicketMessage,
    TicketState,
)
from storage.models.base import Base
from storage.models.sealed import bound, sealed_columns
from storage.rotation import rotate, under_other_keys
from storage.vault import SealedDataError, Vault
from tests.support import released
from tests.support.databases import PostgresDatabases, SqliteDatabases, opened
from tests.support.every_table import fill_every_table
from tests.support.factories import add_customer, add_gas_point

NOW = datetime(2026, 2, 15, 9, 0, tzinfo=UTC)
SEALED_TABLES = [table for table in Base.metadata.sorted_tables if sealed_columns(table)]
Databases = SqliteDatabases | PostgresDatabases


@pytest.fixture
async def two(store: Store) -> Store:
    """Anna and a thief, each with an e-mail."""
    await add_customer(store, "000001", name="Anna", email="anna@example.it")
    await add_customer(store, "000002", name="Ladro", email="ladro@example.it")
    return store


async def emails(store: Store) -> list[str | None]:
    async with store.reading() as unit:
        return list(await unit.session.scalars(select(Customer.email).order_by(Customer.id)))


async def test_an_email_copied_onto_anothers_row_is_not_taken_for_hers(two: Store) -> None:
    """Whoever can write the database cannot have Anna's codes mailed to himself."""
    assert await emails(two) == ["anna@example.it", "ladro@example.it"]
    async with two.unit() as unit:
        await unit.session.execute(
            text(
                "UPDATE customers SET email ="
                " (SELECT email FROM customers AS his WHERE his.code = '000002')"
                " WHERE code = '000001'"
            )
        )
        await unit.commit()
    async with two.reading() as unit:
        with pytest.raises(SealedDataError):
            await unit.customers.with_code("000001")
        with pytest.raises(SealedDataError):
            await unit.session.scalar(select(Customer.email).where(Customer.code == "000001"))
        his = await unit.customers.with_code("000002")
    assert his is not None
    assert his.email == "ladro@example.it"


async def test_no_sealed_value_opens_in_another_row_or_column(store: Store) -> None:
    await fill_every_table(store)
    for table in SEALED_TABLES:
        names, raw = list(sealed_columns(table)), bare(table)
        keys = table.primary_key.columns
        whole = select(*keys).where(*(table.c[name].is_not(None) for name in names)).limit(2)
        async with store.reading() as unit:
            first, second = (await unit.session.execute(whole)).all()
        for name in names:
            for source in names:
                for row in (first, second):
                    is_its_own = source == name and row is second
                    async with store.unit() as unit:
                        value = select(raw.c[source]).where(_is(raw, keys, row))
                        await unit.session.execute(
                            update(raw)
                            .where(_is(raw, keys, second))
                            .values({name: await unit.session.scalar(value)})
                        )
                        with nullcontext() if is_its_own else pytest.raises(SealedDataError):
                            its_own = select(table.c[name]).where(_is(table, keys, second))
                            await unit.session.scalar(its_own)


def _is(table: FromClause, keys: Iterable[Column[Any]], row: Sequence[Any]) -> ColumnElement[bool]:
    return and_(*(table.c[key.name] == value for key, value in zip(keys, row, strict=True)))


async def test_a_changed_row_key_closes_what_is_in_the_row(two: Store) -> None:
    async with two.unit() as unit:
        await unit.session.execute(text("UPDATE customers SET code = '000003' WHERE id = 1"))
        await unit.commit()
    with pytest.raises(SealedDataError):
        await emails(two)


async def test_however_it_is_selected_a_sealed_column_brings_its_row_along(two: Store) -> None:
    other = aliased(Customer)
    inner = select(Customer).subquery()
    async with two.unit() as unit:
        session = unit.session
        assert (await session.scalars(select(other.name).order_by(other.id))).all() == [
            "Anna",
            "Ladro",
        ]
        assert await session.scalar(select(inner.c.name).where(inner.c.code == "000001")) == "Anna"
        pair = select(Customer.name, other.name).join(other, other.code == "000002")
        assert (await session.execute(pair.where(Customer.code == "000001"))).one() == (
            "Anna",
            "Ladro",
        )
        new = bound(Customer.__table__, {"code": "000003", "name": "Nuovo", "address": "Via"})
        added = insert(Customer).values(new).returning(Customer.name)
        assert await session.scalar(added) == "Nuovo"


async def test_a_value_that_is_bound_to_no_row_is_not_written(two: Store) -> None:
    async with two.unit() as unit:
        with pytest.raises(StatementError, match="must be bound to its row"):
            await unit.session.execute(
                insert(Customer).values(code="000003", name="Nessuno", address="Via")
            )
        with pytest.raises(StatementError, match="must be bound to its row"):
            await unit.session.execute(update(Customer).values(name="Tutti"))


async def test_an_object_has_its_plain_values_before_and_after_it_is_written(store: Store) -> None:
    async with store.unit() as unit:
        unit.session.add(Chat(id=1, first_seen_at=NOW, last_seen_at=NOW))
        conversation = Conversation(
            chat_id=1, flow="f", state="s", draft={"day": 1}, token="t", expires_at=NOW
        )
        unit.session.add(conversation)
        await unit.session.flush()
        assert conversation.draft == {"day": 1}
        conversation.draft = {"day": 2}
        await unit.session.flush()
        assert conversation.draft == {"day": 2}
        conversation.draft = {"day": 2}
        assert not unit.session.is_modified(conversation)
        await unit.commit()
    async with store.unit() as unit:
        found = await unit.conversations.open_in(1)
        assert found is not None
        assert found.draft == {"day": 2}


async def test_what_is_bound_to_its_number_draws_it_before_it_is_written(two: Store) -> None:
    """Files of one message, written at once, have numbers of their own; none is given twice."""
    numbers: list[int] = []
    for names in (["a.jpg", "b.jpg"], ["c.jpg"]):
        async with two.unit() as unit:
            ticket = Ticket(
                customer_id=1,
                subject="Contatore",
                state=TicketState.OPEN,
                last_author=TicketAuthor.CUSTOMER,
                opened_at=NOW,
                changed_at=NOW,
            )
            unit.session.add(ticket)
            await unit.session.flush()
            message = TicketMessage(
                ticket_id=ticket.id,
                author=TicketAuthor.CUSTOMER,
                words="Ecco",
                at=NOW,
                files=[
                    TicketFile(media=MediaKind.PHOTO, file_id=name, name=name, lost=False)
                    for name in names
                ],
            )
            unit.session.add(message)
            await unit.commit()
            numbers += [file.id for file in message.files]
        async with two.reading() as unit:
            found = select(TicketFile.name).where(TicketFile.message_id == message.id)
            assert (await unit.session.scalars(found.order_by(TicketFile.id))).all() == names
            assert await unit.session.scalar(select(Ticket.subject).where(Ticket.id == ticket.id))
        async with two.unit() as unit:
            await unit.session.delete(await unit.session.get_one(TicketFile, numbers[-1]))
            await unit.commit()
    assert len(set(numbers)) == 3
    assert numbers == sorted(numbers)


async def test_lengths_do_not_tell_a_day_away_from_a_day_at_home(two: Store) -> None:
    async with two.reading() as unit:
        anna = await unit.customers.with_code("000001")
    assert anna is not None
    point = await add_gas_point(two, anna)
    days = {
        date(2026, 1, 1): [0] * 96,
        date(2026, 1, 2): [1_234 + n for n in range(96)],
        date(2026, 3, 29): [None] * 92,
        date(2025, 10, 26): [999_999_999] * 100,
    }
    async with two.unit() as unit:
        rows = [
            {"supply_point_id": point.id, "day": day, "quarters_wh": quarters}
            for day, quarters in days.items()
        ]
        await unit.session.execute(
            insert(MeasuredDay), [bound(MeasuredDay.__table__, row) for row in rows]
        )
        await unit.commit()
    async with two.reading() as unit:
        lengths = await unit.session.scalars(text("SELECT length(quarters_wh) FROM measured_days"))
        assert len(set(lengths)) == 1
        found = await unit.session.execute(select(MeasuredDay.day, MeasuredDay.quarters_wh))
        assert dict(found.all()) == days


async def test_lengths_of_short_texts_are_alike(two: Store) -> None:
    async with two.reading() as unit:
        lengths = await unit.session.scalars(text("SELECT length(name) FROM customers"))
        assert len(set(lengths)) == 1


def test_every_sealed_column_knows_its_name_and_the_key_of_its_row() -> None:
    for table in SEALED_TABLES:
        unique = [
            set(constraint.columns.keys())
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        unique += [{c.name} for c in table.columns if c.unique]
        unique.append(set(table.primary_key.columns.keys()))
        for name, kind in sealed_columns(table).items():
            assert kind.column == f"{table.name}.{name}"
            assert set(kind.row) in unique, kind.column
            assert not any(table.c[key].nullable for key in kind.row), kind.column


async def test_what_an_earlier_version_sealed_is_read_and_sealed_anew(
    databases: Databases, tmp_path: Path
) -> None:
    """A database as a released version left it, under Fernet; nothing of that is left."""
    new = Vault.new_key()
    async with databases.fresh(tmp_path, migrated=False) as url:
        await released.load(url, released.revisions()[0])
        async with opened(url, Vault([released.KEY])) as before:
            await schema.upgrade(before.engine)
            there = await _opened(before)
            assert await under_other_keys(before) > 0  # the key is the first, the form is not
            await rotate(before)
            assert await under_other_keys(before) == 0
            assert await _opened(before) == there
        async with opened(url, Vault([new, released.KEY])) as serving:
            assert (await rotate(serving)).left == 0
        async with opened(url, Vault([new])) as after:
            assert await _opened(after) == there


async def _opened(store: Store) -> dict[str, list[Any]]:
    """Everything that is sealed, opened, by table."""
    found: dict[str, list[Any]] = {}
    async with store.reading() as unit:
        for table in SEALED_TABLES:
            columns = [
                *table.primary_key.columns,
                *(table.c[name] for name in sealed_columns(table)),
            ]
            rows = await unit.session.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    return found


async def test_the_database_itself_tells_under_which_key_it_is(two: Store) -> None:
    async with two.reading() as unit:
        query = text("SELECT count(*) FROM customers WHERE email LIKE :begins")
        assert await unit.session.scalar(query, {"begins": f"{two.vault.current}%"}) == 2


def test_a_vault_opens_nothing_that_was_changed_or_put_elsewhere() -> None:
    key = Vault.new_key()
    vault = Vault([key])
    sealed = vault.seal(b"anna", "customers.email:1")
    assert vault.open(sealed, "customers.email:1") == b"anna"
    version, key_id, box = sealed.split(".")
    assert vault.current == f"{version}.{key_id}."
    swapped = "B" if box[20] == "A" else "A"
    for wrong, place in [
        (sealed, "customers.email:2"),
        (sealed, "customers.name:1"),
        (f"{vault.current}{box[:20]}{swapped}{box[21:]}", "customers.email:1"),
        (f"{vault.current}", "customers.email:1"),
        (sealed[:-8], "customers.email:1"),
        (f"v1.00000000.{box}", "customers.email:1"),
        ("v1.", "customers.email:1"),
        ("", "customers.email:1"),
        ("è", "customers.email:1"),
    ]:
        with pytest.raises(SealedDataError):
            vault.open(wrong, place)
    with pytest.raises(SealedDataError):
        Vault([Vault.new_key()]).open(sealed, "customers.email:1")
    assert vault.seal(b"anna", "here") != vault.seal(b"anna", "here")
    assert vault.open(Fernet(key).encrypt(b"before").decode(), "anywhere") == b"before"
    assert not vault.is_current(Fernet(key).encrypt(b"before").decode())


@pytest.mark.parametrize("length", [0, 1, 30, 31, 32, 33, 64])
def test_whatever_ends_a_text_comes_back(length: int) -> None:
    vault = Vault([Vault.new_key()])
    for data in (bytes(length), b"\x80" * length, b"x" * length):
        assert vault.open(vault.seal(data, "here"), "here") == data
    assert len(vault.seal(bytes(31), "here")) == len(vault.seal(b"", "here"))
