"""The screens of withdrawals: the chart, its caption, the table, the file."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from conversations.kit.points import point_line, point_title
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Made, Rows, View, button
from conversations.texts import Words
from storage.exchange.sheets import Cell, customer_csv
from storage.models import Service, SupplyPoint, Withdrawal
from storage.rules.bands import Band
from storage.rules.supplies import Holding
from storage.rules.withdrawals import Comparison, YearSummary, summarise

MONTHS = range(1, 13)
_MISSING = "n.d."
_FEW = 100
_KILO = 1_000
_LARGE = 10_000
"""From this number on, a larger unit is used where there is little room."""
_WIDEST = 32
"""How many monospaced letters fit on a telephone's line."""
_MOST_PERCENT = 999
_MOST_PLACES = 3
_SCALES = 3


class Shown(enum.Enum):
    """How a year is shown: as chart or table, alone or with the year before."""

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
    """A year of a point (the latest if None), shown in one of these ways."""

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
    """A year with data, the year before (which may be empty), and all years with data.

    ``held`` are the days of the point that belong to its customer.
    """

    point: SupplyPoint
    year: int
    months: Sequence[Withdrawal]
    before: Sequence[Withdrawal]
    years: Sequence[int]
    today: date
    held: Sequence[Holding]

    @property
    def is_gas(self) -> bool:
        return self.point.service is Service.GAS

    @property
    def unit(self) -> str:
        return "Smc" if self.is_gas else "kWh"

    @property
    def amounts(self) -> dict[int, Decimal]:
        """Smc or kWh by month; unknown months are left out."""
        return _amounts(self.months, gas=self.is_gas)

    @property
    def amounts_before(self) -> dict[int, Decimal]:
        return _amounts(self.before, gas=self.is_gas)

    @property
    def power(self) -> dict[int, Decimal]:
        """The peak power in kW, by month."""
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
        """Whether a month is over and belongs to the supply, so its amount should be known."""
        start = date(self.year, month, 1)
        after = date(self.year + month // 12, month % 12 + 1, 1)
        until = self.point.until
        return (
            (self.year, month) < (self.today.year, self.today.month)
            and any(each.holds_month(start, after) for each in self.held)
            and (until is None or start < until)
        )

    @property
    def missing(self) -> list[int]:
        """The months that should be known and are not, or not completely."""
        known = self.amounts
        return [month for month in MONTHS if month not in known and self.is_due(month)]

    @property
    def year_before(self) -> "YearOfPoint":
        """The year before, alone."""
        return replace(self, year=self.year - 1, months=self.before, before=())


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
    return View(words("Non ci sono punti di fornitura da mostrare."))


def nothing_yet(words: Words, point: SupplyPoint, *, several: bool) -> View:
    """Nothing was billed yet for this point."""
    return View(
        words(
            "{point}\n\nPer questo punto non ci sono ancora prelievi fatturati: arrivano con "
            "le prime fatture.",
            point=point_title(words, point),
        ),
        _change_point(words, several=several),
    )


def no_such_year(
    words: Words, point: SupplyPoint, year: int, years: Sequence[int], *, several: bool
) -> View:
    """A year without withdrawals, with buttons to the nearest years that have some."""
    return View(
        words(
            "{point}\n\nPer il <b>{year}</b> non ci sono prelievi fatturati. Ci sono per: {years}.",
            point=point_title(words, point),
            year=year,
            years=", ".join(map(str, years)),
        ),
        (
            *_neighbours(point, year, years, Shown.CHART),
            *_change_point(words, several=several),
        ),
    )


# -- a year --


def year_view(words: Words, found: YearOfPoint, shown: Shown, *, several: bool) -> View:
    """A year as a chart with a caption, or as a table."""
    compared = shown.is_compared and bool(found.amounts_before)
    shown = Shown.of(table=shown.is_table, compared=compared)
    rows = _buttons(words, found, shown, several=several)
    if shown.is_table:
        return View(_table_text(words, found, compared=compared), rows)
    return View(
        _caption(words, found, compared=compared),
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
    """‹ the year before, and the year after ›, if they exist."""
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
    """The caption of the chart, for customers who do not see it."""
    summary = found.summary
    parts = [_title(words, found, compared=compared), point_title(words, found.point), Markup()]
    if compared and summary.months:
        return Markup("\n").join(parts + _compared_lines(words, found))
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


def _compared_lines(words: Words, found: YearOfPoint) -> list[Markup]:
    """The totals and highest months of two years side by side."""
    lines = []
    for each in (found, found.year_before):
        summary, amounts = each.summary, each.amounts
        if summary.highest is None:
            continue
        values = {
            "year": each.year,
            "total": amount_text(words, summary.total, each.unit),
            "month": words.month(summary.highest),
            "amount": amount_text(words, amounts[summary.highest], each.unit),
        }
        lines.append(
            words.plural(
                "<b>{year}</b>: {total} in {n} mese; il più alto è {month} ({amount}).",
                "<b>{year}</b>: {total} in {n} mesi; il più alto è {month} ({amount}).",
                len(summary.months),
                **values,
            )
        )
    if found.summary.against is not None:
        lines.append(_against_line(words, found, found.summary.against))
    lines.extend(
        words(
            "Non disponibili nel {year}: {months}.",
            year=each.year,
            months=", ".join(words.month(month) for month in each.missing),
        )
        for each in (found, found.year_before)
        if each.missing
    )
    return lines


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
    if len(amounts) > 1 and amounts[highest] == amounts[lowest]:
        return words("I mesi sono tutti uguali: {amount}.", amount=high)
    if highest == lowest:
        return words(
            "Il consumo più alto è di {month} ({amount}).", month=words.month(highest), amount=high
        )
    return words(
        "Il consumo più alto è di <b>{high_month}</b> ({high}), il più basso di {low_month} "
        "({low}).",
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
        share = sum(_by_month(found, band).values()) * 100 / total
        shares.append(f"{band.value} {words.number(share)}%")
    return [words("Fasce: {shares}.", shares=", ".join(shares))]


def _power_lines(words: Words, found: YearOfPoint) -> list[Markup]:
    power, contracted = found.power, found.contracted
    if not power:
        return []
    month = max(power, key=lambda each: (power[each], -each))
    places = _power_places(found)
    values = {
        "power": words.number(power[month], places),
        "month": words.month(month),
        "contracted": words.number(contracted or 0, places),
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
        "now": amount_text(words, against.now, found.unit),
        "before": amount_text(words, against.before, found.unit),
    }
    percent = against.percent
    if percent is None:
        change = words("il {year} era a zero", **values)
    elif abs(percent) < 1:
        change = words("come nel {year} ({now} contro {before})", **values)
    elif percent > 0:
        values["percent"] = words.number(percent)
        change = words("<b>{percent}% in più</b> del {year} ({now} contro {before})", **values)
    else:
        values["percent"] = words.number(-percent)
        change = words("<b>{percent}% in meno</b> del {year} ({now} contro {before})", **values)
    if len(against.months) == len(MONTHS):
        return words("Confronto: {change}.", change=change)
    return words("Rispetto agli stessi mesi: {change}.", change=change)


def _power_places(found: YearOfPoint) -> int:
    """One decimal, or as many as show which powers are above the contracted one."""
    contracted = found.contracted
    past = [each for each in found.power.values() if contracted is not None and each > contracted]
    return next(
        (
            places
            for places in range(1, _MOST_PLACES)
            if all(round(each, places) > round(contracted or each, places) for each in past)
        ),
        _MOST_PLACES,
    )


def amount_text(words: Words, amount: Decimal, unit: str) -> str:
    """An amount with its unit; decimals only where it is small."""
    whole = amount >= _FEW or amount == amount.to_integral_value()
    return f"{words.number(amount, 0 if whole else 1)} {unit}"


# -- the picture --


def _picture(words: Words, found: YearOfPoint, *, compared: bool) -> dict[str, Any]:
    """The input for ``bot.drawing`` to draw a year."""
    what = words.plain("gas") if found.is_gas else words.plain("luce")
    amounts, before = found.amounts, found.amounts_before
    highest = max([*amounts.values(), *(before.values() if compared else ())], default=Decimal(0))
    scale = _scale(highest)
    if compared:
        title = words.plain(
            "Prelievi {what} {year} e {before}", what=what, year=found.year, before=found.year - 1
        )
        series = [
            {"name": str(found.year), "colour": "now", "values": _twelve(amounts, scale)},
            {"name": str(found.year - 1), "colour": "before", "values": _twelve(before, scale)},
        ]
    else:
        title = words.plain("Prelievi {what} {year}", what=what, year=found.year)
        series = _series(found, scale)
    power = found.power
    return {
        "title": title,
        "below": point_line(found.point),
        "unit": _unit_text(words, found.unit, scale),
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


def _series(found: YearOfPoint, scale: int) -> list[dict[str, Any]]:
    if found.is_gas:
        return [{"name": found.unit, "colour": "gas", "values": _twelve(found.amounts, scale)}]
    return [
        {
            "name": band.value,
            "colour": band.value,
            "values": _twelve(_by_month(found, band), scale),
        }
        for band in Band
    ]


def _scale(highest: Decimal) -> int:
    """How many times to divide by a thousand, so that a number of that size is short."""
    return next((n for n in range(_SCALES - 1) if highest < _LARGE * _KILO**n), _SCALES - 1)


def _unit_text(words: Words, unit: str, scale: int) -> str:
    """The unit, a thousand or a million times larger."""
    return {
        "kWh": ("kWh", "MWh", "GWh"),
        "kW": ("kW", "MW", "GW"),
        "Smc": ("Smc", words.plain("migliaia di Smc"), words.plain("milioni di Smc")),
    }[unit][scale]


def _power_picture(words: Words, found: YearOfPoint) -> dict[str, Any]:
    contracted = found.contracted
    scale = _scale(max([*found.power.values(), contracted or Decimal(0)]))
    limit = None if contracted is None else contracted / _KILO**scale
    label = "" if limit is None else words.number(limit, _places(limit))
    return {
        "title": words.plain("Potenza massima"),
        "unit": _unit_text(words, "kW", scale),
        "values": _twelve(found.power, scale),
        "decimals": _power_places(found),
        "limit": None if limit is None else float(limit),
        "limit_label": words.plain("contratto {limit}", limit=label),
    }


def _twelve(amounts: dict[int, Decimal], scale: int) -> list[float | None]:
    return [float(amounts[month] / _KILO**scale) if month in amounts else None for month in MONTHS]


def _places(value: Decimal) -> int:
    return 0 if value == value.to_integral_value() else 1


def _by_month(found: YearOfPoint, band: Band) -> dict[int, Decimal]:
    """The kWh of one band, in the months in which all bands are known."""
    return {
        each.month: Decimal(_band(each, band) or 0) / _KILO
        for each in found.months
        if each.energy_wh is not None
    }


def _band(month: Withdrawal, band: Band) -> int | None:
    return {Band.F1: month.f1_wh, Band.F2: month.f2_wh, Band.F3: month.f3_wh}[band]


# -- the table --


@dataclass(frozen=True, slots=True)
class _Size:
    """The format of a table's numbers: in which unit, with how many decimals.

    If even the largest unit is too wide, the column of the power is left out.
    """

    scale: int
    places: int
    power: bool = True


_SIZES = tuple(
    _Size(scale, places, power)
    for power in (True, False)
    for scale, places in ((0, 0), (1, 2), (1, 1), (1, 0), (2, 2), (2, 1), (2, 0))
)
"""From the most exact to the shortest."""


def _table_text(words: Words, found: YearOfPoint, *, compared: bool) -> Markup:
    head = Markup("\n").join(
        [_title(words, found, compared=compared), point_title(words, found.point)]
    )
    if compared:
        make = _compared_table
    elif found.is_gas:
        make = _gas_table
    else:
        make = _bands_table
    tables = ((size, make(words, found, size)) for size in _SIZES)
    size, table = next(
        ((size, table) for size, table in tables if _width(table) <= _WIDEST),
        (_SIZES[-1], make(words, found, _SIZES[-1])),
    )
    unit = _unit_text(words, found.unit, size.scale)
    if compared or found.is_gas or not size.power:
        note = words("Quantità in {unit}; «n.d.» vuol dire non disponibile.", unit=unit)
    else:
        note = words(
            "Energia in {unit}, potenza massima in {power}; «n.d.» vuol dire non disponibile.",
            unit=unit,
            power=_unit_text(words, "kW", _power_scale(found)),
        )
    against = found.summary.against
    if compared and against is not None and len(against.months) < len(MONTHS):
        note += " " + words("Il totale conta solo i mesi che ci sono in tutti e due gli anni.")
    return Markup("{}\n\n<pre>{}</pre>\n{}").format(head, escape(table), note)


def _bands_table(words: Words, found: YearOfPoint, size: _Size) -> str:
    power, scale = found.power, _power_scale(found)
    head = ["", *(band.value for band in Band), words.plain("tot."), _unit_text(words, "kW", scale)]
    columns = [*(_by_month(found, band) for band in Band), found.amounts]
    lines = [head]
    for month in MONTHS:
        cells = [words.month(month, short=True)]
        cells.extend(_cell(words, found, month, each.get(month), size) for each in columns)
        cells.append(_power_cell(words, found, month, power.get(month)))
        lines.append(cells)
    totals = [_number(words, sum(each.values(), Decimal(0)), size) for each in columns]
    highest = words.number(max(power.values()) / _KILO**scale, 1) if power else ""
    lines.append([words.plain("tot."), *totals, highest])
    return aligned(lines if size.power else [line[:-1] for line in lines])


def _gas_table(words: Words, found: YearOfPoint, size: _Size) -> str:
    lines = [["", "Smc"]]
    lines.extend(
        [words.month(month, short=True), _cell(words, found, month, found.amounts.get(month), size)]
        for month in MONTHS
    )
    lines.append([words.plain("tot."), _number(words, found.summary.total, size)])
    return aligned(lines)


def _compared_table(words: Words, found: YearOfPoint, size: _Size) -> str:
    now, before = found.amounts, found.amounts_before
    lines = [["", str(found.year), str(found.year - 1), "±%"]]
    for month in MONTHS:
        earlier = before.get(month)
        lines.append(
            [
                words.month(month, short=True),
                _cell(words, found, month, now.get(month), size),
                _MISSING if earlier is None else _number(words, earlier, size),
                _change(words, now.get(month), earlier),
            ]
        )
    against = found.summary.against
    if against is not None:
        lines.append(
            [
                words.plain("tot."),
                _number(words, against.now, size),
                _number(words, against.before, size),
                _change(words, against.now, against.before),
            ]
        )
    return aligned(lines)


def _cell(words: Words, found: YearOfPoint, month: int, value: Decimal | None, size: _Size) -> str:
    return _absent(found, month) if value is None else _number(words, value, size)


def _power_cell(words: Words, found: YearOfPoint, month: int, value: Decimal | None) -> str:
    if value is None:
        return _absent(found, month)
    return words.number(value / _KILO ** _power_scale(found), 1)


def _absent(found: YearOfPoint, month: int) -> str:
    return _MISSING if found.is_due(month) else "–"


def _number(words: Words, value: Decimal, size: _Size) -> str:
    return words.number(value / _KILO**size.scale, size.places)


def _power_scale(found: YearOfPoint) -> int:
    return _scale(max(found.power.values(), default=Decimal(0)))


def _width(table: str) -> int:
    return max(map(len, table.splitlines()))


def _change(words: Words, now: Decimal | None, before: Decimal | None) -> str:
    if now is None or not before:
        return "–"
    percent = ((now - before) * 100 / before).to_integral_value()
    if percent > _MOST_PERCENT:
        return f">{_MOST_PERCENT}"
    return f"{'+' if percent > 0 else '−' if percent < 0 else ''}{words.number(abs(percent))}"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns of monospaced text: the first aligned to the left, the others to the right."""
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
