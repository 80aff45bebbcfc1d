"""A manager of three hundred supply points: each conversation that lists them stays in pages."""

from datetime import date

import pytest

from storage.engine import Store
from storage.models import Customer, SelfReadingKind, Service, SupplyPoint
from tests.support.chat import ChatDriver, Counter, labels
from tests.support.clock import MovableClock
from tests.support.consumption import add_energy, add_measures
from tests.support.factories import add_customer, keep_points, link_chat

MANY = 300
PAGES = MANY // 6


@pytest.fixture
async def customer(store: Store) -> Customer:
    customer = await add_customer(store)
    points = [
        SupplyPoint(
            customer_id=customer.id,
            code=f"IT001E{number:08}",
            service=Service.ELECTRICITY,
            self_reading=SelfReadingKind.NONE,
            address=f"Via del Condominio {number:03}, interno con un nome assai lungo, Cesena",
            contracted_power_w=3_000,
            since=date(2010, 1, 1),
        )
        for number in range(MANY)
    ]
    async with store.unit() as unit:
        await keep_points(unit, *points)
        await unit.commit()
    return customer


@pytest.fixture
async def manager(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer
) -> ChatDriver:
    visitor = counter.visitor("Elisa")
    await link_chat(store, visitor.id, customer, clock.now())
    return visitor


async def last_point(store: Store) -> SupplyPoint:
    async with store.reading() as unit:
        return await unit.session.get_one(SupplyPoint, MANY)


@pytest.mark.parametrize("command", ["/prelievi", "/misure"])
async def test_one_of_three_hundred_is_found_and_looked_at(
    manager: ChatDriver, store: Store, command: str
) -> None:
    point = await last_point(store)
    await add_energy(store, point, 2025, {1: (60, 45, 30, 2_900)})
    await add_measures(store, point, {date(2026, 2, 10): [100] * 96})
    await manager.sends(command)
    page = manager.sees("Di quale punto di fornitura?", f"Pagina 1 di {PAGES}")
    assert len(labels(page)) <= 12, "the points of a page, and the ways on"
    await manager.taps("Avanti ›")
    manager.sees(f"Pagina 2 di {PAGES}", edited=True)
    await manager.taps(str(PAGES))
    page = manager.sees(f"Pagina {PAGES} di {PAGES}", edited=True)
    (label,) = [each for each in labels(page) if "299" in each]
    await manager.taps(label)
    shown = manager.sees(point.code, edited=True)
    assert "Cambia punto" in labels(shown)
    await manager.taps("Cambia punto")
    # A picture does not turn into words: after one, the list comes as a new message.
    again = command == "/misure"
    manager.sees("Di quale punto di fornitura?", f"Pagina 1 di {PAGES}", edited=again)


async def test_the_data_of_one_of_three_hundred(manager: ChatDriver, store: Store) -> None:
    point = await last_point(store)
    await manager.sends("/dati")
    manager.sees("Mario Rossi")
    await manager.taps("Dati tecnici")
    manager.sees(f"Pagina 1 di {PAGES}", edited=True)
    await manager.taps("Avanti ›")
    manager.sees(f"Pagina 2 di {PAGES}", edited=True)
    await manager.taps(str(PAGES))
    page = manager.sees(f"Pagina {PAGES} di {PAGES}", edited=True)
    (label,) = [each for each in labels(page) if "299" in each]
    await manager.taps(label)
    manager.sees(f"POD {point.code}", edited=True)
