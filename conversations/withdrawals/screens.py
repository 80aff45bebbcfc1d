"""What the customer sees of withdrawals: the chart, its words, the table, the file."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from conversations.kit.taps import Tap
from conversations.kit.views import Button, Made, Rows, View, button
from conversations.supply_point import point_line, point_title
from conversations.texts import Words
from storage.exchange.sheets import Cell, customer_csv
from storage.models import Service, SupplyPoint, Withdrawal
from storage.rules.bands import Band
from storage.rules.withdrawals import Comparison, YearSummary, summarise

MONTHS = range(1, 13)
_MISSING = "n.d."
_FEW = 100
_KILO = 1_000


class Shown(enum.Enum):
    """How a year is looked at; beside the year before where it says so."""

    CHART = "c"
    COMPARED = "d"
    TABLE = "t"
    TABLE_COMPARED = "u"

    @property
    def is_table(self) -> bool:
        return self in {Shown.TABLE, Shown.TABLE_COMPARED}

    @property
    def is_compared(self) -> bool:
        return self in {Shown.COMPARED, Shown.TABLE_COMPARED}

    @classmethod
    def of(cls, *, table: bool, compared: bool) -> "Shown":
        if table:
            return cls.TABLE_COMPARED if compared else cls.TABLE
        return cls.COMPARED if compared else cls.CHART


@dataclass(frozen=True, slots=True)
class WithdrawalsPoints(Tap, code="wp"):
    """*Cambia punto*: a page of the points."""

    page: int


@dataclass(frozen=True, slots=True)
class WithdrawalsYear(Tap, code="w"):
    """A year of a point (without one, the latest), in one of the ways to look at it."""

    supply_point_id: int
    year: int | None
    shown: Shown


@dataclass(frozen=True, slots=True)
class WithdrawalsCsv(Tap, code="wc"):
    """*CSV*."""

    supply_point_id: int
    year: int


@dataclass(frozen=True, slots=True)
class YearOfPoint:
    """A year that has something in it, the one before (perhaps empty), and all that there are."""

    point: SupplyPoint
    year: int
    months: Sequence[Withdrawal]
    before: Sequence[Withdrawal]
    years: Sequence[int]
    today: date

    @property
    def is_gas(self) -> bool:
        return self.point.service is Service.GAS

    @property
    def unit(self) -> str:
        return "Smc" if self.is_gas else "kWh"

    @property
    def amounts(self) -> dict[int, Decimal]:
        """Smc or kWh by month; months of which nothing is known are left out."""
        return _amounts(self.months, gas=self.is_gas)

    @property
    def amounts_before(self) -> dict[int, Decimal]:
        return _amounts(self.before, gas=self.is_gas)

    @property
    def power(self) -> dict[int, Decimal]:
        """The greatest power in kW, by month."""
        return {
            each.month: Decimal(each.power_w) / _KILO
            for each in self.months
            if each.power_w is not None
        }

    @property
    def contracted(self) -> Decimal | None:
        """The contracted power in kW."""
        watts = self.point.contracted_power_w
        return None if watts is None else Decimal(watts) / _KILO

    @property
    def summary(self) -> YearSummary:
        return summarise(self.amounts, self.amounts_before)

    def is_due(self, month: int) -> bool:
        """Whether a month is over, and all of it lies in the supply: its amount should be known."""
        start = date(self.year, month, 1)
        until = self.point.until
        return (
            (self.year, month) < (self.today.year, self.today.month)
            and start >= self.point.visible_from
            and (until is None or start < until)
        )

    @property
    def missing(self) -> list[int]:
        """The months that should be known and are not."""
        known = self.amounts
        return [month for month in MONTHS if month not in known and self.is_due(month)]


def _amounts(months: Sequence[Withdrawal], *, gas: bool) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for each in months:
        amount = each.smc
        if not gas:
            amount = None if each.energy_wh is None else Decimal(each.energy_wh) / _KILO
        if amount is not None:
            found[each.month] = amount
    return found


# -- nothing to show --


def no_points(words: Words) -> View:
    """The chat's customers have no supply points."""
    return View(str(words("Non ci sono punti di fornitura da mostrare.")))


def nothing_yet(words: Words, point: SupplyPoint, *, several: bool) -> View:
    """A point of which nothing was billed yet."""
    return View(
        str(
            words(
                "{point}\n\nPer questo punto non ci sono ancora prelievi fatturati: arrivano con "
                "le prime fatture.",
                point=point_title(words, point),
            )
        ),
        _change_point(words, several=several),
    )


def no_such_year(
    words: Words, point: SupplyPoint, year: int, years: Sequence[int], *, several: bool
) -> View:
    """A year without withdrawals, with the nearest that have some."""
    return View(
        str(
            words(
                "{point}\n\nPer il <b>{year}</b> non ci sono prelievi fatturati. "
                "Ci sono per: {years}.",
                point=point_title(words, point),
                year=year,
                years=", ".join(map(str, years)),
            )
        ),
        (
            *_neighbours(point, year, years, Shown.CHART),
            *_change_point(words, several=several),
        ),
    )


# -- a year --


def year_view(words: Words, found: YearOfPoint, shown: Shown, *, several: bool) -> View:
    """A year as a chart with its words, or as a table."""
    compared = shown.is_compared and bool(found.amounts_before)
    shown = Shown.of(table=shown.is_table, compared=compared)
    rows = _buttons(words, found, shown, several=several)
    if shown.is_table:
        return View(str(_table_text(words, found, compared=compared)), rows)
    return View(
        str(_caption(words, found, compared=compared)),
        rows,
        picture=Made("withdrawals", _picture(words, found, compared=compared)),
    )


def _buttons(words: Words, found: YearOfPoint, shown: Shown, *, several: bool) -> Rows:
    point, year = found.point, found.year
    ways: list[Button] = []
    if found.amounts_before:
        other = Shown.of(table=shown.is_table, compared=not shown.is_compared)
        label = (
            words.plain("Solo {year}", year=year) if shown.is_compared else words.plain("Confronta")
        )
        ways.append(button(label, WithdrawalsYear(point.id, year, other)))
    other = Shown.of(table=not shown.is_table, compared=shown.is_compared)
    label = words.plain("Grafico") if shown.is_table else words.plain("Tabella")
    ways.append(button(label, WithdrawalsYear(point.id, year, other)))
    ways.append(button(words.plain("CSV"), WithdrawalsCsv(point.id, year)))
    return (
        *_neighbours(point, year, found.years, shown),
        tuple(ways),
        *_change_point(words, several=several),
    )


def _neighbours(point: SupplyPoint, year: int, years: Sequence[int], shown: Shown) -> Rows:
    """‹ the year before, and the year after ›, of those that there are."""
    earlier = max((y for y in years if y < year), default=None)
    later = min((y for y in years if y > year), default=None)
    row: list[Button] = []
    if earlier is not None:
        row.append(button(f"‹ {earlier}", WithdrawalsYear(point.id, earlier, shown)))
    if later is not None:
        row.append(button(f"{later} ›", WithdrawalsYear(point.id, later, shown)))
    return (tuple(row),) if row else ()


def _change_point(words: Words, *, several: bool) -> Rows:
    if not several:
        return ()
    return ((button(words.plain("Cambia punto"), WithdrawalsPoints(0)),),)


# -- the words of a year --


def _caption(words: Words, found: YearOfPoint, *, compared: bool) -> Markup:
    """What the picture shows, for who does not see it."""
    summary = found.summary
    parts = [_title(words, found, compared=compared), point_title(words, found.point), Markup()]
    if not summary.months:
        parts.append(words("Per quest'anno non si conosce nessun mese."))
    else:
        parts.append(_total_line(words, found, summary))
        parts.append(_extremes_line(words, found, summary))
    if not found.is_gas:
        parts.extend(_bands_lines(words, found))
        parts.extend(_power_lines(words, found))
    if summary.against is not None:
        parts.append(_against_line(words, found, summary.against))
    elif summary.months:
        parts.append(
            words("Con il {year} non c'è un confronto: mancano i dati.", year=found.year - 1)
        )
    if found.missing:
        parts.append(
            words(
                "Non disponibili: {months}.",
                months=", ".join(words.month(month) for month in found.missing),
            )
        )
    return Markup("\n").join(parts)


def _title(words: Words, found: YearOfPoint, *, compared: bool) -> Markup:
    if compared:
        return words("📊 <b>Prelievi {year} e {before}</b>", year=found.year, before=found.year - 1)
    return words("📊 <b>Prelievi {year}</b>", year=found.year)


def _total_line(words: Words, found: YearOfPoint, summary: YearSummary) -> Markup:
    total = amount_text(words, summary.total, found.unit)
    if len(summary.months) == len(MONTHS):
        return words("In tutto l'anno <b>{total}</b>.", total=total)
    return words.plural(
        "In {n} mese: <b>{total}</b>.",
        "In {n} mesi: <b>{total}</b>.",
        len(summary.months),
        total=total,
    )


def _extremes_line(words: Words, found: YearOfPoint, summary: YearSummary) -> Markup:
    amounts = found.amounts
    highest, lowest = summary.highest or 1, summary.lowest or 1
    high = amount_text(words, amounts[highest], found.unit)
    if amounts[highest] == amounts[lowest]:
        return words(
            "Il mese più alto è {month} ({amount}).", month=words.month(highest), amount=high
        )
    return words(
        "Il mese più alto è <b>{high_month}</b> ({high}), il più basso {low_month} ({low}).",
        high_month=words.month(highest),
        high=high,
        low_month=words.month(lowest),
        low=amount_text(words, amounts[lowest], found.unit),
    )


def _bands_lines(words: Words, found: YearOfPoint) -> list[Markup]:
    total = sum(found.amounts.values())
    if not total:
        return []
    shares = []
    for band in Band:
        known = [wh for each in found.months if (wh := _band(each, band)) is not None]
        share = Decimal(sum(known)) / _KILO * 100 / total
        shares.append(f"{band.value} {words.number(share)}%")
    return [words("Fasce: {shares}.", shares=", ".join(shares))]


def _power_lines(words: Words, found: YearOfPoint) -> list[Markup]:
    power, contracted = found.power, found.contracted
    if not power:
        return []
    month = max(power, key=lambda each: (power[each], -each))
    values = {
        "power": words.number(power[month], 1),
        "month": words.month(month),
        "contracted": words.number(contracted or 0, 1),
    }
    if contracted is None:
        return [words("Potenza massima: {power} kW ({month}).", **values)]
    if power[month] > contracted:
        return [
            words(
                "Potenza massima: <b>{power} kW</b> ({month}), <b>oltre</b> i {contracted} kW "
                "del contratto.",
                **values,
            )
        ]
    return [
        words(
            "Potenza massima: {power} kW ({month}), entro i {contracted} kW del contratto.",
            **values,
        )
    ]


def _against_line(words: Words, found: YearOfPoint, against: Comparison) -> Markup:
    values: dict[str, Any] = {
        "year": found.year - 1,
        "before": amount_text(words, against.before, found.unit),
    }
    percent = against.percent
    if percent is None:
        change = words("il {year} era a zero", **values)
    elif abs(percent) < 1:
        change = words("come nel {year} ({before})", **values)
    elif percent > 0:
        values["percent"] = words.number(percent)
        change = words("<b>{percent}% in più</b> del {year} ({before})", **values)
    else:
        values["percent"] = words.number(-percent)
        change = words("<b>{percent}% in meno</b> del {year} ({before})", **values)
    if len(against.months) == len(MONTHS):
        return words("Confronto: {change}.", change=change)
    return words("Confronto, a parità di mesi: {change}.", change=change)


def amount_text(words: Words, amount: Decimal, unit: str) -> str:
    """An amount with its unit; decimals only where it is small."""
    whole = amount >= _FEW or amount == amount.to_integral_value()
    return f"{words.number(amount, 0 if whole else 1)} {unit}"


# -- the picture --


def _picture(words: Words, found: YearOfPoint, *, compared: bool) -> dict[str, Any]:
    """What ``bot.drawing`` draws a year from."""
    what = words.plain("gas") if found.is_gas else words.plain("luce")
    amounts, before = found.amounts, found.amounts_before
    if compared:
        title = words.plain(
            "Prelievi {what} {year} e {before}", what=what, year=found.year, before=found.year - 1
        )
        series = [
            {"name": str(found.year), "colour": "now", "values": _twelve(amounts)},
            {"name": str(found.year - 1), "colour": "before", "values": _twelve(before)},
        ]
    else:
        title = words.plain("Prelievi {what} {year}", what=what, year=found.year)
        series = _series(found)
    power = found.power
    return {
        "title": title,
        "below": point_line(found.point),
        "unit": found.unit,
        "months": [words.month(month, short=True) for month in MONTHS],
        "signs": words.signs,
        "missing": words.plain("n.d."),
        "states": [
            "known" if month in amounts else "missing" if found.is_due(month) else "ahead"
            for month in MONTHS
        ],
        "stacked": not compared,
        "series": series,
        "power": _power_picture(words, found) if power and not compared else None,
    }


def _series(found: YearOfPoint) -> list[dict[str, Any]]:
    if found.is_gas:
        return [{"name": found.unit, "colour": "gas", "values": _twelve(found.amounts)}]
    series = []
    for band in Band:
        kwh = {
            each.month: Decimal(wh) / _KILO
            for each in found.months
            if (wh := _band(each, band)) is not None
        }
        series.append({"name": band.value, "colour": band.value, "values": _twelve(kwh)})
    return series


def _power_picture(words: Words, found: YearOfPoint) -> dict[str, Any]:
    contracted = found.contracted
    limit = "" if contracted is None else words.number(contracted, _places(contracted))
    return {
        "title": words.plain("Potenza massima"),
        "unit": "kW",
        "values": _twelve(found.power),
        "limit": None if contracted is None else float(contracted),
        "limit_label": words.plain("contratto {limit}", limit=limit),
    }


def _twelve(amounts: dict[int, Decimal]) -> list[float | None]:
    return [float(amounts[month]) if month in amounts else None for month in MONTHS]


def _places(value: Decimal) -> int:
    return 0 if value == value.to_integral_value() else 1


def _band(month: Withdrawal, band: Band) -> int | None:
    return {Band.F1: month.f1_wh, Band.F2: month.f2_wh, Band.F3: month.f3_wh}[band]


# -- the table --


def _table_text(words: Words, found: YearOfPoint, *, compared: bool) -> Markup:
    head = Markup("\n").join(
        [_title(words, found, compared=compared), point_title(words, found.point)]
    )
    if compared:
        table = _compared_table(words, found)
    elif found.is_gas:
        table = _gas_table(words, found)
    else:
        table = _bands_table(words, found)
    note = words("Quantità in {unit}; «n.d.» vuol dire non disponibile.", unit=found.unit)
    if not compared and not found.is_gas:
        note = words("Energia in kWh, potenza massima in kW; «n.d.» vuol dire non disponibile.")
    against = found.summary.against
    if compared and against is not None and len(against.months) < len(MONTHS):
        note += " " + words("Il totale conta solo i mesi che ci sono in tutti e due gli anni.")
    return Markup("{}\n\n<pre>{}</pre>\n{}").format(head, escape(table), note)


def _bands_table(words: Words, found: YearOfPoint) -> str:
    by_month = {each.month: each for each in found.months}
    power = found.power
    lines = [["", *(band.value for band in Band), words.plain("tot."), "kW"]]
    columns: dict[Band, list[Decimal]] = {band: [] for band in Band}
    for month in MONTHS:
        cells = [words.month(month, short=True)]
        each = by_month.get(month)
        for band in Band:
            wh = None if each is None else _band(each, band)
            kwh = None if wh is None else Decimal(wh) / _KILO
            if kwh is not None:
                columns[band].append(kwh)
            cells.append(_cell(words, found, month, kwh))
        cells.append(_cell(words, found, month, found.amounts.get(month)))
        cells.append(_cell(words, found, month, power.get(month), 1))
        lines.append(cells)
    totals = [words.number(sum(columns[band], Decimal(0))) for band in Band]
    highest = words.number(max(power.values()), 1) if power else ""
    lines.append([words.plain("tot."), *totals, words.number(found.summary.total), highest])
    return aligned(lines)


def _gas_table(words: Words, found: YearOfPoint) -> str:
    lines = [["", "Smc"]]
    lines.extend(
        [words.month(month, short=True), _cell(words, found, month, found.amounts.get(month))]
        for month in MONTHS
    )
    lines.append([words.plain("tot."), words.number(found.summary.total)])
    return aligned(lines)


def _compared_table(words: Words, found: YearOfPoint) -> str:
    now, before = found.amounts, found.amounts_before
    lines = [["", str(found.year), str(found.year - 1), "±%"]]
    for month in MONTHS:
        earlier = before.get(month)
        lines.append(
            [
                words.month(month, short=True),
                _cell(words, found, month, now.get(month)),
                _MISSING if earlier is None else words.number(earlier),
                _change(words, now.get(month), earlier),
            ]
        )
    against = found.summary.against
    if against is not None:
        lines.append(
            [
                words.plain("tot."),
                words.number(against.now),
                words.number(against.before),
                _change(words, against.now, against.before),
            ]
        )
    return aligned(lines)


def _cell(
    words: Words, found: YearOfPoint, month: int, value: Decimal | None, places: int = 0
) -> str:
    if value is not None:
        return words.number(value, places)
    return _MISSING if found.is_due(month) else "–"


def _change(words: Words, now: Decimal | None, before: Decimal | None) -> str:
    if now is None or not before:
        return "–"
    percent = ((now - before) * 100 / before).to_integral_value()
    return f"{'+' if percent > 0 else '−' if percent < 0 else ''}{words.number(abs(percent))}"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns under each other in letters of one width: the first to the left, numbers right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        " ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


# -- the file --


def csv_text(words: Words, point: SupplyPoint, year: int, months: Sequence[Withdrawal]) -> str:
    """A year as CSV for customers: amounts in kWh and kW, or in Smc."""
    head = [words.plain("Punto"), words.plain("Anno"), words.plain("Mese")]
    rows: list[list[Cell]]
    if point.service is Service.GAS:
        head.append("Smc")
        rows = [[point.code, year, each.month, each.smc] for each in months]
        return customer_csv(head, rows)
    head += [f"{band.value} (kWh)" for band in Band]
    head += [words.plain("Totale (kWh)"), words.plain("Potenza massima (kW)")]
    rows = [
        [
            point.code,
            year,
            each.month,
            *(_kilo(_band(each, band)) for band in Band),
            _kilo(each.energy_wh),
            _kilo(each.power_w),
        ]
        for each in months
    ]
    return customer_csv(head, rows)


def _kilo(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount) / _KILO
