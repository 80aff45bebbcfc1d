"""The worker process: what it draws, the files that it makes, and what it keeps out of the bot."""

import asyncio
import csv
import io
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import openpyxl
import psutil
import pytest
from matplotlib.transforms import Bbox
from PIL import Image

from bot.drawing import (
    LONGEST_SECONDS,
    PROCESSES,
    DrawingWorkers,
    NotDrawnError,
    measures,
    style,
    withdrawals,
    worker,
)
from conversations.billing.withdrawals.screens import Shown, YearOfPoint, year_view
from conversations.kit.views import Made
from conversations.texts import Words
from storage.models import Service, SupplyPoint, Withdrawal
from storage.rules.supplies import Holding
from tests.support.clock import ROME

MONTHS = [f"m{number:02}" for number in range(1, 13)]
WORDS = {
    name: name
    for name in [
        "title",
        "point",
        "address",
        "from",
        "to",
        "day",
        "begins",
        "ends",
        "clock",
        "band",
        "energy",
        "total",
        "summary",
        "quarters",
        "summer",
        "winter",
        "both",
    ]
}
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)


def a_year(**changes: Any) -> dict[str, Any]:
    """A year of electricity, as the conversation asks for it."""
    usual: dict[str, Any] = {
        "title": "Prelievi di luce 2025",
        "below": "POD IT001E00000001",
        "unit": "kWh",
        "months": MONTHS,
        "signs": ".,",
        "missing": "n.d.",
        "states": ["known"] * 12,
        "stacked": True,
        "series": [
            {"name": band, "colour": band, "values": [10.0 * (n + 1) for n in range(12)]}
            for band in ("F1", "F2", "F3")
        ],
        "power": {
            "title": "Potenza massima",
            "unit": "kW",
            "values": [2.5] * 12,
            "decimals": 1,
            "limit": 3.0,
            "limit_label": "contratto 3",
        },
    }
    return usual | changes


def gas(values: list[float | None]) -> dict[str, Any]:
    states = ["known" if value is not None else "missing" for value in values]
    series = [{"name": "Smc", "colour": "gas", "values": values}]
    return a_year(unit="Smc", power=None, series=series, states=states)


def a_curve(days: Sequence[Sequence[int | None]], **changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "title": "Curva di carico",
        "below": "POD IT001E00000001",
        "signs": ".,",
        "unit": "kW",
        "hour": "ora",
        "missing": "n.d.",
        "curves": [
            {"name": "lun–ven", "values": days[0], "skipped": []},
            {"name": "sab e feste", "values": days[-1], "skipped": []},
        ],
        "bands": ["F3"] * 7 + ["F2"] + ["F1"] * 11 + ["F2"] * 4 + ["F3"],
        "bands_title": "lun–ven",
        "map": {"title": "Giorni", "labels": ["x"] * len(days), "days": days, "skipped": []},
    }
    return usual | changes


def measured(day: date, values: Sequence[int | None]) -> dict[str, Any]:
    return {
        "zone": "Europe/Rome",
        "point": "IT001E00000001",
        "address": "=1+1",
        "first": day.isoformat(),
        "last": day.isoformat(),
        "days": [[day.isoformat(), values]],
        "words": WORDS,
    }


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def share_of(image: Image.Image, colour: tuple[int, int, int]) -> float:
    """How much of a picture has one colour exactly."""
    pixels = image.width * image.height
    found: Any = image.getcolors(maxcolors=pixels)
    return float(sum(count for count, seen in found if seen == colour)) / pixels


BLUE, ORANGE, SKY = (0, 114, 178), (213, 138, 0), (143, 208, 245)


@pytest.fixture
async def room() -> AsyncIterator[DrawingWorkers]:
    made = DrawingWorkers()
    yield made
    await made.close()


# -- what is drawn --


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("invoice_guide", None),
        ("withdrawals", a_year()),
        ("withdrawals", a_year(power=None, stacked=False)),
        ("withdrawals", gas([None] * 12)),
        ("withdrawals", gas([0.0] * 12)),
        ("load_curve", a_curve([[100] * 24, [None] * 24])),
        ("load_curve", a_curve([[None] * 24] * 3)),
        ("load_curve", a_curve([[0] * 24] * 366)),
        (
            "load_curve",
            a_curve(
                [[1] * 24],
                map=None,
                curves=[{"name": "", "values": [None, *[500] * 95], "skipped": []}],
            ),
        ),
    ],
)
def test_every_picture_is_one_that_telegram_takes(what: str, data: Any) -> None:
    image = picture(worker.make(what, data))
    assert image.width + image.height <= 10_000
    assert max(image.size) / min(image.size) <= 20
    assert image.width >= 900, "large enough to be read on a telephone"


def test_the_three_bands_have_three_colours() -> None:
    image = picture(worker.make("withdrawals", a_year()))
    shares = [share_of(image, colour) for colour in (BLUE, ORANGE, SKY)]
    assert min(shares) > 0.02, shares
    assert max(shares) - min(shares) < 0.01, "equal bands, equal shares"


def test_colours_beside_each_other_differ_in_grey_too() -> None:
    def grey(colour: str) -> int:
        level = Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0))
        assert isinstance(level, int)
        return level

    paper = grey("white")
    bands = [grey(each) for each in (style.BLUE, style.ORANGE, style.SKY)]
    assert bands[1] - bands[0] >= 40
    assert bands[2] - bands[1] >= 40
    assert paper - bands[2] >= 40
    assert grey(style.BEFORE) - grey(style.BLUE) >= 40
    assert paper - grey(style.BEFORE) >= 90


def business_year(kwh: int, power_kw: int, shown: Shown) -> dict[str, Any]:
    """What the conversation wants drawn of a point that withdraws so much a month."""
    point = SupplyPoint(
        id=1,
        code="IT001E00000001",
        service=Service.ELECTRICITY,
        address="Via dell'Industria 1000, Cesena",
        since=date(2010, 1, 1),
        contracted_power_w=power_kw * 1_000,
    )
    bands = {"f1_wh": kwh * 380, "f2_wh": kwh * 270, "f3_wh": kwh * 350}
    power_w = power_kw * 1_000
    months = [Withdrawal(month=month, power_w=power_w, **bands) for month in range(1, 13)]
    found = YearOfPoint(
        point, 2025, months, months, [2024, 2025], date(2026, 2, 15), [Holding(1, point.since)]
    )
    picture = year_view(Words("it", ROME), found, shown, several=False).picture
    assert isinstance(picture, Made)
    data: dict[str, Any] = picture.data
    return data


@pytest.mark.parametrize("shown", [Shown.CHART, Shown.COMPARED])
@pytest.mark.parametrize(
    ("kwh", "power_kw", "unit"),
    [
        (1, 1, "kWh"),
        (400, 3, "kWh"),
        (9_999, 60, "kWh"),
        (40_000, 250, "MWh"),
        (368_000, 2_500, "MWh"),
        (400_000, 9_999, "MWh"),
        (3_000_000_000, 1_000_000, "GWh"),  # the most that an import takes
    ],
)
def test_numbers_stand_apart_and_inside_of_the_picture(
    kwh: int, power_kw: int, unit: str, shown: Shown
) -> None:
    figure = withdrawals.year(business_year(kwh, power_kw, shown))
    assert figure.axes[0].get_xlabel() == unit
    figure.canvas.draw()
    under: list[Bbox] = []
    for axes in figure.axes:
        ticks = [each.get_window_extent() for each in axes.get_xticklabels() if each.get_text()]
        beside = [each.get_window_extent() for each in axes.texts]
        assert len(ticks) >= 2
        for box in (*ticks, *beside):
            assert figure.bbox.x0 <= box.x0
            assert box.x1 <= figure.bbox.x1
        under.extend(ticks)
        others = [other.get_position().x0 * figure.bbox.width for other in figure.axes]
        right = min((x for x in others if x > ticks[0].x1), default=figure.bbox.x1)
        assert max(box.x1 for box in beside) <= right, "not over the chart beside it"
    assert not any(a.overlaps(b) for a, b in itertools.combinations(under, 2))


def test_numbers_under_an_axis_have_the_same_decimals() -> None:
    assert style.numbers([0, 0.25, 0.5, 0.75, 1], ".,") == ["0,00", "0,25", "0,50", "0,75", "1,00"]
    assert style.numbers([0, 0.2, 0.4], ".,") == ["0,0", "0,2", "0,4"]
    assert style.numbers([0, 2_000.0], ".,") == ["0", "2.000"]


def test_a_missing_month_is_not_drawn_as_zero() -> None:
    known: list[float | None] = [50.0] * 12
    zero, missing = known.copy(), known.copy()
    zero[4], missing[4] = 0.0, None
    drawn = {
        name: picture(worker.make("withdrawals", gas(values)))
        for name, values in (("zero", zero), ("missing", missing))
    }
    hatch = (170, 182, 192)
    assert share_of(drawn["missing"], hatch) > 0.001 > share_of(drawn["zero"], hatch)


def test_a_month_that_is_not_over_is_neither_missing_nor_zero() -> None:
    known: list[float | None] = [50.0] * 11 + [None]
    hatch = (170, 182, 192)
    ahead = gas(known) | {"states": ["known"] * 11 + ["ahead"]}
    shares = [
        share_of(picture(worker.make("withdrawals", data)), hatch) for data in (gas(known), ahead)
    ]
    assert shares[0] > 2 * shares[1]


def test_a_power_past_the_contracted_one_stands_out() -> None:
    quiet = a_year()
    loud = a_year()
    loud["power"] = {**quiet["power"], "values": [2.5] * 11 + [3.6]}
    vermilion = (213, 94, 0)
    seen = [
        share_of(picture(worker.make("withdrawals", data)), vermilion) for data in (quiet, loud)
    ]
    assert seen[1] > seen[0] > 0


def test_hours_not_measured_are_hatched() -> None:
    whole: list[list[int | None]] = [[200] * 24] * 7
    nothing: list[int | None] = [None] * 24
    holes = [*whole[:3], nothing, *whole[4:]]
    hatch = (170, 182, 192)
    seen = [
        share_of(picture(worker.make("load_curve", a_curve(days))), hatch)
        for days in (whole, holes)
    ]
    assert seen[1] > seen[0]


def test_an_hour_that_the_clock_skipped_is_blank_and_not_hatched() -> None:
    hatch = (170, 182, 192)
    row: list[int | None] = [200] * 24
    spring = [*row[:2], None, *row[3:]]
    whole, missing, skipped = a_curve([row] * 7), a_curve([spring] * 7), a_curve([spring] * 7)
    skipped["curves"] = [each | {"skipped": [2]} for each in skipped["curves"]]
    skipped["map"] = skipped["map"] | {"skipped": [[day, 2] for day in range(7)]}
    seen = [
        share_of(picture(worker.make("load_curve", data)), hatch)
        for data in (whole, missing, skipped)
    ]
    assert seen[1] > seen[0] == seen[2]


def test_a_lone_curve_is_named_and_without_working_days_there_are_no_bands() -> None:
    row: list[int | None] = [200] * 24
    weekend = [{"name": "sab, dom, feste", "values": row, "skipped": []}]
    drawn = {
        bands is None: measures.curve(a_curve([row] * 2, curves=weekend, bands=bands))
        for bands in (["F3"] * 24, None)
    }
    for figure in drawn.values():
        assert "sab, dom, feste" in [text.get_text() for text in figure.texts]
    strip = {bare: [each.get_text() for each in drawn[bare].axes[0].texts] for bare in drawn}
    assert strip == {True: [], False: ["lun–ven", "F3"]}


def test_words_are_never_taken_for_markup() -> None:
    worker.make("withdrawals", a_year(below="Via <b>$x_1$ & {nome} \\frac", title="$ 100 $"))


# -- files --


def rows_of(csv_file: bytes) -> list[list[str]]:
    assert csv_file.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(csv_file.decode("utf-8-sig")), delimiter=";"))


def test_a_plain_day_as_csv() -> None:
    values: list[int | None] = [*range(95), None]
    header, *rows = rows_of(worker.make("measures_csv", measured(date(2025, 1, 7), values)))
    assert header == ["point", "day", "begins", "ends", "clock", "band", "energy"]
    assert len(rows) == 96
    first = ["IT001E00000001", "07/01/2025", "00:00", "00:15", "winter", "F3", "0,000"]
    assert rows[0] == first
    assert rows[32] == ["IT001E00000001", "07/01/2025", "08:00", "08:15", "winter", "F1", "0,032"]
    assert rows[95][2:] == ["23:45", "00:00", "winter", "F3", ""]


def test_the_spring_day_has_no_hour_from_two_to_three() -> None:
    _, *rows = rows_of(worker.make("measures_csv", measured(SPRING, [100] * 92)))
    hours = [(row[2], row[3], row[4]) for row in rows]
    assert hours[7:9] == [("01:45", "03:00", "winter"), ("03:00", "03:15", "summer")]


def test_the_autumn_day_tells_its_two_passages_apart() -> None:
    _, *rows = rows_of(worker.make("measures_csv", measured(AUTUMN, [1] * 8 + [2] * 4 + [3] * 88)))
    twice = [(row[4], row[6]) for row in rows if row[2] == "02:00"]
    assert twice == [("summer", "0,002"), ("winter", "0,003")]


def test_the_autumn_day_in_96_values_says_that_an_hour_holds_both() -> None:
    _, *rows = rows_of(worker.make("measures_csv", measured(AUTUMN, [1] * 96)))
    assert [row[2:5] for row in rows[7:13]] == [
        ["01:45", "02:00", "summer"],
        ["02:00", "02:15", "both"],
        ["02:15", "02:30", "both"],
        ["02:30", "02:45", "both"],
        ["02:45", "03:00", "both"],
        ["03:00", "03:15", "winter"],
    ]


def test_the_excel_file_adds_up_and_holds_no_formula() -> None:
    values: list[int | None] = [250] * 95 + [None]
    book = openpyxl.load_workbook(
        io.BytesIO(worker.make("measures_excel", measured(date(2025, 1, 7), values)))
    )
    summary, quarters = book["summary"], book["quarters"]
    assert summary["B3"].value == "=1+1"
    assert summary["B3"].data_type == "s", "the address is words, and no formula"
    totals = [cell.value for cell in summary[9]]
    # Tuesday: F1 8-19, F2 7-8 and 19-23, F3 the rest, whose last quarter was not measured.
    assert totals == ["total", 44 * 0.25, 20 * 0.25, 31 * 0.25, 95 * 0.25]
    assert quarters.max_row == 97
    assert quarters["A2"].value.date() == date(2025, 1, 7)
    assert quarters["F97"].value is None
    assert quarters["F2"].value == 0.25


# -- the process --


def test_the_bot_itself_never_imports_matplotlib() -> None:
    code = (
        "import sys, bot.application, bot.drawing;"
        "print([m for m in ('matplotlib', 'numpy', 'xlsxwriter') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_worker_imports_no_conversations() -> None:
    code = (
        "import sys; from bot.drawing import worker; worker.make('invoice_guide', None);"
        "print([m for m in ('telegram', 'sqlalchemy', 'conversations') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


async def test_the_room_draws_elsewhere_and_again_after_its_worker_was_killed(
    room: DrawingWorkers,
) -> None:
    made = Made("withdrawals", a_year())
    first = await room.make(made)
    (process,) = [
        child
        for child in psutil.Process().children(recursive=True)
        if "bot.drawing.worker" in " ".join(child.cmdline())
    ]
    process.kill()
    process.wait()
    assert await room.make(made) == first


def workers() -> list[psutil.Process]:
    """The worker processes of this program that are alive."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE
        and "bot.drawing.worker" in " ".join(child.cmdline())
    ]


async def gone(processes: list[psutil.Process]) -> None:
    """Returns when all of them have ended."""
    async with asyncio.timeout(30):
        while any(each in workers() for each in processes):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_drawing_that_hangs_is_given_up_and_its_worker_replaced() -> None:
    room = DrawingWorkers()
    made = Made("invoice_guide")
    try:
        first = await room.make(made)
        (stuck,) = workers()
        stuck.suspend()  # whatever it is at, it does not come to an end
        room._longest = 0.2
        with pytest.raises(NotDrawnError, match="too long"):
            await room.make(made)
        await gone([stuck])
        room._longest = LONGEST_SECONDS
        assert await room.make(made) == first
    finally:
        await room.close()


async def test_a_worker_with_nothing_to_do_ends() -> None:
    room = DrawingWorkers(idle=0.05)
    await room.make(Made("invoice_guide"))
    await gone(workers())
    await room.close()


async def test_workers_end_with_their_program_even_if_it_is_killed_in_the_middle() -> None:
    code = (
        "import asyncio, os, signal\n"
        "from bot.drawing import DrawingWorkers\n"
        "from conversations.kit.views import Made\n"
        "async def main():\n"
        "    room = DrawingWorkers()\n"
        "    await room.make(Made('invoice_guide'))\n"
        "    print(next(iter(room._all)).pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    written, _ = await program.communicate()
    async with asyncio.timeout(30):
        while psutil.pid_exists(int(written)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_a_maker_cannot_draw_is_said_and_the_worker_goes_on(
    room: DrawingWorkers,
) -> None:
    with pytest.raises(NotDrawnError, match="withdrawals"):
        await room.make(Made("withdrawals", {"no": "year"}))
    assert await room.make(Made("invoice_guide"))


async def test_an_unknown_maker_is_named(room: DrawingWorkers) -> None:
    with pytest.raises(KeyError, match="no_such"):
        await room.make(Made("no_such"))


async def test_closing_returns_when_the_workers_have_ended(room: DrawingWorkers) -> None:
    await asyncio.gather(*(room.make(Made("invoice_guide")) for _ in range(PROCESSES)))
    processes = workers()
    assert len(processes) == PROCESSES
    await room.close()
    assert not any(psutil.pid_exists(each.pid) for each in processes)


async def test_a_picture_is_known_by_what_goes_into_it(room: DrawingWorkers) -> None:
    one, same, other = (
        Made("withdrawals", a_year()),
        Made("withdrawals", dict(reversed(a_year().items()))),
        Made("withdrawals", a_year(title="Prelievi di luce 2024")),
    )
    assert room.key(one) == room.key(same)
    assert room.key(one) != room.key(other)
    assert room.key(one) != room.key(Made("load_curve", a_year()))
    assert len(room.key(one)) <= 80, "the column that keeps it"
