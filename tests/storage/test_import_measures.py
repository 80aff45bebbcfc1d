"""``prelievi.csv`` and ``misure/<POD>.csv``: taken exactly, refused with a reason, repeatable."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.engine import Store
from storage.exchange.report import FileReport, FileStatus
from storage.models import MeasuredDay, SupplyPoint, Withdrawal
from tests.support.company_files import (
    ELECTRICITY,
    METER,
    import_all,
    reasons,
    take,
    take_customers_and_points,
)
from tests.support.factories import give_point

HEADER = "punto;anno;mese;f1_kwh;f2_kwh;f3_kwh;potenza_kw;smc\n"
CLOCKS = [f"{n // 4:02}:{n % 4 * 15:02}" for n in range(96)]
COLUMNS = [f"{a}-{b}" for a, b in zip(CLOCKS, [*CLOCKS[1:], "00:00"], strict=True)]
USUAL = ";".join(["Giorno", *COLUMNS]) + "\n"
LONG = ";".join(["Giorno", *COLUMNS[:12], *COLUMNS[8:12], *COLUMNS[12:]]) + "\n"
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)


@pytest.fixture
async def folder(store: Store, tmp_path: Path) -> Path:
    """Where files lie, with customers and points taken."""
    await take_customers_and_points(store, tmp_path)
    (tmp_path / "misure").mkdir()
    return tmp_path


def a_day(day: date, cells: list[str]) -> str:
    """One row as the distributor writes it: quoted, with an empty field more at the end."""
    return ";".join([f'"{day:%d/%m/%Y}"', *(f'"{c}"' if c else "" for c in cells)]) + ";\n"


async def point_id(store: Store, code: str) -> int:
    async with store.reading() as unit:
        found = await unit.session.scalar(select(SupplyPoint.id).where(SupplyPoint.code == code))
        assert found is not None
        return found


async def withdrawals(store: Store) -> dict[tuple[int, int], Withdrawal]:
    async with store.reading() as unit:
        found = await unit.session.scalars(select(Withdrawal))
        return {(each.year, each.month): each for each in found}


async def quarters(store: Store, day: date) -> list[int | None]:
    async with store.reading() as unit:
        found = await unit.session.scalar(
            select(MeasuredDay.quarters_wh).where(MeasuredDay.day == day)
        )
        assert found is not None
        return found


async def take_measures(
    store: Store, folder: Path, content: str, name: str = f"misure/{ELECTRICITY}.csv"
) -> FileReport:
    return await take(store, folder, name, content)


# -- withdrawals --


async def test_bands_power_and_smc_are_kept_to_the_digit(store: Store, folder: Path) -> None:
    report = await take(
        store,
        folder,
        "prelievi.csv",
        HEADER + f"{ELECTRICITY};2025;1;100,5;80.25;60;3,045;\n{METER};2025;2;;;;;152,125\n",
    )
    assert (report.status, report.counts.inserted) == (FileStatus.TAKEN, 2)
    kept = await withdrawals(store)
    month = kept[2025, 1]
    assert (month.f1_wh, month.f2_wh, month.f3_wh) == (100_500, 80_250, 60_000)
    assert (month.power_w, month.smc, month.energy_wh) == (3_045, None, 240_750)
    assert (kept[2025, 2].smc, kept[2025, 2].energy_wh) == (Decimal("152.125"), None)


async def test_what_is_not_known_is_none_and_not_zero(store: Store, folder: Path) -> None:
    await take(store, folder, "prelievi.csv", HEADER + f"{ELECTRICITY};2025;1;0;;7;;\n")
    month = (await withdrawals(store))[2025, 1]
    assert (month.f1_wh, month.f2_wh, month.f3_wh, month.power_w) == (0, None, 7_000, None)


async def test_again_changes_nothing_and_a_changed_row_updates(store: Store, folder: Path) -> None:
    first = HEADER + f"{METER};2025;1;;;;;100\n{METER};2025;2;;;;;90\n"
    await take(store, folder, "prelievi.csv", first)
    again = await take(store, folder, "prelievi.csv", first)
    assert again.status is FileStatus.UNCHANGED
    changed = await take(store, folder, "prelievi.csv", first.replace(";90", ";91,5"))
    assert (changed.counts.updated, changed.counts.unchanged) == (1, 1)
    assert (await withdrawals(store))[2025, 2].smc == Decimal("91.5")


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (f"{METER};2025;13;;;;;1", "mese", "at most 12"),
        (f"{METER};2025;0;;;;;1", "mese", "from 1 to 12"),
        (f"{METER};25;1;;;;;1", "anno", "from 1900"),
        (f"{METER};2025;1;;;;;1.234,5", "smc", "thousands separators"),
        (f"{METER};2025;1;;;;;-3", "smc", "from 0"),
        (f"{METER};2025;1;5;;;;1", "f1_kwh", "gas has no bands"),
        (f"{ELECTRICITY};2025;1;5;;;;1", "smc", "not billed in Smc"),
        (f"{ELECTRICITY};2025;1;5,0001;;;;", "f1_kwh", "at most 3 decimals"),
        ("00889999999999;2025;1;;;;;1", "punto", "unknown supply point"),
        (f"{METER};2025;1;;;;1", None, "expected 8 fields"),
    ],
)
async def test_a_bad_month_is_named_and_nothing_is_taken(
    store: Store, folder: Path, row: str, field: str | None, reason: str
) -> None:
    good = f"{METER};2024;12;;;;;80\n"
    report = await take(store, folder, "prelievi.csv", f"{HEADER}{good}{row}\n")
    assert report.status is FileStatus.REFUSED
    ((line, found, why),) = reasons(report)
    assert (line, found) == (3, field)
    assert reason in why
    assert await withdrawals(store) == {}


async def test_the_same_month_twice_is_refused(store: Store, folder: Path) -> None:
    row = f"{METER};2025;1;;;;;100\n"
    report = await take(store, folder, "prelievi.csv", HEADER + row + row)
    assert reasons(report) == [(3, None, "the same key as in line 2")]


# -- measures --


async def test_a_plain_day_has_96_quarters_in_wh(store: Store, folder: Path) -> None:
    cells = [f"0,{n:03}" for n in range(96)]
    cells[50] = ""
    report = await take_measures(store, folder, USUAL + a_day(date(2025, 1, 7), cells))
    assert (report.status, report.counts.inserted) == (FileStatus.TAKEN, 1)
    expected: list[int | None] = list(range(96))
    expected[50] = None
    assert await quarters(store, date(2025, 1, 7)) == expected


async def test_in_spring_the_skipped_hour_leaves_92(store: Store, folder: Path) -> None:
    cells = ["0,100"] * 96
    cells[8:12] = [""] * 4
    await take_measures(store, folder, USUAL + a_day(SPRING, cells))
    assert await quarters(store, SPRING) == [100] * 92


async def test_in_spring_energy_in_the_skipped_hour_is_refused(store: Store, folder: Path) -> None:
    report = await take_measures(store, folder, USUAL + a_day(SPRING, ["0,100"] * 96))
    assert reasons(report) == [(2, "02:00-02:15", "the clock change skips this hour")]


async def test_in_autumn_a_hundred_columns_are_a_hundred_quarters(
    store: Store, folder: Path
) -> None:
    cells = [f"{n},0" for n in range(100)]
    plain = ["1,5"] * 12 + [""] * 4 + ["1,5"] * 84
    content = LONG + a_day(AUTUMN, cells) + a_day(date(2025, 10, 27), plain)
    report = await take_measures(store, folder, content)
    assert report.counts.inserted == 2
    assert await quarters(store, AUTUMN) == [n * 1_000 for n in range(100)]
    assert await quarters(store, date(2025, 10, 27)) == [1_500] * 96


async def test_in_autumn_96_columns_stay_96(store: Store, folder: Path) -> None:
    await take_measures(store, folder, USUAL + a_day(AUTUMN, ["0,250"] * 96))
    assert await quarters(store, AUTUMN) == [250] * 96


async def test_a_repeated_hour_on_another_day_is_refused(store: Store, folder: Path) -> None:
    report = await take_measures(store, folder, LONG + a_day(date(2025, 10, 25), ["1"] * 100))
    assert reasons(report) == [(2, "02:00-02:15", "no hour of this day occurs twice")]


async def test_measures_again_change_nothing_and_a_changed_day_updates(
    store: Store, folder: Path
) -> None:
    days = [a_day(date(2025, 1, n), ["0,1"] * 96) for n in (1, 2)]
    await take_measures(store, folder, USUAL + "".join(days))
    assert (await take_measures(store, folder, USUAL + "".join(days))).status is (
        FileStatus.UNCHANGED
    )
    changed = await take_measures(store, folder, USUAL + days[0] + days[1].replace("0,1", "0,2", 1))
    assert (changed.counts.updated, changed.counts.unchanged) == (1, 1)
    assert await quarters(store, date(2025, 1, 2)) == [200, *[100] * 95]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"misure/{METER}.csv", "not named after a POD"),
        ("misure/IT999E99999999.csv", "no supply point has the POD"),
    ],
)
async def test_a_file_of_no_known_point_is_refused(
    store: Store, folder: Path, name: str, reason: str
) -> None:
    content = USUAL + a_day(date(2025, 1, 1), ["1"] * 96)
    report = await take_measures(store, folder, content, name)
    assert report.status is FileStatus.REFUSED
    assert reason in str(report.problems[0])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (USUAL.replace("00:15-00:30", "00:15-00:31"), "a column for each quarter hour"),
        (USUAL.replace("Giorno", "POD"), "does not name the columns"),
        (
            USUAL + a_day(date(2025, 1, 1), ["1"] * 96) + a_day(date(2025, 1, 2), ["1"] * 95),
            "expected 98 fields, found 97",
        ),
        (USUAL + a_day(date(2025, 1, 1), ["1"] * 94), "expected 97 fields, found 96"),
        (USUAL + a_day(date(2025, 1, 1), ["1"] * 97), "expected 97 fields, found 99"),
        (USUAL + a_day(date(2025, 1, 1), ["1"] * 97).replace(";\n", "\n"), "more fields"),
        (USUAL + a_day(date(2025, 1, 1), ["uno", *["1"] * 95]), "expected kWh"),
        (USUAL + a_day(date(2025, 1, 1), ["-1", *["1"] * 95]), "expected kWh"),
        (USUAL + a_day(date(2025, 1, 1), ["1.000,5", *["1"] * 95]), "expected kWh"),
        (USUAL + a_day(date(2025, 1, 1), ["0,0005", *["1"] * 95]), "at most 3 decimals"),
        (USUAL + a_day(date(2025, 1, 1), ["1"] * 96).replace("01/01", "31/02"), "no such day"),
        (USUAL + a_day(date(2025, 1, 1), ["1"] * 96) * 2, "the same key as in line 2"),
        (USUAL + a_day(date(2025, 1, 1), ["1"] * 96)[:-200], "not closed"),
    ],
)
async def test_bad_measures_are_refused_whole(
    store: Store, folder: Path, content: str, reason: str
) -> None:
    report = await take_measures(store, folder, content)
    assert report.status is FileStatus.REFUSED
    assert reason in str(report.problems[0])
    async with store.reading() as unit:
        assert await unit.session.scalar(select(func.count()).select_from(MeasuredDay)) == 0


async def test_a_folder_is_taken_with_its_measures(store: Store, folder: Path) -> None:
    (folder / "prelievi.csv").write_text(HEADER + f"{METER};2025;1;;;;;100\n")
    content = USUAL + a_day(date(2025, 1, 7), ["0,1"] * 96)
    (folder / "misure" / f"{ELECTRICITY}.csv").write_text(content)
    report = await import_all(store, [folder])
    assert report.succeeded
    names = [Path(each.file).name for each in report.files]
    assert names[-2:] == ["prelievi.csv", f"{ELECTRICITY}.csv"]
    assert await quarters(store, date(2025, 1, 7)) == [100] * 96


# -- who may see what --


async def test_only_what_belongs_to_the_supply_is_seen(store: Store, folder: Path) -> None:
    rows = "".join(f"{METER};{year};{month};;;;;10\n" for year in (2019, 2020) for month in (1, 12))
    await take(store, folder, "prelievi.csv", HEADER + rows)
    days = [a_day(day, ["0,1"] * 96) for day in (date(2019, 12, 31), date(2020, 1, 1))]
    await take_measures(store, folder, USUAL + "".join(days))
    async with store.reading() as unit:
        gas = await unit.session.get_one(SupplyPoint, await point_id(store, METER))
        electric = await unit.session.get_one(SupplyPoint, await point_id(store, ELECTRICITY))
        assert await unit.withdrawals.years(gas) == [2020]
        assert await unit.withdrawals.of_year(gas, 2019) == []
        assert set(await unit.withdrawals.monthly_smc(gas)) == {(2020, 1), (2020, 12)}
        seen = await unit.measures.days(electric, date(2019, 1, 1), date(2020, 12, 31))
        assert list(seen) == [date(2020, 1, 1)]
        assert await unit.measures.span(electric) == (date(2020, 1, 1), date(2020, 1, 1))
    await give_point(store, gas, date(2020, 1, 2))  # in the middle of a month, which is nobody's
    await give_point(store, electric, date(2020, 1, 2))
    async with store.reading() as unit:
        assert set(await unit.withdrawals.monthly_smc(gas)) == {(2020, 12)}
        assert await unit.measures.span(electric) is None


@pytest.mark.parametrize(
    ("row", "field"),
    [(f"{ELECTRICITY};2062;1;1;2;3;1;", "anno"), (f"{METER};2026;4;;;;;1", "mese")],
)
async def test_nothing_was_billed_in_the_future(
    store: Store, folder: Path, row: str, field: str
) -> None:
    report = await take(store, folder, "prelievi.csv", f"{HEADER}{row}\n")
    assert reasons(report) == [(2, field, "lies in the future")]


async def test_nothing_was_measured_in_the_future(store: Store, folder: Path) -> None:
    tomorrow = a_day(date(2026, 3, 11), ["1"] * 96)
    report = await take(store, folder, f"misure/{ELECTRICITY}.csv", USUAL + tomorrow)
    assert reasons(report) == [(2, "giorno", "lies in the future")]


async def test_two_months_in_one_file_are_taken(store: Store, folder: Path) -> None:
    first, second = date(2026, 1, 31), date(2026, 2, 1)
    joined = USUAL + a_day(first, ["1"] * 96) + USUAL + a_day(second, ["2"] * 96)
    report = await take(store, folder, f"misure/{ELECTRICITY}.csv", joined)
    assert report.status is FileStatus.TAKEN, reasons(report)
    assert (await quarters(store, first))[0] == 1_000
    assert (await quarters(store, second))[0] == 2_000
