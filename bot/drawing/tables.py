"""Measures as files with a row per quarter hour. Made in the worker process, as they are long."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from storage.exchange.sheets import customer_csv, thousandths
from storage.rules.bands import QUARTER, Band
from storage.rules.measures import add_up, bands_of, quarters_of

_ENERGY = "#,##0.000"
_DAY = "dd/mm/yyyy"
_BOLD, _WIDE, _NARROW = {"bold": True}, 16, 11
_BAND_COLOURS = {Band.F1: "#0072b2", Band.F2: "#d58a00", Band.F3: "#8fd0f5"}


@dataclass(frozen=True, slots=True)
class _Quarter:
    """One quarter hour of a file; ``summer`` distinguishes the repeated hour's two passages."""

    day: date
    begins: datetime
    ends: datetime
    summer: str
    band: Band
    wh: int | None


def measures_csv(data: dict[str, Any]) -> bytes:
    """The quarter hours of a period as CSV for customers.

    Args:
        data: ``zone``, ``days`` (ISO day and its values in Wh or None), ``point`` (the POD), and
            ``words``: the texts of the file, by the names used here.
    """
    words = data["words"]
    names = ("point", "day", "begins", "ends", "clock", "band", "energy")
    rows = (
        (
            data["point"],
            quarter.day,
            f"{quarter.begins:%H:%M}",
            f"{quarter.ends:%H:%M}",
            quarter.summer,
            quarter.band.value,
            None if quarter.wh is None else thousandths(quarter.wh),
        )
        for quarter in _quarters(data)
    )
    return customer_csv([words[name] for name in names], rows).encode()


def measures_excel(data: dict[str, Any]) -> bytes:
    """The same as an Excel file: totals, a table and chart of days, and the quarter hours.

    Args:
        data: as for ``measures_csv``, with ``first`` and ``last`` (ISO days of the period),
            ``address``, and further ``words``.
    """
    file = io.BytesIO()
    # No text may become a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        formats = {
            "bold": book.add_format(_BOLD),
            "energy": book.add_format({"num_format": _ENERGY}),
            "day": book.add_format({"num_format": _DAY, "align": "left"}),
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
        }
        _summary(book, formats, data)
        _details(book, formats, data)
    return file.getvalue()


def _summary(book: Any, formats: dict[str, Any], data: dict[str, Any]) -> None:
    words, zone = data["words"], ZoneInfo(data["zone"])
    first, last = (date.fromisoformat(data[name]) for name in ("first", "last"))
    days = {date.fromisoformat(day): values for day, values in data["days"]}
    totals = add_up(days, first, last, zone)
    sheet = book.add_worksheet(words["summary"])
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 4, _NARROW)
    sheet.write_string(0, 0, words["title"], formats["bold"])
    sheet.write_string(1, 0, words["point"])
    sheet.write_string(1, 1, data["point"])
    sheet.write_string(2, 0, words["address"])
    sheet.write_string(2, 1, data["address"])
    for row, (name, day) in enumerate((("from", first), ("to", last)), start=3):
        sheet.write_string(row, 0, words[name])
        sheet.write_datetime(row, 1, _midnight(day), formats["day"])
    head = 6
    columns = [words["day"], *(f"{band.value} (kWh)" for band in Band), words["total"]]
    for column, name in enumerate(columns):
        sheet.write_string(head, column, name, formats["head"])
    row = head
    for row, day in enumerate(totals.by_day, start=head + 1):
        of_day = add_up({day: days[day]}, day, day, zone)
        sheet.write_datetime(row, 0, _midnight(day), formats["day"])
        for column, band in enumerate(Band, start=1):
            sheet.write_number(row, column, of_day.by_band[band] / 1_000, formats["energy"])
        sheet.write_number(row, len(Band) + 1, of_day.total / 1_000, formats["energy"])
    sheet.write_string(row + 1, 0, words["total"], formats["bold"])
    for column, wh in enumerate([*(totals.by_band[band] for band in Band), totals.total], start=1):
        sheet.write_number(row + 1, column, wh / 1_000, formats["energy"])
    sheet.freeze_panes(head + 1, 1)
    if totals.by_day:
        sheet.insert_chart(1, len(columns) + 1, _chart(book, words, head, row))


def _chart(book: Any, words: dict[str, str], head: int, last: int) -> Any:
    """A chart of the days as columns, stacked by band."""
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for column, band in enumerate(Band, start=1):
        chart.add_series(
            {
                "name": [words["summary"], head, column],
                "categories": [words["summary"], head + 1, 0, last, 0],
                "values": [words["summary"], head + 1, column, last, column],
                "fill": {"color": _BAND_COLOURS[band]},
                "gap": 30,
            }
        )
    chart.set_title({"name": words["title"]})
    chart.set_y_axis({"name": "kWh", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 900, "height": 420})
    return chart


def _details(book: Any, formats: dict[str, Any], data: dict[str, Any]) -> None:
    words = data["words"]
    sheet = book.add_worksheet(words["quarters"])
    sheet.set_column(0, 5, _NARROW)
    for column, name in enumerate(("day", "begins", "ends", "clock", "band", "energy")):
        sheet.write_string(0, column, words[name], formats["head"])
    row = 0
    for row, quarter in enumerate(_quarters(data), start=1):
        sheet.write_datetime(row, 0, _midnight(quarter.day), formats["day"])
        sheet.write_string(row, 1, f"{quarter.begins:%H:%M}")
        sheet.write_string(row, 2, f"{quarter.ends:%H:%M}")
        sheet.write_string(row, 3, quarter.summer)
        sheet.write_string(row, 4, quarter.band.value)
        if quarter.wh is not None:
            sheet.write_number(row, 5, quarter.wh / 1_000, formats["energy"])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, row, 5)


def _quarters(data: dict[str, Any]) -> Iterator[_Quarter]:
    zone, words = ZoneInfo(data["zone"]), data["words"]
    for text, values in data["days"]:
        day = date.fromisoformat(text)
        bands = bands_of(day, len(values), zone)
        for each, band, wh in zip(quarters_of(day, len(values), zone), bands, values, strict=True):
            summer = bool(each.local.dst())
            if each.passages > 1:
                clock = words["both"]
            else:
                clock = words["summer"] if summer else words["winter"]
            ends = (each.starts_at + QUARTER).astimezone(zone)
            if each.passages > 1:
                # By the wall clock: the instant that follows is in the hour's second passage.
                ends = each.local + QUARTER
            yield _Quarter(day, each.local, ends, clock, band, wh)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
