"""Submitting a self-reading for one point, as the customer reads it: every question and answer."""

from datetime import date
from decimal import Decimal

import pytest

from bot.local_telegram import LocalTelegram, NotPossibleError
from bot.settings import Settings
from conversations.readings.submit.screens import ConfirmUnusual, DeclareRollover, SaveReading
from storage.engine import Store
from storage.models import (
    Customer,
    Outcome,
    Reading,
    ReadingSource,
    ReadingState,
    SupplyPoint,
    Withdrawal,
)
from storage.rules.plausibility import Dial, QuestionKind, ReviewFlag
from tests.support.chat import ChatDriver, Counter
from tests.support.clock import MovableClock
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    add_open_window,
    add_reading,
    link_chat,
)
from tests.support.pictures import plain_png
from tests.support.post import PostOffice
from tests.support.readings import live_readings, point_of, reads, self_readings
from tests.support.runs import linked_chat, running

LOWER = ["Correggi", "Giro contatore", "Annulla"]
UNUSUAL = ["Confermo", "Correggi", "Annulla"]
PAST_CEILING = ["Correggi", "Invia comunque", "Annulla"]
SUMMARY = ["Salva", "Correggi", "Annulla"]


@pytest.fixture
async def corrector_chat(counter: Counter, store: Store, clock: MovableClock) -> ChatDriver:
    """Bruno's point has a corrector as well; it was read four times, always about 1 to 1,2."""
    bruno = counter.visitor("Bruno")
    customer = await add_customer(store, "000017")
    point = await add_gas_point(
        store, customer, address="Corso Como 2, Milano", meter_class="G40", corrector=True
    )
    await add_open_window(store, clock.now())
    for month, meter in ((10, 40_000), (11, 41_000), (12, 42_000)):
        corrector = 50_000 + (meter - 40_000) * 12 // 10
        await add_reading(store, point, date(2025, month, 15), meter, corrector=corrector)
    await add_reading(store, point, date(2026, 1, 15), 43_000, corrector=53_600)
    await link_chat(store, bruno.id, customer, clock.now())
    return bruno


async def a_year_of_readings(store: Store, chat: ChatDriver) -> None:
    """The fixture's point was at 43.870 a year before: 1.027 Smc a year, 87 in a month."""
    point = await point_of(store, chat)
    await add_reading(store, point, date(2025, 1, 15), 43_870)


async def billed(store: Store, chat: ChatDriver, smc: str) -> None:
    """So much was billed in January and in February of last year."""
    point = await point_of(store, chat)
    async with store.unit() as unit:
        for month in (1, 2):
            unit.session.add(
                Withdrawal(supply_point_id=point.id, year=2025, month=month, smc=Decimal(smc))
            )
        await unit.commit()


# -- the straight way --


async def test_a_reading_is_asked_for_summed_up_and_saved(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees(
        "Via Roma 12, Cesena",
        "Ultima lettura: 44.870 (15/01/2026)",
        "Lettura contatore",
        buttons=["Annulla"],
    )
    await chat.sends("45.000")
    chat.sees(
        "Riepilogo",
        "Via Roma 12, Cesena",
        "Data lettura: 15/02/2026",
        "Lettura contatore: 45.000",
        "Consumo dal 15/01/2026: 130 m³ (134 Smc)",
        "Non è ancora salvata",
        buttons=SUMMARY,
    )
    assert await self_readings(store) == []
    tap = await chat.taps("Salva")
    assert tap.text == "Lettura salvata"
    chat.sees(
        "Lettura salvata",
        "Data lettura: 15/02/2026",
        "45.000",
        "Da acquisire",
        "10:30",
        buttons=["Cancella"],
        edited=True,
    )
    (reading,) = await self_readings(store)
    assert (reading.day, reading.meter, reading.corrector) == (date(2026, 2, 15), 45_000, None)
    assert (reading.state, reading.chat_id) == (ReadingState.PENDING, chat.id)


async def test_the_large_keyboard_starts_it_too(chat: ChatDriver) -> None:
    await chat.sends("📟 Autolettura")
    chat.sees("Lettura contatore", buttons=["Annulla"])


async def test_the_english_command_starts_it_too(chat: ChatDriver) -> None:
    await chat.sends("/reading")
    chat.sees("Lettura contatore", buttons=["Annulla"])


async def test_meter_and_corrector_are_asked_for_in_turn(
    corrector_chat: ChatDriver, store: Store
) -> None:
    chat = corrector_chat
    await chat.sends("/autolettura")
    chat.sees("Ultima lettura: 43.000 (15/01/2026) · correttore 53.600", "Lettura contatore")
    await chat.sends("44000")
    chat.sees("Lettura contatore: 44.000", "Lettura correttore", "Matricola correttore: C")
    await chat.sends("54 800")
    chat.sees(
        "Riepilogo",
        "Lettura contatore: 44.000",
        "Lettura correttore: 54.800",
        "1.000 m³ (1.200 Smc)",
        buttons=SUMMARY,
    )
    await chat.taps("Salva")
    chat.sees("Lettura salvata", "Lettura correttore: 54.800", edited=True)
    assert await live_readings(store) == [(44_000, 54_800)]


async def test_a_first_reading_ever_raises_no_question(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    await add_gas_point(store, customer)
    await add_open_window(store, clock.now())
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/autolettura")
    assert "Ultima lettura" not in chat.sees("Lettura contatore")["text"]
    await chat.sends("7")
    assert "Consumo" not in chat.sees("Riepilogo", "Lettura contatore: 7")["text"]
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)


# -- one a day --


async def test_todays_reading_is_shown_and_can_be_cancelled(chat: ChatDriver, store: Store) -> None:
    await reads(chat, "45000")
    await chat.sends("/autolettura")
    chat.sees("lettura di oggi c'è già", "45.000", "Da acquisire", buttons=["Cancella"])
    await chat.taps("Cancella")
    chat.sees("cancellazione della lettura del 15/02/2026?", buttons=["Sì", "No"], edited=True)
    await chat.taps("Sì")
    chat.sees("è stata cancellata", edited=True)
    await chat.taps("📟 Nuova lettura")
    chat.sees("Ultima lettura: 44.870", "Lettura contatore")
    await chat.sends("45001")
    chat.sees("Riepilogo")
    await chat.taps("Salva")
    chat.sees("Lettura salvata", "45.001", edited=True)
    assert await live_readings(store) == [(45_001, None)]


async def test_todays_reading_that_was_acquired_is_shown_without_cancella(
    chat: ChatDriver, counter: Counter
) -> None:
    await reads(chat, "45000")
    await counter.service.acquisition.run()
    await chat.sends("/autolettura")
    chat.sees("c'è già", "45.000", "Acquisita", buttons=[])


async def test_a_refused_reading_frees_its_day_and_is_not_compared(
    chat: ChatDriver, store: Store
) -> None:
    point = await point_of(store, chat)
    await add_reading(
        store,
        point,
        date(2026, 2, 15),
        99_000,
        source=ReadingSource.SELF,
        outcome=Outcome.REFUSED,
        outcome_note="Lettura non coerente",
    )
    await chat.sends("/autolettura")
    chat.sees("Ultima lettura: 44.870 (15/01/2026)")
    await chat.sends("45000")
    chat.sees("Riepilogo", "130 m³")
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)


# -- lower than the last --


async def test_a_lower_reading_is_questioned_and_corrected(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44.000")
    chat.sees(
        "Lettura contatore 44.000 è più bassa dell'ultima, 44.870 del 15/01/2026",
        "arrivato a 99.999",
        "sostituito",
        buttons=LOWER,
    )
    await chat.taps("Correggi")
    chat.sees("Ultima lettura: 44.870", "Lettura contatore", buttons=["Annulla"], edited=True)
    await chat.sends("45000")
    chat.sees("Riepilogo", "45.000", buttons=SUMMARY)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await live_readings(store) == [(45_000, None)]


async def test_a_lower_reading_can_be_given_up(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44000")
    chat.sees("più bassa", buttons=LOWER)
    await chat.taps("Annulla")
    chat.sees("Annullato. Non è stato salvato niente.", buttons=[], edited=True)
    assert await self_readings(store) == []


async def test_a_rollover_is_declared_and_flagged(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    point = await add_gas_point(store, customer)
    await add_reading(store, point, date(2026, 1, 15), 99_950)
    await add_open_window(store, clock.now())
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/autolettura")
    chat.sees("99.950")
    await chat.sends("00020")
    chat.sees("Lettura contatore 20 è più bassa", buttons=LOWER)
    await chat.taps("Giro contatore")
    chat.sees("Riepilogo", "70 m³", "giro contatore", buttons=SUMMARY, edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", "Lettura contatore: 20", edited=True)
    (reading,) = await self_readings(store)
    assert reading.flags == {ReviewFlag.METER_ROLLOVER}


async def test_an_impossible_rollover_is_warned_of_and_leads_on(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44000")
    chat.sees("più bassa", buttons=LOWER)
    await chat.taps("Giro contatore")
    chat.sees("99.130 m³", "Controlla il numero", buttons=PAST_CEILING, edited=True)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("45000")
    # The rollover was declared for the other number: it is forgotten.
    assert "giro" not in chat.sees("Riepilogo", "130 m³", buttons=SUMMARY)["text"]
    assert await self_readings(store) == []


async def test_a_lower_corrector_is_questioned_on_its_own(
    corrector_chat: ChatDriver, store: Store
) -> None:
    chat = corrector_chat
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44000")
    chat.sees("Lettura correttore")
    await chat.sends("53000")
    chat.sees("Lettura correttore 53.000 è più bassa", "53.600", "9.999.999", buttons=LOWER)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("44000")
    chat.sees("Lettura correttore")
    await chat.sends("54800")
    chat.sees("Riepilogo", buttons=SUMMARY)
    assert await self_readings(store) == []


async def test_a_corrector_that_the_newest_reading_left_out_is_still_questioned(
    corrector_chat: ChatDriver, store: Store
) -> None:
    chat = corrector_chat
    point = await point_of(store, chat)
    await add_reading(store, point, date(2026, 2, 1), 43_500, corrector_serial=None)
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44000")
    chat.sees("Lettura correttore")
    await chat.sends("53000")
    chat.sees("Lettura correttore 53.000 è più bassa", "53.600", buttons=LOWER)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("44000")
    chat.sees("Lettura correttore")
    await chat.sends("53600")
    chat.sees("Lettura correttore 53.600 è uguale", buttons=UNUSUAL)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("44000")
    chat.sees("Lettura correttore")
    await chat.sends("54800")
    # What the corrector counted is of more days than the meter's: it is not told beside it.
    said = chat.sees("Riepilogo", "Consumo dal 01/02/2026: 500 m³", buttons=SUMMARY)
    assert "Smc" not in said["text"]


async def test_a_corrector_may_roll_over_too(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    point = await add_gas_point(store, customer, meter_class="G40", corrector=True)
    await add_reading(store, point, date(2026, 1, 15), 40_000, corrector=9_999_900)
    await add_open_window(store, clock.now())
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/autolettura")
    await chat.sends("40500")
    chat.skip()
    await chat.sends("400")
    chat.sees("Lettura correttore 400 è più bassa", buttons=LOWER)
    await chat.taps("Giro contatore")
    chat.sees("Riepilogo", "500 m³ (500 Smc)", "giro contatore", edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    (reading,) = await self_readings(store)
    assert reading.flags == {ReviewFlag.CORRECTOR_ROLLOVER}


async def test_a_reading_that_could_not_be_compared_is_taken_and_flagged(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    point = await add_gas_point(store, customer, meter_digits=6)
    await add_reading(store, point, date(2026, 1, 15), 120_000)
    await add_open_window(store, clock.now())
    await link_chat(store, chat.id, customer, clock.now())
    async with store.unit() as unit:  # the company's data now speak of five digits
        (await unit.session.get_one(SupplyPoint, point.id)).meter_digits = 5
        await unit.commit()
    await chat.sends("/autolettura")
    chat.sees("120.000")
    await chat.sends("20130")
    chat.sees("Riepilogo", buttons=SUMMARY)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    async with store.reading() as unit:
        (reading,) = await unit.readings.to_review(since=clock.now().date())
    assert reading.flags == {ReviewFlag.METER_NOT_COMPARABLE}


@pytest.mark.both_databases
async def test_a_cancelled_reading_is_for_nobody_to_review(
    chat: ChatDriver, store: Store, clock: MovableClock
) -> None:
    await a_year_of_readings(store, chat)
    await chat.sends("/autolettura")
    await chat.sends("45870")
    await chat.taps("Confermo")
    await chat.taps("Salva")
    async with store.reading() as unit:
        assert await unit.readings.count_to_review(since=clock.now().date()) == 1
    chat.waits(seconds=3)
    await chat.taps("Cancella")
    await chat.taps("Sì")
    chat.skip()
    async with store.reading() as unit:
        assert await unit.readings.to_review(since=clock.now().date()) == []
        assert await unit.readings.count_to_review(since=clock.now().date()) == 0


# -- impossible, unusual, equal --


async def test_what_no_meter_lets_through_is_warned_of_and_may_be_sent_all_the_same(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("54870")
    # A G4 lets through 6 m³ an hour: 32 days of 24 hours make 4.608.
    chat.sees("54.870", "10.000 m³", "4.608", buttons=PAST_CEILING)
    await chat.taps("Invia comunque")
    chat.sees("Riepilogo", "10.000 m³", buttons=SUMMARY, edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    (reading,) = await self_readings(store)
    assert reading.flags == {ReviewFlag.PAST_CEILING}


async def test_an_order_of_magnitude_above_the_last_consumption_is_refused(
    chat: ChatDriver, store: Store
) -> None:
    """A digit too many: there is no way past it but another number, or the staff."""
    await a_year_of_readings(store, chat)
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("54870")
    chat.sees("10.000 m³", "più di dieci volte", buttons=["Correggi", "Annulla"])
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("45870")
    chat.sees("più del solito")
    assert await self_readings(store) == []


async def test_swapped_numbers_are_put_right_by_one_tap(
    corrector_chat: ChatDriver, store: Store
) -> None:
    chat = corrector_chat
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("54800")
    chat.sees("Lettura correttore")
    await chat.sends("44000")
    chat.sees("scambiati", "54.800", "44.000", buttons=["Scambia", "Correggi", "Annulla"])
    await chat.taps("Scambia")
    chat.sees("Riepilogo", "Lettura contatore: 44.000", buttons=SUMMARY, edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    (reading,) = await self_readings(store)
    assert (reading.meter, reading.corrector) == (44_000, 54_800)
    assert reading.flags == frozenset()


async def test_far_more_than_usual_is_asked_about_once(chat: ChatDriver, store: Store) -> None:
    await a_year_of_readings(store, chat)
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("45870")
    chat.sees("45.870", "1.027 Smc", "più del solito", "circa 87", buttons=UNUSUAL)
    await chat.taps("Confermo")
    chat.sees("Riepilogo", "45.870", buttons=SUMMARY, edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    (reading,) = await self_readings(store)
    assert reading.flags == {ReviewFlag.UNUSUALLY_HIGH}


async def test_what_is_still_usual_is_for_the_company_to_set(
    telegram: LocalTelegram, settings: Settings, clock: MovableClock, post: PostOffice
) -> None:
    generous = settings.model_copy(update={"unusual_factor": Decimal(20)})
    async with running(telegram, generous, clock, post) as counter:
        anna = await linked_chat(counter, clock)
        store = counter.service.store
        point = await point_of(store, anna)
        await add_reading(store, point, date(2025, 1, 15), 43_870)
        await add_reading(store, point, date(2026, 1, 15), 44_870)
        await anna.sends("/autolettura")
        anna.sees("Lettura contatore")
        await anna.sends("45870")
        anna.sees("Riepilogo", "1.000 m³", buttons=SUMMARY)


async def test_far_less_than_usual_is_asked_about_and_corrected(
    chat: ChatDriver, store: Store
) -> None:
    await a_year_of_readings(store, chat)
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44875")
    chat.sees("44.875", "5 Smc", "meno del solito", "circa 87", buttons=UNUSUAL)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("44975")
    chat.sees("Riepilogo", "105 m³", buttons=SUMMARY)
    assert await self_readings(store) == []


async def test_what_is_confirmed_for_one_number_is_asked_again_for_another(
    chat: ChatDriver, store: Store
) -> None:
    await a_year_of_readings(store, chat)
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("45870")
    chat.sees("più del solito", buttons=UNUSUAL)
    await chat.taps("Confermo")
    chat.sees("Riepilogo", edited=True)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("45970")
    chat.sees("più del solito", buttons=UNUSUAL)


async def test_what_is_usual_comes_from_the_billed_months(chat: ChatDriver, store: Store) -> None:
    await billed(store, chat, "31")
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("45000")
    chat.sees("134 Smc", "più del solito", buttons=UNUSUAL)


async def test_a_usual_consumption_that_is_almost_nothing_is_not_told_as_nothing(
    chat: ChatDriver, store: Store
) -> None:
    await billed(store, chat, "0.31")
    await chat.sends("45000")
    chat.sees("134 Smc", "più del solito", "circa 0,3.", buttons=UNUSUAL)


@pytest.mark.parametrize(("billed_smc", "how"), [("10", "più"), ("9000", "meno")])
async def test_an_unusual_consumption_of_a_corrector_shows_both_numbers(
    corrector_chat: ChatDriver, store: Store, billed_smc: str, how: str
) -> None:
    chat = corrector_chat
    await billed(store, chat, billed_smc)
    await chat.sends("44000")
    chat.sees("Lettura correttore")
    await chat.sends("54800")
    chat.sees(
        "Con contatore 44.000 e correttore 54.800 il consumo dal 15/01/2026",
        f"1.200 Smc: molto {how} del solito",
        "Sono giusti tutti e due i numeri?",
        buttons=UNUSUAL,
    )


async def test_no_consumption_is_asked_about(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44870")
    chat.sees("44.870", "uguale all'ultima", "15/01/2026", "nessun consumo", buttons=UNUSUAL)
    await chat.taps("Confermo")
    chat.sees("Riepilogo", "0 m³", buttons=SUMMARY, edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await live_readings(store) == [(44_870, None)]


async def test_a_corrector_that_disagrees_with_the_meter_is_asked_about(
    corrector_chat: ChatDriver, store: Store
) -> None:
    chat = corrector_chat
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("44000")
    chat.sees("Lettura correttore")
    await chat.sends("55600")
    chat.sees(
        "Contatore 44.000 e correttore 55.600",
        "da 0,96 a 1,44, stavolta 2,00",
        "Sono giusti tutti e due",
        buttons=UNUSUAL,
    )
    await chat.taps("Confermo")
    chat.sees("Riepilogo", "(2.000 Smc)", buttons=SUMMARY, edited=True)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await live_readings(store) == [(44_000, 55_600)]


# -- correcting and giving up at the summary --


async def test_the_summary_can_be_corrected(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("45000")
    chat.sees("Riepilogo", buttons=SUMMARY)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", buttons=["Annulla"], edited=True)
    await chat.sends("45010")
    chat.sees("Riepilogo", "45.010", buttons=SUMMARY)
    await chat.taps("Salva")
    chat.sees("Lettura salvata", "45.010", edited=True)
    assert await live_readings(store) == [(45_010, None)]


async def test_the_summary_can_be_given_up(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    await chat.taps("Annulla")
    chat.sees("Annullato", edited=True)
    assert await self_readings(store) == []


@pytest.mark.parametrize("said", [[], ["45000"], ["44000"]], ids=["question", "summary", "doubt"])
async def test_annulla_ends_it_anywhere(chat: ChatDriver, store: Store, said: list[str]) -> None:
    await chat.sends("/autolettura")
    for text in said:
        await chat.sends(text)
    chat.skip()
    await chat.sends("/annulla")
    chat.sees("Annullato. Non è stato salvato niente.")
    await chat.sends("/annulla")
    chat.sees("Non c'è niente da annullare.")
    assert await self_readings(store) == []


async def test_words_where_a_tap_is_expected_leave_the_summary_open(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    await chat.sends("un attimo, guardo meglio")
    chat.sees("pulsanti", "/annulla")
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)
    assert await live_readings(store) == [(45_000, None)]


async def test_starting_again_in_the_middle_starts_afresh(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    summary = chat.messages()[-1]
    chat.skip()
    await chat.sends("/autolettura")
    chat.sees("è stato chiuso")
    chat.sees("Lettura contatore", buttons=["Annulla"])
    tap = await chat.taps("Salva", summary)
    assert "non vale più" in tap.text
    assert await self_readings(store) == []


# -- numbers --


@pytest.mark.parametrize(
    "typed", ["45.000", "45000", "45 000", "45'000", "45\u00a0000", "045000", " 45000 mc"]
)
async def test_one_number_written_in_many_ways(chat: ChatDriver, typed: str) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends(typed)
    chat.sees("Riepilogo", "Lettura contatore: 45.000", buttons=SUMMARY)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("45,5", "prima della virgola"),
        ("45,000", "prima della virgola"),
        ("45.5", "prima della virgola"),
        ("-1", "segno"),
        ("+45000", "segno"),
        ("1e5", "Scrivi solo il numero"),
        ("IT001E12345678", "Scrivi solo il numero"),
        ("quarantacinquemila", "Scrivi solo il numero"),
        ("٤٥", "cifre da 0 a 9"),
        ("4.50.00", "45.000"),
        ("🙂", "Scrivi solo il numero"),
        ("!!!", "Scrivi solo il numero"),
        ("123456", "al massimo 5"),
        ("9" * 4096, "Scrivi solo il numero"),
    ],
)
async def test_what_is_no_reading_gets_a_precise_answer_and_the_question_again(
    chat: ChatDriver, store: Store, typed: str, reason: str
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends(typed)
    chat.sees(reason, "Scrivi", buttons=["Annulla"])
    await chat.sends("45000")
    chat.sees("Riepilogo", "45.000", buttons=SUMMARY)
    assert await self_readings(store) == []


async def test_an_empty_message_cannot_be_sent_and_a_blank_one_is_no_number(
    chat: ChatDriver,
) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    with pytest.raises(NotPossibleError):
        await chat.sends("   ")
    await chat.sends("\u2800")  # looks empty and is not
    chat.sees("Scrivi solo il numero", buttons=["Annulla"])


async def test_the_corrector_has_digits_of_its_own(corrector_chat: ChatDriver) -> None:
    chat = corrector_chat
    await chat.sends("/autolettura")
    await chat.sends("44000")
    chat.skip()
    await chat.sends("12345678")
    chat.sees("al massimo 7", "Scrivi la Lettura correttore", buttons=["Annulla"])
    await chat.sends("54,8")
    chat.sees("prima della virgola", "Scrivi la Lettura correttore")
    await chat.sends("54800")
    chat.sees("Riepilogo", "54.800")


@pytest.mark.parametrize("what", ["sticker", "photo"])
async def test_pictures_are_no_answer(chat: ChatDriver, what: str) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await (chat.sends_sticker() if what == "sticker" else chat.sends_photo(plain_png(40, 30)))
    chat.sees("risposta scritta")
    await chat.sends("45000")
    chat.sees("Riepilogo", "45.000")


async def test_an_edited_message_is_no_answer(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("450000")
    chat.sees("al massimo 5")
    await chat.edits("45000")
    chat.sees("messaggi modificati")
    assert await self_readings(store) == []


# -- what readings are compared with --


async def test_an_estimate_is_shown_as_such_and_never_compared(
    chat: ChatDriver, store: Store
) -> None:
    point = await point_of(store, chat)
    await add_reading(store, point, date(2026, 2, 1), 45_500, source=ReadingSource.ESTIMATED)
    await chat.sends("/autolettura")
    chat.sees("Ultima lettura: 45.500 (01/02/2026) · stimata")
    await chat.sends("45000")
    chat.sees("Riepilogo", "Consumo dal 15/01/2026: 130 m³", buttons=SUMMARY)


async def test_a_pending_reading_is_compared_with(chat: ChatDriver, clock: MovableClock) -> None:
    await reads(chat, "45000")
    clock.move(days=1)
    await chat.sends("/autolettura")
    chat.sees("Ultima lettura: 45.000 (15/02/2026)")
    await chat.sends("44990")
    chat.sees("più bassa dell'ultima", "45.000 del 15/02/2026", buttons=LOWER)


async def test_a_cancelled_reading_is_not_compared_with(
    chat: ChatDriver, clock: MovableClock
) -> None:
    await reads(chat, "45000")
    clock.move(minutes=1)
    await chat.taps("Cancella")
    await chat.taps("Sì")
    chat.skip()
    clock.move(days=1)
    await chat.sends("/autolettura")
    chat.sees("Ultima lettura: 44.870")
    await chat.sends("44990")
    chat.sees("Riepilogo", "120 m³")


async def test_what_the_supplier_measured_today_is_compared_with(
    chat: ChatDriver, store: Store
) -> None:
    await add_reading(store, await point_of(store, chat), date(2026, 2, 15), 45_000)
    await chat.sends("/autolettura")
    chat.sees("Ultima lettura: 45.000 (15/02/2026)")
    await chat.sends("44990")
    chat.sees("più bassa", "45.000 del 15/02/2026", buttons=LOWER)


async def test_a_new_meter_begins_anew(chat: ChatDriver, store: Store) -> None:
    point = await point_of(store, chat)
    async with store.unit() as unit:
        changed = await unit.session.get_one(type(point), point.id)
        changed.meter_serial = "NUOVO-1"
        await unit.commit()
    await chat.sends("/autolettura")
    question = chat.sees("contatore è nuovo", "Matricola contatore: NUOVO-1")
    assert "44.870" not in question["text"]
    await chat.sends("12")
    assert "Consumo" not in chat.sees("Riepilogo", "Lettura contatore: 12")["text"]
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)


async def test_a_new_corrector_begins_anew_and_the_meter_goes_on(
    corrector_chat: ChatDriver, store: Store
) -> None:
    chat = corrector_chat
    point = await point_of(store, chat)
    async with store.unit() as unit:
        changed = await unit.session.get_one(type(point), point.id)
        changed.corrector_serial = "K-NUOVO"
        await unit.commit()
    await chat.sends("/autolettura")
    await chat.sends("44000")
    chat.skip()
    await chat.sends("15")
    chat.sees("Riepilogo", "Lettura correttore: 15", "1.000 m³", buttons=SUMMARY)


# -- who may --


async def test_electricity_meters_read_themselves(
    counter: Counter, store: Store, clock: MovableClock
) -> None:
    chat = counter.visitor()
    customer = await add_customer(store)
    await add_electricity_point(store, customer)
    await link_chat(store, chat.id, customer, clock.now())
    await chat.sends("/autolettura")
    chat.sees("Nessuno dei tuoi punti di fornitura prevede l'autolettura")
    await chat.sends("45000")
    chat.sees("Nessuno dei tuoi punti di fornitura prevede l'autolettura")


async def test_an_electricity_point_in_a_forged_tap_takes_no_reading(
    chat: ChatDriver, store: Store
) -> None:
    point = await point_of(store, chat)
    async with store.reading() as unit:
        customer = await unit.session.get_one(Customer, point.customer_id)
    light = await add_electricity_point(store, customer)
    await chat.sends("/autolettura")
    question = chat.sees("Lettura contatore")
    await chat.taps_data(f"1r:{light.id}", question["message_id"])
    chat.sees("l'autolettura non è prevista")


async def test_somebody_not_linked_is_told_what_is_needed(counter: Counter) -> None:
    chat = counter.visitor()
    await chat.sends("/autolettura")
    chat.sees("serve prima collegare", buttons=["Collega la fornitura"])


# -- taps that do not belong to the screen --


async def test_an_older_summary_is_no_longer_worth_anything(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore")
    await chat.sends("45000")
    first = chat.sees("Riepilogo", "45.000", buttons=SUMMARY)
    await chat.taps("Correggi")
    chat.sees("Lettura contatore", edited=True)
    await chat.sends("45010")
    chat.sees("Riepilogo", "45.010")
    tap = await chat.taps("Salva", first)
    assert "non vale più" in tap.text
    tap = await chat.taps("Annulla", first)
    assert "non vale più" in tap.text
    await chat.taps("Salva")
    chat.sees("Lettura salvata", "45.010", edited=True)
    assert await live_readings(store) == [(45_010, None)]


async def test_salva_after_annulla_saves_nothing(chat: ChatDriver, store: Store) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    chat.skip()
    await chat.sends("/annulla")
    chat.sees("Annullato")
    tap = await chat.taps("Salva")
    assert "non vale più" in tap.text
    chat.sees("Eccoci")
    assert await self_readings(store) == []


@pytest.mark.parametrize(
    "forged",
    [
        SaveReading("ffffff"),
        ConfirmUnusual("ffffff", QuestionKind.LOWER_THAN_LAST),
        DeclareRollover("ffffff", Dial.CORRECTOR),
        "1rs:",
        "1rs:a:b",
        "1ru:ffffff:nonsense",
        "1r:0",
        "1r:99999999999999999999",
        "1r:-1",
        "nonsense",
        "0rs:ffffff",
    ],
    ids=str,
)
async def test_forged_taps_change_nothing_and_are_answered(
    chat: ChatDriver, store: Store, forged: str | SaveReading
) -> None:
    await chat.sends("/autolettura")
    await chat.sends("45000")
    summary = chat.messages()[-1]
    chat.skip()
    tap = await chat.taps_data(forged, summary["message_id"])
    assert tap.text
    assert await self_readings(store) == []
    await chat.taps("Salva")
    chat.sees("Lettura salvata", edited=True)


async def test_a_confirmation_of_the_lower_reading_cannot_be_forged(
    chat: ChatDriver, store: Store
) -> None:
    await chat.sends("/autolettura")
    await chat.sends("44000")
    chat.skip()
    question = chat.messages()[-1]
    correct = question["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    screen_token = correct.split(":")[1]
    await chat.taps_data(
        ConfirmUnusual(screen_token, QuestionKind.LOWER_THAN_LAST), question["message_id"]
    )
    assert "Riepilogo" not in chat.text_of(question["message_id"])
    chat.skip()
    assert await self_readings(store) == []


async def test_somebody_elses_point_in_a_forged_tap_leaves_what_is_open(
    chat: ChatDriver, store: Store
) -> None:
    other = await add_customer(store, "000099", name="Luigi Bianchi")
    foreign = await add_gas_point(store, other, address="Via Segreta 1")
    await chat.sends("/autolettura")
    question = chat.sees("Lettura contatore")
    tap = await chat.taps_data(f"1r:{foreign.id}", question["message_id"])
    assert "Non è più disponibile" in tap.text
    await chat.sends("45000")
    chat.sees("Riepilogo", "Via Roma 12", "45.000")


# -- the reading as it was kept --


async def test_serial_numbers_and_customer_are_kept_with_the_reading(
    chat: ChatDriver, store: Store
) -> None:
    await reads(chat, "45000")
    point = await point_of(store, chat)
    async with store.reading() as unit:
        reading = await unit.session.get_one(Reading, (await self_readings(store))[0].id)
    assert (reading.meter_serial, reading.customer_id) == (point.meter_serial, point.customer_id)
    assert not reading.flags
    assert not reading.differs_from_company
