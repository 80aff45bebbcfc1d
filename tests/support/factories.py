"""Customers, points and readings for tests, with usual values by default."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select

from storage.engine import Store
from storage.models import (
    Access,
    Customer,
    EntryWindow,
    Outcome,
    Proof,
    Reading,
    ReadingSource,
    ReadingState,
    SelfReadingKind,
    Service,
    SupplyPoint,
)
from storage.repositories.readings import NewReading
from storage.unit import Unit

TAX_CODE = "RSSMRA85T10A562S"
VAT_NUMBER = "00743110157"

_numbers = count(1)


async def add_customer(store: Store, code: str = "028680", **values: Any) -> Customer:
    """A customer with a codice fiscale and an e-mail on file."""
    usual: dict[str, Any] = {
        "name": "Mario Rossi",
        "tax_code": TAX_CODE,
        "address": "Via Roma 12, Cesena",
        "email": "mario.rossi@example.it",
        "phone": "+39 0547 000000",
    }
    usual |= values
    usual["tax_code_hash"] = usual["tax_code"]
    usual["vat_number_hash"] = usual.get("vat_number")
    customer = Customer(code=code, **usual)
    async with store.unit() as unit:
        unit.session.add(customer)
        await unit.commit()
    return customer


async def add_gas_point(store: Store, customer: Customer, **values: Any) -> SupplyPoint:
    """A gas point with a five-digit G4 meter; ``corrector=True`` adds a corrector."""
    number = next(_numbers)
    usual: dict[str, Any] = {
        "code": f"{11110000000000 + number:014d}",
        "customer_id": customer.id,
        "service": Service.GAS,
        "address": f"Via Roma {number}, Cesena",
        "self_reading": SelfReadingKind.METER,
        "meter_serial": f"M{number:06d}",
        "meter_digits": 5,
        "meter_class": "G4",
        "coefficient_c": Decimal("1.027235"),
        "distributor": VAT_NUMBER,
        "since": date(2010, 1, 1),
    }
    if values.pop("corrector", False):
        usual |= {
            "self_reading": SelfReadingKind.METER_AND_CORRECTOR,
            "corrector_serial": f"C{number:06d}",
            "corrector_digits": 7,
        }
    point = SupplyPoint(**(usual | values))
    async with store.unit() as unit:
        await keep_points(unit, point)
        await unit.commit()
    return point


async def keep_points(unit: Unit, *points: SupplyPoint) -> None:
    """Store points as an import does: with their supplies."""
    unit.session.add_all(points)
    await unit.session.flush()
    for since in {point.since for point in points}:
        said = {each.id: (each.customer_id, since) for each in points if each.since == since}
        await unit.supplies.note(said, today=since)


async def give_point(
    store: Store,
    point: SupplyPoint,
    since: date,
    customer: Customer | None = None,
    *,
    today: date | None = None,
) -> None:
    """Import a change of a point: another ``decorrenza``, or another customer."""
    async with store.unit() as unit:
        changed = await unit.session.get_one(SupplyPoint, point.id)
        changed.since = since
        if customer is not None:
            changed.customer_id = customer.id
        said = {changed.id: (changed.customer_id, since)}
        await unit.supplies.note(said, today=today or since)
        await unit.commit()


async def add_electricity_point(store: Store, customer: Customer, **values: Any) -> SupplyPoint:
    """An electricity point of three kilowatts."""
    number = next(_numbers)
    usual: dict[str, Any] = {
        "code": f"IT001E{number:08d}",
        "service": Service.ELECTRICITY,
        "self_reading": SelfReadingKind.NONE,
        "meter_serial": None,
        "meter_digits": None,
        "meter_class": None,
        "coefficient_c": None,
        "contracted_power_w": 3_000,
    }
    return await add_gas_point(store, customer, **(usual | values))


async def add_window(
    store: Store, start: datetime, end: datetime, point: SupplyPoint | None = None
) -> None:
    """Add an entry window: of one point, or the company's."""
    async with store.unit() as unit:
        unit.session.add(
            EntryWindow(supply_point_id=point.id if point else None, starts_at=start, ends_at=end)
        )
        await unit.commit()


async def add_open_window(store: Store, now: datetime) -> None:
    """Add an open window of the company's, from five days ago until in five days."""
    await add_window(store, now - timedelta(days=5), now + timedelta(days=5))


async def add_reading(
    store: Store, point: SupplyPoint, day: date, meter: int, **values: Any
) -> Reading:
    """A reading taken by the supplier; other kinds by naming what differs."""
    usual: dict[str, Any] = {
        "source": ReadingSource.MEASURED,
        "state": ReadingState.ACQUIRED,
        "meter_serial": point.meter_serial,
        "corrector_serial": point.corrector_serial,
        "outcome": Outcome.NONE,
    }
    usual |= values
    if usual["source"] is ReadingSource.SELF:
        usual.setdefault("customer_id", point.customer_id)
    reading = Reading(supply_point_id=point.id, day=day, meter=meter, **usual)
    async with store.unit() as unit:
        unit.session.add(reading)
        await unit.commit()
    return reading


async def link_chat(  # noqa: PLR0917
    store: Store,
    chat_id: int,
    customer: Customer,
    now: datetime,
    access: Access = Access.FULL,
    proof: Proof = Proof.MAILED_CODE,
) -> None:
    """Link a chat without going through the conversation."""
    async with store.unit() as unit:
        await unit.chats.meet(chat_id, now=now)
        await unit.chats.link(chat_id, customer.id, access=access, proof=proof, now=now)
        await unit.commit()


async def submit_reading(
    store: Store,
    code: str,
    *,
    day: date,
    now: datetime,
    meter: int = 45_000,
    corrector: int | None = None,
    chat_id: int = 7,
    receipt_message_id: int | None = 11,
) -> Reading:
    """Submit a customer's self-reading of the point with that code, as pending."""
    async with store.unit() as unit:
        found = await unit.session.scalars(select(SupplyPoint).where(SupplyPoint.code == code))
        reading = await unit.readings.submit(
            found.one(),
            NewReading(day=day, meter=meter, corrector=corrector),
            chat_id=chat_id,
            receipt_message_id=receipt_message_id,
            now=now,
        )
        assert reading is not None
        await unit.commit()
        return reading
