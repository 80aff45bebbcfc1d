"""A point goes to another customer while ``decorrenza`` stays the former one's.

It is 15 February 2026. Companies' files often repeat that day; what was measured before the move is
the former customer's all the same.
"""

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.local_telegram import LocalTelegram
from storage.engine import Store
from storage.exchange.importing import import_paths
from storage.models import Customer, SupplyPoint
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import ROME, MovableClock
from tests.support.company_files import POINTS_HEADER
from tests.support.consumption import add_energy, add_measures, add_smc
from tests.support.factories import (
    TAX_CODE,
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)

MOVED = date(2026, 2, 15)


@pytest.fixture
async def light(store: Store, former: Customer) -> SupplyPoint:
    point = await add_electricity_point(store, former)
    await add_energy(store, point, 2025, {12: (101, 102, 103, 2_900)})
    await add_energy(store, point, 2026, {1: (104, 105, 106, 2_900), 2: (107, 108, 109, 2_900)})
    days = [date(2026, 2, 1) + timedelta(days=n) for n in range(14)]
    await add_measures(store, point, {day: [100] * 96 for day in days})
    return point


@pytest.fixture
async def gas(store: Store, former: Customer, clock: MovableClock) -> SupplyPoint:
    point = await add_gas_point(store, former)
    await add_open_window(store, clock.now())
    await add_reading(store, point, date(2026, 1, 15), 44_870)
    await add_smc(store, point, 2026, {1: "77"})
    return point


@pytest.fixture
async def former(store: Store) -> Customer:
    return await add_customer(store, "000098", tax_code=TAX_CODE)


@pytest.fixture
async def bianca(counter: Counter, store: Store, clock: MovableClock) -> ChatDriver:
    """The new customer, linked."""
    customer = await add_customer(store, "000099", name="Bianca Neri")
    visitor = counter.visitor("Bianca")
    await link_chat(store, visitor.id, customer, clock.now())
    return visitor


async def move(store: Store, folder: Path, clock: MovableClock, *points: SupplyPoint) -> None:
    """As the company's file does it: another code, all else as before."""
    path = folder / "punti.csv"
    rows = (
        f"000099;{p.code};{p.service.value};Via Roma 1;{p.self_reading.value};"
        f"{p.meter_serial or ''};{p.meter_digits or ''};;;{p.meter_class or ''};;;;"
        f"C-9;{p.since:%d/%m/%Y};\n"
        for p in points
    )
    path.write_text(POINTS_HEADER + "".join(rows))
    report = await import_paths(store, [path], zone=ROME, now=clock.now())
    assert report.succeeded, report


async def test_withdrawals_from_before_are_not_shown(
    bianca: ChatDriver, light: SupplyPoint, store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    await move(store, tmp_path, clock, light)
    await bianca.sends("/prelievi")
    bianca.sees("prelievi fatturati", buttons=[])
    clock.set(2026, 4, 10)
    await add_energy(store, light, 2026, {3: (50, 30, 20, 2_000)})
    await bianca.sends("/prelievi")
    # January and February are not missing: they were never hers.
    bianca.sees("In 1 mese: 100 kWh.")
    assert "Manca" not in bianca.text_of(bianca.messages()[-1]["message_id"])


async def test_measures_from_before_are_not_shown(
    bianca: ChatDriver, light: SupplyPoint, store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    await move(store, tmp_path, clock, light)
    await add_measures(store, light, {MOVED: [200] * 96})
    clock.move(days=1)
    await bianca.sends("/misure")
    bianca.sees("Ci sono misure", "15/02/2026")
    await bianca.taps("Ultimi 7 giorni")
    bianca.sees("comincia il 15/02/2026", "In totale 19,2 kWh", edited=True)


async def test_own_data_have_nothing_from_before(  # noqa: PLR0917
    bianca: ChatDriver,
    light: SupplyPoint,
    gas: SupplyPoint,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
    telegram: LocalTelegram,
) -> None:
    await move(store, tmp_path, clock, light, gas)
    await bianca.sends("/privacy")
    bianca.skip()
    await bianca.taps("Scarica i miei dati")
    stored = telegram.files.get(bianca.sees("Ecco i tuoi dati")["document"]["file_id"])
    assert stored is not None
    with zipfile.ZipFile(io.BytesIO(stored.data)) as archive:
        data = json.loads(archive.read("dati.json"))
    points = data["clienti"][0]["punti"]
    assert {point["punto"] for point in points} == {light.code, gas.code}
    assert [(point["letture"], point["prelievi"]) for point in points] == [([], [])] * 2


async def test_what_the_former_customer_had_pending_is_still_acquired(  # noqa: PLR0917
    bianca: ChatDriver,
    gas: SupplyPoint,
    former: Customer,
    counter: Counter,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    anna = counter.visitor("Anna")
    await link_chat(store, anna.id, former, clock.now())
    await anna.sends("45000")
    await anna.taps("Salva")
    anna.skip()
    await move(store, tmp_path, clock, gas)
    await bianca.sends("/letture")
    bianca.sees("Non ci sono ancora autoletture")
    report = await counter.service.acquisition.run()
    assert report is not None
    assert [handover.readings for handover in report.handovers] == [1]
    await counter.service.outbox.run()
    anna.skip()
