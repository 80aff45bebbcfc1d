"""The steps of looking at measures."""

import asyncio
from datetime import date

from conversations.billing.measures import screens
from conversations.billing.measures.period import Period, RangeProblem, Span, check, period_of
from conversations.billing.measures.pictures import curve, file_data
from conversations.billing.measures.screens import (
    AskDates,
    GoToMonth,
    MeasuresFile,
    MeasuresPoint,
    MeasuresPoints,
    MeasuresRange,
    MeasuresSpan,
    MeasuresYear,
    PickDay,
)
from conversations.billing.measures.states import Draft, State
from conversations.kit.context import Context
from conversations.kit.file_names import file_name
from conversations.kit.flow import END
from conversations.kit.guards import linked, not_yours
from conversations.kit.points import points_view
from conversations.kit.views import Made
from storage.models import Service, SupplyPoint
from storage.rules.days import DayProblem, read_day, read_days
from storage.rules.measures import add_up


@linked
async def show_measures(context: Context) -> None:
    """Show the periods of the chosen point, or ask for the point."""
    points = await _points(context)
    chosen = next((p for p in points if p.id == context.chat.supply_point_id), None)
    if not points:
        context.show(screens.no_points(context.words))
    elif chosen is not None or len(points) == 1:
        await _ask_period(context, chosen or points[0], several=len(points) > 1)
    else:
        _show_points(context, points, 0)


@linked
async def choose_point(context: Context, tap: MeasuresPoints) -> None:
    """*Cambia punto*."""
    _show_points(context, await _points(context), tap.page)


@linked
async def choose_period(context: Context, tap: MeasuresPoint) -> None:
    """Show the periods of a point, or *Altro periodo*."""
    point = await _point(context, tap.supply_point_id)
    if point is not None:
        await context.unit.chats.choose_supply_point(context.chat, point.id)
        await _ask_period(context, point)


@linked
async def show_span(context: Context, tap: MeasuresSpan) -> None:
    """*Ultimi 7 giorni*, *Ultimo mese*, *Quest'anno*."""
    point = await _point(context, tap.supply_point_id)
    if point is not None:
        period = period_of(tap.span, context.services.today(context.now))
        await _show(context, point, period.first, period.last)


@linked
async def show_year(context: Context, tap: MeasuresYear) -> None:
    """Show another year."""
    point = await _point(context, tap.supply_point_id)
    if point is not None:
        year = min(max(tap.year, date.min.year), date.max.year)
        period = Period(date(year, 1, 1), date(year, 12, 31))
        today = context.services.today(context.now)
        if year == today.year:
            period = period_of(Span.YEAR, today)
        await _show(context, point, period.first, period.last)


@linked
async def show_range(context: Context, tap: MeasuresRange) -> None:
    """Show the days in a button."""
    point = await _point(context, tap.supply_point_id)
    if point is not None:
        await _show(context, point, tap.first, tap.last)


@linked
async def send_file(context: Context, tap: MeasuresFile) -> None:
    """Send *CSV* or *Excel*."""
    point = await _point(context, tap.supply_point_id)
    if point is None:
        return
    words, today = context.words, context.services.today(context.now)
    period = check(point, tap.first, tap.last, today)
    days = (
        {}
        if isinstance(period, RangeProblem)
        else await context.unit.measures.days(point, period.first, period.last)
    )
    if isinstance(period, RangeProblem) or not days:
        context.toast(words.plain("In questo periodo non ci sono misure."), alert=True)
        return
    title = words.plain(
        "Misure {point} {first} {last}", point=point.code, first=period.first, last=period.last
    )
    what, suffix = ("measures_excel", ".xlsx") if tap.excel else ("measures_csv", ".csv")
    data = file_data(words, point, period, days, context.services.zone)
    context.send_file(file_name(title, suffix), Made(what, data), failed=screens.no_file(words))


# -- two dates --


@linked
async def ask_dates(context: Context, tap: AskDates) -> State | int:
    """*Due date*: ask for the first of them."""
    point = await _point(context, tap.supply_point_id)
    if point is None:
        return END
    context.keep(Draft(supply_point_id=point.id))
    return await _ask_first(context, point)


async def go_to_month_first(context: Context, tap: GoToMonth) -> State | int:
    """Show another month, for the first day."""
    point = await _drafted(context)
    if point is None:
        return END
    return await _ask_first(context, point, month=tap.month)


async def pick_first(context: Context, tap: PickDay) -> State | int:
    """Take the first day from the calendar."""
    point = await _drafted(context)
    if point is None:
        return END
    return await _take_first(context, point, tap.day)


async def take_first(context: Context) -> State | int:
    """Take the first day as typed, or both at once."""
    point = await _drafted(context)
    if point is None:
        return END
    today = context.services.today(context.now)
    both = read_days(context.typed, today)
    if both is None:
        return await _take_first(context, point, read_day(context.typed, today))
    checked = check(point, *both, today)
    if isinstance(checked, RangeProblem):
        return await _ask_first(context, point, problem=checked)
    await _show(context, point, *both)
    return END


async def go_to_month_last(context: Context, tap: GoToMonth) -> State | int:
    """Show another month, for the last day."""
    point = await _drafted(context)
    first = context.draft(Draft).first
    if point is None or first is None:
        return END
    return await _ask_last(context, point, first, month=tap.month)


async def pick_last(context: Context, tap: PickDay) -> State | int:
    """Take the last day from the calendar."""
    return await _take_last(context, tap.day)


async def take_last(context: Context) -> State | int:
    """Take the last day as typed."""
    return await _take_last(context, read_day(context.typed, context.services.today(context.now)))


async def _take_first(context: Context, point: SupplyPoint, day: date | DayProblem) -> State | int:
    today = context.services.today(context.now)
    if isinstance(day, DayProblem):
        return await _ask_first(context, point, problem=day)
    # A day that is wrong by itself is refused before the last day is asked for.
    if day > today:
        return await _ask_first(context, point, problem=RangeProblem.FUTURE)
    if day < point.first_day:
        return await _ask_first(context, point, problem=RangeProblem.BEFORE_SUPPLY)
    context.keep(Draft(supply_point_id=point.id, first=day))
    return await _ask_last(context, point, day, month=day)


async def _take_last(context: Context, day: date | DayProblem) -> State | int:
    point = await _drafted(context)
    first = context.draft(Draft).first
    if point is None or first is None:
        return END
    if isinstance(day, DayProblem):
        return await _ask_last(context, point, first, month=first, problem=day)
    checked = check(point, first, day, context.services.today(context.now))
    if isinstance(checked, RangeProblem):
        return await _ask_last(context, point, first, month=first, problem=checked)
    await _show(context, point, first, day)
    return END


async def _ask_first(
    context: Context,
    point: SupplyPoint,
    *,
    month: date | None = None,
    problem: DayProblem | RangeProblem | None = None,
) -> State:
    span = await context.unit.measures.span(point)
    today = context.services.today(context.now)
    first, last = span or (today, today)
    context.show(
        screens.ask_first(
            context.words,
            context.screen_token,
            point,
            Period(first, last),
            month=month or last,
            problem=problem,
            measured=span,
        )
    )
    return State.FIRST_DAY


async def _ask_last(
    context: Context,
    point: SupplyPoint,
    first: date,
    *,
    month: date,
    problem: DayProblem | RangeProblem | None = None,
) -> State:
    span = await context.unit.measures.span(point)
    last = max(span[1] if span else first, first)
    context.show(
        screens.ask_last(
            context.words,
            context.screen_token,
            point,
            Period(first, last),
            month=month,
            problem=problem,
        )
    )
    return State.LAST_DAY


# -- shared --


async def _show(context: Context, point: SupplyPoint, first: date, last: date) -> None:
    """Show the measures of a range, or why there are none."""
    words, today = context.words, context.services.today(context.now)
    checked = check(point, first, last, today)
    span = await context.unit.measures.span(point)
    if isinstance(checked, RangeProblem):
        context.show(screens.range_refused(words, point, checked, span))
        return
    days = await context.unit.measures.days(point, checked.first, checked.last)
    if not days:
        context.show(screens.nothing_measured(words, point, checked, span))
        return
    # A year has 35 000 quarters: they are added up in a thread, not in the event loop.
    totals = await asyncio.to_thread(
        add_up, days, checked.first, checked.last, context.services.zone
    )
    picture = await asyncio.to_thread(curve, words, point, checked, days, context.services.zone)
    context.show(
        screens.result(
            words,
            point,
            checked,
            totals,
            picture=picture,
            starts_late=first < point.first_day,
            years=_years(span),
        )
    )


def _years(span: tuple[date, date] | None) -> range:
    return range(span[0].year, span[1].year + 1) if span else range(0)


async def _ask_period(context: Context, point: SupplyPoint, *, several: bool | None = None) -> None:
    if several is None:
        several = len(await _points(context)) > 1
    span = await context.unit.measures.span(point)
    context.show(screens.ask_period(context.words, point, span, several=several))


async def _points(context: Context) -> list[SupplyPoint]:
    return await context.unit.supply_points.of_chat(context.chat.id, service=Service.ELECTRICITY)


async def _point(context: Context, supply_point_id: int) -> SupplyPoint | None:
    """The electricity point, if this chat may see it now; otherwise show that it may not."""
    point = await context.unit.supply_points.one_of_chat(context.chat.id, supply_point_id)
    if point is None or point.service is not Service.ELECTRICITY:
        await not_yours(context)
        return None
    return point


async def _drafted(context: Context) -> SupplyPoint | None:
    """The draft's point, if this chat may still see it."""
    point = await context.unit.supply_points.one_of_chat(
        context.chat.id, context.draft(Draft).supply_point_id
    )
    if point is None:
        context.show(screens.no_longer_yours(context.words))
    return point


def _show_points(context: Context, points: list[SupplyPoint], page: int) -> None:
    if not points:
        context.show(screens.no_points(context.words))
        return
    context.show(
        points_view(
            context.words,
            context.words("Di quale <b>punto di fornitura</b>?"),
            points,
            page=page,
            chosen=context.chat.supply_point_id,
            pick=lambda point: MeasuresPoint(point.id),
            to_page=MeasuresPoints,
        )
    )
