"""Contacts that customers change: kept, told to the company, and not undone by its old files."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.engine import Store
from storage.exchange.acquisition import AcquisitionReport, acquire
from storage.models import Access, Acquisition, ContactChange, ContactField, Customer, Proof
from storage.repositories.acquisitions import Acquisitions
from storage.unit import ReadUnit
from tests.support.company_files import (
    CUSTOMERS,
    NOW,
    ROME,
    take,
    take_customers_and_points,
)
from tests.support.factories import link_chat

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


async def test_a_value_that_a_spreadsheet_would_run_is_made_harmless(
    ready: Store, tmp_path: Path
) -> None:
    for value in ("=HYPERLINK(1)", "@SUM(A1)", "-1+1", "+1+cmd|' /C calc'!A0", "\t=1+1"):
        await change(ready, value, ContactField.PHONE)
    report = await hand_over(ready, tmp_path)
    (path,) = report.handovers[0].files
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert rows[0]["vecchio"] == "+39 011 123456"  # a number, as everybody writes one
    assert [row["nuovo"] for row in rows] == [
        "'=HYPERLINK(1)",
        "'@SUM(A1)",
        "'-1+1",
        "'+1+cmd|' /C calc'!A0",
        "'\t=1+1",
    ]
    assert all(row["vecchio"].startswith("'") for row in rows[1:])


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
        b'028680;telefono;+39 011 123456;"\'+39""0547;1";2026-03-10T10:00:00+01:00\n'
        b'028680;telefono;"\'+39""0547;1";;2026-03-10T10:00:00+01:00\n'
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


async def test_what_the_company_was_told_is_not_told_again(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    await hand_over(ready, tmp_path)
    await change(ready, "+39 0547 1", ContactField.PHONE)
    (handover,) = (await hand_over(ready, tmp_path)).handovers
    assert handover.contacts == 1
    assert NEW.encode() not in handover.files[0].read_bytes()
    async with ready.reading() as unit:
        rows = (await unit.session.scalars(select(ContactChange).order_by(ContactChange.id))).all()
    assert [row.acquisition_id for row in rows] == [1, 2]


async def test_nothing_is_settled_before_the_company_was_told(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    await take(ready, tmp_path, "clienti.csv", file_with(NEW))  # by chance, from elsewhere
    await take(ready, tmp_path, "clienti.csv", CUSTOMERS)
    assert await email(ready) == NEW


# -- an e-mail that gives no access yet --

DAY = timedelta(days=1)


async def change_email(
    store: Store, value: str, chat_id: int = 7, now: datetime = NOW
) -> ContactChange:
    async with store.unit() as unit:
        customer = await mario(unit)
        record = await unit.contacts.change(
            customer, ContactField.EMAIL, value, chat_id=chat_id, now=now, access_after=DAY
        )
        await unit.commit()
    assert record is not None
    return record


async def mario(unit: ReadUnit) -> Customer:
    customer = await unit.session.scalar(select(Customer).where(Customer.code == CODE))
    assert customer is not None
    return customer


async def access(store: Store, now: datetime) -> str | None:
    async with store.reading() as unit:
        return await unit.contacts.access_address(await mario(unit), now=now)


async def test_codes_go_to_the_old_address_for_a_day_more(ready: Store) -> None:
    assert await access(ready, NOW) == OLD
    await change_email(ready, NEW)
    assert await email(ready) == NEW  # the company's contact at once
    assert await access(ready, NOW + DAY - timedelta(seconds=1)) == OLD
    assert await access(ready, NOW + DAY) == NEW


async def test_changing_again_and_again_brings_no_address_forward(ready: Store) -> None:
    await change_email(ready, NEW)
    later = NOW + timedelta(hours=23)
    await change_email(ready, NEWER, now=later)
    assert await access(ready, NOW + DAY) == OLD
    await change_email(ready, NEW, now=later)
    assert await access(ready, later + DAY - timedelta(seconds=1)) == OLD
    assert await access(ready, later + DAY) == NEW


async def test_changing_back_needs_no_waiting_and_undoes_what_waited(ready: Store) -> None:
    await change_email(ready, NEW)
    await change_email(ready, OLD, now=NOW + timedelta(hours=1))
    for hours in (1, 23, 24, 25, 48):
        assert await access(ready, NOW + timedelta(hours=hours)) == OLD
    async with ready.reading() as unit:  # and there is nothing to be stopped any more
        assert await unit.contacts.waiting_for_access(await mario(unit), now=NOW) is None


async def test_where_there_was_no_address_the_new_one_gives_access_at_once(ready: Store) -> None:
    async with ready.unit() as unit:
        (await mario(unit)).email = None
        await unit.commit()
    record = await change_email(ready, NEW)
    assert record.gives_access_at is None
    assert await access(ready, NOW) == NEW


async def test_that_the_company_knows_the_new_one_brings_nothing_forward(
    ready: Store, tmp_path: Path
) -> None:
    await change_email(ready, NEW)
    await hand_over(ready, tmp_path)
    await take(ready, tmp_path, "clienti.csv", file_with(NEW))
    assert await access(ready, NOW + timedelta(hours=2)) == OLD
    # One that is its own does: the company has its reasons.
    await take(ready, tmp_path, "clienti.csv", file_with("azienda@example.it"))
    assert await access(ready, NOW + timedelta(hours=2)) == "azienda@example.it"


async def test_who_could_act_before_the_change_can_stop_it_and_nobody_else(ready: Store) -> None:
    async with ready.reading() as unit:
        customer = await mario(unit)
    await link_chat(ready, 7, customer, NOW - DAY)
    await link_chat(ready, 8, customer, NOW, proof=Proof.INVITATION)
    await link_chat(ready, 9, customer, NOW, access=Access.VIEW)
    await change_email(ready, NEW)
    await link_chat(ready, 10, customer, NOW + timedelta(minutes=1))
    async with ready.unit() as unit:
        customer = await mario(unit)
        now = NOW + timedelta(hours=1)
        may = [
            chat_id
            for chat_id in (7, 8, 9, 10, 11)
            if await unit.contacts.stoppable_by(chat_id, customer, now=now) is not None
        ]
        assert may == [7, 8]
        assert await unit.contacts.stoppable_by(8, customer, now=NOW + DAY) is None
        await unit.chats.unlink(8, customer.id, now=now)
        assert await unit.contacts.stoppable_by(8, customer, now=now) is None


async def test_a_stopped_change_is_told_to_the_company_and_survives_its_files(
    ready: Store, tmp_path: Path
) -> None:
    await change_email(ready, NEW)
    await hand_over(ready, tmp_path)
    now = NOW + timedelta(hours=2)
    async with ready.unit() as unit:
        waiting = await unit.contacts.waiting_for_access(await mario(unit), now=now)
        assert waiting is not None
        await unit.contacts.stop(waiting, chat_id=8, now=now)
        await unit.commit()
    assert await email(ready) == OLD
    assert await access(ready, now) == await access(ready, now + 2 * DAY) == OLD
    (handover,) = (await hand_over(ready, tmp_path)).handovers
    assert f"email;{NEW};{OLD};".encode() in handover.files[0].read_bytes()
    await take(ready, tmp_path, "clienti.csv", file_with(NEW))  # written before it heard of that
    assert await email(ready) == OLD


async def test_who_changed_the_email_turns_nobody_out_before_it_gives_access(
    ready: Store,
) -> None:
    async with ready.reading() as unit:
        customer = await mario(unit)
    for chat_id in (7, 8):
        await link_chat(ready, chat_id, customer, NOW - 2 * DAY)
    await change_email(ready, NEW, chat_id=7)
    async with ready.unit() as unit:
        ids = {each.chat_id: each.id for each in await unit.chats.links_of_customer(customer.id)}
        assert await unit.chats.revocable_by(7, customer.id, now=NOW) == {ids[7]}
        assert await unit.chats.revoke(7, ids[8], now=NOW) is None
        # Whoever is to be protected by that may turn out who did it.
        assert await unit.chats.revocable_by(8, customer.id, now=NOW) == {ids[7], ids[8]}
        assert await unit.chats.revocable_by(7, customer.id, now=NOW + DAY) == {ids[7], ids[8]}
        # Nor is there anything to wait for once the change is stopped.
        waiting = await unit.contacts.waiting_for_access(await mario(unit), now=NOW)
        assert waiting is not None
        await unit.contacts.stop(waiting, chat_id=8, now=NOW)
        assert await unit.chats.revocable_by(7, customer.id, now=NOW) == {ids[7], ids[8]}


async def test_the_email_is_not_changed_a_moment_after_others_were_turned_out(
    ready: Store,
) -> None:
    async with ready.reading() as unit:
        customer = await mario(unit)
    for chat_id in (7, 8):
        await link_chat(ready, chat_id, customer, NOW - 2 * DAY)
    async with ready.unit() as unit:
        assert await unit.contacts.email_may_change_from(customer.id, now=NOW) is None
        await unit.chats.unlink(8, customer.id, now=NOW)
        assert await unit.contacts.email_may_change_from(customer.id, now=NOW) == NOW + DAY
        assert await unit.contacts.email_may_change_from(customer.id, now=NOW + DAY) is None
        # Who comes back is not turned out.
        await unit.chats.link(8, customer.id, access=Access.FULL, proof=Proof.MAILED_CODE, now=NOW)
        assert await unit.contacts.email_may_change_from(customer.id, now=NOW) is None


async def test_other_customers_rows_are_not_touched(ready: Store, tmp_path: Path) -> None:
    await change(ready, NEW)
    other = CUSTOMERS.replace("Corso Como 2, Milano;;;", "Corso Como 2, Milano;x@example.it;;")
    await take(ready, tmp_path, "clienti.csv", other)
    async with ready.reading() as unit:
        found = await unit.session.scalar(select(Customer).where(Customer.code == "000017"))
    assert found is not None
    assert found.email == "x@example.it"
    assert await email(ready) == NEW
