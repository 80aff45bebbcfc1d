"""The screens of measures."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from conversations.billing.measures.period import MOST_DAYS, WEEK, Period, RangeProblem, Span
from conversations.kit.date_picker import calendar_rows
from conversations.kit.leaving import cancel_button
from conversations.kit.points import point_title
from conversations.kit.taps import Tap
from conversations.kit.views import Button, Made, Rows, View, button
from conversations.texts import Words
from storage.models import SupplyPoint
from storage.rules.bands import Band
from storage.rules.days import DayProblem
from storage.rules.measures import USUAL_QUARTERS, Totals, quarters_in

_KILO = 1_000
_YEARS = MOST_DAYS // 366
Days = tuple[date, date]

_QUARTERS_OF_AN_HOUR = 4


@dataclass(frozen=True, slots=True)
class MeasuresPoints(Tap, code="mp"):
    """*Cambia punto*: a page of the points."""

    page: int


@dataclass(frozen=True, slots=True)
class MeasuresPoint(Tap, code="m"):
    """A point, or *Altro periodo*: which period?"""

    supply_point_id: int


@dataclass(frozen=True, slots=True)
class MeasuresSpan(Tap, code="ms"):
    """One of the usual periods, as of the day of the tap."""

    supply_point_id: int
    span: Span


@dataclass(frozen=True, slots=True)
class MeasuresYear(Tap, code="my"):
    """A whole year."""

    supply_point_id: int
    year: int


@dataclass(frozen=True, slots=True)
class MeasuresRange(Tap, code="mr"):
    """These days."""

    supply_point_id: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class MeasuresFile(Tap, code="mf"):
    """*CSV*, or *Excel*."""

    supply_point_id: int
    first: date
    last: date
    excel: bool


@dataclass(frozen=True, slots=True)
class AskDates(Tap, code="ma"):
    """*Due date*."""

    supply_point_id: int


@dataclass(frozen=True, slots=True)
class PickDay(Tap, code="kd"):
    """A day of the calendar."""

    screen_token: str
    day: date


@dataclass(frozen=True, slots=True)
class GoToMonth(Tap, code="km"):
    """Another month of the calendar."""

    screen_token: str
    month: date


# -- which point, which period --


def no_points(words: Words) -> View:
    """None of the chat's points is an electricity point."""
    return View(
        words(
            "Le misure ci sono solo per la <b>luce</b>, e in questa chat non ci sono punti di "
            "luce. I consumi del gas sono in /prelievi."
        )
    )


def ask_period(words: Words, point: SupplyPoint, span: Days | None, *, several: bool) -> View:
    """Ask for the period: the usual ones, and *Due date*."""
    change: Rows = ()
    if several:
        change = ((button(words.plain("Cambia punto"), MeasuresPoints(0)),),)
    if span is None:
        text = words(
            "{point}\n\nPer questo punto non ci sono ancora misure.",
            point=point_title(words, point),
        )
        return View(text, change)
    text = words(
        "📈 <b>Misure elettriche</b>\n{point}\n\nCi sono misure dal {first} al {last}. "
        "<b>Quale periodo?</b>",
        point=point_title(words, point),
        first=words.day(span[0]),
        last=words.day(span[1]),
    )
    rows: Rows = (
        (
            button(words.plain("Ultimi 7 giorni"), MeasuresSpan(point.id, Span.WEEK)),
            button(words.plain("Ultimo mese"), MeasuresSpan(point.id, Span.MONTH)),
        ),
        (
            button(words.plain("Quest'anno"), MeasuresSpan(point.id, Span.YEAR)),
            button(words.plain("Due date"), AskDates(point.id)),
        ),
    )
    return View(text, (*rows, *change))


# -- two dates --


def ask_first(
    words: Words,
    screen_token: str,
    point: SupplyPoint,
    span: Period,
    *,
    month: date,
    problem: DayProblem | RangeProblem | None,
    measured: Days | None,
) -> View:
    """Ask for the first day, typed or picked; with the problem of the previous answer.

    ``measured`` are the first and the last day with measures.
    """
    question = words(
        "<b>Da quale giorno?</b>\nScrivilo, per esempio <code>1/3/2026</code>, oppure toccalo nel "
        "calendario. Va bene anche tutto insieme: <code>1/3/2026 - 15/3/2026</code>."
    )
    if isinstance(problem, RangeProblem) and measured is not None:
        question = Markup("{}\n\n{}").format(_there_are(words, measured), question)
    return _ask_day(
        words, screen_token, point, span, month=month, question=question, problem=problem
    )


def ask_last(
    words: Words,
    screen_token: str,
    point: SupplyPoint,
    span: Period,
    *,
    month: date,
    problem: DayProblem | RangeProblem | None,
) -> View:
    """Ask for the last day; ``span`` begins with the first one."""
    question = words(
        "Dal <b>{first}</b>.\n<b>Fino a quale giorno?</b>", first=words.day(span.first)
    )
    return _ask_day(
        words, screen_token, point, span, month=month, question=question, problem=problem
    )


def _ask_day(
    words: Words,
    screen_token: str,
    point: SupplyPoint,
    span: Period,
    *,
    month: date,
    question: Markup,
    problem: DayProblem | RangeProblem | None,
) -> View:
    parts = [question] if problem is None else [_problem_text(words, point, problem), question]
    rows = calendar_rows(
        words,
        month,
        first=span.first,
        last=span.last,
        pick=lambda day: PickDay(screen_token, day),
        to_month=lambda other: GoToMonth(screen_token, other),
    )
    return View(Markup("\n\n").join(parts), (*rows, (cancel_button(words, screen_token),)))


def _problem_text(words: Words, point: SupplyPoint, problem: DayProblem | RangeProblem) -> Markup:
    match problem:
        case DayProblem.NOT_A_DAY:
            return words("Non ci leggo una data: si scrive giorno, mese e anno.")
        case DayProblem.NO_SUCH_DAY:
            return words("Questo giorno nel calendario <b>non esiste</b>.")
        case RangeProblem.END_BEFORE_START:
            return words("La fine viene <b>prima</b> dell'inizio.")
        case RangeProblem.FUTURE:
            return words("È una data <b>futura</b>: le misure arrivano fino a oggi.")
        case RangeProblem.BEFORE_SUPPLY:
            return words(
                "La fornitura a tuo nome comincia il <b>{since}</b>: prima non ci sono misure.",
                since=words.day(point.first_day),
            )
        case RangeProblem.TOO_LONG:
            return words(
                "È un periodo molto lungo: al massimo {years} anni per volta.", years=_YEARS
            )


def no_longer_yours(words: Words) -> View:
    """The link ended, or the point changed hands, during the conversation."""
    return View(words("Questo punto di fornitura non è più collegato a questa chat."))


# -- nothing to show --


def range_refused(
    words: Words, point: SupplyPoint, problem: RangeProblem, span: Days | None
) -> View:
    """Refuse days that can have no measures."""
    return _instead(words, point, _problem_text(words, point, problem), span)


def nothing_measured(words: Words, point: SupplyPoint, period: Period, span: Days | None) -> View:
    """Days that could have measures, but have none."""
    if period.first == period.last:
        text = words("Per il <b>{day}</b> non ci sono misure.", day=words.day(period.first))
    else:
        text = words(
            "Dal <b>{first}</b> al <b>{last}</b> non ci sono misure.",
            first=words.day(period.first),
            last=words.day(period.last),
        )
    return _instead(words, point, text, span)


def _instead(words: Words, point: SupplyPoint, text: Markup, span: Days | None) -> View:
    parts = [point_title(words, point), Markup(), text]
    rows: list[tuple[Button, ...]] = []
    if span is not None:
        first, last = span
        parts.append(_there_are(words, span))
        start = max(first, date.fromordinal(last.toordinal() - WEEK + 1))
        label = words.plain("{first} – {last}", first=words.day(start), last=words.day(last))
        rows.append((button(label, MeasuresRange(point.id, start, last)),))
    rows.append((button(words.plain("Altro periodo"), MeasuresPoint(point.id)),))
    return View(Markup("\n").join(parts), tuple(rows))


def _there_are(words: Words, span: Days) -> Markup:
    first, last = span
    return words("Ci sono dal {first} al {last}.", first=words.day(first), last=words.day(last))


def no_file(words: Words) -> View:
    """The file could not be made."""
    return View(words("Il file adesso non mi riesce. Riprova tra qualche minuto, per favore."))


# -- a period --


def result(
    words: Words,
    point: SupplyPoint,
    period: Period,
    totals: Totals,
    *,
    picture: Made,
    starts_late: bool,
    years: range,
) -> View:
    """The totals of a period as text, below its load curve.

    ``starts_late`` says that days before the supply were requested; ``years`` are those with
    measures.
    """
    parts = [_title(words, period), point_title(words, point), Markup()]
    if starts_late:
        parts.append(
            words("La fornitura a tuo nome comincia il {since}.", since=words.day(point.first_day))
        )
    parts.append(_total_line(words, totals))
    parts.extend(
        words(
            "{band}: {amount} ({share}%)",
            band=band.value,
            amount=_kwh(words, totals.by_band[band]),
            share=words.number(Decimal(totals.by_band[band]) * 100 / (totals.total or 1)),
        )
        for band in Band
    )
    parts.extend(_highest_lines(words, totals))
    parts.extend(_missing_lines(words, totals))
    parts.extend(_clock_lines(words, totals))
    return View(
        Markup("\n").join(parts), _result_rows(words, point, period, years), picture=picture
    )


def _title(words: Words, period: Period) -> Markup:
    if period.first == period.last:
        return words("📈 <b>Misure del {day}</b>", day=words.day(period.first))
    return words(
        "📈 <b>Misure dal {first} al {last}</b>",
        first=words.day(period.first),
        last=words.day(period.last),
    )


def _total_line(words: Words, totals: Totals) -> Markup:
    total = _kwh(words, totals.total)
    if len(totals.by_day) <= 1:
        return words("In totale <b>{total}</b>.", total=total)
    return words(
        "In totale <b>{total}</b>, in media {mean} al giorno.",
        total=total,
        mean=_kwh(words, totals.total // len(totals.by_day)),
    )


def _highest_lines(words: Words, totals: Totals) -> list[Markup]:
    lines = []
    if len(totals.by_day) > 1:
        day = max(totals.by_day, key=lambda each: (totals.by_day[each], -each.toordinal()))
        lines.append(
            words(
                "Giorno più alto: {weekday} {day} ({amount}).",
                weekday=words.weekday(day),
                day=words.day(day),
                amount=_kwh(words, totals.by_day[day]),
            )
        )
    if totals.peak is not None:
        lines.append(
            words(
                "Potenza più alta: {power} kW, {weekday} {day} alle {time}.",
                power=words.number(Decimal(totals.peak.power_w) / _KILO, 2),
                weekday=words.weekday(totals.peak.local.date()),
                day=words.day(totals.peak.local.date()),
                time=words.time(totals.peak.local),
            )
        )
    return lines


def _missing_lines(words: Words, totals: Totals) -> list[Markup]:
    """What the totals do not contain, so that it is not taken for no consumption."""
    lines = []
    if totals.empty_days:
        lines.append(
            words.plural(
                "⚠️ Di {n} giorno non ci sono misure.",
                "⚠️ Di {n} giorni non ci sono misure.",
                totals.empty_days,
            )
        )
    if totals.missing:
        lines.append(
            words.plural(
                "⚠️ Manca {n} quarto d'ora.",
                "⚠️ Mancano {n} quarti d'ora.",
                totals.missing,
            )
        )
    return lines


def _clock_lines(words: Words, totals: Totals) -> list[Markup]:
    """Why a day has an hour less, or one more, than others."""
    lines = []
    for day in totals.by_day:
        quarters = quarters_in(day, words.zone)
        values = {"day": words.day(day), "hours": quarters // _QUARTERS_OF_AN_HOUR}
        if quarters < USUAL_QUARTERS:
            lines.append(
                words("🕑 Il {day} torna l'ora legale: quel giorno ha {hours} ore.", **values)
            )
        elif quarters > USUAL_QUARTERS:
            lines.append(
                words("🕑 Il {day} torna l'ora solare: quel giorno ha {hours} ore.", **values)
            )
    return lines


def _result_rows(words: Words, point: SupplyPoint, period: Period, years: range) -> Rows:
    files = (
        button(words.plain("CSV"), MeasuresFile(point.id, period.first, period.last, excel=False)),
        button(words.plain("Excel"), MeasuresFile(point.id, period.first, period.last, excel=True)),
    )
    rows: list[tuple[Button, ...]] = [files]
    if period.year is not None:
        near = [
            button(label, MeasuresYear(point.id, year))
            for year, label in (
                (period.year - 1, f"‹ {period.year - 1}"),
                (period.year + 1, f"{period.year + 1} ›"),
            )
            if year in years
        ]
        if near:
            rows.insert(0, tuple(near))
    rows.append((button(words.plain("Altro periodo"), MeasuresPoint(point.id)),))
    return tuple(rows)


def _kwh(words: Words, wh: int) -> str:
    kwh = Decimal(wh) / _KILO
    return f"{words.number(kwh, 1 if kwh < _KILO else 0)} kWh"
