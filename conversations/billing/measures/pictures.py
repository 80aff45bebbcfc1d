"""The input for ``bot.drawing``: the load curve, and the files of measures."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from conversations.billing.measures.period import Period
from conversations.kit.points import point_line
from conversations.kit.views import Made
from conversations.texts import Words
from storage.models import SupplyPoint
from storage.rules.bands import band_of
from storage.rules.measures import (
    HOURS,
    USUAL_QUARTERS,
    Values,
    bands_of,
    hourly_power,
    is_restful,
    mean_power,
    quarters_in,
    skipped_hours,
)

_QUARTERS_IN_HOUR = 4
_NAMED_DAYS, _NUMBERED_DAYS, _DAYS_OF_A_YEAR = 10, 40, 400
_EVERY = 5
_A_MONDAY = date(2001, 1, 8)  # which is no holiday


def curve(
    words: Words, point: SupplyPoint, period: Period, days: Mapping[date, Values], zone: ZoneInfo
) -> Made:
    """The load curve: of one day by quarter hour, of several days on average and day by day.

    Args:
        words: the customer's language.
        point: whose measures.
        period: the days to show, also those without measures.
        days: what was measured, in Wh.
        zone: the local time zone.
    """
    data: dict[str, Any] = {
        "below": point_line(point),
        "signs": words.signs,
        "unit": "kW",
        "hour": words.plain("ora del giorno"),
        "missing": words.plain("n.d."),
    }
    if period.first == period.last:
        data |= _one_day(words, period.first, days[period.first], zone)
    else:
        data |= _several_days(words, period, days, zone)
    return Made("load_curve", data)


def _one_day(words: Words, day: date, values: Values, zone: ZoneInfo) -> dict[str, Any]:
    if len(values) == quarters_in(day, zone) == USUAL_QUARTERS:
        power = [None if wh is None else wh * _QUARTERS_IN_HOUR for wh in values]
        bands = [band.value for band in bands_of(day, USUAL_QUARTERS, zone)][::_QUARTERS_IN_HOUR]
    else:
        # On days of clock changes, the hours of the wall clock differ in length.
        power = hourly_power(day, values, zone)
        bands = [band_of(datetime.combine(day, time(hour))).value for hour in range(HOURS)]
    return {
        "title": words.plain("Curva di carico {day}", day=words.day(day)),
        "curves": [{"name": "", "values": power, "skipped": skipped_hours(day, zone)}],
        "bands": bands,
        "bands_title": words.weekday(day),
        "map": None,
    }


def _several_days(
    words: Words, period: Period, days: Mapping[date, Values], zone: ZoneInfo
) -> dict[str, Any]:
    nothing: list[int | None] = [None] * HOURS
    rows = [hourly_power(day, days[day], zone) if day in days else nothing for day in period.days]
    kinds: tuple[list[date], list[date]] = ([], [])
    for day in days:
        kinds[is_restful(day)].append(day)
    names = (words.plain("lun–ven"), words.plain("sab, dom, feste"))
    bands = [band_of(datetime.combine(_A_MONDAY, time(hour))).value for hour in range(HOURS)]
    return {
        "title": words.plain("Curva di carico"),
        "curves": [
            {
                "name": name,
                "values": mean_power(hourly_power(day, days[day], zone) for day in of_kind),
                # Over many days, an hour exists if one of them has it.
                "skipped": sorted(
                    set.intersection(*(set(skipped_hours(day, zone)) for day in of_kind))
                ),
            }
            for name, of_kind in zip(names, kinds, strict=True)
            if of_kind
        ],
        # The bands shown are those of working days, so they need at least one.
        "bands": bands if kinds[False] else None,
        "bands_title": words.plain("lun–ven"),
        "map": {
            "title": words.plain(
                "Giorno per giorno, {first} – {last}",
                first=words.day(period.first),
                last=words.day(period.last),
            ),
            "labels": _labels(words, period),
            "days": rows,
            "skipped": [
                [place, hour]
                for place, day in enumerate(period.days)
                if day in days
                for hour in skipped_hours(day, zone)
            ],
        },
    }


def _labels(words: Words, period: Period) -> list[str]:
    """Labels for as many days as there is room for."""
    days = period.days
    if len(days) <= _NAMED_DAYS:
        return [f"{words.weekday(day)} {day.day}" for day in days]
    if len(days) <= _NUMBERED_DAYS:
        return [str(day.day) if day.day == 1 or day.day % _EVERY == 0 else "" for day in days]
    every = 1 if len(days) <= _DAYS_OF_A_YEAR else 3
    return [
        words.month(day.month, short=True) if day.day == 1 and (day.month - 1) % every == 0 else ""
        for day in days
    ]


def file_data(
    words: Words, point: SupplyPoint, period: Period, days: Mapping[date, Values], zone: ZoneInfo
) -> dict[str, Any]:
    """The input for the makers of the CSV and Excel files."""
    return {
        "zone": zone.key,
        "point": point.code,
        "address": point.address,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "days": [[day.isoformat(), list(values)] for day, values in days.items()],
        "words": {
            "title": words.plain(
                "Misure dal {first} al {last}",
                first=words.day(period.first),
                last=words.day(period.last),
            ),
            "point": words.plain("Punto"),
            "address": words.plain("Indirizzo"),
            "from": words.plain("Dal"),
            "to": words.plain("Al"),
            "day": words.plain("Giorno"),
            "begins": words.plain("Dalle"),
            "ends": words.plain("Alle"),
            "clock": words.plain("Ora"),
            "band": words.plain("Fascia"),
            "energy": words.plain("Energia (kWh)"),
            "total": words.plain("Totale"),
            "summary": words.plain("Riepilogo"),
            "quarters": words.plain("Quarti d'ora"),
            "summer": words.plain("legale"),
            "winter": words.plain("solare"),
            "both": words.plain("legale e solare"),
        },
    }
