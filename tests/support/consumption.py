"""Withdrawals and measures for tests."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from bot.application import Service
from conversations.kit.views import Made
from storage.engine import Store
from storage.models import MeasuredDay, SupplyPoint, Withdrawal
from tests.support.pictures import PlainPictures


async def add_smc(store: Store, point: SupplyPoint, year: int, by_month: Mapping[int, str]) -> None:
    """Add billed Smc of a gas point."""
    async with store.unit() as unit:
        for month, smc in by_month.items():
            unit.session.add(
                Withdrawal(supply_point_id=point.id, year=year, month=month, smc=Decimal(smc))
            )
        await unit.commit()


async def add_energy(
    store: Store, point: SupplyPoint, year: int, by_month: Mapping[int, tuple[int | None, ...]]
) -> None:
    """Add billed energy of an electricity point: F1, F2, F3 in kWh and the power in W, by month."""
    async with store.unit() as unit:
        for month, (f1, f2, f3, power) in by_month.items():
            bands = [None if kwh is None else kwh * 1_000 for kwh in (f1, f2, f3)]
            unit.session.add(
                Withdrawal(
                    supply_point_id=point.id,
                    year=year,
                    month=month,
                    f1_wh=bands[0],
                    f2_wh=bands[1],
                    f3_wh=bands[2],
                    power_w=power,
                )
            )
        await unit.commit()


async def add_measures(
    store: Store, point: SupplyPoint, days: Mapping[date, Sequence[int | None]]
) -> None:
    """Add measured days, in Wh per quarter hour."""
    async with store.unit() as unit:
        for day, quarters in days.items():
            unit.session.add(
                MeasuredDay(supply_point_id=point.id, day=day, quarters_wh=list(quarters))
            )
        await unit.commit()


def pictures_of(service: Service) -> PlainPictures:
    """The pictures that the service under test requests."""
    pictures = service.sender.uploads.pictures
    assert isinstance(pictures, PlainPictures)
    return pictures


def last_drawn(service: Service) -> Made:
    """The last requested picture."""
    return pictures_of(service).drawn[-1]
