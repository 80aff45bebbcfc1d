"""``/prelievi``, as the customer reads it."""

from datetime import date

import pytest

from bot.local_telegram import LocalTelegram
from conversations.billing.withdrawals.screens import (
    Shown,
    WithdrawalsCsv,
    WithdrawalsYear,
    aligned,
)
from storage.engine import Store
from storage.models import Customer, SupplyPoint
from tests.support.chat import ChatDriver, Counter, Message, labels
from tests.support.clock import MovableClock
from tests.support.consumption import add_energy, add_smc, last_drawn, pictures_of
from tests.support.factories import (
    add_customer,
    add_electricity_point,
    add_gas_point,
    link_chat,
)

NOT_YOURS = "Non è più disponibile in questa chat."


@pytest.fixture
async def customer(store: Store) -> Customer:
    return await add_customer(store)


@pytest.fixture
async def anna(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer
) -> ChatDriver:
    """Anna, linked, on 15 February 2026."""
    visitor = counter.visitor("Anna")
    await link_chat(store, visitor.id, customer, clock.now())
    return visitor


@pytest.fixture
async def light(store: Store, customer: Customer) -> SupplyPoint:
    """A point of three kilowatts with two whole years, and January 2026."""
    point = await add_electricity_point(store, customer, address="Via Roma 12, Cesena")
    await add_energy(store, point, 2024, dict.fromkeys(range(1, 13), (50, 40, 30, 2500)))
    by_month: dict[int, tuple[int | None, ...]] = {
        m: (60, 45, 30, 2_900 if m != 8 else 3_400) for m in range(1, 13)
    }
    await add_energy(store, point, 2025, by_month | {12: (100, 90, 80, 2_700)})
    await add_energy(store, point, 2026, {1: (60, 30, 30, 2_800)})
    return point


def is_photo(message: Message) -> bool:
    return "photo" in message


def widest_line(message: Message) -> int:
    """How many letters the longest line of the table in a message has."""
    (table,) = [each for each in message["entities"] if each["type"] == "pre"]
    text = message["text"].encode("utf-16-le")
    start = table["offset"] * 2
    lines = text[start : start + table["length"] * 2].decode("utf-16-le").splitlines()
    return max(map(len, lines))


def content_of(telegram: LocalTelegram, message: Message) -> bytes:
    stored = telegram.files.get(message["document"]["file_id"])
    assert stored is not None
    return stored.data


# -- electricity --


async def test_the_latest_year_comes_first_as_a_chart_that_its_words_tell(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("📊 Prelievi")
    message = anna.sees(
        "Prelievi 2026",
        f"POD {light.code}",
        "In 1 mese: 120 kWh.",
        "Fasce: F1 50%, F2 25%, F3 25%.",
        "Potenza massima: 2,8 kW (gennaio), entro i 3,0 kW del contratto.",
        "Rispetto agli stessi mesi: 11% in meno del 2025 (120 kWh contro 135 kWh).",
        buttons=["‹ 2025", "Confronta", "Tabella", "CSV"],
    )
    assert is_photo(message)
    drawn = last_drawn(counter.service)
    assert drawn.data["series"][0]["values"] == [60.0] + [None] * 11
    assert drawn.data["states"] == ["known"] + ["ahead"] * 11


async def test_turning_the_year_changes_the_same_message(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("/prelievi")
    first = anna.sees("Prelievi 2026")
    await anna.taps("‹ 2025")
    second = anna.sees(
        "Prelievi 2025",
        "In tutto l'anno 1.755 kWh.",
        "Il consumo più alto è di dicembre (270 kWh), il più basso di gennaio (135 kWh).",
        "Potenza massima: 3,4 kW (agosto), oltre i 3,0 kW del contratto.",
        "Confronto: 22% in più del 2024 (1.755 kWh contro 1.440 kWh).",
        buttons=["‹ 2024", "2026 ›", "Confronta", "Tabella", "CSV"],
        edited=True,
    )
    assert is_photo(second)
    assert second["message_id"] == first["message_id"]
    power = last_drawn(counter.service).data["power"]
    assert (power["limit"], power["limit_label"]) == (3.0, "contratto 3")
    assert light.contracted_power_w == 3_000


async def test_a_picture_that_telegram_has_is_not_drawn_again(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("/prelievi")
    anna.sees("Prelievi 2026")
    await anna.taps("‹ 2025")
    anna.sees("Prelievi 2025", edited=True)
    await anna.taps("2026 ›")
    anna.sees("Prelievi 2026", edited=True)
    await anna.sends("/withdrawals")
    anna.sees("Prelievi 2026")
    assert len(pictures_of(counter.service).drawn) == 2
    assert light.id


@pytest.mark.both_databases
async def test_a_picture_that_telegram_forgot_is_drawn_again(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("/prelievi")
    anna.sees("Prelievi 2026")
    counter.telegram.files._by_id.clear()  # as after Telegram's own tidying up
    await anna.sends("/prelievi")
    anna.sees("Prelievi 2026")
    assert len(pictures_of(counter.service).drawn) == 2
    assert light.id


async def test_two_years_beside_each_other_and_back(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("/prelievi")
    anna.skip()
    await anna.taps("‹ 2025")
    anna.skip()
    await anna.taps("Confronta")
    anna.sees(
        "Prelievi 2025 e 2024",
        "2025: 1.755 kWh in 12 mesi; il più alto è dicembre (270 kWh).",
        "2024: 1.440 kWh in 12 mesi; il più alto è gennaio (120 kWh).",
        "Confronto: 22% in più del 2024 (1.755 kWh contro 1.440 kWh).",
        buttons=["‹ 2024", "2026 ›", "Solo 2025", "Tabella", "CSV"],
        edited=True,
    )
    assert "Fasce" not in anna.last["caption"], "no bands are in this picture"
    assert "Potenza" not in anna.last["caption"]
    drawn = last_drawn(counter.service).data
    assert [each["name"] for each in drawn["series"]] == ["2025", "2024"]
    assert drawn["states"] == ["known"] * 12
    assert drawn["stacked"] is False
    await anna.taps("Solo 2025")
    anna.sees("Prelievi 2025", "Fasce", edited=True)
    assert light.id


async def test_the_oldest_year_has_nothing_to_be_compared_with(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await anna.sends("/prelievi")
    message = anna.sees("Prelievi 2026")
    await anna.taps_data(WithdrawalsYear(light.id, 2024, Shown.COMPARED), message["message_id"])
    anna.sees(
        "Prelievi 2024\n",
        "Con il 2023 non c'è un confronto",
        buttons=["2025 ›", "Tabella", "CSV"],
        edited=True,
    )


async def test_the_table_is_text_in_columns_and_the_chart_comes_back(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await anna.sends("/prelievi")
    first = anna.sees("Prelievi 2026")
    await anna.taps("Tabella")
    table = anna.sees(
        "Prelievi 2026",
        "     F1 F2 F3 tot.  kW\n",
        "gen  60 30 30  120 2,8\n",
        "feb   –  –  –    –   –\n",
        "tot. 60 30 30  120 2,8",
        buttons=["‹ 2025", "Confronta", "Grafico", "CSV"],
    )
    assert not is_photo(table)
    assert first["message_id"] not in [m["message_id"] for m in anna.messages()], "it was replaced"
    await anna.taps("‹ 2025")
    anna.sees("dic  100  90  80   270 2,7", edited=True)
    await anna.taps("Confronta")
    anna.sees(
        "      2025  2024   ±%\n",
        "gen    135   120  +12\n",
        "dic    270   120 +125\n",
        "tot. 1.755 1.440  +22",
        edited=True,
    )
    await anna.taps("2026 ›")
    anna.sees(
        "gen   120  135 −11\n",
        "feb     –  135   –\n",
        "tot.  120  135 −11",
        "Il totale conta solo i mesi che ci sono in tutti e due gli anni.",
        edited=True,
    )
    await anna.taps("‹ 2025")
    anna.sees("Prelievi 2025 e 2024", edited=True)
    await anna.taps("Grafico")
    chart = anna.sees("Prelievi 2025 e 2024", edited=True)
    assert is_photo(chart)
    assert light.id


async def test_the_csv_opens_in_an_italian_spreadsheet(
    anna: ChatDriver, light: SupplyPoint, telegram: LocalTelegram
) -> None:
    await anna.sends("/prelievi")
    anna.skip()
    await anna.taps("CSV")
    message = anna.sees()
    assert message["document"]["file_name"] == f"Prelievi_2026_{light.code}.csv"
    content = content_of(telegram, message)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines() == [
        "Punto;Anno;Mese;F1 (kWh);F2 (kWh);F3 (kWh);Totale (kWh);Potenza massima (kW)",
        f"{light.code};2026;1;60;30;30;120;2,8",
    ]


# -- gas --


async def test_gas_by_month_with_a_month_that_is_missing(
    anna: ChatDriver, store: Store, customer: Customer, counter: Counter
) -> None:
    point = await add_gas_point(store, customer, address="Via <Bella> & C. 3")
    smc = {m: "100" for m in range(1, 13) if m not in {6, 7}}
    await add_smc(store, point, 2025, smc | {1: "212.7", 8: "0"})
    await anna.sends("/prelievi")
    anna.sees(
        "Via <Bella> & C. 3",
        "In 10 mesi: 1.013 Smc.",
        "Il consumo più alto è di gennaio (213 Smc), il più basso di agosto (0 Smc).",
        "Con il 2024 non c'è un confronto: mancano i dati.",
        "Non disponibili: giugno, luglio.",
        buttons=["Tabella", "CSV"],
    )
    drawn = last_drawn(counter.service).data
    assert drawn["power"] is None
    assert drawn["states"][5:8] == ["missing", "missing", "known"]
    assert drawn["series"][0]["values"][5:8] == [None, None, 0.0]
    await anna.taps("Tabella")
    anna.sees("mag    100\n", "giu   n.d.\n", "ago      0\n", "tot. 1.013")


# -- what there is not --


async def test_a_point_without_any_says_so(
    anna: ChatDriver, store: Store, customer: Customer
) -> None:
    await add_gas_point(store, customer)
    await anna.sends("/prelievi")
    anna.sees("non ci sono ancora prelievi fatturati", buttons=[])


async def test_a_year_with_none_names_those_that_have_some(
    anna: ChatDriver, light: SupplyPoint
) -> None:
    await anna.sends("/prelievi")
    message = anna.sees("Prelievi 2026")
    await anna.taps_data(WithdrawalsYear(light.id, 2019, Shown.CHART), message["message_id"])
    anna.sees(
        "Per il 2019 non ci sono prelievi fatturati. Ci sono per: 2024, 2025, 2026.",
        buttons=["2024 ›"],
    )
    await anna.taps("2024 ›")
    assert is_photo(anna.sees("Prelievi 2024", edited=True))
    tap = await anna.taps_data(WithdrawalsCsv(light.id, 2019), anna.last["message_id"])
    assert tap.text == "Per il 2019 non ci sono prelievi."


async def test_who_is_not_linked_is_invited(counter: Counter) -> None:
    visitor = counter.visitor("Bruno")
    await visitor.sends("/prelievi")
    visitor.sees("collegare la tua fornitura", buttons=["Collega la fornitura"])


async def test_a_customer_without_points(anna: ChatDriver) -> None:
    await anna.sends("/prelievi")
    anna.sees("Non ci sono punti di fornitura")


async def test_somebody_elses_point_stays_closed(
    anna: ChatDriver, light: SupplyPoint, store: Store
) -> None:
    stranger = await add_customer(store, "000017", tax_code="BNCMRA80A01H501L")
    other = await add_electricity_point(store, stranger)
    await add_energy(store, other, 2025, {1: (1, 1, 1, 1_000)})
    await anna.sends("/prelievi")
    message = anna.sees(light.code)
    for forged in (
        WithdrawalsYear(other.id, 2025, Shown.CHART),
        WithdrawalsYear(999_999, 2025, Shown.TABLE),
        WithdrawalsCsv(other.id, 2025),
    ):
        assert (await anna.taps_data(forged, message["message_id"])).text == NOT_YOURS


async def test_the_former_customers_months_are_never_shown(
    anna: ChatDriver, store: Store, customer: Customer
) -> None:
    point = await add_gas_point(store, customer, since=date(2025, 3, 10))
    await add_smc(store, point, 2024, dict.fromkeys(range(1, 13), "500"))
    await add_smc(store, point, 2025, dict.fromkeys(range(1, 13), "10"))
    await anna.sends("/prelievi")
    anna.sees("In 9 mesi: 90 Smc.", "Con il 2024 non c'è un confronto", buttons=["Tabella", "CSV"])
    await anna.taps("Tabella")
    message = anna.sees("apr   10", "mar    –")
    await anna.taps_data(WithdrawalsYear(point.id, 2024, Shown.CHART), message["message_id"])
    anna.sees("Per il 2024 non ci sono prelievi fatturati", edited=True)


# -- several points --


async def test_among_several_points_one_is_chosen_and_stays(
    anna: ChatDriver, light: SupplyPoint, store: Store, customer: Customer
) -> None:
    gas = await add_gas_point(store, customer, address="Via Verdi 3, Forlì")
    await add_smc(store, gas, 2025, {1: "100"})
    await anna.sends("/prelievi")
    message = anna.sees("Di quale punto di fornitura?")
    (label,) = [each for each in labels(message) if "Verdi" in each]
    await anna.taps(label)
    anna.sees("Prelievi 2025", gas.code, buttons=["Tabella", "CSV", "Cambia punto"], edited=True)
    await anna.sends("/prelievi")
    anna.sees(gas.code)
    await anna.taps("Cambia punto")
    again = anna.sees("Di quale punto di fornitura?")
    assert not is_photo(again)
    (label,) = [each for each in labels(again) if "Roma" in each]
    await anna.taps(label)
    anna.sees(light.code, edited=True)


# -- what can go wrong --


async def test_where_nothing_can_be_drawn_the_words_come_alone(
    anna: ChatDriver, light: SupplyPoint, counter: Counter
) -> None:
    await anna.sends("/prelievi")
    anna.sees("Prelievi 2026")
    pictures_of(counter.service).broken = True
    await anna.taps("‹ 2025")
    message = anna.sees("Prelievi 2025", "In tutto l'anno 1.755 kWh.")
    assert not is_photo(message)
    await anna.sends("/prelievi")
    assert is_photo(anna.sees("Prelievi 2026")), "that one is known to Telegram"
    assert light.id


async def test_english_words_and_numbers(
    counter: Counter, store: Store, clock: MovableClock, customer: Customer, light: SupplyPoint
) -> None:
    visitor = counter.visitor("Beth", language="en")
    await link_chat(store, visitor.id, customer, clock.now())
    await visitor.sends("/withdrawals")
    visitor.skip()
    await visitor.taps("‹ 2025")
    visitor.sees("1,755 kWh", edited=True)
    assert last_drawn(counter.service).data["signs"] == ",."
    assert light.id


# -- what is not whole, large, or all alike --


async def test_a_month_with_an_unknown_band_is_not_taken_for_a_whole_one(
    anna: ChatDriver, store: Store, customer: Customer, counter: Counter
) -> None:
    point = await add_electricity_point(store, customer)
    whole: dict[int, tuple[int | None, ...]] = dict.fromkeys(range(1, 13), (60, 45, 30, 2500))
    await add_energy(store, point, 2024, whole)
    await add_energy(store, point, 2025, whole | {3: (60, None, 30, 2_500)})
    await anna.sends("/prelievi")
    anna.sees(
        "In 11 mesi: 1.485 kWh.",
        "I mesi sono tutti uguali: 135 kWh.",
        "Fasce: F1 44%, F2 33%, F3 22%.",
        "Rispetto agli stessi mesi: come nel 2024 (1.485 kWh contro 1.485 kWh).",
        "Non disponibili: marzo.",
    )
    drawn = last_drawn(counter.service).data
    assert drawn["states"][2] == "missing"
    assert [each["values"][2] for each in drawn["series"]] == [None] * 3
    await anna.taps("Confronta")
    anna.sees("2025: 1.485 kWh in 11 mesi", "Non disponibili nel 2025: marzo.", edited=True)
    await anna.taps("Tabella")
    anna.sees("mar   n.d.   135  –\n", "tot. 1.485 1.485  0\n")
    await anna.taps("Solo 2025")
    anna.sees("mar  n.d. n.d. n.d.  n.d. 2,5\n", "tot.  660  495  330 1.485 2,5", edited=True)


async def test_a_power_just_past_the_contracted_one_shows_by_how_much(
    anna: ChatDriver, store: Store, customer: Customer, counter: Counter
) -> None:
    point = await add_electricity_point(store, customer)
    await add_energy(store, point, 2025, {1: (60, 45, 30, 3_020), 2: (60, 45, 31, 2_000)})
    await anna.sends("/prelievi")
    anna.sees("Potenza massima: 3,02 kW (gennaio), oltre i 3,00 kW del contratto.")
    assert last_drawn(counter.service).data["power"]["decimals"] == 2


@pytest.mark.parametrize("kwh", [400, 2_600, 40_000, 368_000, 5_000_000, 1_000_000_000])
async def test_the_table_fits_on_a_telephone_whatever_was_withdrawn(
    anna: ChatDriver, store: Store, customer: Customer, kwh: int
) -> None:
    point = await add_electricity_point(store, customer)
    power_w = min(kwh * 10, 1_000_000_000)
    for year, less in ((2024, 1_000), (2025, 1)):
        amounts = (kwh // less, kwh // less, kwh // less, power_w)
        await add_energy(store, point, year, dict.fromkeys(range(1, 13), amounts))
    await anna.sends("/prelievi")
    anna.sees("In tutto l'anno")
    await anna.taps("Tabella")
    assert widest_line(anna.sees("tot.", "n.d.")) <= 32
    await anna.taps("Confronta")
    assert widest_line(anna.sees("tot.", edited=True)) <= 32


async def test_large_amounts_stand_in_larger_units(
    anna: ChatDriver, store: Store, customer: Customer
) -> None:
    point = await add_electricity_point(store, customer)
    months: dict[int, tuple[int | None, ...]] = dict.fromkeys(range(1, 13), (936, 702, 962, 25000))
    await add_energy(store, point, 2025, months)
    await anna.sends("/prelievi")
    anna.sees("In tutto l'anno 31.200 kWh.")
    await anna.taps("Tabella")
    anna.sees("tot. 11,23 8,42 11,54 31,20 25,0", "Energia in MWh, potenza massima in kW")


@pytest.mark.parametrize("smc", ["250", "98765", "1000000000"])
async def test_the_table_of_gas_fits_too(
    anna: ChatDriver, store: Store, customer: Customer, counter: Counter, smc: str
) -> None:
    point = await add_gas_point(store, customer)
    for year in (2024, 2025):
        await add_smc(store, point, year, dict.fromkeys(range(1, 13), smc))
    await anna.sends("/prelievi")
    anna.sees("In tutto l'anno")
    unit = {"250": "Smc", "98765": "migliaia di Smc", "1000000000": "milioni di Smc"}[smc]
    assert last_drawn(counter.service).data["unit"] == unit
    await anna.taps("Tabella")
    assert widest_line(anna.sees("tot.")) <= 32
    await anna.taps("Confronta")
    assert widest_line(anna.sees("tot.", edited=True)) <= 32


def test_columns_stand_under_each_other() -> None:
    assert aligned([["", "F1", "tot."], ["gen", "1.234", "5"]]) == "       F1 tot.\ngen 1.234    5"
