"""A point goes to another customer, and perhaps comes back: nobody sees what is another's.

It is 15 February 2026. Companies' files often repeat the former customer's ``decorrenza``; what was
measured before the move is the former customer's all the same.
"""

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.local_telegram import LocalTelegram
from conversations.billing.withdrawals.screens import Shown, WithdrawalsYear
from conversations.readings.submit.situation import to_read
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


@pytest.fixture
async def anna(counter: Counter, store: Store, clock: MovableClock, former: Customer) -> ChatDriver:
    """The former customer, linked."""
    visitor = counter.visitor("Anna")
    await link_chat(store, visitor.id, former, clock.now())
    return visitor


async def move(
    store: Store,
    folder: Path,
    clock: MovableClock,
    *points: SupplyPoint,
    to: str = "000099",
    since: date | None = None,
) -> None:
    """As the company's file does it: another code, all else as before, unless said."""
    path = folder / "punti.csv"
    rows = (
        f"{to};{p.code};{p.service.value};Via Roma 1;{p.self_reading.value};"
        f"{p.meter_serial or ''};{p.meter_digits or ''};;;{p.meter_class or ''};;;;"
        f"C-9;{since or p.since:%d/%m/%Y};\n"
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


# -- said again, with another day --


async def test_an_earlier_decorrenza_afterwards_shows_nothing_of_the_former_customers(  # noqa: PLR0917
    bianca: ChatDriver,
    light: SupplyPoint,
    gas: SupplyPoint,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    await move(store, tmp_path, clock, light, gas, since=MOVED)
    clock.move(days=1)
    await move(store, tmp_path, clock, light, gas, since=date(2026, 1, 1))
    for point in (light, gas):
        await bianca.sends("/prelievi")
        listed = bianca.messages()[-1]["message_id"]
        bianca.skip()
        await bianca.taps_data(WithdrawalsYear(point.id, None, Shown.CHART), listed)
        bianca.sees("prelievi fatturati", edited=True)
    await bianca.sends("/misure")
    bianca.sees("non ci sono ancora misure")
    await bianca.sends("/autolettura")
    assert "44.870" not in bianca.sees("Lettura contatore")["text"]


# -- by mistake, and back --


async def to_bianca_and_back(
    store: Store,
    folder: Path,
    clock: MovableClock,
    *points: SupplyPoint,
    since: date | None = None,
    after: timedelta = timedelta(hours=1),
) -> None:
    await move(store, folder, clock, *points, since=since)
    clock.move(seconds=after.total_seconds())
    await move(store, folder, clock, *points, to="000098")


@pytest.mark.parametrize("since", [None, MOVED, date(2026, 1, 10)], ids=str)
@pytest.mark.parametrize("after", [timedelta(hours=1), timedelta(days=3)], ids=str)
async def test_who_has_their_point_back_has_all_that_they_had(  # noqa: PLR0917
    anna: ChatDriver,
    bianca: ChatDriver,
    light: SupplyPoint,
    gas: SupplyPoint,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
    since: date | None,
    after: timedelta,
) -> None:
    await to_bianca_and_back(store, tmp_path, clock, light, gas, since=since, after=after)
    await add_measures(store, light, {MOVED: [200] * 96})
    await anna.sends("44000")
    anna.sees("più bassa dell'ultima", "44.870")
    async with store.reading() as unit:
        point = await unit.supply_points.one_of_chat(anna.id, light.id)
        assert point is not None
        billed = (await unit.withdrawals.of_points([point]))[point.id]
        assert [(m.year, m.month) for m in billed] == [(2025, 12), (2026, 1), (2026, 2)]
        assert await unit.measures.span(point) == (date(2026, 2, 1), MOVED)
        assert await unit.supply_points.of_chat(bianca.id) == []


async def test_what_the_wrong_one_submitted_is_acquired_and_shown_to_nobody_else(  # noqa: PLR0917
    anna: ChatDriver,
    bianca: ChatDriver,
    gas: SupplyPoint,
    counter: Counter,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    await move(store, tmp_path, clock, gas)
    await bianca.sends("45000")
    await bianca.taps("Salva")
    bianca.skip()
    await move(store, tmp_path, clock, gas, to="000098")
    await bianca.sends("/letture")
    bianca.sees("Nessuno dei tuoi punti")
    await anna.sends("/letture")
    assert "45.000" not in anna.sees("Non ci sono ancora autoletture")["text"]
    await anna.sends("/autolettura")
    assert "45.000" not in anna.sees("Per oggi una lettura c'è già, di chi aveva")["text"]
    await counter.service.acquisition.run()
    await counter.service.outbox.run()
    bianca.sees("Acquisita", "45.000", edited=True)  # of a message that is hers
    anna.sees_nothing_more()


async def test_after_a_mistake_the_next_real_customer_sees_nothing_from_before(  # noqa: PLR0917
    anna: ChatDriver,
    bianca: ChatDriver,
    gas: SupplyPoint,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    await to_bianca_and_back(store, tmp_path, clock, gas)
    clock.move(days=1)
    await move(store, tmp_path, clock, gas)
    await bianca.sends("/autolettura")
    assert "44.870" not in bianca.sees("Lettura contatore")["text"]
    await bianca.sends("30")
    bianca.sees("Riepilogo", "Lettura contatore: 30")
    await anna.sends("/letture")
    anna.sees("Nessuno dei tuoi punti")


@pytest.mark.usefixtures("bianca")
async def test_who_comes_back_after_a_long_time_has_their_days_and_not_the_others(
    anna: ChatDriver,
    light: SupplyPoint,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    """Whatever the file repeats: after more than two months it was no mistake."""
    await move(store, tmp_path, clock, light)
    clock.move(days=61)
    await add_energy(store, light, 2026, {3: (50, 30, 20, 2_000)})
    await add_measures(store, light, {date(2026, 3, 10): [300] * 96})
    await move(store, tmp_path, clock, light, to="000098")
    await add_energy(store, light, 2026, {5: (51, 31, 21, 2_000)})
    clock.set(2026, 6, 10)
    await anna.sends("/prelievi")
    said = anna.text_of(anna.sees("2026", "In 2 mesi")["message_id"])
    assert "marzo" not in said
    assert "Manca" not in said  # what was never theirs is not missing either
    async with store.reading() as unit:
        point = await unit.supply_points.one_of_chat(anna.id, light.id)
        assert point is not None
        assert [m.month for m in await unit.withdrawals.of_year(point, 2026)] == [1, 5]
        assert date(2026, 3, 10) not in await unit.measures.days(point, MOVED, date(2026, 6, 1))
        assert await unit.measures.span(point) == (date(2026, 2, 1), date(2026, 2, 14))


async def test_the_former_customers_reading_is_no_reading_of_the_new_one(  # noqa: PLR0917
    anna: ChatDriver,
    bianca: ChatDriver,
    gas: SupplyPoint,
    counter: Counter,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    """Who has the supply now is reminded of it, though it was read in the same window."""

    async def waits() -> list[str]:
        async with store.reading() as unit:
            found = await to_read(unit, counter.service.services, bianca.id, clock.now())
        return [each.point.code for each in found]

    await anna.sends("45000")
    await anna.taps("Salva")
    anna.skip()
    await move(store, tmp_path, clock, gas)
    assert await waits() == []  # today there is room for no other
    clock.move(days=1)
    assert await waits() == [gas.code]
    await bianca.sends("45010")
    await bianca.taps("Salva")
    bianca.skip()
    assert await waits() == []


async def test_who_gives_a_point_up_takes_the_end_of_their_supply_along(
    bianca: ChatDriver,
    gas: SupplyPoint,
    store: Store,
    tmp_path: Path,
    clock: MovableClock,
) -> None:
    """A ``cessazione`` is the former customer's, also where the next file has no such column."""
    async with store.unit() as unit:
        (await unit.session.get_one(SupplyPoint, gas.id)).until = date(2026, 2, 10)
        await unit.commit()
    await move(store, tmp_path, clock, gas, since=MOVED)
    await bianca.sends("/autolettura")
    bianca.sees("Lettura contatore")
