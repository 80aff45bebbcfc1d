"""An import writes while a customer changes the same row: neither undoes the other."""

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.models import ContactChange, ContactField, Customer
from storage.repositories.contacts import Contacts
from tests.support.company_files import CUSTOMERS, NOW, take, take_customers_and_points
from tests.support.locks import is_held

CODE, OLD, NEW = "028680", "anna@example.it", "anna.rossi@example.it"


async def changes_the_address(store: Store) -> None:
    async with store.unit() as unit:
        customer = (await unit.session.scalars(select(Customer).where(Customer.code == CODE))).one()
        assert await unit.contacts.change(customer, ContactField.EMAIL, NEW, chat_id=7, now=NOW)
        await unit.commit()


async def test_an_address_changed_while_the_customers_are_imported_stays(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import has read the old address, and has not written yet: the customer's turn waits."""
    await take_customers_and_points(store, tmp_path)
    turns: list[asyncio.Task[None]] = []
    look = Contacts.unsettled

    async def meanwhile(
        contacts: Contacts, customer_ids: Collection[int]
    ) -> dict[int, list[ContactChange]]:
        found = await look(contacts, customer_ids)
        turns.append(asyncio.create_task(changes_the_address(store)))
        for number in customer_ids:
            if not await is_held(store, Customer, number):
                await turns[-1]  # nothing keeps it from being done before the import is
        return found

    monkeypatch.setattr(Contacts, "unsettled", meanwhile)
    # Another name: the row is written, with the address that the file repeats.
    report = await take(
        store, tmp_path, "clienti.csv", CUSTOMERS.replace("Anna Rossi", "Anna Maria Rossi")
    )
    assert report.counts.updated == 1
    (turn,) = turns
    await turn
    async with store.reading() as unit:
        customer = (await unit.session.scalars(select(Customer).where(Customer.code == CODE))).one()
    assert (customer.name, customer.email) == ("Anna Maria Rossi", NEW)
