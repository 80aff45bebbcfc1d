"""An import changes what hangs on the wall while somebody reads it."""

from datetime import date
from typing import Any

import pytest

from storage.engine import Store
from storage.models import SelfReadingKind, SupplyPoint
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    add_customer,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)
from tests.support.readings import live_readings, point_of, self_readings

CHANGED = "nel frattempo sono cambiati"
CORRECTOR_GONE = {
    "self_reading": SelfReadingKind.METER,
    "corrector_serial": None,
    "corrector_digits": None,
}
CORRECTOR_ADDED = {
    "self_reading": SelfReadingKind.METER_AND_CORRECTOR,
    "corrector_serial": "C2",
    "corrector_digits": 7,
}
OTHER_METER = {"meter_serial": "M2"}
OTHER_CORRECTOR = {"corrector_serial": "C2"}
NOT_READ = {"self_reading": SelfReadingKind.NONE}


@pytest.fixture
async def bruno(counter: Counter, store: Store, clock: MovableClock) -> ChatDriver:
    """Bruno's point has a meter and a corrector."""
    bruno = counter.visitor("Bruno")
    customer = await add_customer(store, "000017")
    point = await add_gas_point(
        store, customer, address="Corso Como 2, Milano", meter_class="G40", corrector=True
    )
    await add_open_window(store, clock.now())
    await add_reading(store, point, date(2026, 1, 15), 43_000, corrector=53_600)
    await link_chat(store, bruno.id, customer, clock.now())
    return bruno


async def an_import_changes(store: Store, chat: ChatDriver, values: dict[str, Any]) -> None:
    point = await point_of(store, chat)
    async with store.unit() as unit:
        changed = await unit.session.get_one(SupplyPoint, point.id)
        for name, value in values.items():
            setattr(changed, name, value)
        await unit.commit()


async def to_the_corrector(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    await chat.sends("44000")
    assert "Lettura correttore" in chat.messages()[-1]["text"]
    chat.skip()


async def to_the_question(chat: ChatDriver) -> None:
    await to_the_corrector(chat)
    await chat.sends("53600")
    chat.sees("uguale all'ultima", buttons=["Confermo", "Correggi", "Annulla"])


async def to_the_summary(chat: ChatDriver) -> None:
    await to_the_corrector(chat)
    await chat.sends("54800")
    chat.sees("Riepilogo")


CHANGES = [CORRECTOR_GONE, OTHER_METER, OTHER_CORRECTOR]
NAMES = ["corrector gone", "other meter", "other corrector"]


@pytest.mark.parametrize("values", CHANGES, ids=NAMES)
async def test_another_meter_while_the_corrector_is_asked_for(
    bruno: ChatDriver, store: Store, values: dict[str, Any]
) -> None:
    await to_the_corrector(bruno)
    await an_import_changes(store, bruno, values)
    await bruno.sends("54800")
    bruno.sees(CHANGED, "Scrivi la Lettura contatore", buttons=["Annulla"])
    await bruno.sends("44100")
    if values is not CORRECTOR_GONE:
        bruno.sees("Lettura correttore")
        await bruno.sends("54900")
    bruno.sees("Riepilogo", "44.100")
    await bruno.taps("Salva")
    bruno.sees("Lettura salvata", edited=True)
    corrector = None if values is CORRECTOR_GONE else 54_900
    assert await live_readings(store) == [(44_100, corrector)]


@pytest.mark.parametrize("values", CHANGES, ids=NAMES)
@pytest.mark.parametrize("label", ["Confermo", "Correggi"])
async def test_another_meter_while_a_question_is_open(
    bruno: ChatDriver, store: Store, values: dict[str, Any], label: str
) -> None:
    await to_the_question(bruno)
    await an_import_changes(store, bruno, values)
    await bruno.taps(label)
    bruno.sees(CHANGED, "Scrivi la Lettura contatore", buttons=["Annulla"], edited=True)
    assert await self_readings(store) == []


@pytest.mark.parametrize("values", CHANGES, ids=NAMES)
async def test_another_meter_between_summary_and_salva(
    bruno: ChatDriver, store: Store, values: dict[str, Any]
) -> None:
    await to_the_summary(bruno)
    await an_import_changes(store, bruno, values)
    await bruno.taps("Salva")
    bruno.sees(CHANGED, "Scrivi la Lettura contatore", buttons=["Annulla"], edited=True)
    assert await self_readings(store) == []
    await bruno.sends("44100")
    if values is not CORRECTOR_GONE:
        await bruno.sends("54900")
    bruno.skip()
    await bruno.taps("Salva")
    bruno.sees("Lettura salvata", edited=True)
    (reading,) = await self_readings(store)
    point = await point_of(store, bruno)
    assert (reading.meter_serial, reading.corrector_serial) == (
        point.meter_serial,
        point.corrector_serial,
    )


async def test_a_corrector_that_appears_between_summary_and_salva_is_asked_for(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    await an_import_changes(store, chat, CORRECTOR_ADDED)
    await chat.taps("Salva")
    chat.sees(CHANGED, "Scrivi la Lettura contatore", edited=True)
    await chat.sends("45000")
    chat.sees("Lettura correttore", "Matricola correttore: C2")
    await chat.sends("100")
    chat.sees("Riepilogo")
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await live_readings(store) == [(45_000, 100)]


async def test_another_meter_before_the_first_number(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Matricola contatore: M0")
    await an_import_changes(store, chat, OTHER_METER)
    await chat.sends("45000")
    chat.sees(CHANGED, "Il contatore è nuovo", "Matricola contatore: M2")


@pytest.mark.parametrize("where", ["corrector", "question", "summary"])
async def test_a_point_that_is_no_longer_read_by_its_customer(
    bruno: ChatDriver, store: Store, where: str
) -> None:
    steps = {
        "corrector": to_the_corrector,
        "question": to_the_question,
        "summary": to_the_summary,
    }
    await steps[where](bruno)
    await an_import_changes(store, bruno, NOT_READ)
    if where == "corrector":
        await bruno.sends("54800")
    else:
        await bruno.taps("Confermo" if where == "question" else "Salva")
    bruno.sees("l'autolettura non è prevista", buttons=[], edited=where != "corrector")
    assert await self_readings(store) == []
    await bruno.sends("/annulla")
    bruno.sees("Non c'è niente da annullare.")


async def test_another_meter_in_the_ten_minutes_is_too_late_to_be_read(
    bruno: ChatDriver, store: Store, clock: MovableClock
) -> None:
    clock.move(days=4, hours=23, minutes=55)
    await to_the_summary(bruno)
    await an_import_changes(store, bruno, OTHER_METER)
    clock.move(minutes=8)
    await bruno.taps("Salva")
    bruno.sees("si è chiuso", "non è stata salvata", edited=True)
    assert await self_readings(store) == []


async def test_an_import_that_changes_nothing_of_the_meter_is_not_noticed(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    await an_import_changes(store, chat, {"offer": "Casa", "address": "Via Roma 12/A, Cesena"})
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
