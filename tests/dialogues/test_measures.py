"""``/misure``, as the customer reads it. It is 15 February 2026, a Sunday."""

import csv
import io
from datetime import date, timedelta

import openpyxl
import pytest

from bot.local_telegram import LocalTelegram
from conversations.billing.measures.screens import (
    AskDates,
    MeasuresFile,
    MeasuresPoint,
    MeasuresRange,
    MeasuresYear,
)
from conversations.kit.date_picker import CalendarBlank
from storage.engine import Store
from storage.models import Customer, SupplyPoint
from tests.support.chat import ChatDriver, Counter, Message, labels
from tests.support.clock import MovableClock
from tests.support.consumption import add_measures, last_drawn, pictures_of
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    link_chat,
)

NOT_YOURS = "Non è più disponibile in questa chat."
PERIODS = ["Ultimi 7 giorni", "Ultimo mese", "Quest'anno", "Due date"]
FILES = ["CSV", "Excel", "Altro periodo"]
FIRST, LAST = date(2025, 12, 1), date(2026, 2, 13)


@pytest.fixture
async def customer(store: Store) -> Customer:
    return await add_customer(store)


@pytest.fixture
async def anna(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer
) -> ChatDriver:
    visitor = counter.visitor("Anna")
    await link_chat(store, visitor.id, customer, clock.now())
    return visitor


@pytest.fixture
async def light(store: Store, customer: Customer) -> SupplyPoint:
    """A point measured from 1 December to 13 February, 0,1 kWh a quarter hour."""
    point = await add_electricity_point(store, customer, address="Via Roma 12, Cesena")
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    measured = {day: [100] * 96 for day in days}
    measured[date(2026, 2, 11)] = [100] * 80 + [760] + [100] * 15
    await add_measures(store, point, measured)
    return point


def is_photo(message: Message) -> bool:
    return "photo" in message


def content_of(telegram: LocalTelegram, message: Message) -> bytes:
    stored = telegram.files.get(message["document"]["file_id"])
    assert stored is not None
    return stored.data


def plain_labels(message: Message) -> list[str]:
    """The labels besides those of the calendar's days and names."""
    return [each for each in labels(message) if not each.isdigit() and each != "·"]


async def asked_for_dates(anna: ChatDriver) -> Message:
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Due date")
    return anna.sees("Da quale giorno?", edited=True)


# -- the usual periods --


async def test_the_last_seven_days_in_sums_and_a_curve(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("/misure")
    asked = anna.sees(
        f"POD {light.code}",
        "Ci sono misure dal 01/12/2025 al 13/02/2026.",
        buttons=PERIODS,
    )
    await anna.taps("Ultimi 7 giorni")
    shown = anna.sees(
        "Misure dal 08/02/2026 al 14/02/2026",
        "In totale 58,3 kWh, in media 9,7 kWh al giorno.",
        "F1: 22,0 kWh (38%)",
        "F2: 10,7 kWh (18%)",
        "F3: 25,6 kWh (44%)",
        "Giorno più alto: mer 11/02/2026 (10,3 kWh).",
        "Potenza più alta: 3,04 kW, mer 11/02/2026 alle 20:00.",
        "Di 1 giorno non ci sono misure.",
        buttons=FILES,
        edited=True,
    )
    assert is_photo(shown)
    assert shown["message_id"] == asked["message_id"]
    drawn = last_drawn(counter.service)
    assert drawn.what == "load_curve"
    assert len(drawn.data["map"]["days"]) == 7
    assert drawn.data["map"]["days"][-1] == [None] * 24, "nothing measured is not nothing used"
    assert drawn.data["map"]["labels"][0] == "dom 8"
    assert [each["name"] for each in drawn.data["curves"]] == ["lun–ven", "sab, dom, feste"]
    assert drawn.data["curves"][1]["values"] == [400] * 24


async def test_the_last_month_is_the_one_before_this(anna: ChatDriver, light: SupplyPoint) -> None:
    await anna.sends("/measures")
    anna.skip()
    await anna.taps("Ultimo mese")
    anna.sees("Misure dal 01/01/2026 al 31/01/2026", "In totale 297,6 kWh", edited=True)
    await anna.taps("Altro periodo")
    anna.sees("Quale periodo?", light.code, buttons=PERIODS)


async def test_holidays_of_italy_are_in_the_third_band(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await anna.sends("/misure")
    message = anna.sees("Quale periodo?")
    epiphany = MeasuresRange(light.id, date(2026, 1, 6), date(2026, 1, 6))  # a Tuesday
    await anna.taps_data(epiphany, message["message_id"])
    anna.sees("Misure del 06/01/2026", "F1: 0,0 kWh (0%)", "F3: 9,6 kWh (100%)", edited=True)


async def test_this_year_and_the_year_before(anna: ChatDriver, light: SupplyPoint) -> None:
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Quest'anno")
    anna.sees(
        "Misure dal 01/01/2026 al 14/02/2026",
        "Di 1 giorno non ci sono misure.",
        buttons=["‹ 2025", *FILES],
        edited=True,
    )
    await anna.taps("‹ 2025")
    anna.sees(
        "Misure dal 01/01/2025 al 31/12/2025",
        "Di 334 giorni non ci sono misure.",
        buttons=["2026 ›", *FILES],
        edited=True,
    )
    await anna.taps("2026 ›")
    anna.sees("Misure dal 01/01/2026 al 14/02/2026", edited=True)
    assert light.id


async def test_a_year_that_is_measured_up_to_yesterday_misses_nothing(
    anna: ChatDriver, light: SupplyPoint, clock: MovableClock
) -> None:
    clock.set(2026, 2, 14, 9, 0)
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Quest'anno")
    message = anna.sees("Misure dal 01/01/2026 al 13/02/2026", edited=True)
    assert "non ci sono" not in message["caption"]
    assert light.id


async def test_on_the_first_of_january_this_year_is_that_day(
    anna: ChatDriver, light: SupplyPoint, clock: MovableClock
) -> None:
    clock.set(2026, 1, 1, 9, 0)
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Quest'anno")
    anna.sees("Misure del 01/01/2026", edited=True)
    assert light.id


async def test_a_year_with_none_says_which_days_there_are(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await anna.sends("/misure")
    message = anna.sees("Quale periodo?")
    await anna.taps_data(MeasuresYear(light.id, 2019), message["message_id"])
    anna.sees(
        "Dal 01/01/2019 al 31/12/2019 non ci sono misure.",
        "Ci sono dal 01/12/2025 al 13/02/2026.",
        buttons=["07/02/2026 – 13/02/2026", "Altro periodo"],
        edited=True,
    )
    await anna.taps("07/02/2026 – 13/02/2026")
    anna.sees("Misure dal 07/02/2026 al 13/02/2026", edited=True)
    await anna.taps_data(MeasuresYear(light.id, 2030), anna.last["message_id"])
    anna.sees("È una data futura", "Ci sono dal 01/12/2025")


async def test_when_the_last_days_have_not_come_yet(
    anna: ChatDriver, light: SupplyPoint, clock: MovableClock
) -> None:
    clock.set(2026, 3, 2, 9, 0)
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Ultimi 7 giorni")
    anna.sees("Dal 23/02/2026 al 01/03/2026 non ci sono misure.", edited=True)
    assert light.id


# -- two dates, typed --


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("1/2/2026", "3/2/2026"),
        ("1-2-26", "03.02.26"),
        ("1 febbraio 2026", "3 febbraio"),
        ("2026-02-01", "2026-02-03"),
        ("dom 1° feb", "mar 3 feb 2026"),
    ],
)
async def test_two_dates_typed_in_any_usual_form(
    anna: ChatDriver, light: SupplyPoint, first: str, last: str
) -> None:
    await asked_for_dates(anna)
    await anna.sends(first)
    anna.sees("Dal 01/02/2026.", "Fino a quale giorno?")
    await anna.sends(last)
    shown = anna.sees("Misure dal 01/02/2026 al 03/02/2026", "In totale 28,8 kWh", buttons=FILES)
    assert is_photo(shown)
    assert light.id


async def test_both_dates_in_one_message(anna: ChatDriver, light: SupplyPoint) -> None:
    await asked_for_dates(anna)
    await anna.sends("dal 1/2/2026 al 3/2/2026")
    anna.sees("Misure dal 01/02/2026 al 03/02/2026")
    await anna.sends("ciao")  # nothing waits for an answer any more
    anna.sees("Ciao!")
    assert light.id


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("dal 1 al 3 febbraio 2026", "Misure dal 01/02/2026 al 03/02/2026"),
        ("1-3 febbraio", "Misure dal 01/02/2026 al 03/02/2026"),
        ("1 febbraio 2026 3 febbraio 2026", "Misure dal 01/02/2026 al 03/02/2026"),
        ("gennaio 2026", "Misure dal 01/01/2026 al 31/01/2026"),
        ("1-15/2/0001", "comincia il 01/01/2010"),
    ],
)
async def test_a_range_in_few_words(
    anna: ChatDriver, light: SupplyPoint, typed: str, title: str
) -> None:
    await asked_for_dates(anna)
    await anna.sends(typed)
    anna.sees(title)
    assert light.id


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("30/2/2026", "non esiste"),
        ("31 giugno 2025", "non esiste"),
        ("29/2/2025", "non esiste"),
        ("1/13/2025", "non esiste"),
        ("domani", "Non ci leggo una data"),
        ("45000", "Non ci leggo una data"),
        ("٠١/٠٢/٢٠٢٦", "Non ci leggo una data"),
        ("<b>1</b>", "Non ci leggo una data"),
        ("x" * 4096, "Non ci leggo una data"),
        ("16/2/2026", "data futura"),
        ("1/1/2999", "data futura"),
        ("3/2/2026 - 1/2/2026", "prima dell'inizio"),
        ("1/1/2027 - 5/1/2027", "data futura"),
        ("1/1/2005 - 5/1/2005", "comincia il 01/01/2010"),
        ("31/12/2009", "comincia il 01/01/2010"),
        ("1/1/0001", "comincia il 01/01/2010"),
        ("5/3/0002", "comincia il 01/01/2010"),
        ("31/12/9999", "data futura"),
        ("1/1/2015 - 5/1/2026", "al massimo 3 anni"),
    ],
)
async def test_a_first_day_that_will_not_do_is_asked_for_again(
    anna: ChatDriver, light: SupplyPoint, typed: str, answer: str
) -> None:
    await asked_for_dates(anna)
    await anna.sends(typed)
    anna.sees(answer, "Da quale giorno?")
    await anna.sends("1/2/2026")
    anna.sees("Fino a quale giorno?")
    assert light.id


async def test_a_day_long_before_all_measures_is_told_when_they_begin(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await asked_for_dates(anna)
    await anna.sends("1/1/0001")
    anna.sees("comincia il 01/01/2010", "Ci sono dal 01/12/2025 al 13/02/2026.")
    await anna.sends("1/1/2010")
    anna.sees("Dal 01/01/2010.", "Fino a quale giorno?")
    await anna.sends("31/12/9999")
    anna.sees("al massimo 3 anni", "Fino a quale giorno?")
    await anna.sends("1/1/0001")
    anna.sees("prima dell'inizio", "Fino a quale giorno?")
    assert light.id


async def test_an_end_before_the_start_is_asked_for_again(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await asked_for_dates(anna)
    await anna.sends("10/2/2026")
    anna.sees("Dal 10/02/2026.")
    await anna.sends("9/2/2026")
    anna.sees("La fine viene prima dell'inizio.", "Dal 10/02/2026.", "Fino a quale giorno?")
    await anna.sends("31/2/2026")
    anna.sees("non esiste", "Fino a quale giorno?")
    await anna.sends("10/2/2026")
    anna.sees("Misure del 10/02/2026")
    assert light.id


async def test_a_range_with_no_data(anna: ChatDriver, light: SupplyPoint) -> None:
    await asked_for_dates(anna)
    await anna.sends("1/5/2025 - 31/5/2025")
    anna.sees("Dal 01/05/2025 al 31/05/2025 non ci sono misure.", "Ci sono dal 01/12/2025")
    assert light.id


async def test_a_day_of_empty_cells_is_not_one_of_zero(
    anna: ChatDriver, store: Store, customer: Customer
) -> None:
    point = await add_electricity_point(store, customer)
    empty, half = date(2026, 2, 10), date(2026, 2, 11)
    await add_measures(store, point, {empty: [None] * 96, half: [100] * 92 + [None] * 4})
    await anna.sends("/misure")
    message = anna.sees("Quale periodo?")
    await anna.taps_data(MeasuresRange(point.id, empty, empty), message["message_id"])
    anna.sees("Per il 10/02/2026 non ci sono misure.", edited=True)
    await anna.taps_data(MeasuresRange(point.id, empty, half), message["message_id"])
    anna.sees(
        "Di 1 giorno non ci sono misure.",
        "Mancano 4 quarti d'ora.",
        "In totale 9,2 kWh",
        edited=True,
    )
    file = MeasuresFile(point.id, empty, empty, excel=False)
    tap = await anna.taps_data(file, anna.last["message_id"])
    assert tap.text == "In questo periodo non ci sono misure."


async def test_a_weekend_shows_no_bands_of_working_days(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await asked_for_dates(anna)
    await anna.sends("7/2/2026 - 8/2/2026")
    anna.sees("Misure dal 07/02/2026 al 08/02/2026")
    drawn = last_drawn(counter.service).data
    assert [each["name"] for each in drawn["curves"]] == ["sab, dom, feste"]
    assert drawn["bands"] is None
    assert light.id


async def test_days_to_come_are_cut_off_at_today(anna: ChatDriver, light: SupplyPoint) -> None:
    await asked_for_dates(anna)
    await anna.sends("12/2/2026 - 31/12/2026")
    anna.sees("Misure dal 12/02/2026 al 15/02/2026", "Di 2 giorni non ci sono misure.")
    assert light.id


# -- two dates, picked --


async def test_two_dates_picked_from_the_calendar(anna: ChatDriver, light: SupplyPoint) -> None:
    message = await asked_for_dates(anna)
    assert plain_labels(message)[:2] == ["‹", "febbraio 2026"]
    assert [each for each in labels(message) if each.isdigit()] == [str(n) for n in range(1, 14)]
    keyboard = message["reply_markup"]["inline_keyboard"]
    assert [b["text"] for b in keyboard[1]] == ["lu", "ma", "me", "gi", "ve", "sa", "do"]
    assert [b["text"] for b in keyboard[0]] == ["‹", "febbraio 2026", "·"]
    assert [b["text"] for b in keyboard[2]] == ["·"] * 6 + ["1"]
    # Weeks in which no day can be picked are left out.
    assert [b["text"] for b in keyboard[-2]] == [*map(str, range(9, 14)), "·", "·"]
    await anna.taps("‹")
    january = anna.sees("Da quale giorno?", edited=True)
    assert plain_labels(january)[:3] == ["‹", "gennaio 2026", "›"]
    await anna.taps("‹")
    first = anna.sees(edited=True)["reply_markup"]["inline_keyboard"]
    assert [b["text"] for b in first[0]] == ["·", "dicembre 2025", "›"]
    await anna.taps("30")
    anna.sees("Dal 30/12/2025.", "Fino a quale giorno?", edited=True)
    await anna.taps("›")
    anna.sees("Fino a quale giorno?", edited=True)
    await anna.taps("2")
    shown = anna.sees("Misure dal 30/12/2025 al 02/01/2026", edited=True)
    assert is_photo(shown)
    assert shown["message_id"] == message["message_id"]
    assert light.id


async def test_days_before_the_first_cannot_be_picked_as_the_last(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await asked_for_dates(anna)
    await anna.taps("10")
    message = anna.sees("Dal 10/02/2026.", edited=True)
    assert [each for each in labels(message) if each.isdigit()] == ["10", "11", "12", "13"]
    assert light.id


async def test_a_field_that_means_nothing_is_answered(anna: ChatDriver, light: SupplyPoint) -> None:
    message = await asked_for_dates(anna)
    tap = await anna.taps_data(CalendarBlank(), message["message_id"])
    assert tap.answered
    await anna.sends("1/2/2026")
    anna.sees("Fino a quale giorno?")
    assert light.id


async def test_an_old_calendar_says_that_it_is_old(anna: ChatDriver, light: SupplyPoint) -> None:
    old = await asked_for_dates(anna)
    await anna.sends("1/2/2026")
    anna.sees("Fino a quale giorno?")
    tap = await anna.taps("5", old)
    assert "non vale più" in (tap.text or "")
    await anna.sends("3/2/2026")
    anna.sees("Misure dal 01/02/2026 al 03/02/2026")
    assert light.id


async def test_the_way_out(anna: ChatDriver, light: SupplyPoint) -> None:
    await asked_for_dates(anna)
    await anna.taps("Annulla")
    anna.sees("Annullato", edited=True)
    await asked_for_dates(anna)
    await anna.sends("1/2/2026")
    anna.skip()
    await anna.sends("/annulla")
    anna.sees("Annullato")
    await asked_for_dates(anna)
    await anna.sends_sticker()
    anna.sees("risposta scritta")
    await anna.sends("/annulla")
    anna.skip()
    assert light.id


# -- files --


async def test_the_quarter_hours_as_csv(
    anna: ChatDriver, light: SupplyPoint, telegram: LocalTelegram
) -> None:
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Ultimi 7 giorni")
    anna.skip()
    await anna.taps("CSV")
    message = anna.sees()
    assert message["document"]["file_name"] == f"Misure_{light.code}_2026-02-08_2026-02-14.csv"
    text = content_of(telegram, message).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert header == ["Punto", "Giorno", "Dalle", "Alle", "Ora", "Fascia", "Energia (kWh)"]
    assert len(rows) == 6 * 96
    assert rows[0] == [light.code, "08/02/2026", "00:00", "00:15", "solare", "F3", "0,100"]
    sum_of_rows = sum(int(row[-1].replace(",", "")) for row in rows)
    assert sum_of_rows == 58_260, "as the words under the curve say"


async def test_the_quarter_hours_as_excel_and_not_made_twice(
    anna: ChatDriver, light: SupplyPoint, telegram: LocalTelegram, counter: Counter
) -> None:
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Ultimo mese")
    anna.skip()
    await anna.taps("Excel")
    message = anna.sees()
    assert message["document"]["file_name"] == f"Misure_{light.code}_2026-01-01_2026-01-31.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(content_of(telegram, message)))
    assert book.sheetnames == ["Riepilogo", "Quarti d'ora"]
    assert book["Quarti d'ora"].max_row == 31 * 96 + 1
    made = len(pictures_of(counter.service).drawn)
    await anna.taps("Excel")
    assert anna.sees()["document"]["file_name"] == message["document"]["file_name"]
    assert len(pictures_of(counter.service).drawn) == made


async def test_a_file_that_cannot_be_made_is_owned_up_to(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("/misure")
    anna.skip()
    await anna.taps("Ultimi 7 giorni")
    anna.skip()
    pictures_of(counter.service).broken = True
    await anna.taps("CSV")
    anna.sees("non mi riesce")
    assert light.id


async def test_a_file_of_no_measures(anna: ChatDriver, light: SupplyPoint) -> None:
    await anna.sends("/misure")
    message = anna.sees("Quale periodo?")
    for first, last in ((2019, 2020), (2027, 2028), (2020, 2019)):
        forged = MeasuresFile(light.id, date(first, 1, 1), date(last, 1, 1), excel=False)
        tap = await anna.taps_data(forged, message["message_id"])
        assert tap.text == "In questo periodo non ci sono misure."


# -- clock changes --


@pytest.mark.parametrize(
    ("day", "quarters", "hour_from_two"),
    [
        (date(2026, 3, 29), 92, None),
        (date(2025, 10, 26), 100, 400),
        (date(2025, 10, 26), 96, 200),  # four quarters for two passages of the hour
    ],
)
async def test_days_of_the_clock_change(
    *,
    anna: ChatDriver,
    customer: Customer,
    clock: MovableClock,
    counter: Counter,
    day: date,
    quarters: int,
    hour_from_two: int | None,
) -> None:
    clock.set(2026, 4, 10, 9, 0)
    point = await add_electricity_point(counter.service.store, customer)
    await add_measures(counter.service.store, point, {day: [100] * quarters})
    await anna.sends("/misure")
    message = anna.sees("Quale periodo?")
    await anna.taps_data(MeasuresRange(point.id, day, day), message["message_id"])
    total = f"{quarters // 10},{quarters % 10} kWh"
    season, count = ("legale", 92) if quarters == 92 else ("solare", 100)
    anna.sees(
        f"In totale {total}.",
        f"F3: {total} (100%)",
        f"torna l'ora {season}: quel giorno ha {count // 4} ore.",
        edited=True,
    )
    (curve,) = last_drawn(counter.service).data["curves"]
    assert len(curve["values"]) == 24
    assert curve["values"][2] == hour_from_two
    assert curve["skipped"] == ([2] if quarters == 92 else [])
    await anna.taps_data(
        MeasuresRange(point.id, day - timedelta(days=2), day), message["message_id"]
    )
    anna.sees("Di 2 giorni non ci sono misure.", edited=True)
    drawn = last_drawn(counter.service).data
    assert drawn["map"]["skipped"] == ([[2, 2]] if quarters == 92 else [])
    assert drawn["curves"][0]["skipped"] == ([2] if quarters == 92 else [])


# -- whose --


async def test_gas_has_no_measures(anna: ChatDriver, store: Store, customer: Customer) -> None:
    gas = await add_gas_point(store, customer)
    await anna.sends("/misure")
    message = anna.sees("solo per la luce", buttons=[])
    assert (await anna.taps_data(MeasuresPoint(gas.id), message["message_id"])).text == NOT_YOURS


async def test_a_point_that_was_never_measured(
    anna: ChatDriver, store: Store, customer: Customer
) -> None:
    await add_electricity_point(store, customer)
    await anna.sends("/misure")
    anna.sees("non ci sono ancora misure", buttons=[])


async def test_who_is_not_linked_is_invited(counter: Counter) -> None:
    visitor = counter.visitor("Bruno")
    await visitor.sends("/misure")
    visitor.sees("collegare la tua fornitura", buttons=["Collega la fornitura"])


async def test_somebody_elses_point_stays_closed(
    anna: ChatDriver, light: SupplyPoint, store: Store
) -> None:
    stranger = await add_customer(store, "000017", tax_code="BNCMRA80A01H501L")
    other = await add_electricity_point(store, stranger)
    await add_measures(store, other, {date(2026, 2, 10): [100] * 96})
    await anna.sends("/misure")
    message = anna.sees(light.code)
    day = date(2026, 2, 10)
    for forged in (
        MeasuresPoint(other.id),
        MeasuresYear(other.id, 2026),
        MeasuresRange(other.id, day, day),
        MeasuresFile(other.id, day, day, excel=True),
        AskDates(other.id),
    ):
        assert (await anna.taps_data(forged, message["message_id"])).text == NOT_YOURS


@pytest.mark.both_databases
async def test_the_former_customers_days_are_never_shown(
    anna: ChatDriver, store: Store, customer: Customer, counter: Counter
) -> None:
    point = await add_electricity_point(store, customer, since=date(2026, 2, 10))
    days = [date(2026, 2, 1) + timedelta(days=n) for n in range(14)]
    await add_measures(store, point, {day: [100] * 96 for day in days})
    await anna.sends("/misure")
    anna.sees("Ci sono misure dal 10/02/2026 al 14/02/2026.")
    await anna.taps("Ultimi 7 giorni")
    anna.sees(
        "Misure dal 10/02/2026 al 14/02/2026",
        "comincia il 10/02/2026",
        "In totale 48,0 kWh",
        edited=True,
    )
    assert len(last_drawn(counter.service).data["map"]["days"]) == 5


async def test_a_link_that_ends_in_the_middle(
    anna: ChatDriver, light: SupplyPoint, store: Store
) -> None:
    await asked_for_dates(anna)
    stranger = await add_customer(store, "000017", tax_code="BNCMRA80A01H501L")
    async with store.unit() as unit:
        point = await unit.session.get_one(SupplyPoint, light.id)
        point.customer_id = stranger.id
        await unit.commit()
    await anna.sends("1/2/2026")
    anna.sees("non è più collegato a questa chat")


async def test_among_several_points_one_is_chosen(
    anna: ChatDriver, light: SupplyPoint, store: Store, customer: Customer
) -> None:
    await add_electricity_point(store, customer, address="Via Verdi 3, Forlì")
    await anna.sends("/misure")
    message = anna.sees("Di quale punto di fornitura?")
    (label,) = [each for each in labels(message) if "Verdi" in each]
    await anna.taps(label)
    anna.sees("non ci sono ancora misure", buttons=["Cambia punto"], edited=True)
    await anna.taps("Cambia punto")
    again = anna.sees("Di quale punto di fornitura?", edited=True)
    (label,) = [each for each in labels(again) if "Roma" in each]
    await anna.taps(label)
    anna.sees(light.code, buttons=[*PERIODS, "Cambia punto"], edited=True)
