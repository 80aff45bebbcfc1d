"""``/fornitura``: choosing the supply point that a chat uses until it chooses another."""

from dataclasses import dataclass

from conversations.kit.context import Context
from conversations.kit.flow import Handler, on_command, on_meaning, on_open_button, on_tap
from conversations.kit.guards import linked, not_yours
from conversations.kit.open_buttons import OpenSupply
from conversations.kit.points import no_points, point_title, points_view
from conversations.kit.taps import Tap
from conversations.kit.views import View
from conversations.texts import Words
from conversations.understanding import Intent
from storage.models import SupplyPoint


@dataclass(frozen=True, slots=True)
class ChoosePoint(Tap, code="sp"):
    """Choose this point for the chat."""

    supply_point_id: int


@dataclass(frozen=True, slots=True)
class PointsPage(Tap, code="spp"):
    """Another page of the chat's points."""

    page: int


def handlers() -> list[Handler]:
    """``/fornitura`` and its taps."""
    return [
        on_command(("fornitura", "supply"), show_points),
        on_meaning((Intent.SUPPLY,), show_points),
        on_open_button(OpenSupply, show_points),
        on_tap(PointsPage, show_points),
        on_tap(ChoosePoint, choose),
    ]


@linked
async def show_points(context: Context, tap: PointsPage | None = None) -> None:
    """Show the chat's points, with the chosen one marked."""
    page = tap.page if tap is not None else 0
    points = await context.unit.supply_points.of_chat(context.chat.id)
    if not points:
        context.show(no_points(context.words))
        return
    if len(points) == 1:
        await _choose(context, points[0])
        return
    context.show(
        points_view(
            context.words,
            context.words("Quale <b>punto di fornitura</b>?"),
            points,
            page=page,
            chosen=context.chat.supply_point_id,
            pick=lambda point: ChoosePoint(point.id),
            to_page=PointsPage,
        )
    )


@linked
async def choose(context: Context, tap: ChoosePoint) -> None:
    """Store the choice, if the point belongs to this chat now."""
    tapped = tap.supply_point_id
    point = await context.unit.supply_points.one_of_chat(context.chat.id, tapped)
    if point is None:
        await not_yours(context)
        return
    await _choose(context, point)


async def _choose(context: Context, point: SupplyPoint) -> None:
    await context.unit.chats.choose_supply_point(context.chat, point.id)
    context.show(chosen_view(context.words, point))


def chosen_view(words: Words, point: SupplyPoint) -> View:
    """The choice, confirmed."""
    return View(
        words(
            "Va bene, da adesso parliamo di:\n\n{point}",
            point=point_title(words, point),
        )
    )
