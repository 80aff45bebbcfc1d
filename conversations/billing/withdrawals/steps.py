"""The steps of looking at withdrawals."""

from conversations.billing.withdrawals import screens
from conversations.billing.withdrawals.screens import (
    Shown,
    WithdrawalsCsv,
    WithdrawalsPoints,
    WithdrawalsYear,
    YearOfPoint,
)
from conversations.kit.context import Context
from conversations.kit.file_names import file_name
from conversations.kit.guards import linked, not_yours
from conversations.kit.points import points_view
from conversations.kit.views import Written
from storage.models import SupplyPoint


@linked
async def show_withdrawals(context: Context) -> None:
    """Show the latest year of the chosen point, or ask for the point."""
    points = await context.unit.supply_points.of_chat(context.chat.id)
    chosen = next((p for p in points if p.id == context.chat.supply_point_id), None)
    if not points:
        context.show(screens.no_points(context.words))
    elif chosen is not None or len(points) == 1:
        await _show(context, chosen or points[0], None, Shown.CHART)
    else:
        _show_points(context, points, 0)


@linked
async def choose_point(context: Context, tap: WithdrawalsPoints) -> None:
    """*Cambia punto*."""
    points = await context.unit.supply_points.of_chat(context.chat.id)
    _show_points(context, points, tap.page)


@linked
async def go_to_year(context: Context, tap: WithdrawalsYear) -> None:
    """Show another year, another point, or in another way."""
    point = await _point(context, tap.supply_point_id)
    if point is not None:
        await context.unit.chats.choose_supply_point(context.chat, point.id)
        await _show(context, point, tap.year, tap.shown)


@linked
async def send_csv(context: Context, tap: WithdrawalsCsv) -> None:
    """*CSV*: send the year as a file for a spreadsheet."""
    point = await _point(context, tap.supply_point_id)
    if point is None:
        return
    months = await context.unit.withdrawals.of_year(point, tap.year)
    words = context.words
    if not months:
        context.toast(words.plain("Per il {year} non ci sono prelievi.", year=tap.year), alert=True)
        return
    title = words.plain("Prelievi {year} {point}", year=tap.year, point=point.code)
    context.send_file(
        file_name(title, ".csv"), Written(screens.csv_text(words, point, tap.year, months))
    )


async def _point(context: Context, supply_point_id: int) -> SupplyPoint | None:
    """The point, if this chat may see it now; otherwise show that it may not."""
    point = await context.unit.supply_points.one_of_chat(context.chat.id, supply_point_id)
    if point is None:
        await not_yours(context)
    return point


async def _show(context: Context, point: SupplyPoint, year: int | None, shown: Shown) -> None:
    words = context.words
    several = await context.unit.supply_points.count_of_chat(context.chat.id) > 1
    years = await context.unit.withdrawals.years(point)
    if not years:
        context.show(screens.nothing_yet(words, point, several=several))
        return
    year = years[-1] if year is None else year
    if year not in years:
        context.show(screens.no_such_year(words, point, year, years, several=several))
        return
    withdrawals = context.unit.withdrawals
    found = YearOfPoint(
        point=point,
        year=year,
        months=await withdrawals.of_year(point, year),
        before=await withdrawals.of_year(point, year - 1),
        years=years,
        today=context.services.today(context.now),
        held=await context.unit.supplies.of_holder(point),
    )
    context.show(screens.year_view(words, found, shown, several=several))


def _show_points(context: Context, points: list[SupplyPoint], page: int) -> None:
    context.show(
        points_view(
            context.words,
            context.words("Di quale <b>punto di fornitura</b>?"),
            points,
            page=page,
            chosen=context.chat.supply_point_id,
            pick=lambda point: WithdrawalsYear(point.id, None, Shown.CHART),
            to_page=WithdrawalsPoints,
        )
    )
