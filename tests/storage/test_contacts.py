"""Contacts that customers change: kept, told to the company, and not undone by its old files."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.exchange.acquisition import AcquisitionReport, acquire
from storage.models import Acquisition, ContactChange, ContactField, Customer
from storage.repositories.acquisitions import Acquisitions
from tests.support.company_files import (
    CUSTOMERS,
    NOW,
    ROME,
    take,
    take_customers_and_points,
)

OLD, NEW, NEWER = "anna@example.it", "anna.rossi@example.it", "anna@posta.example.it"
CODE = "028680"


@pytest.fixture
async def ready(store: Store, tmp_path: Path) -> Store:
    await take_customers_and_points(store, tmp_path)
    return store


async def change(
    store: Store, value: str | None, field: ContactField = ContactField.EMAIL
) -> ContactChange | None:
    async with store.unit() as unit:
        customer = await unit.session.scalar(select(Customer).where(Customer.code == CODE))
        assert customer is not None
        record = await unit.contacts.change(customer, field, value, chat_id=7, now=NOW)
        await unit.commit()
        return record


async def hand_over(store: Store, folder: Path) -> AcquisitionReport:
    return await acquire(
        store, exports=folder / "exports", company_vat=None, zone=ROME, now=NOW + timedelta(hours=1)
    )


async def email(store: Store) -> str | None:
    async with store.reading() as unit:
        customer = await unit.session.scalar(select(Customer).where(Customer.code == CODE))
        assert customer is not None
        return customer.email


def file_with(address: str) -> str:
    return CUSTOMERS.replace(OLD, address)


async def test_who_when_old_and_new_are_kept(ready: Store) -> None:
    await change(ready, NEW)
    async with ready.reading() as unit:
        record = (await unit.session.scalars(select(ContactChange))).one()
    assert (record.chat_id, record.changed_at, record.field) == (7, NOW, ContactField.EMAIL)
    assert (record.old, record.new) == (OLD, NEW)


async def test_the_same_value_is_no_change(ready: Store) -> None:
    assert await change(ready, OLD) is None
    async with ready.reading() as unit:
        assert not (await unit.session.scalars(select(ContactChange))).all()


async def test_old_and_new_are_sealed(ready: Store) -> None:
    await change(ready, NEW)
    async with ready.engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM contact_changes")).all()
    assert len(rows) == 1
    assert "example" not in str(rows)


async def test_the_company_is_told_once_to_the_byte(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    await change(ready, '+39"0547;1', ContactField.PHONE)
    await change(ready, None, ContactField.PHONE)
    report = await hand_over(ready, tmp_path)
    (handover,) = report.handovers
    assert (handover.readings, handover.contacts, handover.warnings) == (0, 3, ())
    assert [path.name for path in handover.files] == ["contatti_000001.csv"]
    assert handover.files[0].read_bytes() == (
        b"codice_cliente;campo;vecchio;nuovo;modificato_il\n"
        b"028680;email;anna@example.it;anna.rossi@example.it;2026-03-10T10:00:00+01:00\n"
        b'028680;telefono;+39 011 123456;"+39""0547;1";2026-03-10T10:00:00+01:00\n'
        b'028680;telefono;"+39""0547;1";;2026-03-10T10:00:00+01:00\n'
    )
    assert not (await hand_over(ready, tmp_path)).handovers


async def test_a_crash_before_the_mark_repeats_the_same_file(
    ready: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await change(ready, NEW)

    async def crash(*_args: object, **_kwargs: object) -> int:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(Acquisitions, "mark", crash)
        with pytest.raises(RuntimeError, match="power"):
            await hand_over(ready, tmp_path)
    path = tmp_path / "exports" / "contatti_000001.csv"
    first = path.read_bytes()
    path.unlink()
    await change(ready, NEWER)  # comes after the claim, and belongs to the next hand-over
    report = await hand_over(ready, tmp_path)
    assert [h.repeated for h in report.handovers] == [True, False]
    assert path.read_bytes() == first
    assert NEWER.encode() not in first
    assert NEWER.encode() in report.handovers[1].files[0].read_bytes()
    async with ready.reading() as unit:
        rows = (await unit.session.scalars(select(Acquisition))).all()
    assert all(row.completed_at is not None for row in rows)


async def test_an_import_that_repeats_the_old_value_undoes_nothing(
    ready: Store, tmp_path: Path
) -> None:
    await change(ready, NEW)
    await take(ready, tmp_path, "clienti.csv", CUSTOMERS.replace("Via Roma 1", "Via Roma 2"))
    assert await email(ready) == NEW
    await hand_over(ready, tmp_path)
    await take(ready, tmp_path, "clienti.csv", CUSTOMERS.replace("Via Roma 1", "Via Roma 3"))
    assert await email(ready) == NEW
    async with ready.reading() as unit:
        customer = await unit.session.scalar(select(Customer).where(Customer.code == CODE))
    assert customer is not None
    assert customer.address == "Via Roma 3, Torino"


async def test_no_earlier_value_of_several_changes_comes_back(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    await hand_over(ready, tmp_path)
    await change(ready, NEWER)
    for brought in (OLD, NEW, OLD):
        await take(ready, tmp_path, "clienti.csv", file_with(brought))
        assert await email(ready) == NEWER


async def test_a_value_of_the_companys_own_counts(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    await take(ready, tmp_path, "clienti.csv", file_with("azienda@example.it"))
    assert await email(ready) == "azienda@example.it"
    await take(ready, tmp_path, "clienti.csv", CUSTOMERS)
    assert await email(ready) == OLD  # what the customer had changed is over by now


async def test_once_the_company_knows_its_files_count_again(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    await hand_over(ready, tmp_path)
    await take(ready, tmp_path, "clienti.csv", file_with(NEW))
    assert await email(ready) == NEW
    await take(ready, tmp_path, "clienti.csv", CUSTOMERS)
    assert await email(ready) == OLD


async def test_other_customers_rows_are_not_touched(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    other = CUSTOMERS.replace("Corso Como 2, Milano;;;", "Corso Como 2, Milano;x@example.it;;")
    await take(ready, tmp_path, "clienti.csv", other)
    async with ready.reading() as unit:
        found = await unit.session.scalar(select(Customer).where(Customer.code == "000017"))
    assert found is not None
    assert found.email == "x@example.it"
    assert await email(ready) == NEW
